"""The pages that a person looks at."""

from __future__ import annotations

from bot.sandbox.exchange import Answer, Request
from bot.sandbox.records import World


def answer(world: World, request: Request, now: str) -> Answer | None:
    """The page of a request, None where it asks for no page."""
    return None
