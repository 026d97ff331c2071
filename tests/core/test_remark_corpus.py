"""Every comment of the corpus gives the commands that stand below it; how the corpus is written is said in its first file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.core.remarks import commands
from bot.core.slash import Command, Mended, Scope, Until

AT = datetime(2026, 11, 21, 11, 56, tzinfo=UTC)
FILES = sorted(Path(__file__).parent.glob("remark_corpus*.txt"))


class Sample(NamedTuple):
    title: str
    body: str
    gives: tuple[str, ...]


def samples() -> Iterator[Sample]:
    for file in FILES:
        for part in re.split(r"^%% (?!gives$)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, rest = part.partition("\n")
            body, _, gives = rest.partition("\n%% gives\n")
            yield Sample(title, _plain(body), tuple(_plain(gives).splitlines()))


def _plain(text: str) -> str:
    return re.sub(r"⟦([0-9a-f]+)(?:\*([0-9]+))?⟧", _character, text)


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) * int(found[2] or 1)


def shown(command: Command) -> str:
    """A command in one line: its line, its name and what it says beside what is usual."""
    if command.error:
        return f"{command.line} error {command.name}: {command.error}"
    needed = command.needed._asdict().items() if command.needed else ()
    parts = [
        str(command.line),
        command.name,
        *([_end(command.until)] if command.until else []),
        *([] if command.scope == Scope() else [_scope(command.scope)]),
        *([_mended(command.mended)] if command.mended else []),
        *(f"{name}={value.days if isinstance(value, timedelta) else value}" for name, value in needed if value),
        *([str(command.number)] if command.number is not None else []),
        *([command.word] if command.word else []),
        *([f"because {command.because}"] if command.because else []),
    ]
    return " ".join(parts)


def _end(until: Until) -> str:
    if until.at:
        return "usual" if until.usual else f"{until.at:%Y-%m-%dT%H:%M}"
    return {"sessions": f"{until.sessions} sessions", "version": f"version {until.version}"}.get(until.kind, until.kind)


def _scope(scope: Scope) -> str:
    return f"{scope.kind} {scope.name}={scope.value}" if scope.value else f"{scope.kind} {scope.name}".rstrip()


def _mended(mended: Mended) -> str:
    what = f"{mended.at:%Y-%m-%dT%H:%M}" if mended.kind == "date" and mended.at else mended.ref
    return f"{mended.kind} {what}".rstrip()


ALL = tuple(samples())


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.title)
def test_a_comment_gives_the_commands_below_it(sample: Sample) -> None:
    found = commands(sample.body, AT, UTC, timedelta(days=90))
    told = [shown(command) for command in found]
    assert len(told) == len(sample.gives), told
    for line, wanted in zip(told, sample.gives, strict=True):
        number, error, rest = (*wanted.split(" ", 2), "", "")[:3]
        if error == "error":
            name, _, words = rest.partition(" ")
            assert line.startswith(f"{number} error {name.replace('-', '')}: ")
            assert words in line
        else:
            assert line == wanted


def test_the_corpus_has_a_name_for_each_of_its_many_comments() -> None:
    assert len({sample.title for sample in ALL}) == len(ALL)
    assert len(ALL) >= 150
