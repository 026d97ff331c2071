"""The tables of the store, the same on SQLite and PostgreSQL; `migrations` makes them.

Long or hostile names (paths, session ids) are found by a digest of fixed width, because an index row of PostgreSQL
holds at most 2,704 bytes. Numbers (`no`) are given out by the one writer that holds the lock.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

ByCode = Text(collation="C").with_variant(Text(), "sqlite")  # in the order of code points, as SQLite has it anyway
Number = BigInteger().with_variant(Integer, "sqlite")  # on SQLite only INTEGER makes a primary key the row's own number

METADATA = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

FILES = Table(
    "files",
    METADATA,
    Column("no", Number, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("path", Text, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("rules", Text, nullable=False),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("no", Number, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("id", Text, nullable=False),
    Column("conversation", Number, nullable=False, index=True),
    Column("agent", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("events", Number, nullable=False),
    Column("facts", Text, nullable=False),
    Column("steps", LargeBinary, nullable=False),
    Column("links", LargeBinary, nullable=False),
    Column("quiet", LargeBinary, nullable=False),
)

# An identity belongs to the first session that brought it; whoever shares it joins its conversation. `session` is no
# foreign key: checking each of 27,000 costs as much as writing them, and the one writer just gave out the numbers.
LINKS = Table(
    "links",
    METADATA,
    Column("link", Number, primary_key=True, autoincrement=False),
    Column("session", Number, nullable=False),
)

RULES = Table(  # each state of a rule, with the reader it was used by, that signals were made with
    "rules",
    METADATA,
    Column("no", Number, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False, index=True),
    Column("digest", Text, nullable=False),
    Column("reader", Text, nullable=False),
)

SIGNALS = Table(
    "signals",
    METADATA,
    Column("no", Number, primary_key=True),
    Column("file", Number, ForeignKey("files.no"), nullable=False),
    Column("rule", Number, ForeignKey("rules.no"), nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("session", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", BigInteger),
    Column("until", BigInteger),
    Column("evidence", Text, nullable=False),
    Column("grp", BigInteger, nullable=False),  # `bot.core.session.group_number`
    Column("who", BigInteger, nullable=False, index=True),  # `bot.core.session.identity` of the session
    Index(None, "file", "rule"),
    Index(None, "rule", "event"),
    Index(None, "event"),
    Index(None, "grp", "at"),
)

ISSUES = Table(
    "issues",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("number", Number, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# What became of issues that are there no more.
GONE = Table(
    "gone",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("fate", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

LEASES = Table(  # names by their digest
    "leases",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

INTENTS = Table(
    "intents",
    METADATA,
    Column("nonce", Text, primary_key=True),
    Column("repository", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("issue", Number),
    Index(None, "repository", "state"),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("no", Number, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("repository", Text, nullable=False),
    Column("fingerprint", ByCode, nullable=False),
    Column("rule", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("issue", Number),
    Column("reason", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Index(None, "fingerprint", "no"),
)

SPENDS = Table(  # writes of the last hour; accounts by their digest
    "spends",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("content", Number, nullable=False),
    Column("points", Number, nullable=False),
    Column("done", Number, nullable=False),
    Index(None, "account", "at"),
)

HOLDS = Table(
    "holds",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
)

KEPT = Table(  # what could be asked of GitHub again; keys by their digest
    "kept",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)

LEVELS = Table(
    "levels",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("sessions", Number, nullable=False),
)

# Comments that matter to the bot, as they were last read; ids are GitHub's.
REMARKS = Table(
    "remarks",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("issue", Number, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("own", Number, nullable=False),
    Column("robot", Number, nullable=False),
    Column("role", Text, nullable=False),
    Column("answered", Text, nullable=False),
)

HEARD = Table(  # up to when comments were read
    "heard",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
)
