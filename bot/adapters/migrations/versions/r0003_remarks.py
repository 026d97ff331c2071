"""What people said to the bot on GitHub, and up to when it was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """The new tables, empty: the next cycle reads all comments."""
    op.create_table(
        "remarks",
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("issue", _NUMBER, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("own", _NUMBER, nullable=False),
        sa.Column("robot", _NUMBER, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("answered", sa.Text, nullable=False),
    )
    op.create_table(
        "heard",
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Without them; GitHub has all that they held, but for who was allowed what when a comment was first read."""
    op.drop_table("heard")
    op.drop_table("remarks")
