"""What a test may have go wrong with one request, on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.sandbox.exchange import Answer, Request


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; every field that is left as it is changes nothing.

    `effect` False leaves undone what was asked. `answer` comes instead of the real one. `drop` cuts the connection
    without an answer. `hold` and `delay` are seconds to wait before and after the effect. `change` makes another answer
    of the real one: a list with holes, a number left out.
    """

    effect: bool = True
    answer: Answer | None = None
    drop: bool = False
    hold: float = 0.0
    delay: float = 0.0
    change: Callable[[Answer], Answer] | None = None


Hook = Callable[[Request], Fault | None]

_BAD_GATEWAY = Answer(502, {"message": "Server Error"})

BAD_GATEWAY_BEFORE = Fault(effect=False, answer=_BAD_GATEWAY)
BAD_GATEWAY_AFTER = Fault(answer=_BAD_GATEWAY)
CUT_BEFORE = Fault(effect=False, drop=True)
CUT_AFTER = Fault(drop=True)


def shortened(keep: int) -> Fault:
    """A page of a list that holds only its first entries, while its links stay as they were."""
    return Fault(change=lambda answer: replace(answer, data=answer.data[:keep]))
