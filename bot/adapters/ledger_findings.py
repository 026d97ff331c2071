"""What was touched, and what evaluating found, by repository."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select

from bot.adapters.ledger_past import write_pasts
from bot.adapters.ledger_schema import FINDING_GROUPS, FINDINGS, PROGRESS, TOUCHED, WINDOWS
from bot.adapters.store_codec import microseconds, moment, stored, told
from bot.adapters.store_sql import add, among, bare, put
from bot.ledger import Standing, Touched


def touched(connection: Connection, repository: str) -> Touched:
    """The groups that were touched; the number is read first: what is touched meanwhile has a greater one."""
    upto = connection.execute(select(PROGRESS.c.change)).scalar_one()
    groups = bare(connection, select(TOUCHED.c.grp).where(TOUCHED.c.repository == stored(repository)))
    return Touched(upto, frozenset(group for (group,) in groups))


def waiting(connection: Connection) -> tuple[str, ...]:
    """The repositories in which something was touched; nobody receives what is in none."""
    places = bare(connection, select(TOUCHED.c.repository).distinct())
    return tuple(sorted({told(place) for (place,) in places} - {""}))


def evaluated(
    connection: Connection, repository: str, upto: int, known: Sequence[Standing], groups: Collection[int] | None
) -> None:
    """Keep what was found, in place of all that was known of these groups (None: all)."""
    place = stored(repository)
    by_name = {stored(standing.fingerprint): standing for standing in known}
    names = by_name.keys() | _names(connection, place, groups)
    here = (FINDINGS.c.repository == place, among(connection, FINDINGS.c.fingerprint, names))
    moved = Counter[str]()
    for rule, in_window in bare(connection, select(FINDINGS.c.rule, FINDINGS.c.in_window).where(*here)):
        moved[rule] -= in_window
    for standing in by_name.values():
        moved[stored(standing.rule)] += standing.in_window
    connection.execute(delete(FINDINGS).where(*here))
    rows = (FINDING_GROUPS.c.repository == place, among(connection, FINDING_GROUPS.c.fingerprint, names))
    before = {group for (group,) in bare(connection, select(FINDING_GROUPS.c.grp).where(*rows))}
    connection.execute(delete(FINDING_GROUPS).where(*rows))
    _add(connection, place, by_name)
    _move(connection, {rule: by for rule, by in moved.items() if by})
    done = (TOUCHED.c.repository == place, TOUCHED.c.change <= upto)
    connection.execute(delete(TOUCHED).where(*done))
    write_pasts(connection, place, before, known)


def standings(connection: Connection, repository: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
    """What is remembered of these fingerprints."""
    wanted = among(connection, FINDINGS.c.fingerprint, [stored(name) for name in fingerprints])
    return {each.fingerprint: each for each in _standings(connection, repository, wanted)}


def due(connection: Connection, repository: str, now: datetime) -> tuple[Standing, ...]:
    """The findings that are due by now, by fingerprint."""
    return _standings(connection, repository, FINDINGS.c.due <= microseconds(now))


def groups_of_rules(connection: Connection, repository: str, rules: Collection[str]) -> frozenset[int]:
    """The groups of all findings of these rules in a repository."""
    rows = (
        select(FINDING_GROUPS.c.grp)
        .join_from(FINDINGS, FINDING_GROUPS, _same())
        .where(
            FINDINGS.c.repository == stored(repository),
            among(connection, FINDINGS.c.rule, [stored(rule) for rule in rules]),
        )
    )
    return frozenset(group for (group,) in bare(connection, rows)) if rules else frozenset()


def in_windows(connection: Connection, without: Collection[str]) -> Mapping[str, int]:
    """Rule → conversations in windows, without these fingerprints; rules of which nothing is left are not there."""
    left = Counter({told(rule): total for rule, total in bare(connection, select(WINDOWS.c.rule, WINDOWS.c.in_window))})
    if without:
        wanted = among(connection, FINDINGS.c.fingerprint, [stored(name) for name in without])
        for rule, in_window in bare(connection, select(FINDINGS.c.rule, FINDINGS.c.in_window).where(wanted)):
            left[told(rule)] -= in_window
    return {rule: total for rule, total in sorted(left.items()) if total}


def _names(connection: Connection, place: str, groups: Collection[int] | None) -> set[str]:
    """The fingerprints (as stored) that are known of these groups."""
    if groups is None:
        wanted = select(FINDINGS.c.fingerprint).where(FINDINGS.c.repository == place)
    else:
        here = (FINDING_GROUPS.c.repository == place, among(connection, FINDING_GROUPS.c.grp, groups))
        wanted = select(FINDING_GROUPS.c.fingerprint).where(*here)
    return {name for (name,) in bare(connection, wanted)}


def _add(connection: Connection, place: str, by_name: Mapping[str, Standing]) -> None:
    rows = [
        {
            "fingerprint": name, "repository": place, "rule": stored(each.rule), "in_window": each.in_window,
            "due": microseconds(each.due),
        }
        for name, each in sorted(by_name.items())
    ]  # fmt: skip
    add(connection, FINDINGS, rows)
    groups = sorted({(group, name) for name, each in by_name.items() for group in each.groups})
    add(
        connection, FINDING_GROUPS, [{"repository": place, "grp": group, "fingerprint": name} for group, name in groups]
    )


def _move(connection: Connection, moved: Mapping[str, int]) -> None:
    """Add to what the windows of rules hold."""
    here = select(WINDOWS.c.rule, WINDOWS.c.in_window).where(among(connection, WINDOWS.c.rule, moved))
    before = dict(bare(connection, here)) if moved else {}
    put(connection, WINDOWS, [{"rule": rule, "in_window": before.get(rule, 0) + by} for rule, by in moved.items()])


def _same() -> ColumnElement[bool]:
    return (FINDING_GROUPS.c.fingerprint == FINDINGS.c.fingerprint) & (
        FINDING_GROUPS.c.repository == FINDINGS.c.repository
    )


def _standings(connection: Connection, repository: str, wanted: ColumnElement[bool]) -> tuple[Standing, ...]:
    rows = (
        select(*(FINDINGS.c[name] for name in ("fingerprint", "rule", "in_window", "due")), FINDING_GROUPS.c.grp)
        .select_from(FINDINGS.outerjoin(FINDING_GROUPS, _same()))
        .where(FINDINGS.c.repository == stored(repository), wanted)
    )
    found: dict[str, Standing] = {}
    groups: dict[str, set[int]] = {}
    for name, rule, in_window, at, group in bare(connection, rows):
        found[name] = Standing(told(name), told(rule), (), in_window, moment(at))
        groups.setdefault(name, set()).update(() if group is None else (group,))
    return tuple(found[name]._replace(groups=tuple(sorted(groups[name]))) for name in sorted(found))
