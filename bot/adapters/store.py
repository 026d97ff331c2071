"""The store over SQLAlchemy Core: one SQLite file for one machine, PostgreSQL for a team."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import batched
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, delete, select

from bot.adapters.store_absorb import absorb, mark_of
from bot.adapters.store_codec import digest, microseconds, session_of, stored, told
from bot.adapters.store_engine import connect, migrate, parse
from bot.adapters.store_errors import told_to_people
from bot.adapters.store_schema import FILES, ISSUES, SESSIONS
from bot.adapters.store_signals import read_signals
from bot.adapters.store_sql import add, among, fetch, lock
from bot.core.model import Session, Signal
from bot.ports import FileMark, Reading
