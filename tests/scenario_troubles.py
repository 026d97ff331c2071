"""What goes wrong on GitHub in a scenario, as hooks of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import BAD_GATEWAY_AFTER, BAD_GATEWAY_BEFORE, CUT_AFTER, CUT_BEFORE, Fault, Hook

_FAULTS = {
    "502 before": BAD_GATEWAY_BEFORE,
    "502 after": BAD_GATEWAY_AFTER,
    "cut before": CUT_BEFORE,
    "cut after": CUT_AFTER,
}
_REFUSED = Fault(effect=False, answer=Answer(403, {"message": "Resource not accessible by integration"}))
_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


def once(given: Mapping[str, str]) -> Hook:
    """The next write of a kind goes wrong."""
    verb, end = {"issue": ("POST", "/issues"), "comment": ("POST", "/comments"), "edit": ("PATCH", "")}[given["what"]]
    left = [_FAULTS[given["kind"]]]

    def hook(request: Request) -> Fault | None:
        return left.pop() if left and request.method == verb and request.path.endswith(end) else None

    return hook


def holes(given: Mapping[str, str]) -> Hook:
    """The list of issues is not whole."""
    kind = given["kind"]

    def cut(answer: Answer) -> Answer:
        if kind == "refused":
            return Answer(404, {"message": "Not Found"})
        keep = 0 if kind == "empty" else -1
        return replace(answer, data=answer.data[:keep]) if isinstance(answer.data, list) else answer

    def hook(request: Request) -> Fault | None:
        return Fault(change=cut) if request.method == "GET" and request.path.endswith("/issues") else None

    return hook


def unasked(_: Mapping[str, str]) -> Hook:
    """What accounts may do cannot be asked."""
    return lambda request: _REFUSED if request.path.endswith("/permission") else None


def unheard(given: Mapping[str, str]) -> Hook:
    """Comments cannot be read, or nothing can be said in answer to them."""
    reading = given["what"] == "read"

    def hook(request: Request) -> Fault | None:
        about = request.path.endswith("/comments") if reading else "/comments" in request.path
        return _REFUSED if about and (request.method in _WRITES) is not reading else None

    return hook


def writes(method: str, path: str, status: int) -> bool:
    """Whether a request of the log changed something."""
    return method in _WRITES and 200 <= status < 300 and not path.endswith("/graphql")
