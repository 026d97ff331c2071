"""Sessions and signals as the rows of the store, and back: nothing is lost, whatever characters a transcript held.

Neither database takes every string of Python: PostgreSQL refuses NUL, both refuse the lone surrogates that stand for
undecodable bytes in file names. Plain columns escape them (`stored`, `told`), JSON has escapes of its own.
"""

from __future__ import annotations

import json
import re
import sys
from array import array
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, overload

import orjson
from sqlalchemy import Row

from bot.core.model import Kind, Outcome, Session, Signal, Span, Step
from bot.core.session import group_number, identity

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {kind.value: kind for kind in Kind}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_REFUSED = re.compile("[\0\x1a\ud800-\udfff]")  # \x1a, SUBSTITUTE, is the escape itself
_ESCAPED = re.compile("\x1a([0-9a-f]{4})")


def stored(text: str) -> str:
    """A string that both databases take; only `told` makes it the same again."""
    if text.isascii() and text.isprintable():
        return text
    return _REFUSED.sub(lambda found: f"\x1a{ord(found[0]):04x}", text)


def told(text: str) -> str:
    """The string that `stored` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "\x1a" in text else text


def digest(text: str) -> str:
    """32 hexadecimal digits that stand for a string of any length in an index."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def packed(value: object) -> bytes:
    """Compact JSON, times in ISO 8601; strings that are no Unicode text are kept by the slower of two writers."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, default=datetime.isoformat, separators=(",", ":")).encode()


def unpacked(data: str | bytes) -> Any:
    """What `packed` was given, tuples as lists and times as strings."""
    try:
        return orjson.loads(data)
    except ValueError:
        return json.loads(data)


def stored_row(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose texts both databases take, and whose times are microseconds."""
    return {name: _stored_value(value) for name, value in values.items()}


def _stored_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return microseconds(value)
    return stored(value) if isinstance(value, str) else value


@overload
def microseconds(at: datetime) -> int: ...
@overload
def microseconds(at: datetime | None) -> int | None: ...
def microseconds(at: datetime | None) -> int | None:
    """A moment as whole microseconds since 1970 in UTC."""
    return None if at is None else (at - EPOCH) // _MICROSECOND


@overload
def moment(microseconds: int) -> datetime: ...
@overload
def moment(microseconds: int | None) -> datetime | None: ...
def moment(microseconds: int | None) -> datetime | None:
    """The moment that is so many microseconds after 1970 in UTC."""
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def session_row(session: Session) -> dict[str, Any]:
    """A session as a row of `sessions`, without `no` and `conversation`."""
    blocks = [tuple(span) for span in session.blocks]
    return {
        "digest": digest(session.id),
        "id": stored(session.id),
        "agent": stored(session.agent),
        "source": stored(session.source),
        "person": stored(session.person),
        "events": session.events,
        "facts": packed((blocks, session.cwds, session.versions, session.branches)).decode(),
        "steps": packed([tuple(step) for step in session.steps]),
        "links": _numbers(session.links),
        "quiet": _numbers(session.quiet),
    }


def session_of(row: Row[Any]) -> Session:
    """The session of a row of `sessions`."""
    blocks, cwds, versions, branches = unpacked(row.facts)
    return Session(
        id=told(row.id),
        agent=told(row.agent),
        source=told(row.source),
        person=told(row.person),
        blocks=tuple(Span(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in blocks),
        steps=tuple(map(_step, unpacked(row.steps))),
        links=links_of(row.links),
        quiet=links_of(row.quiet),
        cwds=tuple(cwds),
        versions=tuple(versions),
        branches=tuple(branches),
        events=row.events,
    )


def links_of(data: bytes) -> frozenset[int]:
    """The 64-bit numbers of a `links` or `quiet` column."""
    return frozenset(_little_endian(array("q", bytes(data))))


def signal_row(signal: Signal) -> dict[str, Any]:
    """A signal as a row of `signals`, without `file` and `rule`, which are numbers of other tables."""
    return {
        "event": identity(signal.event),
        "session": stored(signal.session),
        "key": packed(signal.group).decode(),
        "at": microseconds(signal.at),
        "until": microseconds(signal.until),
        "evidence": packed((signal.event, *signal[6:])).decode(),
        "grp": group_number(signal.rule, signal.group),
        "who": identity(signal.session),
    }


def signal_of(rule: str, row: Row[Any]) -> Signal:
    """The signal of a row of `signals`, made by the rule of this id."""
    event, *evidence = unpacked(row.evidence)
    group = tuple((name, value) for name, value in unpacked(row.key))
    return Signal(rule, told(row.session), event, group, moment(row.at), moment(row.until), *evidence)


def rules_text(rules: Iterable[str]) -> str:
    """The rule digests of a file mark as a column."""
    return packed(sorted(rules)).decode()


def _step(row: list[Any]) -> Step:
    """The step of a list that nobody else needs: it is changed in place, which takes a third less time."""
    row[1] = _KINDS[row[1]]
    row[2] = row[2] and datetime.fromisoformat(row[2])
    row[3] = row[3] and datetime.fromisoformat(row[3])
    row[5] = _OUTCOMES[row[5]]
    return Step(*row)


def _numbers(links: frozenset[int]) -> bytes:
    return _little_endian(array("q", links)).tobytes()


def _little_endian(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
