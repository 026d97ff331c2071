"""Commands read out of the Markdown of a comment: each line of its author's own prose that begins with `/friction`."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import NamedTuple

from bot.core.prose import Line, addressed, spoken
from bot.core.remark_arguments import READERS, Fields
from bot.core.remark_table import NAMES, OTHERWISE, Usage, usage
from bot.core.remark_words import KEYWORDS, Context
from bot.core.slash import Command, Needed
from bot.core.text import cut

__all__ = ["NAMES", "Usage", "addressed", "commands", "usage"]

_MOST = 20
_SHOWN, _REASON = 200, 500  # characters
_LONGEST = 500  # characters of arguments
_BECAUSE = re.compile(r"(?:^|(?<=\s))[-\u2013\u2014(,]?\s?because\b[:,]?\s*(.*)", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"') | dict.fromkeys("\u2018\u2019\u201a", "'"))
_OPENING = "/friction"


class _Said(NamedTuple):
    """A line taken apart: the name as it was written, the arguments behind it, and the reason."""

    name: str
    words: tuple[str, ...]
    because: str


def commands(body: str, at: datetime, zone: tzinfo, usual: timedelta) -> tuple[Command, ...]:
    """The commands of a comment in their order, at most 20; `at` is when it was made, `usual` how long a silence lasts.

    What is wrong with a command is said in its `error`; a comment never raises. Dates are those of `zone`.
    """
    context = Context(at, zone, usual)
    lines = [line for line in spoken(body) if _is_meant(line.text)]
    found = tuple(_command(line, context) for line in lines[:_MOST])
    if len(lines) <= _MOST:
        return found
    beyond = lines[_MOST]
    return (*found, Command("", beyond.number, cut(beyond.text, _SHOWN), f"only the first {_MOST} commands were taken"))


def _is_meant(text: str) -> bool:
    """Whether a line is for the bot: not a path (`/friction/config`) nor a longer word that says no command."""
    behind = text[len(_OPENING) :]
    if not behind or behind[0].isspace():
        return True
    word = behind.split(maxsplit=1)[0].casefold().strip(":,.!")
    return behind[0] in ":,.!?" or word.removeprefix("bot") == "" or word.strip("-_ /:=") in NAMES


def _command(line: Line, context: Context) -> Command:
    text = cut(line.text, _SHOWN)
    behind = line.text[len(_OPENING) :]
    wrong = line.wrong
    if behind[:1].strip():
        wrong = wrong or "write /friction and a space before the command"
        behind = (
            re.sub(r"bot(?![a-z])", "", behind, count=1, flags=re.IGNORECASE)
            if behind[:3].casefold() == "bot"
            else behind
        )
        behind = behind.lstrip("-_/:=,.!? ")
    said = _taken_apart(behind)
    try:
        fields = _read(said, context)
    except ValueError as error:
        name = said.name if said.name in NAMES else ""
        return Command(name, line.number, text, _plain(wrong or str(error)), _nearest(said, context))
    if wrong:
        return Command(said.name, line.number, text, _plain(wrong), _whole(said))
    return Command(said.name, line.number, text, because=said.because, **fields)


def _taken_apart(behind: str) -> _Said:
    found = _BECAUSE.search(behind)
    arguments = behind[: found.start()] if found else behind
    plain = unicodedata.normalize("NFKC", arguments).translate(_QUOTES)
    words = _WORD.findall(plain)
    if words and not re.fullmatch(r"\d{1,2}\.\d{1,2}\.", words[-1]):
        words[-1] = words[-1].rstrip(".,;!?")
    words = [word for word in words if word]
    name = words[0].casefold().rstrip(":,") if words else ""
    return _Said(name, tuple(words[1:]), " ".join(found[1].split())[:_REASON] if found else "")


def _read(said: _Said, context: Context) -> Fields:
    if not said.name:
        raise ValueError("a command is missing")
    if said.name not in NAMES:
        raise ValueError(f"{said.name} is no command")
    if sum(map(len, said.words)) > _LONGEST:
        raise ValueError(f"this is too long: at most {_LONGEST} characters before because")
    return READERS[said.name](said.words, context)


def _nearest(said: _Said, context: Context) -> str:
    """The nearest whole command that would be understood."""
    if not said.name:
        return usage("help").example
    name = said.name if said.name in NAMES else OTHERWISE.get(said.name) or _close(said.name, NAMES)
    if not name:
        return usage("help").example
    words = said.words[1:] if said.name == "not" and said.words[:1] == ("fixed",) else said.words
    repaired = tuple(_repaired(word) for word in words)
    if name == "help":
        repaired = tuple(OTHERWISE.get(word.casefold()) or _close(word.casefold(), NAMES) for word in words[:1])
    for tried in (words, repaired, tuple(word.lstrip("-+") for word in words)):
        attempt = _Said(name, tried, said.because)
        if _works(attempt, context):
            return _whole(attempt)
    return usage(name).example


def _works(said: _Said, context: Context) -> bool:
    try:
        _read(said, context)
    except ValueError:
        return False
    return True


def _whole(said: _Said) -> str:
    """A command as it is to be written."""
    because = f" because {said.because}" if said.because else ""
    whole = " ".join([_OPENING, said.name, *said.words])
    return (
        whole + because
        if len(whole + because) <= _SHOWN
        else whole
        if len(whole) <= _SHOWN
        else usage(said.name).example
    )


def _repaired(word: str) -> str:
    key, equals, value = word.partition("=")
    known = Needed._fields if equals else KEYWORDS
    return (_close(key.casefold(), known) or key) + equals + value


def _close(word: str, known: tuple[str, ...]) -> str:
    return next(iter(get_close_matches(word, known, 1, 0.7)), "")


def _plain(text: str) -> str:
    return cut(" ".join(text.split()), _SHOWN)
