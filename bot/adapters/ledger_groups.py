"""Which groups sessions have signals in."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from bot.adapters.ledger_schema import DERIVED
from bot.adapters.store_schema import SIGNALS
from bot.adapters.store_sql import among, bare


def groups_of(connection: Connection, by_who: Mapping[int, int]) -> dict[int, set[int]]:
    """Session (by number) → the groups of its signals, of files and of steps; asked by its number for signals (`who`)."""
    groups: dict[int, set[int]] = {no: set() for no in by_who.values()}
    of_files = select(SIGNALS.c.who, SIGNALS.c.grp).where(among(connection, SIGNALS.c.who, by_who)).distinct()
    for who, group in bare(connection, of_files):
        groups[by_who[who]].add(group)
    of_steps = select(DERIVED.c.session, DERIVED.c.grp).where(among(connection, DERIVED.c.session, groups))
    for no, group in bare(connection, of_steps):
        groups[no].add(group)
    return groups
