"""Whatever comes in whatever order, the ledger holds what working everything out anew gives, and forgets to touch nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.ledger import SqlLedger
from bot.adapters.store import SqlStore
from bot.core.model import Session, Signal, Span
from bot.core.own import own_starts
from bot.core.session import group_number
from bot.ledger import Brief, Derived, Ledger, Stale, Standing
from bot.ports import Reading, Store
from tests.adapters.test_store_order import START, readings
from tests.fakes_ledger import RememberingLedger
from tests.fakes_store import RememberingStore

Evidence = Mapping[tuple[str, int], frozenset[tuple[Signal, Brief]]]


class Absorb(NamedTuple):
    """Readings come in, made by this state of the rules; `meanwhile` somebody was deriving."""

    readings: Sequence[Reading]
    rules: str
    meanwhile: bool


class Derive(NamedTuple):
    """About so many sessions are derived."""

    most: int


class Evaluate(NamedTuple):
    """Everything is derived, by these routes, and evaluated."""

    routes: str


@st.composite
def absorbs(draw: st.DrawFn) -> Absorb:
    return Absorb(draw(readings()), draw(st.sampled_from(["d1", "d2"])), draw(st.booleans()))


OPERATIONS = st.lists(
    absorbs() | st.builds(Derive, st.integers(1, 3)) | st.builds(Evaluate, st.sampled_from("xy")), max_size=8
).map(lambda operations: [*operations, Evaluate("x")])


class Player:
    """Does operations on a store and its ledger, and checks at each evaluation what was promised."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self.store, self.ledger = store, ledger
        self.routes = "x"
        self.known: dict[tuple[str, int], frozenset[tuple[Signal, Brief]]] = {}

    def play(self, operations: Sequence[Absorb | Derive | Evaluate]) -> None:
        for operation in operations:
            if isinstance(operation, Absorb):
                self.absorb(operation)
            elif isinstance(operation, Derive):
                self.keep(*self.derived(self.ledger.stale(operation.most)))
            else:
                self.evaluate(operation.routes)

    def absorb(self, told: Absorb) -> None:
        begun = self.derived(self.ledger.stale(2)) if told.meanwhile else None
        rules = {"r1": told.rules, "r2": "d1"}
        self.store.absorb([replace(_active(reading), rules=rules) for reading in told.readings])
        if begun:
            self.keep(*begun)

    def derived(self, stale: Stale) -> tuple[list[Derived], int]:
        conversations = {name: conversation for conversation, name in stale.sessions}
        sessions = list(self.store.sessions(conversations))
        begun = own_starts(sessions, conversations)
        return [self.worked_out(session, begun) for session in sessions], stale.upto

    def worked_out(self, session: Session, begun: Mapping[str, object]) -> Derived:
        repository = f"o/{self.routes}{session.events % 2}"
        return Derived(session.id, repository, begun[session.id], tuple(_of_steps(session)))  # type: ignore[arg-type]

    def keep(self, derived: list[Derived], upto: int) -> None:
        self.ledger.derive(derived, upto)

    def evaluate(self, routes: str) -> None:
        self.routes = routes
        self.ledger.derive_all_again(routes)
        while (stale := self.ledger.stale(3)).sessions:
            self.keep(*self.derived(stale))
        self.check_all()
        evidence = self.evidence()
        for repository in sorted(
            {place for place, _ in evidence.keys() | self.known.keys()} | {*self.ledger.waiting()}
        ):
            changed = {
                group
                for place, group in evidence.keys() | self.known.keys()
                if place == repository and evidence.get((place, group)) != self.known.get((place, group))
            }
            touched = self.ledger.touched(repository)
            assert touched.groups >= changed
            assert not changed or repository in self.ledger.waiting()
            self.check_pasts(repository, evidence)
            found = [self.standing(repository, group, evidence) for group in sorted(touched.groups)]
            self.ledger.evaluated(repository, touched.upto, found, touched.groups)
        assert self.ledger.waiting() == ()
        self.known = dict(evidence)

    def check_all(self) -> None:
        sessions, conversations = list(self.store.sessions()), self.store.conversations()
        begun = own_starts(sessions, conversations)
        anew = {session.id: self.worked_out(session, begun) for session in sessions}
        assert list(self.ledger.briefs()) == [
            Brief(
                session.id, conversations[session.id], session.person, anew[session.id].repository,
                anew[session.id].own_start, session.blocks, session.versions,
            )
            for session in sessions
        ]  # fmt: skip
        of_steps = [signal for each in anew.values() for signal in each.signals]
        signals = [*self.store.signals(), *of_steps]
        assert list(self.ledger.signals()) == sorted(
            signals, key=lambda each: (each.rule, each.event, each.session, each.group)
        )

    def check_pasts(self, repository: str, evidence: Evidence) -> None:
        """What is still kept as past is what would be past if everything was looked at again."""
        groups = [group for place, group in self.known if place == repository]
        for group, kept in self.ledger.pasts(repository, groups).items():
            assert kept.until
            assert kept.past == self.past(evidence.get((repository, group), frozenset()), kept.until)

    def standing(self, repository: str, group: int, evidence: Evidence) -> Standing:
        until = START + timedelta(minutes=70)
        past = self.past(evidence.get((repository, group), frozenset()), until)
        return Standing(f"{repository} {group}", "r", (group,), 1, None, past, until)

    def past(self, evidence: frozenset[tuple[Signal, Brief]], until: datetime) -> bytes:
        active = self.ledger.last_active([signal.session for signal, _ in evidence])
        over = [pair for pair in evidence if (last := active[pair[0].session]) and last < until]
        return repr(sorted(map(repr, over))).encode()

    def evidence(self) -> Evidence:
        briefs = {brief.id: brief for brief in self.ledger.briefs()}
        found: dict[tuple[str, int], set[tuple[Signal, Brief]]] = {}
        for signal in self.ledger.signals():
            if brief := briefs.get(signal.session):
                place = (brief.repository, group_number(signal.rule, signal.group))
                found.setdefault(place, set()).add((signal, brief))
        return {place: frozenset(pairs) for place, pairs in found.items()}


def _active(reading: Reading) -> Reading:
    """The reading with its sessions active whenever anything of them happened, as it is with what is read from files."""
    times = [(signal.session, signal.at) for signal in reading.signals]
    times += [(session.id, step.at) for session in reading.sessions for step in session.steps]
    active = (Session(name, "claude-code", blocks=(Span(at, at),)) for name, at in times if at)
    return replace(reading, sessions=(*reading.sessions, *active))


def _of_steps(session: Session) -> Iterator[Signal]:
    for step in session.steps:
        if step.exit_code is not None:
            yield Signal("steps", session.id, step.key, (("code", str(step.exit_code)),), step.at)


@settings(max_examples=25)
@given(operations=OPERATIONS)
def test_the_model_itself_holds_what_is_worked_out_anew(operations: list[Absorb | Derive | Evaluate]) -> None:
    store = RememberingStore()
    Player(store, RememberingLedger(store)).play(operations)


@settings(max_examples=25)
@given(operations=OPERATIONS)
def test_the_ledger_holds_what_is_worked_out_anew(operations: list[Absorb | Derive | Evaluate]) -> None:
    with SqlStore.open("sqlite://") as store:
        Player(store, SqlLedger(store.engine)).play(operations)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_the_ledger_on_postgresql_holds_what_is_worked_out_anew(
    postgres_url: str, operations: list[Absorb | Derive | Evaluate]
) -> None:
    with SqlStore.open(postgres_url) as store:
        store.forget()
        Player(store, SqlLedger(store.engine)).play(operations)
