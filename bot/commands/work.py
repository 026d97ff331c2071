"""The work that commands ask for, done with the real parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from bot import service, wiring
from bot.adapters import upkeep_tables
from bot.adapters.upkeep import SqlUpkeep
from bot.core.comments import Note, signed
from bot.core.deliveries import Due
from bot.core.history import Decision, IssueComment
from bot.core.model import Problem, Session
from bot.core.orders import order_topic
from bot.core.own import own_starts
from bot.core.report import Report
from bot.core.wanted import Memory, Wanted, about, chosen
from bot.core.why import Picture
from bot.ingest import Watch
from bot.ports import Store, StoreError, TrackerError
from bot.settings import Settings
from bot.upkeep import Pulse, Upkeep

_LOG = 1_000  # of the newest decisions, in which an issue is looked for
_WHOLE_LOG = 1_000_000


class RealWork:
    """Sessions, database and GitHub as the settings name them."""

    def run(
        self, settings: Settings, now: datetime, watch: Watch, *, post: bool, due: frozenset[Due] = frozenset()
    ) -> Report:
        """One whole cycle, with what webhooks said is `due`. Raises `StoreError` where the database cannot be used."""
        with wiring.build(settings, now, post=post) as (request, ports):
            report = service.run(replace(request, due=due), ports, watch)
            with suppress(StoreError):  # what the memory cannot take is said of what matters
                ports.upkeep.beat(Pulse("run", ports.clock(), '{"posted":true}' if report.posted else "{}"))
            return report

    def why(self, settings: Settings, now: datetime, watch: Watch, asked: Wanted) -> Picture:
        """A cycle that writes nothing, with all that is remembered of what is asked about. Raises `StoreError`."""
        with wiring.build(settings, now, post=False) as (request, ports):
            report = service.run(request, ports, watch)
            rules = {rule.id: rule for rule in request.rules}
            memory = _memory(ports.store, request.receivers)
            names = chosen(asked, report, rules, memory)
            wanted = frozenset(names)
            others = (each for each in memory.decisions if each.fingerprint not in wanted)
            memory = Memory(memory.filed, (*_decisions(ports.store, names), *others))
            of_these = (finding for finding in report.findings if finding.fingerprint in wanted)
            ids = {signal.session for finding in of_these for signal in finding.signals}
            return Picture(report, rules, wiring.rule_paths(settings), memory, _starts(ports.store, ids))

    def history(self, settings: Settings, asked: Wanted | None, limit: int) -> Sequence[Decision]:
        """The newest decisions, newest first: all, or those about what is asked. Raises `StoreError`."""
        with upkeep_tables.open_store(settings.database) as store:
            if asked is None:
                return store.decisions(limit=limit)
            filed = {name: store.issues(name) for name in _named(settings)}
            return about(asked, store.decisions(limit=_WHOLE_LOG), filed)[:limit]

    def rebuild(self, settings: Settings, now: datetime, watch: Watch) -> Report:
        """The memory made anew from the sources and GitHub, and what the next run would do. Raises `StoreError`."""
        # An empty memory in its place, as a run takes it, would be lost again.
        upkeep_tables.open_store(settings.database).close()
        with wiring.build(settings, now, post=False) as (request, ports):
            return service.rebuild(request, ports, watch)

    def order(self, settings: Settings, now: datetime, repository: str, issue: int, text: str) -> IssueComment:
        """A comment of the bot's own that orders something. Raises `StoreError`, and `TrackerError` where it was not made."""
        upkeep_tables.open_store(settings.database).close()
        with wiring.build(settings, now, post=True) as (_, ports):
            if ports.tracker is None:
                raise TrackerError("settings_missing", "GitHub cannot be asked: nothing says who the bot is")
            if ports.press.secret(text):
                raise TrackerError("withheld", "the outbound scanner sees a secret in it: nothing was written")
            nonce = ports.nonce()
            return ports.tracker.comment(repository, issue, signed(text, Note(order_topic(text), nonce), ports.key))

    def read(self, settings: Settings, watch: Watch) -> tuple[Sequence[Session], Sequence[Problem]]:
        """The sessions of all sources, read afresh, in order of start, and what could not be read."""
        sources, whose = wiring.reader(settings)
        sessions, problems, _ = service.read_sessions(sources, whose, watch)
        return sessions, problems

    @contextmanager
    def upkeep(self, settings: Settings) -> Iterator[Upkeep]:
        """The operator's side of the memory, until the context ends. Raises `StoreError`."""
        with upkeep_tables.open_store(settings.database) as store:
            yield SqlUpkeep(store.engine)

    def tables(self, settings: Settings) -> upkeep_tables.State:
        """How the tables of the database stand; nothing is changed. Raises `StoreError`."""
        return upkeep_tables.state(settings.database)

    def upgrade(self, settings: Settings) -> upkeep_tables.Move:
        """The tables brought to this version. Raises `StoreError`."""
        return upkeep_tables.upgrade(settings.database)

    def downgrade(self, settings: Settings, revision: str) -> upkeep_tables.Move:
        """The tables taken back to an older revision. Raises `StoreError`."""
        return upkeep_tables.downgrade(settings.database, revision)


def _named(settings: Settings) -> Iterable[str]:
    return sorted({settings.repository or "", *(route.repository for route in settings.routes)} - {""})


def _memory(store: Store, repositories: Iterable[str]) -> Memory:
    return Memory({name: store.issues(name) for name in repositories}, store.decisions(limit=_LOG))


def _decisions(store: Store, fingerprints: Iterable[str]) -> Iterable[Decision]:
    return (decision for name in fingerprints for decision in store.decisions(fingerprint=name))


def _starts(store: Store, ids: set[str]) -> Mapping[str, datetime | None]:
    """When each of these sessions itself began: what it copied from the sessions of its conversation is not its own."""
    conversations = store.conversations()
    whole = {conversations.get(name, name) for name in ids}
    members = {name for name, conversation in conversations.items() if conversation in whole}
    sessions = list(store.sessions(members | ids))
    begun = own_starts(sessions, conversations)
    return {name: begun.get(name) for name in ids}
