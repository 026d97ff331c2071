"""One cycle: read what changed, match, count, plan, and, only where asked, post."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from bot.core import people
from bot.core.count import Origin, count
from bot.core.loops import signals_of_session
from bot.core.match import Matchers
from bot.core.model import Finding, KnownIssue, Listing, Problem, Result, Session, Signal
from bot.core.plan import Wanted, plan
from bot.core.render import Rendered
from bot.core.report import Report
from bot.core.rule_model import Rule
from bot.core.session import merge
from bot.filing import Filer, Press
from bot.ingest import FileReader, Ingest, Tally, Watch, Whose
from bot.ports import Codebase, Sources, Store, Tracker


@dataclass(frozen=True, slots=True)
class Route:
    """Which sessions' issues a repository receives: globs over the source, the working directory, the git remote."""

    repository: str
    source: str = "*"
    cwd: str = "*"
    remote: str = "*"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is asked to do, as of when, and with which rules."""

    now: datetime
    rules: tuple[Rule, ...]
    whose: Whose
    repository: str = ""
    routes: tuple[Route, ...] = ()
    salt: bytes = b""
    show_names: bool = False
    new_issues: int = 10
    post: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of a run; without a tracker GitHub is not asked, without a filer nothing is written."""

    sources: Sources
    store: Store
    press: Press
    tracker: Tracker | None = None
    filer: Filer | None = None
    codebase: Codebase | None = None


_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def run(request: RunRequest, ports: Ports, watch: Watch) -> Report:
    """One whole cycle. What cannot be done becomes a problem of the report and costs nothing else."""
    ingest = Ingest(ports.sources, ports.store, request.whose, request.rules, watch)
    tally = ingest.run()
    sessions = list(ports.store.sessions())
    findings = _findings(request, ports, sessions)
    problems = [*request.problems, *ingest.problems]
    if ports.codebase:
        findings = _with_origins(findings, ports.codebase, problems)
    listings = _listings(ports, findings, problems)
    wanted = _wanted(request, ports, findings, listings, problems)
    actions = plan(wanted, listings, new_issues=request.new_issues)
    outcomes: tuple[Result, ...] = ()
    if request.post and ports.filer:
        by_fingerprint = {item.finding.fingerprint: (item.finding, item.rule) for item in wanted}
        outcomes = ports.filer.file(actions, by_fingerprint, listings)
        problems.extend(ports.filer.tracker.problems)
    return Report(
        request.now, request.post, tally.stats(len(sessions)), tuple(problems), tuple(findings), actions, outcomes
    )


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
    ordered = sorted(named, key=lambda session: (session.started_at is None, session.started_at or _NEVER, session.id))
    return tuple(ordered), tuple(problems), tally


def _findings(request: RunRequest, ports: Ports, sessions: Sequence[Session]) -> list[Finding]:
    conversations = ports.store.conversations()
    router = _Router(request, ports.sources)
    origins = {session.id: router.origin(session, conversations) for session in sessions}
    of_steps = [rule for rule in request.rules if rule.match.event in {"retry", "slow"}]
    in_steps = (signal for session in sessions for signal in signals_of_session(of_steps, session))
    # One memory may serve several sets of sources: what another set said is never told in this one's repositories.
    ours = (signal for signal in _all(ports.store.signals(), in_steps) if ports.sources.holds(signal.place))
    return list(count(ours, origins, request.rules, request.now))


def _all(*signals: Iterable[Signal]) -> Iterator[Signal]:
    for some in signals:
        yield from some


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


def _listings(ports: Ports, findings: Sequence[Finding], problems: list[Problem]) -> dict[str, Listing]:
    if not ports.tracker:
        return {}
    repositories = sorted({finding.repository for finding in findings if finding.repository})
    listings: dict[str, Listing] = {}
    for repository in repositories:
        filed = ports.store.issues(repository)
        listing = ports.tracker.listing(repository, frozenset(filed.values()))
        listings[repository] = replace(listing, issues=_recognised(listing.issues, filed))
        problems.extend(listing.problems)
    return listings


def _recognised(issues: Sequence[KnownIssue], filed: Mapping[str, int]) -> tuple[KnownIssue, ...]:
    """The issues, of which those that lost their marker to a person are known by the number that they were filed under."""
    numbers = {number: fingerprint for fingerprint, number in filed.items()}
    return tuple(
        issue if issue.fingerprint else replace(issue, fingerprint=numbers.get(issue.number, "")) for issue in issues
    )


def _wanted(
    request: RunRequest,
    ports: Ports,
    findings: Sequence[Finding],
    listings: Mapping[str, Listing],
    problems: list[Problem],
) -> list[Wanted]:
    rules = {rule.id: rule for rule in request.rules}
    wanted: list[Wanted] = []
    for finding in findings:
        rule = rules[finding.rule]
        issues = listings[finding.repository].issues if finding.repository in listings else ()
        rendered = None
        if _may_be_told(finding, rule, known := [each for each in issues if each.fingerprint == finding.fingerprint]):
            made = ports.press.render(finding, rule, next((each for each in known if each.state == "open"), None))
            if isinstance(made, Rendered):
                rendered = made
            elif made not in problems:
                problems.append(made)
        wanted.append(Wanted(finding, rule, rendered))
    return wanted


def _may_be_told(finding: Finding, rule: Rule, issues: Sequence[KnownIssue]) -> bool:
    """Whether an issue may be opened or edited for a finding; rendering the others would be for nothing."""
    if any(issue.state == "closed" for issue in issues):
        return False
    return bool(issues) or (finding.state == "active" and rule.status == "stable")
