"""The answers about what happened to an issue."""

from __future__ import annotations

from typing import Any

from bot.sandbox import event_shapes
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer


def list_events(call: Call) -> Answer:
    """The events of an issue."""
    return call.listed(event_shapes.events(call.shapes(), call.issue()), _as_it_is)


def list_timeline(call: Call) -> Answer:
    """The events of an issue with its comments and the references to it."""
    return call.listed(event_shapes.timeline(call.shapes(), call.issue()), _as_it_is)


def _as_it_is(shape: dict[str, Any]) -> dict[str, Any]:
    return shape
