"""GitHub for a soak: the sandbox in a process of its own, with its state on disk, and a hard time where a file says so.

python -m tests.soak.github_stand STATE PORT MOOD LOG

MOOD is a JSON file, `{"kind": "500 before", "share": 0.5}`; without it all is well. Each request of the bot is a line of
LOG: method, path, and what it suffered. The oracle of the checks has a token of its own, and never suffers.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import Fault
from bot.sandbox.server import BOT, TOKEN, Limits, Sandbox

REPOSITORIES = ("acme/shop", "acme/tools")
PERSON, PERSON_TOKEN = "ann", "ann-token"
ORACLE_TOKEN = "oracle-token"
_SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
_WAIT = 2  # seconds, as Retry-After says
_LAG = 3  # seconds, within the `settle` of the settings
_OLD = "2000-01-01T00:00:00Z"


def fault_of(kind: str, request: Request) -> Fault:
    """What a request suffers in a mood; raises `KeyError`."""
    if kind == "lists lag":
        return _FAULTS["502 after"] if request.method == "POST" else Fault(change=_lagging)
    if kind == "429 remaining":
        reset = int((datetime.now(UTC) + timedelta(seconds=_WAIT)).timestamp())
        told = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        return Fault(effect=False, answer=Answer(403, {"message": "API rate limit exceeded for user ID 1."}, told))
    return _FAULTS[kind]


_FAULTS = {
    "500 before": Fault(effect=False, answer=Answer(500, {"message": "Server Error"})),
    "502 after": Fault(answer=Answer(502, {"message": "Server Error"})),
    "429 retry-after": Fault(effect=False, answer=Answer(429, _SECONDARY, {"Retry-After": str(_WAIT)})),
    "cut before": Fault(effect=False, drop=True),
    "cut after": Fault(drop=True),
    "slow": Fault(hold=0.5, delay=0.5),
}
MOODS = (*_FAULTS, "429 remaining", "lists lag")


def _lagging(answer: Answer) -> Answer:
    """A list that does not show yet what was made a moment ago; without the tag, which is that of the whole list."""
    if answer.status != 200 or not isinstance(answer.data, list):
        return answer
    since = datetime.now(UTC) - timedelta(seconds=_LAG)
    shown = [each for each in answer.data if datetime.fromisoformat(each.get("created_at", _OLD)) <= since]
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
    return replace(answer, data=shown, headers=headers)


class Mood:
    """Decides which request suffers, as the file says it now, and writes each down."""

    def __init__(self, mood: Path, log: Path) -> None:
        self._mood = mood
        self._log = log.open("a", buffering=1)
        self._dice = Random(0)

    def __call__(self, request: Request) -> Fault | None:
        if TOKEN not in request.headers.get("authorization", ""):
            return None
        kind = self._kind()
        self._log.write(f"{request.method} {request.path} {kind or '-'}\n")
        return fault_of(kind, request) if kind else None

    def _kind(self) -> str:
        try:
            told = json.loads(self._mood.read_text())
        except FileNotFoundError:
            return ""
        return str(told["kind"]) if self._dice.random() < told["share"] else ""

    def close(self) -> None:
        self._log.close()


def main() -> None:
    """Serve until SIGTERM; the state was kept with each write, so that a kill loses nothing that was answered."""
    state, port, mood, log = sys.argv[1:]
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    hook = Mood(Path(mood), Path(log))
    with Sandbox(Path(state), int(port), limits=Limits(1_000_000)) as box:
        for name in REPOSITORIES:
            box.add_repository(name)
        box.add_user(PERSON, PERSON_TOKEN, "admin")
        box.add_user(BOT, ORACLE_TOKEN, "admin")
        box.fault = hook
        over.wait()
    hook.close()


if __name__ == "__main__":
    main()
