"""What filing exactly once needs: intents, leases, the write budget, the decision log, and what was asked of GitHub."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BY_CODE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """The new tables, empty."""
    _create_intents()
    _create_decisions()
    _create_budget()
    op.create_table(
        "kept",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "levels",
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("sessions", _NUMBER, nullable=False),
    )


def downgrade() -> None:
    """Without them; what they held is lost, and can all be had again from GitHub."""
    for table in ("levels", "kept", "holds", "spends", "decisions", "intents", "leases", "gone"):
        op.drop_table(table)


def _create_intents() -> None:
    op.create_table(
        "gone",
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("fate", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "intents",
        sa.Column("nonce", sa.Text, primary_key=True),
        sa.Column("repository", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("issue", _NUMBER),
    )
    op.create_index("ix_intents_repository_state", "intents", ["repository", "state"])


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("no", _NUMBER, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("repository", sa.Text, nullable=False),
        sa.Column("fingerprint", _BY_CODE, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("issue", _NUMBER),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
    )
    op.create_index("ix_decisions_at", "decisions", ["at"])
    op.create_index("ix_decisions_fingerprint_no", "decisions", ["fingerprint", "no"])


def _create_budget() -> None:
    op.create_table(
        "spends",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("content", _NUMBER, nullable=False),
        sa.Column("points", _NUMBER, nullable=False),
        sa.Column("done", _NUMBER, nullable=False),
    )
    op.create_index("ix_spends_account_at", "spends", ["account", "at"])
    op.create_table(
        "holds",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
