"""One cycle: read what changed, match, count, plan, and, only where asked, post."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import chain

from bot.core import people
from bot.core.breaker import held, levels
from bot.core.case import USUAL, Case, Limits, Moment
from bot.core.count import count
from bot.core.history import Decision, Intent
from bot.core.loops import signals_of_session
from bot.core.match import Matchers
from bot.core.model import Action, Finding, Listing, Problem, Result, Session
from bot.core.origin import Origin
from bot.core.own import own_starts
from bot.core.plan import plan
from bot.core.render import Rendered
from bot.core.report import Report, unable
from bot.core.rule_model import Rule
from bot.core.session import merge, rank
from bot.core.version import at_least
from bot.filing import Filer, Press, body_limit
from bot.ingest import FileReader, Ingest, Tally, Watch, Whose
from bot.observing import Evaluation, Observer
from bot.ports import Codebase, Sources, Store, Tracker, TrackerError


@dataclass(frozen=True, slots=True)
class Route:
    """Which sessions' issues a repository receives: globs over the source, the working directory, the git remote."""

    repository: str
    source: str = "*"
    cwd: str = "*"
    remote: str = "*"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is asked to do, as of when, and with which rules.

    `settle` is how long a filing without an answer is looked for before it is tried again, by `now`; `lease` how long a
    process that was stopped keeps others from what it was writing, by the machine's clock.
    """

    now: datetime
    rules: tuple[Rule, ...]
    whose: Whose
    repository: str = ""
    routes: tuple[Route, ...] = ()
    salt: bytes = b""
    show_names: bool = False
    limits: Limits = USUAL
    settle: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(minutes=5)
    post: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def receivers(self) -> tuple[str, ...]:
        """Every repository that may receive issues, in order."""
        return tuple(sorted({self.repository, *(route.repository for route in self.routes)} - {""}))


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of a run; without a tracker GitHub is not asked.

    `clock` tells the machine's time, `nonce` gives 32 hex digits that were never given before, `key` signs markers.
    """

    sources: Sources
    store: Store
    press: Press
    clock: Callable[[], datetime]
    nonce: Callable[[], str]
    key: bytes = b""
    tracker: Tracker | None = None
    codebase: Codebase | None = None


def run(request: RunRequest, ports: Ports, watch: Watch) -> Report:
    """One whole cycle. What cannot be done becomes a problem of the report and costs nothing else."""
    ingest = Ingest(ports.sources, ports.store, request.whose, request.rules, watch)
    tally = ingest.run()
    problems = [*request.problems, *ingest.problems]
    evaluation, sessions = _evaluation(request, ports, problems)
    decided = _Deciding(request, ports, evaluation, problems).decide()
    outcomes: tuple[Result, ...] = ()
    if request.post and ports.tracker:
        outcomes = _filed(request, ports, decided, problems)
        ports.store.log(_decisions(decided.actions, outcomes, request.now))
    return Report(
        as_of=request.now,
        posted=request.post,
        stats=tally.stats(sessions),
        problems=tuple(problems),
        findings=tuple(evaluation.findings),
        plan=decided.actions,
        outcomes=outcomes,
        judgements={case.finding.fingerprint: case.judgement for case in decided.cases},
    )


def rebuild(request: RunRequest, ports: Ports, watch: Watch) -> Report:
    """The memory made anew from the sources and from GitHub; nothing is written there. Returns what the next run would do.

    The old memory is only let go once every repository of the settings could be listed wholly: without that the report
    says what is in the way, and everything stays as it was.
    """
    problems: list[Problem] = []
    if ports.tracker is None:
        problems.append(Problem("settings_missing", "rebuild", "GitHub cannot be asked: nothing was forgotten"))
    lists = Observer(ports.tracker, ports.store, None, request.now, ports.clock, problems, request.settle)
    listings = lists.listings(request.receivers, whole=True)
    if problems or not all(listing.complete for listing in listings.values()):
        return unable(request.now, problems)
    ports.store.forget()
    return run(replace(request, post=False), ports, watch)


@dataclass(frozen=True, slots=True)
class _Decided:
    cases: tuple[Case, ...]
    actions: tuple[Action, ...]
    listings: Mapping[str, Listing]
    intents: tuple[Intent, ...]


