"""What keeps workers going: batches under way, failures, signs of life, pauses, and which versions get along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """The new tables, empty; programs of this revision are the first that know to look who gets along."""
    _create_work()
    _create_orders()
    op.create_index("ix_origins_ended", "origins", ["ended"])  # by which old sessions are found
    compatible = op.create_table("compatible", sa.Column("since", sa.Text, primary_key=True))
    op.bulk_insert(compatible, [{"since": "0005"}])


def downgrade() -> None:
    """Without them: batches are cut anew, pauses are lifted, what failed is tried again."""
    op.drop_index("ix_origins_ended", "origins")
    for table in ("compatible", "pauses", "pulses", "failures", "batches"):
        op.drop_table(table)


def _create_work() -> None:
    op.create_table(
        "batches",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("tries", _NUMBER, nullable=False),
    )
    op.create_index("ix_batches_at", "batches", ["at"])
    op.create_table(
        "failures",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("times", _NUMBER, nullable=False),
        sa.Column("aside", _NUMBER, nullable=False),
    )


def _create_orders() -> None:
    op.create_table(
        "pulses",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "pauses",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger),
    )
