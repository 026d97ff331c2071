"""One cycle: read what changed, match, count, plan, and, only where asked, post."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.history import Decision
from bot.core.match import Matchers
from bot.core.model import Action, Problem, Result, Session
from bot.core.report import Report, unable
from bot.core.session import merge, rank
from bot.deciding import Decided, Deciding
from bot.deriving import KnownPeople, Names, derive
from bot.evaluating import evaluated
from bot.filing import Filer
from bot.ingest import FileReader, Ingest, Tally, Watch, Whose
from bot.listening import answer, listen
from bot.observing import Observer
from bot.ports import Sources, Store, Tracker, TrackerError
from bot.request import Ports, RunRequest
from bot.scope import scope_of
from bot.settling import settled


def run(request: RunRequest, ports: Ports, watch: Watch) -> Report:
    """One whole cycle. What cannot be done becomes a problem of the report and costs nothing else."""
    ingest = _reading(request, ports, watch)
    tally = ingest.run()
    derive(request, ports)
    return keep(replace(request, problems=(*request.problems, *ingest.problems)), ports, watch, tally)


def keep(request: RunRequest, ports: Ports, watch: Watch, tally: Tally | None = None) -> Report:
    """Look after the issues of the request's repositories, by the sessions that were read and derived before.

    `tally` has the figures of that reading. What cannot be done becomes a problem of the report and costs nothing else.
    """
    request = _unpaused(request, ports)
    problems = [*request.problems]
    observer = Observer(ports.tracker, ports.store, ports.codebase, request.now, ports.clock, problems, request.settle)
    people = KnownPeople(ports.ledger, Names(request.whose, request.salt, show=request.show_names))
    listings = observer.listings(request.receivers, whole=False)
    spoken = listen(request, ports, listings, people, problems)
    if spoken.rescans and request.post:
        afresh = {each.rule for each in spoken.rescans}
        _reading(request, ports, watch, afresh).run()
        for each in spoken.rescans:
            ports.store.keep(each.key, each.said, request.now)
        derive(request, ports)
    scope = scope_of(request, ports, observer, listings, spoken)
    found = evaluated(request, ports, scope, spoken, problems)
    evaluation = found.evaluation
    decided = Deciding(request, ports, evaluation, observer, part=scope.groups is not None).decide(listings)
    outcomes: tuple[Result, ...] = ()
    if request.post and ports.tracker:
        filer = _filer(request, ports, ports.tracker)
        outcomes = _filed(request, filer, decided, problems)
        answer(request, ports, filer, spoken, decided, problems)
        ports.store.log(_decisions(decided.actions, outcomes, request.now))
        settled(request, ports, found, decided)
    return Report(
        as_of=request.now,
        posted=request.post,
        stats=(tally or Tally()).stats(found.sessions),
        problems=tuple(problems),
        findings=tuple(evaluation.findings),
        plan=decided.actions,
        outcomes=outcomes,
        judgements={case.finding.fingerprint: case.judgement for case in decided.cases},
        silences=decided.silences,
        health=decided.health,
    )


def _reading(request: RunRequest, ports: Ports, watch: Watch, afresh: Collection[str] = ()) -> Ingest:
    since = request.now - request.retention if request.retention else None
    return Ingest(ports.sources, ports.store, request.whose, request.rules, watch, afresh=afresh, since=since)


def _unpaused(request: RunRequest, ports: Ports) -> RunRequest:
    """The request as pauses leave it: with what is paused, and without posting where everything is."""
    pauses = {each.scope: each.because or f"by {each.by}" for each in ports.upkeep.pauses(request.now)}
    request = replace(request, paused=pauses)
    if "all" in pauses and request.post:
        message = f"nothing was written: everything is paused ({pauses['all']}); `frictionbot resume` ends that"
        return replace(request, post=False, problems=(*request.problems, Problem("paused", "all", message)))
    return request


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


def _filer(request: RunRequest, ports: Ports, tracker: Tracker) -> Filer:
    return Filer(
        tracker, ports.store, ports.key, ports.nonce, request.now, ports.clock,
        holder=ports.nonce(), lease=request.lease, settle=request.settle,
    )  # fmt: skip


def _filed(request: RunRequest, filer: Filer, decided: Decided, problems: list[Problem]) -> tuple[Result, ...]:
    outcomes = filer.file(decided.actions, decided.listings, decided.intents)
    for repository, listing in decided.listings.items():
        try:
            own = any(issue.fingerprint for issue in listing.issues)
            if own and not listing.problems and not request.is_paused(repository):
                filer.tidy(repository)
        except TrackerError as error:
            problems.append(
                Problem(error.code, repository, f"its comments could not be looked through: {error.message}")
            )
    problems.extend(filer.tracker.problems)
    _give_up(request, filer.store, decided)
    return outcomes


def _give_up(request: RunRequest, store: Store, decided: Decided) -> None:
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