class _Deciding:
    """From findings to a plan: quickly first, and again on whole listings where something is to be opened or reopened."""

    def __init__(self, request: RunRequest, ports: Ports, evaluation: Evaluation, problems: list[Problem]) -> None:
        self._request, self._ports, self._evaluation, self._problems = request, ports, evaluation, problems
        self._observer = Observer(
            ports.tracker, ports.store, ports.codebase, request.now, ports.clock, problems, request.settle
        )
        self._texts: dict[str, tuple[object, Rendered | Problem]] = {}  # by fingerprint, with what they were made from

    def decide(self) -> _Decided:
        """The plan of this cycle; where it is for posting, how much each rule matches today is remembered."""
        repositories = sorted({finding.repository for finding in self._evaluation.findings if finding.repository})
        at = self._moment()
        listings = self._observer.listings(repositories, whole=False)
        decided = self._on(listings, at)
        louder = {
            action.repository
            for action in decided.actions
            if action.action in {"open", "reopen"} or action.row == "incomplete"
        }
        unsure = [
            name
            for name in sorted(louder & listings.keys())
            if not listings[name].complete and not listings[name].problems
        ]
        if unsure:
            decided = self._on({**listings, **self._observer.listings(unsure, whole=True)}, at)
        return decided

    def _on(self, listings: Mapping[str, Listing], at: Moment) -> _Decided:
        intents = self._observer.intents(sorted(listings))
        cases = tuple(self._rendered(case) for case in self._observer.cases(self._evaluation, listings, intents))
        return _Decided(cases, plan(cases, listings, at), listings, intents)

    def _moment(self) -> Moment:
        request, store = self._request, self._ports.store
        now = levels(tuple(self._evaluation.findings), tuple(self._evaluation.rules))
        today, before = request.now.date(), store.levels()
        held_back = held(now, before, today)
        more = {rule: level for rule, level in now.items() if level > before.get(rule, {}).get(today, -1)}
        if more and request.post:
            store.remember_levels(today, more)
        return Moment(request.now, request.limits, request.settle, held_back)

    def _rendered(self, case: Case) -> Case:
        """The case with its text, where it may have to be told; rendering the others would be for nothing."""
        if not _may_be_told(case):
            return case
        issue = case.issue
        after = issue.number if issue and issue.state == "closed" else None
        # Only a new issue links the old one: the text of one that is reopened is its own.
        late = (
            issue is not None
            and issue.state == "closed"
            and (case.canonical is not None or case.too_late(self._request.now))
        )
        made = self._text(case, body_limit(None if late else issue), after if late else None)
        if isinstance(made, Rendered):
            return replace(case, rendered=made)
        if made not in self._problems:
            self._problems.append(made)
        return case

    def _text(self, case: Case, limit: int, earlier: int | None) -> Rendered | Problem:
        """The text of a case; a plan that is made again on a whole listing mostly needs the same one."""
        asked = (limit, earlier, case.judgement)
        known = self._texts.get(case.finding.fingerprint)
        if known is None or known[0] != asked:
            made = self._ports.press.render(
                case.finding, case.rule, limit=limit, judgement=case.judgement, earlier=earlier
            )
            known = self._texts[case.finding.fingerprint] = (asked, made)
        return known[1]


def _may_be_told(case: Case) -> bool:
    issue, rule, judgement = case.issue, case.rule, case.judgement
    if rule.status != "stable" or case.gone or case.claimed or case.unknown:
        return False
    if issue is None:
        return case.finding.state == "active"
    if issue.locked:
        return False
    back = max(judgement.verdicts.after_fix, judgement.returned) >= rule.regression.sessions
    return issue.state == "open" or back or bool(judgement.discrepancy)


def _filed(request: RunRequest, ports: Ports, decided: _Decided, problems: list[Problem]) -> tuple[Result, ...]:
    assert ports.tracker is not None  # noqa: S101 - asked before
    filer = Filer(
        ports.tracker, ports.store, ports.key, ports.nonce, request.now, ports.clock,
        holder=ports.nonce(), lease=request.lease, settle=request.settle,
    )  # fmt: skip
    outcomes = filer.file(decided.actions, decided.listings, decided.intents)
    for repository, listing in decided.listings.items():
        try:
            if any(issue.fingerprint for issue in listing.issues) and not listing.problems:
                filer.tidy(repository)
        except TrackerError as error:
            problems.append(
                Problem(error.code, repository, f"its comments could not be looked through: {error.message}")
            )
    problems.extend(ports.tracker.problems)
    _give_up(request, ports.store, decided)
    return outcomes


def _give_up(request: RunRequest, store: Store, decided: _Decided) -> None:
    """Give up comments that nobody answered and nobody would make any more; a filing is only ever settled by a listing."""
    due = {(action.fingerprint, action.topic) for action in decided.actions}
    for intent in decided.intents:
        late = request.now - intent.at >= request.settle
        if intent.what == "comment" and late and (intent.fingerprint, intent.topic) not in due:
            store.settle(intent.nonce, "given_up")


def _decisions(actions: Sequence[Action], outcomes: Sequence[Result], now: datetime) -> Iterator[Decision]:
    """What the log keeps of a plan and of what came of it."""
    done = {
        (each.action, each.fingerprint, each.repository, each.issue if each.action != "open" else None): each
        for each in outcomes
    }
    for action in actions:
        result = done.get((action.action, action.fingerprint, action.repository, action.issue))
        yield Decision(
            now, action.repository, action.fingerprint, action.rule, action.action, action.row,
            result.issue if result else action.issue, action.reason,
            "planned" if result is None else result.error or "done",
        )  # fmt: skip


