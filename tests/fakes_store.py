"""A store that remembers all readings and works everything out anew, in the plainest way: the model of the real one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce

from bot.core.history import Decision, Intent, Remark
from bot.core.model import Session, Signal
from bot.core.session import merge
from bot.ports import Allowance, FileMark, Quiet, Reading, Spend

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


class RememberingStore:
    """`bot.ports.Store` in memory; `readings`, `filed`, `intended` and `logged` are all that it was told, in order."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.filed: list[tuple[str, str, int, datetime]] = []
        self.fates: dict[tuple[str, int], str] = {}
        self.leases: dict[str, tuple[str, datetime]] = {}
        self.intended: dict[str, Intent] = {}
        self.logged: list[Decision] = []
        self.budget = RememberingBudget()
        self.kept: dict[str, bytes] = {}
        self.seen: dict[tuple[str, date], int] = {}
        self.said: dict[tuple[str, int], Remark] = {}
        self.listened: dict[str, datetime] = {}
        self.shelves = Quiet("0")

    def files(self) -> Mapping[str, FileMark]:
        marks: dict[str, FileMark] = {}
        for reading in self.readings:
            mark = reading.mark
            known = marks.get(mark.path)
            rules = {f"{rule}:{digest.rpartition(':')[2]}" for rule, digest in reading.rules.items()}
            rules |= {text for text in mark.rules if text.rpartition(":")[0] not in reading.rules}
            if known and (known.stamp, known.reader) == (mark.stamp, mark.reader):
                new = {text.rpartition(":")[0] for text in rules}
                rules |= {text for text in known.rules if text.rpartition(":")[0] not in new}
            marks[mark.path] = FileMark(mark.path, mark.stamp, mark.reader, frozenset(rules))
        return marks

    def marks(self, paths: Collection[str]) -> Mapping[str, FileMark]:
        return {path: mark for path, mark in self.files().items() if path in paths}

    def quiet(self) -> Quiet:
        return self.shelves

    def keep_quiet(self, quiet: Quiet) -> None:
        version = str(int(self.shelves.version) + 1)
        known = quiet.version == self.shelves.version
        self.shelves = quiet._replace(version=version) if known else Quiet(version)

    def absorb(self, readings: Sequence[Reading]) -> int:
        before = self._links()
        self.readings += readings
        told = sum(len(session.links) for reading in readings for session in reading.sessions)
        return told - len(self._links() - before)

    def sessions(self, ids: Iterable[str] | None = None) -> Iterator[Session]:
        parts: dict[str, list[Session]] = {}
        for reading in self.readings:
            for session in reading.sessions:
                parts.setdefault(session.id, []).append(session)
        wanted = parts.keys() if ids is None else parts.keys() & set(ids)
        return (reduce(merge, parts[name]) for name in sorted(wanted))

    def signals(self) -> Iterator[Signal]:
        said: list[tuple[str, tuple[str, str], Signal]] = []  # file, state of the rule, signal
        for reading in self.readings:
            path, reader = reading.mark.path, reading.mark.reader
            shown = reading.covered | {signal.event for signal in reading.signals}
            states = {rule: (digest, reader) for rule, digest in reading.rules.items()}
            said = [
                (file, state, signal)
                for file, state, signal in said
                if signal.event not in shown
                or signal.rule not in states
                or (file != path and state == states[signal.rule])
            ]
            said += [(path, states[signal.rule], signal) for signal in reading.signals]
        copies: dict[tuple[object, ...], list[Signal]] = {}
        for _, _, signal in said:
            copies.setdefault((signal.rule, signal.event, signal.session, signal.group), []).append(signal)
        return (one(copies[identity]) for identity in sorted(copies))  # type: ignore[type-var]

    def conversations(self) -> Mapping[str, str]:
        sessions = list(self.sessions())
        conversation = {session.id: session.id for session in sessions}
        for _ in sessions:  # the smallest id travels one session further each time
            for one in sessions:
                for other in sessions:
                    if one.links & other.links:
                        conversation[one.id] = min(conversation[one.id], conversation[other.id])
        return conversation

    def issues(self, repository: str) -> Mapping[str, int]:
        told = sorted((record for record in self.filed if record[0] == repository), key=lambda record: record[3])
        return {fingerprint: number for _, fingerprint, number, _ in told}

    def remember_issue(self, repository: str, fingerprint: str, number: int, at: datetime) -> None:
        self.filed.append((repository, fingerprint, number, at))

    def gone(self, repository: str) -> Mapping[int, str]:
        return {number: fate for (where, number), fate in self.fates.items() if where == repository}

    def remember_gone(self, repository: str, number: int, fate: str, at: datetime) -> None:
        self.fates.setdefault((repository, number), fate)

    def lease(self, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
        by, until = self.leases.get(name, (holder, now))
        if by != holder and now < until <= now + 2 * lasts + _MINUTE:
            return False
        self.leases[name] = (holder, now + lasts)
        return True

    def release(self, name: str, holder: str) -> None:
        if name in self.leases and self.leases[name][0] == holder:
            del self.leases[name]

    def intend(self, intent: Intent) -> None:
        about = (intent.repository, intent.fingerprint, intent.what, intent.topic)
        for other in self.intents(intent.repository):
            if (other.repository, other.fingerprint, other.what, other.topic) == about:
                self.settle(other.nonce, "given_up")
        self.intended[intent.nonce] = intent

    def settle(self, nonce: str, state: str, issue: int | None = None) -> None:
        if known := self.intended.get(nonce):
            self.intended[nonce] = known._replace(state=state, issue=known.issue if issue is None else issue)

    def intents(self, repository: str) -> tuple[Intent, ...]:
        found = [each for each in self.intended.values() if (each.repository, each.state) == (repository, "open")]
        return tuple(sorted(found, key=lambda each: (each.at, each.nonce)))

    def log(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            about = (decision.repository, decision.fingerprint)
            last = next((each for each in reversed(self.logged) if (each.repository, each.fingerprint) == about), None)
            said = last is not None and (last.row, last.issue) == (decision.row, decision.issue)
            if not (said and (decision.action, decision.outcome) == ("skip", "planned")):
                self.logged.append(decision)

    def decisions(self, *, fingerprint: str = "", repository: str = "", limit: int = 1000) -> tuple[Decision, ...]:
        newest = sorted(enumerate(self.logged), key=lambda pair: (pair[1].at, pair[0]), reverse=True)
        wanted = [each for _, each in newest if each.repository == repository or not repository]
        return tuple(each for each in wanted if each.fingerprint.startswith(fingerprint))[:limit]

    def reserve(self, account: str, spend: Spend, now: datetime, allowed: Allowance) -> datetime | None:
        return self.budget.reserve(account, spend, now, allowed)

    def finish(self, spend: Spend) -> None:
        self.budget.finished.add(spend.id)

    def hold(self, account: str, until: datetime, now: datetime) -> None:
        self.budget.hold(account, until, now)

    def recall(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def keep(self, key: str, value: bytes, at: datetime) -> None:
        self.kept[key] = value

    def levels(self) -> Mapping[str, Mapping[date, int]]:
        return {rule: {day: most for (name, day), most in self.seen.items() if name == rule} for rule, _ in self.seen}

    def remember_levels(self, day: date, levels: Mapping[str, int]) -> None:
        self.seen = {(rule, on): most for (rule, on), most in self.seen.items() if on >= day - timedelta(days=30)}
        for rule, sessions in levels.items():
            self.seen[rule, day] = max(sessions, self.seen.get((rule, day), sessions))

    def heard(self, repository: str) -> datetime | None:
        return self.listened.get(repository)

    def hear(self, repository: str, remarks: Sequence[Remark], gone: Iterable[int], until: datetime | None) -> None:
        for remark in remarks:
            known = self.said.get((repository, remark.id))
            if known is None or remark.updated >= known.updated:
                answered = known.answered if known else remark.answered
                self.said[repository, remark.id] = remark._replace(repository=repository, answered=answered)
        for number in gone:
            self.said.pop((repository, number), None)
        if until is not None:
            self.listened[repository] = max(until, self.listened.get(repository, until))

    def remarks(self, repository: str) -> tuple[Remark, ...]:
        found = [remark for (where, _), remark in self.said.items() if where == repository]
        return tuple(sorted(found, key=lambda remark: (remark.at, remark.id)))

    def answer(self, repository: str, remark: int, answered: str) -> None:
        if known := self.said.get((repository, remark)):
            self.said[repository, remark] = known._replace(answered=answered)

    def forget(self) -> None:
        self.readings, self.kept, self.said, self.listened = [], {}, {}, {}
        self.shelves = Quiet(str(int(self.shelves.version) + 1))

    def _links(self) -> set[int]:
        return {link for reading in self.readings for session in reading.sessions for link in session.links}


class RememberingBudget:
    """All spends of all accounts with their moments; nothing is ever pruned."""

    def __init__(self) -> None:
        self.spent: list[tuple[str, datetime, Spend]] = []
        self.finished: set[str] = set()
        self.holds: dict[str, tuple[datetime, datetime]] = {}  # until when, and when that was told

    def reserve(self, account: str, spend: Spend, now: datetime, allowed: Allowance) -> datetime | None:
        """None and the spend is kept, else the first moment at which it would be let through if all else stands still."""
        self.spent = [each for each in self.spent if each[1] <= now + _MINUTE]
        self._let_go(now)
        if self._fits(account, spend, now, allowed):
            self.spent.append((account, now, spend))
            return None
        flying = len(self._flying(account, now)) >= allowed.in_flight
        soon = now + max(allowed.pause, timedelta(seconds=1)) if flying else now
        mine = [at for name, at, _ in self.spent if name == account]
        moments = {soon, self._held(account, now)} | {
            at + wait for at in mine for wait in (allowed.pause, _MINUTE, _HOUR)
        }
        later = sorted(moment for moment in moments if moment > now and moment >= soon)
        return next(moment for moment in later if self._fits(account, spend, moment, allowed, landed=flying))

    def hold(self, account: str, until: datetime, now: datetime) -> None:
        """The later of two moments stays; what was told an hour ago, or by a clock that was ahead, is over."""
        self._let_go(now)
        if account not in self.holds or self.holds[account][0] < until:
            self.holds[account] = (until, now)

    def _held(self, account: str, now: datetime) -> datetime:
        return self.holds.get(account, (now, now))[0]

    def _let_go(self, now: datetime) -> None:
        kept = {name: each for name, each in self.holds.items() if now - _HOUR < each[1] <= now + _MINUTE}
        self.holds = {name: each for name, each in kept.items() if each[0] <= now + timedelta(hours=2)}

    def _flying(self, account: str, now: datetime) -> list[Spend]:
        recent = [spend for name, at, spend in self.spent if name == account and at > now - _MINUTE]
        return [spend for spend in recent if spend.id not in self.finished]

    def _fits(self, account: str, spend: Spend, now: datetime, allowed: Allowance, *, landed: bool = False) -> bool:
        hour = [(at, each) for name, at, each in self.spent if name == account and at > now - _HOUR]
        minute = [(at, each) for at, each in hour if at > now - _MINUTE]
        content = spend.content and (
            sum(each.content for _, each in minute) >= allowed.content_a_minute
            or sum(each.content for _, each in hour) >= allowed.content_an_hour
        )
        points = sum(each.points for _, each in minute) + spend.points > allowed.points_a_minute
        flying = not landed and len(self._flying(account, now)) >= allowed.in_flight
        paused = any(at + allowed.pause > now for at, _ in hour)
        return not (content or points or flying or paused or self._held(account, now) > now)


def one(copies: Sequence[Signal]) -> Signal:
    """One signal of its copies: the one at the smallest place, over as soon as any of them is."""
    first = min(copies, key=lambda signal: (signal.place, *map(str, signal._replace(until=None))))
    return first._replace(until=min((signal.until for signal in copies if signal.until), default=None))
