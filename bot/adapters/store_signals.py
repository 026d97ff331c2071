"""Signals in the store: what each file said, by rule and by the state of the rule that found it.

A file that is read again replaces what it said itself. What other files say of the same events stays as long as the
same state of rule and reader said it; what an older state said of an event goes as soon as any file shows that event
again. So the order in which files are absorbed never matters, and what a vanished file said stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, exists, select

from bot.adapters.ledger_changes import Changes, Group
from bot.adapters.store_codec import signal_of, signal_row, stored, told, unpacked
from bot.adapters.store_schema import RULES, SIGNALS
from bot.adapters.store_sql import add, among, bare, fetch, highest
from bot.core.model import Signal
from bot.core.session import identity
from bot.ports import Reading

_identity = itemgetter(0, 2, 1, 3)  # of a signal: rule, event, session and group
# What a row says: two rows that are the same in this are one.
_SAID = ("file", "rule", "session", "event", "key", "at", "until", "evidence")


class _States(NamedTuple):
    """The numbers of a reading's rules as they are now, by rule id, and of the same rules as they once were."""

    now: Mapping[str, int]
    once: frozenset[int]


def write_signals(
    connection: Connection,
    readings: Iterable[Reading],
    files: Mapping[str, int],
    known: Iterable[int],
    changes: Changes,
) -> None:
    """Write the signals of readings, whose files have these numbers; `known` are those that were read before.

    A signal that is there as it is stays: a file that grew costs what it gained.
    """
    before = set(known)
    for alike in _alike(readings):
        states = _states(connection, alike[0])
        of_file = {files[reading.mark.path]: reading for reading in alike}
        if states.once:
            _forget_older(connection, states.once, alike, changes)
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        for no, reading in of_file.items():
            for signal in once(reading.signals):
                row = {**signal_row(signal), "file": no, "rule": states.now[signal.rule]}
                rows[tuple(row[name] for name in _SAID)] = row
        kept = _forget_own(connection, states, {no: of_file[no] for no in of_file.keys() & before}, rows, changes)
        added = [row for said, row in rows.items() if said not in kept]
        add(connection, SIGNALS, added)
        changes.signalled.update(row["session"] for row in added)
        before |= of_file.keys()


def read_signals(connection: Connection) -> Iterator[Signal]:
    """All signals, each once however many files show it, ordered by rule, event, session and group."""
    rules = {no: told(rule) for no, rule in connection.execute(select(RULES.c.no, RULES.c.rule))}
    return iter(once(signal_of(rules[row.rule], row) for row in connection.execute(select(SIGNALS))))


def one(a: Signal, b: Signal) -> Signal:
    """One signal from two copies of it: the one at the smaller place, over as soon as any copy shows that it was."""
    first = min(a, b, key=_place)
    until = min(a.until, b.until) if a.until and b.until else a.until or b.until
    return first if first.until == until else first._replace(until=until)


def _place(signal: Signal) -> tuple[str, ...]:
    return (signal.place, *map(str, signal._replace(until=None)))


def once(signals: Iterable[Signal]) -> list[Signal]:
    """One signal of all copies of it, ordered by rule, event, session and group."""
    kept: list[Signal] = []
    for signal in sorted(signals, key=_identity):
        if kept and signal[2] == kept[-1][2] and _identity(signal) == _identity(kept[-1]):
            kept[-1] = one(signal, kept[-1])
        else:
            kept.append(signal)
    return kept


def _alike(readings: Iterable[Reading]) -> Iterator[Sequence[Reading]]:
    """Runs of readings of different files that were made with the same reader and rules: each is written at once."""
    run: dict[str, Reading] = {}
    made_with: tuple[str, Mapping[str, str]] | None = None
    for reading in readings:
        with_ = (reading.mark.reader, reading.rules)
        if run and (with_ != made_with or reading.mark.path in run):
            yield tuple(run.values())
            run = {}
        made_with = with_
        run[reading.mark.path] = reading
    if run:
        yield tuple(run.values())


def _states(connection: Connection, reading: Reading) -> _States:
    now: dict[str, int] = {}
    once = set()
    stored_rules = {stored(rule): rule for rule in reading.rules}
    columns = (RULES.c.no, RULES.c.rule, RULES.c.digest, RULES.c.reader)
    for no, text, digest, reader in fetch(connection, columns, RULES.c.rule, stored_rules):
        rule = stored_rules[text]
        if (told(digest), told(reader)) == (reading.rules[rule], reading.mark.reader):
            now[rule] = no
        else:
            once.add(no)
    missing = sorted(reading.rules.keys() - now.keys())
    new = {rule: no for no, rule in enumerate(missing, highest(connection, RULES.c.no) + 1)} if missing else {}
    reader = stored(reading.mark.reader)
    rows = [{"rule": stored(rule), "digest": stored(reading.rules[rule]), "reader": reader} for rule in new]
    add(connection, RULES, [{**row, "no": no} for row, no in zip(rows, new.values(), strict=True)])
    return _States(now | new, _in_use(connection, once))


def _in_use(connection: Connection, states: Collection[int]) -> frozenset[int]:
    """Those states of rules by which any signal is kept; without one there is nothing to look up event by event."""
    if not states:
        return frozenset()
    kept = exists().where(SIGNALS.c.rule == RULES.c.no)
    return frozenset(connection.scalars(select(RULES.c.no).where(among(connection, RULES.c.no, states), kept)))


def _shown(reading: Reading) -> frozenset[str]:
    return reading.covered.union(signal.event for signal in reading.signals)


def _forget_older(
    connection: Connection, states: frozenset[int], readings: Iterable[Reading], changes: Changes
) -> None:
    """Forget what older states of the rules said of the events that are shown again, in whichever file."""
    events = {identity(event) for reading in readings for event in _shown(reading)}
    older = (among(connection, SIGNALS.c.rule, states), among(connection, SIGNALS.c.event, events))
    gone = select(SIGNALS.c.no, SIGNALS.c.session, SIGNALS.c.grp).where(*older)
    _forget(connection, {no: (session, group) for no, session, group in bare(connection, gone)}, changes)


def _forget_own(
    connection: Connection,
    states: _States,
    again: Mapping[int, Reading],
    said: Collection[tuple[Any, ...]],
    changes: Changes,
) -> frozenset[tuple[Any, ...]]:
    """Forget what files that are read again said of the events they show, by the rules they were read for.

    Returns what is said again (`_SAID`): that stays.
    """
    if not again:
        return frozenset()
    shown = {no: _shown(reading) for no, reading in again.items()}
    rules = frozenset(states.now.values())
    columns = (SIGNALS.c.no, SIGNALS.c.grp, *(SIGNALS.c[name] for name in _SAID))
    kept, gone = set(), {}
    for no, group, *row in bare(connection, select(*columns).where(among(connection, SIGNALS.c.file, again))):
        file, rule, session, *_, evidence = row
        if rule not in rules:
            continue
        if tuple(row) in said:
            kept.add(tuple(row))
        elif unpacked(evidence)[0] in shown[file]:
            gone[no] = (session, group)
    _forget(connection, gone, changes)
    return frozenset(kept)


def _forget(connection: Connection, gone: Mapping[int, Group], changes: Changes) -> None:
    if gone:
        connection.execute(delete(SIGNALS).where(among(connection, SIGNALS.c.no, gone)))
        changes.lose(gone.values())
