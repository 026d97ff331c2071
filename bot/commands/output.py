"""What a command says: its result on stdout, all at once, and everything else on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, TextIO

import orjson

from bot.commands.tables import cell
from bot.core.model import Problem
from bot.core.report import NOTES

SCHEMA = 1  # of the objects of `sessions` and `rules`; a field may be added within a number, never changed


def say(stream: TextIO, text: str) -> None:
    """Write a text; a reader that has gone away (`| head`) has what it wanted and is no error."""
    if stream.closed:
        return
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        _hush(stream)


def say_json(stream: TextIO, value: Mapping[str, Any]) -> None:
    """Write exactly one JSON object on one line, its keys in order of the alphabet."""
    try:
        encoded = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    except TypeError:  # a file name that is not UTF-8
        encoded = orjson.dumps(_sound(value), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    say(stream, f"{encoded.decode()}\n")


def say_problems(stream: TextIO, problems: Iterable[Problem]) -> None:
    """Write a line for each problem: its place, what to do, its code."""
    said = [f"{cell(problem.place)}: {cell(problem.message)} [{problem.code}]\n" for problem in problems]
    if said:
        say(stream, "".join(said))


def exit_code(problems: Iterable[Problem]) -> int:
    """0 where all could be done, 1 where something could not; what is only worth a note leaves it alone."""
    return int(any(problem.code not in NOTES for problem in problems))


def problems_json(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Problems as the JSON objects hold them."""
    return [problem._asdict() for problem in problems]


def _hush(stream: TextIO) -> None:
    """Let what is still buffered go nowhere: Python would complain about it on its way out."""
    with suppress(OSError):
        stream.close()


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_sound(key): _sound(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(each) for each in value]
    return value
