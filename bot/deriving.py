"""Deriving: what evaluating needs of a session, worked out once when it changed; and the look at all who were at work."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property

from bot.core import people
from bot.core.loops import signals_of_session
from bot.core.marker import digest
from bot.core.model import Session, Signal
from bot.core.origin import Origin, hour_began
from bot.core.own import own_starts
from bot.core.rule_model import Rule
from bot.ingest import Whose
from bot.ledger import Brief, Derived, Ledger
from bot.ports import Sources
from bot.request import Ports, Route, RunRequest
from bot.upkeep import Failure
from bot.wanted import READER

_AT_ONCE = 200  # sessions in memory: about 20 KB each
_INSTANT = timedelta(microseconds=1)
_VERSION = 1  # to be raised where the same sessions give something else


def derive(request: RunRequest, ports: Ports) -> tuple[str, ...]:
    """Work out what evaluating needs of every session that changed; all again where step rules or routes are others.

    Returns the repositories in which there is something to be evaluated since.
    """
    steps = [rule for rule in request.rules if rule.match.event in {"retry", "slow"}]
    router = Router(request.repository, request.routes, ports.sources)
    ports.ledger.derive_all_again(_reason(steps, request))
    before = None
    while (stale := ports.ledger.stale(_AT_ONCE)).sessions and stale != before:
        ports.ledger.derive(_derived(stale.sessions, steps, router, ports), stale.upto)
        before = stale  # the same once more would never end
    return ports.ledger.waiting()


def _derived(pairs: Iterable[tuple[str, str]], steps: Sequence[Rule], router: Router, ports: Ports) -> list[Derived]:
    """What was worked out of whole conversations, given as (conversation, session)."""
    conversations = {session: conversation for conversation, session in pairs}
    sessions = tuple(ports.store.sessions(conversations))
    begun = own_starts(sessions, conversations)
    return [
        Derived(session.id, router.repository(session), begun[session.id], _of_steps(steps, session, ports))
        for session in sessions
    ]


def _of_steps(steps: Sequence[Rule], session: Session, ports: Ports) -> tuple[Signal, ...]:
    """The signals of a session's steps, without those of rules that fail on it: they would stop all others."""
    found: list[Signal] = []
    for rule in steps:
        try:
            found += signals_of_session([rule], session)
        except Exception as error:  # noqa: BLE001 - whatever it is costs this session and this rule only
            now = ports.clock()
            message = (
                f"{type(error).__name__} of frictionbot's own in a session: the rule leaves it out. Please report it"
            )
            ports.upkeep.fail(Failure("unexpected", f"{rule.id}: {session.id}", message, f"{_VERSION}", now, now))
    return tuple(found)


def _reason(steps: Iterable[Rule], request: RunRequest) -> str:
    """What the derived depends on besides the sessions themselves."""
    rules = sorted(f"{rule.id}:{rule.match.model_dump_json()}:{sorted(rule.group_by)}" for rule in steps)
    routes = [f"{each.repository}:{each.source}:{each.cwd}:{each.remote}" for each in request.routes]
    return digest(str(_VERSION), READER, request.repository, *rules, "", *routes)


class Router:
    """Says which repository receives a session's issues: that of the first route that fits."""

    def __init__(self, repository: str, routes: tuple[Route, ...], sources: Sources) -> None:
        self._repository, self._routes, self._sources = repository, routes, sources

    def repository(self, session: Session) -> str:
        """OWNER/NAME, "" where nobody receives it."""
        cwds = session.cwds or ("",)
        for route in self._routes:
            if fnmatchcase(session.source, route.source) and any(self._leads(route, cwd) for cwd in cwds):
                return route.repository
        return self._repository

    def _leads(self, route: Route, cwd: str) -> bool:
        if not fnmatchcase(cwd, route.cwd):
            return False
        return route.remote == "*" or (bool(cwd) and fnmatchcase(self._sources.remote(cwd), route.remote))


class Names:
    """Whose a session is, as people are joined and shown today."""

    def __init__(self, whose: Whose, salt: bytes, *, show: bool) -> None:
        self._whose, self._salt, self._show = whose, salt, show

    def origin(self, brief: Brief) -> Origin:
        """What counting needs to know of a session."""
        person = self._whose.joined(brief.person)
        began = min((span.start for span in brief.blocks), default=None)
        return Origin(
            brief.id,
            brief.conversation,
            person,
            self.shown(person),
            brief.repository,
            began,
            brief.blocks,
            brief.own_start,
        )

    def shown(self, person: str) -> str:
        """What stands for a person in issues."""
        return person if self._show and person else people.pseudonym(person, self._salt)

    def joined(self, person: str) -> str:
        """The one name of a person."""
        return self._whose.joined(person)


class KnownPeople(Mapping[str, str]):
    """Every name of a person, as it is known or shown (casefolded), with the person; nobody has no name.

    The ledger is only asked once somebody is looked up.
    """

    def __init__(self, ledger: Ledger, names: Names) -> None:
        self._ledger, self._names = ledger, names

    @cached_property
    def _known(self) -> Mapping[str, str]:
        joined = {self._names.joined(person) for person in self._ledger.people()} - {""}
        return {name.casefold(): person for person in sorted(joined) for name in (person, self._names.shown(person))}

    def __getitem__(self, name: str) -> str:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class EverybodyKept:
    """The crowd of all sessions in the ledger (`bot.core.origin.Crowd`), asked for only where counting needs it."""

    def __init__(self, ledger: Ledger, whose: Whose) -> None:
        self._ledger, self._whose = ledger, whose
        self._named: dict[str, set[str]] = {}
        self._hours: dict[int, Set[str]] = {}

    def working(self, hour: int) -> Set[str]:
        """Who worked in a clock hour (`bot.core.origin.hour_of`)."""
        if hour not in self._hours:
            raw = self._ledger.at_work(hour_began(hour), hour_began(hour + 1) - _INSTANT)
            self._hours[hour] = frozenset(map(self._whose.joined, raw))
        return self._hours[hour]

    def began(self, people: Collection[str], after: datetime, until: datetime) -> int:
        """How many conversations have a session by one of these people that started in (after, until]."""
        if not self._named:
            for person in self._ledger.people():
                self._named.setdefault(self._whose.joined(person), set()).add(person)
        raw = {name for person in people for name in self._named.get(person, ())}
        return len(self._ledger.began_between(raw, after, until))
