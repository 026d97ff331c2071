"""Which shelves of files are quiet, in the caller's transaction: one value by key, so no table of its own.

The value is a line of JSON (version, key, what is gone) and then the 16 bytes of each shelf.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from bot.adapters.store_codec import digest, packed, told, unpacked
from bot.adapters.store_schema import FILES, KEPT
from bot.adapters.store_sql import fetch
from bot.ports import FileMark, Quiet

_NAME = digest("quiet shelves")
_AT = 2**62  # it does not age: whatever drops old values leaves it alone
_WIDTH = 16  # bytes of a shelf's digest


def marks_of(connection: Connection, paths: Collection[str]) -> Mapping[str, FileMark]:
    """The marks of those of these files that have one, by path."""
    return by_path(fetch(connection, FILES.c, FILES.c.digest, {digest(path) for path in paths}))


def by_path(rows: Iterable[Any]) -> Mapping[str, FileMark]:
    """The file marks of rows of `files`; marks of the same rules share them, so that a million files name them once."""
    rules: dict[str, frozenset[str]] = {}
    marks: dict[str, FileMark] = {}
    for row in rows:
        known = rules.get(row.rules)
        if known is None:
            known = rules[row.rules] = frozenset(unpacked(row.rules))
        path = told(row.path)
        marks[path] = FileMark(path, told(row.stamp), told(row.reader), known)
    return marks


def read_quiet(connection: Connection) -> Quiet | None:
    """What is kept; None where nothing is."""
    value = connection.execute(select(KEPT.c.value).where(KEPT.c.name == _NAME)).scalar()
    if value is None:
        return None
    head, _, shelves = bytes(value).partition(b"\n")
    version, key, gone, first = unpacked(head)
    digests = (shelves[start : start + _WIDTH] for start in range(0, len(shelves), _WIDTH))
    return Quiet(version, bytes.fromhex(key), gone, first, frozenset(digests))


def write_quiet(connection: Connection, quiet: Quiet) -> Quiet:
    """Keep shelves under a version that was never there; returns them with it."""
    new = quiet._replace(version=secrets.token_hex(8))
    head = packed((new.version, new.key.hex(), new.gone, new.first))
    drop_quiet(connection)
    value = head + b"\n" + b"".join(sorted(new.shelves))
    connection.execute(insert(KEPT).values(name=_NAME, value=value, at=_AT))
    return new


def drop_quiet(connection: Connection) -> None:
    """Let every shelf be looked at again."""
    connection.execute(delete(KEPT).where(KEPT.c.name == _NAME))


def replace_quiet(connection: Connection, quiet: Quiet) -> None:
    """Keep shelves over those of their version; nothing is known where that is another by now.

    Two who looked at once may each have been overtaken by what the other absorbed: then everybody looks again.
    """
    known = read_quiet(connection)
    if known is None or known.version != quiet.version:
        drop_quiet(connection)
    elif known != quiet:
        write_quiet(connection, quiet)
