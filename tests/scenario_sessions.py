"""Sessions as scenarios write them: `fail pandas, started day 2`, `work, copying s1`, `fail pandas, late from day 2`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from transcripts import Transcript

from tests.scenario_grammar import HOURS
from tests.scenario_reading import ScenarioError, moment, parts

_APART = timedelta(minutes=5)  # between the sessions of one line


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a line says of its sessions."""

    failures: tuple[str, ...] = ()
    started: datetime | None = None
    late: datetime | None = None
    version: str = "2.1.17"
    revision: str = ""
    cwd: str = "/srv/shop"
    tool: str = "Bash"
    name: str = ""
    copied: str = ""
    said: str = ""
    undated: bool = False
    apart: timedelta = _APART


class _Numbered(Transcript):
    """A transcript whose uuids are those of no other session, however many there are."""

    def uuid(self) -> str:
        return f"{self.session[:-12]}{len(self.lines) + 1:012d}"


class SessionFiles:
    """Writes transcripts where people leave them: one folder a person, one file a session."""

    def __init__(self, folder: Path, named: Callable[[str], str]) -> None:
        self._folder, self._named = folder, named
        self._written: dict[str, Transcript] = {}
        self._count = 0
        folder.mkdir(parents=True)

    def write(self, people: str, what: str, at: datetime, place: str) -> None:
        """The sessions of a line, one after the other; `named` gives the sha of a commit by its name."""
        wish = _wish(what, place)
        names = [
            name for name, times in re.findall(r"([a-z][a-z0-9-]*)(?: x(\d+))?", people) for _ in range(int(times or 1))
        ]
        for number, person in enumerate(names):
            self._session(person, wish, (wish.late or at) + number * wish.apart)

    def _session(self, person: str, wish: _Wish, at: datetime) -> None:
        self._count += 1
        name = f"{self._count:08d}-0000-4000-8000-000000000000"
        began = wish.started or at
        transcript = _Numbered(name, start=None if wish.undated else began, cwd=wish.cwd, version=wish.version)
        if wish.copied:
            lines = orjson.loads(orjson.dumps(self._written[wish.copied].lines))
            transcript.lines = [line | {"sessionId": name} for line in lines]
        transcript.prompt(f"make report {self._count}")
        if wish.started:
            transcript.run("ls", "report.py").now = at
        if wish.revision:
            transcript.run("git rev-parse HEAD", self._named(wish.revision))
        for module in wish.failures:
            failure = f"Traceback (most recent call last):\nModuleNotFoundError: No module named '{module}'"
            call = transcript.call(wish.tool, {"command": "python report.py"})
            transcript.result(call, f"Exit code 1\n{failure}\n{wish.said}".rstrip(), failed=True)
        if not wish.failures:
            transcript.run("python report.py", "done")
        transcript.write(self._folder / person / f"{began:%Y-%m-%d}_{name}.jsonl")
        self._written[wish.name or name] = transcript


def _wish(what: str, place: str) -> _Wish:
    first, *options = parts(what)
    wish = _Wish(failures=tuple(first.removeprefix("fail ").split(" + ")) if first.startswith("fail ") else ())
    for option in options:
        wish = _with(wish, option, place)
    return wish


def _with(wish: _Wish, option: str, place: str) -> _Wish:
    name, _, value = option.partition(" ")
    texts = {
        "version": "version",
        "revision": "revision",
        "in": "cwd",
        "using": "tool",
        "as": "name",
        "copying": "copied",
    }
    if option == "undated":
        return replace(wish, undated=True)
    if name in texts and value:
        return replace(wish, **{texts[name]: value})
    if re.fullmatch(r'saying ".*"', option):
        return replace(wish, said=option[len('saying "') : -1])
    if name == "started":
        return replace(wish, started=moment(value, HOURS["sessions"]))
    if option.startswith("late from "):
        return replace(wish, late=moment(option.removeprefix("late from "), HOURS["sessions"]))
    if re.fullmatch(r"apart \d+m", option):
        return replace(wish, apart=timedelta(minutes=int(value[:-1])))
    raise ScenarioError(f"{place}: a session has no {option!r}")
