"""The arguments of each command, read into values; a `ValueError` says in plain words what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from bot.core.remark_table import NAMES, OTHERWISE
from bot.core.remark_words import Context, end_and_scope, version_of
from bot.core.slash import Mended, Needed, Scope, Until
from bot.core.when import UnreadError, before, length

_MOST_EVIDENCE, _USUAL_EVIDENCE = 25, 10
_MOST_NEEDED = 100_000
_ADDRESS = re.compile(
    r"https://github\.com/([\w.-]{1,100}/[\w.-]{1,100})/(?:(issues|pull)/(\d{1,9})(?:/commits/([0-9a-f]{7,64})|[/#?]\S*)?|commit/([0-9a-f]{7,64})(?:[#?]\S*)?)",
    re.ASCII | re.IGNORECASE,
)
_SHA = re.compile(r"[0-9a-f]{7,40}|[0-9a-f]{64}", re.IGNORECASE)
_NUMBER = re.compile(r"(?:(?:pr|pull request|pull|issue|gh) ?[#-]?|#)(\d{1,9})", re.ASCII | re.IGNORECASE)
_NEEDED = re.compile(r"([^\s=]+)=((?:(?! [^\s=]+=).)*)")
_FIELD = re.compile(r"[A-Za-z_][\w.-]{0,60}")

Fields = dict[str, Any]
Reader = Callable[[Sequence[str], Context], Fields]


def _silence(words: Sequence[str], context: Context) -> Fields:
    until, scope = end_and_scope(words, context)
    return {
        "until": until or Until("date", context.at + context.usual, usual=True),
        "scope": scope or Scope(),
    }


def _unsilence(words: Sequence[str], context: Context) -> Fields:
    until, scope = end_and_scope(words, context)
    if until is not None:
        raise ValueError("unsilence ends a silence at once: it takes this, rule, key NAME=VALUE, person or repo only")
    return {"scope": scope or Scope("all")}


def _snooze(words: Sequence[str], context: Context) -> Fields:
    if not words:
        raise ValueError("snooze wants a duration, such as 3d or 2 weeks")
    until, scope = end_and_scope(words, context)
    if scope is not None and scope != Scope():
        raise ValueError("snooze is about this issue only: silence takes a scope")
    if until is None or until.kind != "date":
        raise ValueError("snooze wants a duration, such as 3d or 2 weeks: silence takes other ends")
    return {"until": until, "scope": Scope()}


def _fixed(words: Sequence[str], context: Context) -> Fields:
    text = " ".join(words)
    lead = re.match(r"(?:by|with|via|on|at|in|since)(?: |$)", text, re.IGNORECASE)
    rest = text[lead.end() :] if lead else text
    if not text:
        return {"mended": Mended("now", "", context.at)}
    if not rest:
        raise ValueError(f"{text} wants a version, a commit, a pull request or a date, such as in 2.1.0")
    if address := _ADDRESS.fullmatch(rest):
        if address[2] == "issues":
            raise ValueError("this is the address of an issue: name a commit, a pull request, a date or a version")
        sha = address[4] or address[5]
        mended = Mended("commit", sha.lower()) if sha else Mended("pr", f"#{address[3]}")
        return {"mended": mended, "word": address[1]}
    if _SHA.fullmatch(rest):
        return {"mended": Mended("commit", rest.lower())}
    if number := _NUMBER.fullmatch(rest):
        return {"mended": Mended("pr", f"#{_positive(number[1])}")}
    inside = lead is not None and lead[0].strip().casefold() == "in"
    if version := version_of(
        f"version {rest}" if inside and rest[:1].isdigit() and " " not in rest else rest.casefold()
    ):
        return {"mended": Mended("version", version)}
    try:
        return {"mended": Mended("date", "", before(text if inside else rest, context.at, context.zone).at)}
    except UnreadError as error:
        raise ValueError(
            f"{rest} is no commit (7 to 40 hex digits), pull request (#12), date or version (in 2.1.0)"
        ) from error


def _threshold(words: Sequence[str], _: Context) -> Fields:
    text = re.sub(r" *= *", "=", " ".join(words))
    found: dict[str, int | timedelta] = {}
    rest = _NEEDED.sub("", text).strip()
    for key, value in _NEEDED.findall(text):
        name = key.casefold()
        if name not in Needed._fields:
            raise ValueError(f"{key} is none of sessions, people, occurrences and within")
        if name in found:
            raise ValueError(f"{name} is named twice")
        found[name] = length(value) if name == "within" else _count(name, value)
    if rest or not found:
        what = f"{rest} is not understood: " if rest else "threshold wants at least one number: "
        raise ValueError(f"{what}write sessions=8, people=2, occurrences=3 or within=14d")
    return {"needed": Needed(**found)}  # type: ignore[arg-type] # each name has its own type, just read


def _duplicate(words: Sequence[str], _: Context) -> Fields:
    text = " ".join(words)
    text = text.removeprefix("of ")
    if address := _ADDRESS.fullmatch(text):
        if address[3] is None:
            raise ValueError("this is the address of a commit: name an issue, such as #12")
        return {"number": _positive(address[3]), "word": address[1]}
    found = _NUMBER.fullmatch(text) or re.fullmatch(r"(\d{1,9})", text, re.ASCII)
    if found is None:
        raise ValueError("duplicate wants the number of one other issue, such as #12")
    return {"number": _positive(found[1])}


def _split(words: Sequence[str], _: Context) -> Fields:
    rest = words[1:] if words and words[0].casefold() == "by" else words
    if len(rest) != 1 or not _FIELD.fullmatch(rest[0]):
        raise ValueError("split wants one field: write split by FIELD, such as split by version")
    return {"word": rest[0].lower()}


def _evidence(words: Sequence[str], _: Context) -> Fields:
    if not words:
        return {"number": _USUAL_EVIDENCE}
    if len(words) > 1 or not re.fullmatch(r"\d{1,9}", words[0], re.ASCII) or not 0 < int(words[0]) <= _MOST_EVIDENCE:
        raise ValueError(f"evidence takes one number from 1 to {_MOST_EVIDENCE}")
    return {"number": int(words[0])}


def _help(words: Sequence[str], _: Context) -> Fields:
    rest = [word.casefold().strip("/") for word in words if word.casefold() != "/friction"]
    if not rest:
        return {}
    if len(rest) > 1:
        raise ValueError("help takes the name of one command")
    if rest[0] not in NAMES:
        meant = OTHERWISE.get(rest[0])
        raise ValueError(f"{rest[0]} is no command{f': it is called {meant} here' if meant else ''}")
    return {"word": rest[0]}


def _nothing(words: Sequence[str], _: Context) -> Fields:
    if words:
        raise ValueError(f"this takes no arguments, but {' '.join(words)} was written")
    return {}


def _count(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 0 < int(text) <= _MOST_NEEDED:
        raise ValueError(f"{name} wants a whole number from 1 to {_MOST_NEEDED}, such as {name}=8")
    return int(text)


def _positive(text: str) -> int:
    if not int(text):
        raise ValueError("there is no #0: name a number from 1 on")
    return int(text)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "silence": _silence,
        "unsilence": _unsilence,
        "snooze": _snooze,
        "fixed": _fixed,
        "threshold": _threshold,
        "duplicate": _duplicate,
        "split": _split,
        "evidence": _evidence,
        "help": _help,
    }
    | dict.fromkeys(("notfixed", "why", "status", "silences", "rescan", "ack"), _nothing)
)
