"""Absorbing readings: sessions merged with what is known, marks, links and signals, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update

from bot.adapters.ledger_changes import Changes, note, write_origins
from bot.adapters.store_codec import digest, rules_text, session_of, session_row, stored, told, unpacked
from bot.adapters.store_links import Linked, link
from bot.adapters.store_schema import FILES, SESSIONS
from bot.adapters.store_signals import write_signals
from bot.adapters.store_sql import add, fetch, highest
from bot.core.model import Session
from bot.core.session import merge
from bot.ports import FileMark, Reading


def absorb(connection: Connection, readings: Sequence[Reading]) -> int:
    """Write readings; returns how many of their links (events that sessions may share) the store knew before.

    Links are counted reading by reading, so over any number of batches the sum is the same: all links that were read,
    less the distinct ones.
    """
    read = sum(len(session.links) for reading in readings for session in reading.sessions)
    changes = Changes()
    fresh = _write_sessions(connection, (session for reading in readings for session in reading.sessions), changes)
    files, known = _write_files(connection, readings)
    write_signals(connection, readings, files, known, changes)
    note(connection, changes)
    return read - fresh


def mark_of(row: Any) -> FileMark:
    """The file mark of a row of `files`."""
    return FileMark(told(row.path), told(row.stamp), told(row.reader), frozenset(unpacked(row.rules)))


def _write_sessions(connection: Connection, parts: Iterable[Session], changes: Changes) -> int:
    """Merge and write partial sessions, with their links; returns how many links are new to the store."""
    sessions: dict[str, Session] = {}
    for part in parts:
        other = sessions.get(part.id)
        sessions[part.id] = part if other is None else merge(other, part)
    last = highest(connection, SESSIONS.c.no)
    known = {}
    if last:
        digests = [digest(name) for name in sessions]
        known = {told(row.id): row for row in fetch(connection, SESSIONS.c, SESSIONS.c.digest, digests)}
    fresh = [(no, sessions[name]) for no, name in enumerate(sorted(sessions.keys() - known.keys()), last + 1)]
    linked = [Linked(no, session.id, no, session.links) for no, session in fresh]
    changed = []
    for name, row in sorted(known.items()):
        before = session_of(row)
        after = merge(before, sessions[name])
        if after != before:
            changed.append((row.no, after))
            linked.append(Linked(row.no, name, row.conversation, after.links - before.links))
    add(connection, SESSIONS, [{**session_row(session), "no": no, "conversation": no} for no, session in fresh])
    _change(connection, SESSIONS, [{**session_row(session), "number": no} for no, session in changed])
    write_origins(connection, fresh, new=True)
    write_origins(connection, changed, new=False)
    changes.written.update((stored(session.id), no) for no, session in (*fresh, *changed))
    return link(connection, linked, empty=not last)


def _write_files(connection: Connection, readings: Sequence[Reading]) -> tuple[Mapping[str, int], frozenset[int]]:
    """Write file marks; returns the numbers of all files by path, and those of files that were known before."""
    marks: dict[str, FileMark] = {}
    digests = [digest(reading.mark.path) for reading in readings]
    rows = {told(row.path): row for row in fetch(connection, FILES.c, FILES.c.digest, digests)}
    before = {path: mark_of(row) for path, row in rows.items()}
    for reading in readings:
        path = reading.mark.path
        marks[path] = _mark(reading, marks.get(path) or before.get(path))
    missing = sorted(marks.keys() - rows.keys())
    new = {path: no for no, path in enumerate(missing, highest(connection, FILES.c.no) + 1)} if missing else {}
    add(connection, FILES, [{**_mark_row(marks[path]), "no": no} for path, no in new.items()])
    changed = [path for path, mark in before.items() if mark != marks[path]]
    _change(connection, FILES, [{**_mark_row(marks[path]), "number": rows[path].no} for path in changed])
    numbers = {path: int(row.no) for path, row in rows.items()}
    return numbers | new, frozenset(numbers.values())


def _mark(reading: Reading, known: FileMark | None) -> FileMark:
    """What is known of a file now: of unchanged content also what earlier readings looked for."""
    mark = reading.mark
    rules = {f"{rule}:{digest.removeprefix(f'{rule}:')}" for rule, digest in reading.rules.items()}
    rules |= _of_others(mark.rules, reading.rules.keys())
    if known and (known.stamp, known.reader) == (mark.stamp, mark.reader):
        rules |= _of_others(known.rules, {_rule(text) for text in rules})
    return FileMark(mark.path, mark.stamp, mark.reader, frozenset(rules))


def _of_others(texts: Iterable[str], rules: Collection[str]) -> set[str]:
    """Those `rule:digest` strings that are not of these rules."""
    return {text for text in texts if _rule(text) not in rules}


def _rule(text: str) -> str:
    return text.rpartition(":")[0]


def _mark_row(mark: FileMark) -> dict[str, Any]:
    return {
        "digest": digest(mark.path),
        "path": stored(mark.path),
        "stamp": stored(mark.stamp),
        "reader": stored(mark.reader),
        "rules": rules_text(mark.rules),
    }


def _change(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Overwrite the rows of a table whose `no` is the `number` of each of these."""
    if rows:
        connection.execute(update(table).where(table.c.no == bindparam("number")), rows)
