"""The tables of upkeep, beside those of the store: batches, failures, signs of life, pauses, and who may still write."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from bot.adapters.store_schema import METADATA, Number

BATCHES = Table(  # that are not done; ids by their digest, because nobody promises that they are short
    "batches",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("tries", Number, nullable=False),
)

FAILURES = Table(  # by the digest of code, place and stamp
    "failures",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("times", Number, nullable=False),
    Column("aside", Number, nullable=False),
)

PULSES = Table(  # signs of life, by the digest of their names
    "pulses",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("value", Text, nullable=False),
)

PAUSES = Table(  # by the digest of what is paused
    "pauses",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("until", BigInteger),
)

# One row: the oldest revision whose programs may go on with these tables. A revision that only adds leaves it alone, so
# that workers of the version before finish their cycle beside the new ones; one that changes what is there moves it on.
COMPATIBLE = Table("compatible", METADATA, Column("since", Text, primary_key=True))
