"""What evaluating remembers: where sessions come from, what changed, the signals of steps, what was touched and found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.adapters.ledger_time import scale
from bot.adapters.store_codec import microseconds, told, unpacked
from bot.core.session import group_number, identity

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_AT_ONCE = 5000  # rows in memory


def upgrade() -> None:
    """The new tables; every session that there is has changed, so the next cycle derives them all."""
    _number_signals()
    _create_origins()
    _create_conversations()
    _create_derived()
    _create_findings()
    op.create_table(
        "progress",
        sa.Column("no", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO progress (no, change, reason) VALUES (1, 1, '')")
    op.execute("INSERT INTO changed (session, change) SELECT no, 1 FROM sessions")


def downgrade() -> None:
    """Without them; all that they held can be made again."""
    for table in ("progress", "windows", "pasts", "finding_groups", "findings", "touched", "derived", "changed"):
        op.drop_table(table)
    for table in ("conversations", "origins"):
        op.drop_table(table)
    for index in ("ix_signals_event", "ix_signals_who", "ix_signals_grp_at"):
        op.drop_index(index, "signals")
    op.drop_column("signals", "who")
    op.drop_column("signals", "grp")


def _number_signals() -> None:
    for column in ("grp", "who"):  # a column that may not be null needs something for the rows that are there
        op.add_column("signals", sa.Column(column, sa.BigInteger, nullable=False, server_default="0"))
    rules = {no: told(rule) for no, rule in op.get_bind().execute(sa.text("SELECT no, rule FROM rules"))}

    def numbered(row: Mapping[str, Any]) -> dict[str, Any]:
        group = group_number(rules[row["rule"]], unpacked(row["key"]))
        return {"number": row["no"], "new_grp": group, "new_who": identity(told(row["session"]))}

    table = sa.table("signals", sa.column("no"), sa.column("grp"), sa.column("who"))
    change = sa.update(table).where(table.c.no == sa.bindparam("number"))
    change = change.values(grp=sa.bindparam("new_grp"), who=sa.bindparam("new_who"))
    _each("signals", ("no", "rule", "session", "key"), numbered, change)
    for column in ("who", "event"):
        op.create_index(f"ix_signals_{column}", "signals", [column])
    op.create_index("ix_signals_grp_at", "signals", ["grp", "at"])


def _create_origins() -> None:
    origins = op.create_table(
        "origins",
        sa.Column("session", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("repository", sa.Text),
        sa.Column("own_start", sa.BigInteger),
        sa.Column("whose", sa.BigInteger, nullable=False),
        sa.Column("started", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("scale", sa.BigInteger),
    )
    _each("sessions", ("no", "person", "facts"), _origin, sa.insert(origins))
    op.create_index("ix_origins_repository", "origins", ["repository"])
    op.create_index("ix_origins_whose_started", "origins", ["whose", "started"])
    op.create_index("ix_origins_scale_started", "origins", ["scale", "started"])
    op.create_table(
        "changed",
        sa.Column("session", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("change", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_changed_change", "changed", ["change"])


def _create_conversations() -> None:
    conversations = op.create_table(
        "conversations",
        sa.Column("no", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("first", sa.BigInteger),
        sa.Column("last", sa.BigInteger),
        sa.Column("open", _NUMBER, nullable=False),
        sa.Column("scale", sa.BigInteger),
    )
    op.execute(
        "INSERT INTO conversations (no, first, last, open) SELECT s.conversation, MIN(o.started), MAX(o.ended), "
        "MAX(CASE WHEN o.started IS NULL THEN 1 ELSE 0 END) "
        "FROM sessions s JOIN origins o ON o.session = s.no GROUP BY s.conversation"
    )
    change = sa.update(conversations).where(conversations.c.no == sa.bindparam("number"))
    change = change.values(scale=sa.bindparam("new_scale"))
    _each(
        "conversations",
        ("no", "first", "last"),
        lambda row: {"number": row["no"], "new_scale": scale(row["first"], row["last"])},
        change,
    )
    op.create_index("ix_conversations_open", "conversations", ["open"])
    op.create_index("ix_conversations_scale_first", "conversations", ["scale", "first"])


def _origin(row: Mapping[str, Any]) -> dict[str, Any]:
    blocks = unpacked(row["facts"])[0]
    started = microseconds(min((datetime.fromisoformat(start) for start, _ in blocks), default=None))
    ended = microseconds(max((datetime.fromisoformat(end) for _, end in blocks), default=None))
    whose = identity(told(row["person"]))
    return {
        "session": row["no"], "whose": whose, "started": started, "ended": ended, "scale": scale(started, ended)
    }  # fmt: skip


def _create_derived() -> None:
    op.create_table(
        "derived",
        sa.Column("no", _NUMBER, primary_key=True),
        sa.Column("session", _NUMBER, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
        sa.Column("grp", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.Column("evidence", sa.Text, nullable=False),
    )
    for column in ("session", "event"):
        op.create_index(f"ix_derived_{column}", "derived", [column])
    op.create_index("ix_derived_grp_at", "derived", ["grp", "at"])
    op.create_table(
        "touched",
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("grp", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("change", sa.BigInteger, nullable=False),
    )


def _create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("in_window", _NUMBER, nullable=False),
        sa.Column("due", sa.BigInteger),
    )
    op.create_index("ix_findings_repository_rule", "findings", ["repository", "rule"])
    op.create_index("ix_findings_repository_due", "findings", ["repository", "due"])
    op.create_table(
        "finding_groups",
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("grp", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.Text, primary_key=True),
    )
    op.create_index("ix_finding_groups_fingerprint", "finding_groups", ["fingerprint"])
    op.create_table(
        "pasts",
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("grp", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("past", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_pasts_until", "pasts", ["until"])
    op.create_table(
        "windows",
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("in_window", _NUMBER, nullable=False),
    )


def _each(
    table: str, columns: Sequence[str], made: Callable[[Mapping[str, Any]], dict[str, Any]], statement: sa.Executable
) -> None:
    """Run a statement for each row of a table with what `made` makes of the row, a batch at a time."""
    for rows in _batches(table, columns):
        op.get_bind().execute(statement, [made(row) for row in rows])


def _batches(table: str, columns: Sequence[str]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The rows of a table by `no`, some thousand at once."""
    source = sa.table(table, *map(sa.column, columns))
    last = 0
    while True:
        wanted = sa.select(source).where(source.c.no > last).order_by(source.c.no).limit(_AT_ONCE)
        rows: Sequence[Mapping[str, Any]] = [dict(row) for row in op.get_bind().execute(wanted).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["no"]
