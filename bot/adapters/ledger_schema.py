"""The tables in which evaluating remembers what it has to look at and what it found; `bot.adapters.ledger` uses them.

They stand apart from `sessions` on purpose: they are read and written every cycle, and a row of `sessions` holds about
20 KB, which SQLite would read through and both would write anew.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from bot.adapters.store_schema import METADATA, Number

# Where a session comes from. `repository` is null until it was derived. `whose` is a number for the person
# (`bot.core.session.identity`), because names may be too long for an index. `scale` says how long the session lasted
# (`bot.adapters.ledger_time`), so that those that were under way at a moment are found by index.
ORIGINS = Table(
    "origins",
    METADATA,
    Column("session", Number, primary_key=True, autoincrement=False),
    Column("repository", Text),
    Column("own_start", BigInteger),
    Column("whose", BigInteger, nullable=False),
    Column("started", BigInteger),
    Column("ended", BigInteger),
    Column("scale", BigInteger),
    Index(None, "repository"),
    Index(None, "whose", "started"),
    Index(None, "scale", "started"),
    Index(None, "ended"),
)

# From when to when a conversation was active, named by the number that its sessions have for it; `open` is 1 where a
# session of it has no time at all. `scale` as in `origins`.
CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("no", Number, primary_key=True, autoincrement=False),
    Column("first", BigInteger),
    Column("last", BigInteger),
    Column("open", Number, nullable=False, index=True),
    Column("scale", BigInteger),
    Index(None, "scale", "first"),
)

CHANGED = Table(  # sessions that are to be derived, with the number of their newest change
    "changed",
    METADATA,
    Column("session", Number, primary_key=True, autoincrement=False),
    Column("change", BigInteger, nullable=False, index=True),
)

DERIVED = Table(  # signals of steps: of a session, in no file
    "derived",
    METADATA,
    Column("no", Number, primary_key=True),
    Column("session", Number, nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
    Column("grp", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", BigInteger),
    Column("until", BigInteger),
    Column("evidence", Text, nullable=False),
    Index(None, "grp", "at"),
)

TOUCHED = Table(  # groups that are to be evaluated, with the number of the newest change that touched them
    "touched",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("grp", BigInteger, primary_key=True, autoincrement=False),
    Column("change", BigInteger, nullable=False),
)

FINDINGS = Table(
    "findings",
    METADATA,
    Column("fingerprint", Text, primary_key=True),
    Column("repository", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("in_window", Number, nullable=False),
    Column("due", BigInteger),
    Index(None, "repository", "rule"),
    Index(None, "repository", "due"),
)

FINDING_GROUPS = Table(
    "finding_groups",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("grp", BigInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", Text, primary_key=True),
    Index(None, "fingerprint"),
)

# What the evidence of a group from before `until` adds up to, where the group has one finding and that one group.
PASTS = Table(
    "pasts",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("grp", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False, index=True),
    Column("past", LargeBinary, nullable=False),
)

# What `in_window` comes to of all findings of a rule: kept up by whoever writes findings, because adding up all of them
# in each cycle takes longer the more there are.
WINDOWS = Table(
    "windows",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("in_window", Number, nullable=False),
)

# One row: the newest change number that was given out, which no crash and no rebuild ever makes smaller, and what the
# derived depends on besides the sessions.
PROGRESS = Table(
    "progress",
    METADATA,
    Column("no", Number, primary_key=True, autoincrement=False),
    Column("change", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
