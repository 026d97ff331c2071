"""The first tables: files, sessions, links, rules, signals, issues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """All tables, empty."""
    _create_sessions()
    _create_signals()
    op.create_table(
        "issues",
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """No table is left."""
    for table in ("issues", "signals", "rules", "links", "sessions", "files"):
        op.drop_table(table)


def _create_sessions() -> None:
    op.create_table(
        "files",
        sa.Column("no", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.UniqueConstraint("digest", name="uq_files_digest"),
    )
    op.create_table(
        "sessions",
        sa.Column("no", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("conversation", _NUMBER, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("events", _NUMBER, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("steps", sa.LargeBinary, nullable=False),
        sa.Column("links", sa.LargeBinary, nullable=False),
        sa.Column("quiet", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("digest", name="uq_sessions_digest"),
    )
    op.create_index("ix_sessions_conversation", "sessions", ["conversation"])
    op.create_table(
        "links",
        sa.Column("link", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("session", _NUMBER, nullable=False),
    )


def _create_signals() -> None:
    op.create_table(
        "rules",
        sa.Column("no", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
    )
    op.create_index("ix_rules_rule", "rules", ["rule"])
    op.create_table(
        "signals",
        sa.Column("no", _NUMBER, primary_key=True),
        sa.Column("file", _NUMBER, sa.ForeignKey("files.no"), nullable=False),
        sa.Column("rule", _NUMBER, sa.ForeignKey("rules.no"), nullable=False),
        sa.Column("event", sa.BigInteger, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.Column("evidence", sa.Text, nullable=False),
    )
    op.create_index("ix_signals_file_rule", "signals", ["file", "rule"])
    op.create_index("ix_signals_rule_event", "signals", ["rule", "event"])