def read_sessions(
    sources: Sources, whose: Whose, watch: Watch
) -> tuple[tuple[Session, ...], tuple[Problem, ...], Tally]:
    """The sessions of the sources, read afresh and put together from all files, ordered by start; nothing is stored."""
    tally, problems = Tally(), list[Problem]()
    reader, matchers = FileReader(sources, whose, tally), Matchers(())
    sessions: dict[str, Session] = {}
    files = list(sources.discover())
    watch.begin("reading sessions", sum(file.size for file in files if not isinstance(file, Problem)))
    for file in files:
        if isinstance(file, Problem):
            problems.append(file)
            continue
        tally.files += 1
        try:
            observed, dialect = reader.read(file, matchers, problems)
        except OSError as error:
            problems.append(sources.unreadable(file, error))
            observed, dialect = None, None
        if dialect and not dialect.read:
            problems.append(Problem("unsupported_format", file.path, f"{dialect.name} sessions are not read yet"))
        for session in observed.sessions if observed else ():
            known = sessions.get(session.id)
            sessions[session.id] = session if known is None else merge(known, session)
        watch.advance(file.size)
    watch.end()
    named = (replace(session, person=whose.joined(session.person)) for session in sessions.values())
    ordered = sorted(named, key=lambda session: rank(session.started_at, session.id))
    return tuple(ordered), tuple(problems), tally


def _evaluation(request: RunRequest, ports: Ports, problems: list[Problem]) -> tuple[Evaluation, int]:
    """What is found in everything remembered, and how many sessions that is."""
    sessions = list(ports.store.sessions())
    conversations = ports.store.conversations()
    router = _Router(request, ports.sources)
    begun = own_starts(sessions, conversations)
    origins = {
        session.id: replace(router.origin(session, conversations), own_start=begun.get(session.id))
        for session in sessions
    }
    of_steps = [rule for rule in request.rules if rule.match.event in {"retry", "slow"}]
    in_steps = (signal for session in sessions for signal in signals_of_session(of_steps, session))
    # One memory may serve several sets of sources: what another set said is never told in this one's repositories.
    ours = (signal for signal in chain(ports.store.signals(), in_steps) if ports.sources.holds(signal.place))
    findings = list(count(ours, origins, request.rules, request.now))
    if ports.codebase:
        findings = _with_origins(findings, ports.codebase, problems)

    def first_seen(of: str, version: str) -> datetime | None:
        if of == "agent":
            ran = ((begun.get(each.id), known) for each in sessions for known in each.versions)
        else:
            ran = ((each.at, dict(each.group).get(of, "")) for finding in findings for each in finding.signals)
        return min((at for at, known in ran if at and at_least(known, version)), default=None)

    return Evaluation(findings, origins, {rule.id: rule for rule in request.rules}, first_seen), len(sessions)


class _Router:
    """Says of each session whose it is and which repository receives its issues."""

    def __init__(self, request: RunRequest, sources: Sources) -> None:
        self._request, self._sources = request, sources

    def origin(self, session: Session, conversations: Mapping[str, str]) -> Origin:
        """What counting needs to know of a session."""
        request = self._request
        person = request.whose.joined(session.person)
        shown = person if request.show_names and person else people.pseudonym(person, request.salt)
        conversation = conversations.get(session.id, session.id)
        return Origin(
            session.id,
            conversation,
            person,
            shown,
            self._repository(session),
            session.started_at,
            session.blocks,
        )

    def _repository(self, session: Session) -> str:
        cwds = session.cwds or ("",)
        for route in self._request.routes:
            if fnmatchcase(session.source, route.source) and any(self._leads(route, cwd) for cwd in cwds):
                return route.repository
        return self._request.repository

    def _leads(self, route: Route, cwd: str) -> bool:
        if not fnmatchcase(cwd, route.cwd):
            return False
        return route.remote == "*" or (bool(cwd) and fnmatchcase(self._sources.remote(cwd), route.remote))


def _with_origins(findings: Sequence[Finding], codebase: Codebase, problems: list[Problem]) -> list[Finding]:
    """Findings whose evidence says where in the project's own docs and scripts its commands stand."""
    shown = [each for finding in findings if finding.state == "active" for each in finding.evidence]
    try:
        places = codebase.mentions([each.command for each in shown])
    except OSError as error:
        problems.append(Problem("codebase", "clone", f"the clone could not be searched: {error}"))
        return list(findings)
    return [_with_places(finding, places) for finding in findings]


def _with_places(finding: Finding, places: Mapping[str, str]) -> Finding:
    """A finding with the places of its commands; where there are any, its origins count the evidence that it carries."""
    evidence = tuple(
        replace(each, origin=f"docs:{places[each.command]}") if each.command in places else each
        for each in finding.evidence
    )
    if evidence == finding.evidence:
        return finding
    kinds = Counter(each.origin.partition(":")[0] for each in evidence if each.origin)
    return replace(finding, evidence=evidence, origins=tuple(sorted(kinds.items())))
