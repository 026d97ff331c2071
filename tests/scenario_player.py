"""Playing a scenario with the real thing: files on disk, rule files, SQLite, and the sandbox over HTTP on the scenario's day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot import service, wiring
from bot.commands.work import RealWork
from bot.core.orders import as_command
from bot.core.report import Report
from bot.ingest import Silence
from bot.sandbox.server import TOKEN, Sandbox
from bot.settings import Github, Route, Settings, Source
from bot.settings.model import Comments, Limits
from tests import scenario_troubles as troubles
from tests.scenario_checks import Onlooker, check_run
from tests.scenario_comments import Speakers
from tests.scenario_people import HERE, People
from tests.scenario_reading import FIRST_DAY, Scenario, ScenarioError, Step, parts
from tests.scenario_rules import RuleFiles
from tests.scenario_sessions import SessionFiles

_LIMITS = {
    "run": "new_issues_per_run",
    "day": "new_issues_per_day",
    "rule run": "new_issues_per_rule_per_run",
    "rule day": "new_issues_per_rule_per_day",
}


def play(scenario: Scenario, folder: Path) -> None:
    """Play a scenario in an empty folder; raises `AssertionError` where something comes otherwise than is expected."""
    with _stage(folder) as stage:
        for step in scenario.steps:
            stage.do(step)
        stage.rest(scenario)


@contextmanager
def _stage(folder: Path) -> Iterator[_Stage]:
    clock = _Clock()
    with Sandbox(clock=clock) as box:
        stage = _Stage(folder, box, clock)
        try:
            yield stage
        finally:
            stage.onlooker.close()


class _Clock:
    """The time in the scenario."""

    now = FIRST_DAY

    def __call__(self) -> datetime:
        return self.now


class _Stage:
    """Where a scenario is played: the project's GitHub, its people, the files they leave, and the bot."""

    def __init__(self, folder: Path, box: Sandbox, clock: _Clock) -> None:
        self._folder, self._box, self._clock = folder, box, clock
        self.onlooker = Onlooker(box)
        self._people = People(box, folder / "clone", clock)
        self._speakers = Speakers(box, self._people)
        self._rules = RuleFiles(folder / "rules", self._people.sha)
        self._sessions = SessionFiles(folder / "sessions", self._people.sha)
        self._settings = Settings(
            sources=(Source(path=str(folder / "sessions")),),
            rules=(folder / "rules",),
            database=f"sqlite:///{folder / 'bot.db'}",
            repository=HERE,
            limits=Limits(pause=timedelta(0)),
            github=Github(api_url=box.url, token=TOKEN),
        )
        self._rules.change("module-missing", "sessions 3", "")
        self._steps: dict[str, Callable[[Step], None]] = {
            "rule": lambda step: self._rules.change(step.given["rule"], step.given["fields"], step.place),
            "rename_rule": lambda step: self._rules.rename(step.given["rule"], step.given["name"]),
            "remove_rule": lambda step: self._rules.remove(step.given["rule"]),
            "broken_rule": lambda _: self._rules.break_one(),
            "limits": self._limit,
            "route": self._route,
            "settle": lambda step: self._set(settle=_duration(step.given["time"])),
            "clone": lambda _: self._set(clone=self._people.clone()),
            "sessions": lambda step: self._sessions.write(
                step.given["people"], step.given["what"], step.at, step.place
            ),
            "comments": lambda step: self._set(comments=_comments(step.given["fields"])),
            "trouble": lambda step: setattr(self._box, "fault", troubles.once(step.given)),
            "holes": lambda step: setattr(self._box, "fault", troubles.holes(step.given)),
            "unasked": lambda step: setattr(self._box, "fault", troubles.unasked(step.given)),
            "unheard": lambda step: setattr(self._box, "fault", troubles.unheard(step.given)),
            "calm": lambda _: setattr(self._box, "fault", None),
            "forget": lambda _: self._forget(),
            "order": self._order,
            "run": self._run,
            "then": lambda step: self.onlooker.check(step.expected),
        }

    def do(self, step: Step) -> None:
        """Let one thing happen at its time."""
        self._clock.now = step.at
        act = self._steps.get(step.kind)
        try:
            if act:
                act(step)
            else:
                actor = self._speakers if hasattr(self._speakers, step.kind) else self._people
                getattr(actor, step.kind)(step.given)
        except ScenarioError as error:
            if error.args[0].startswith(step.place):
                raise
            raise ScenarioError(f"{step.place}: {error}") from error

    def rest(self, scenario: Scenario) -> None:
        """Planning twice changes nothing: a minute after the last run of a scenario there is nothing to be written.

        Where people spoke, the bot runs once more and answers nothing again.
        """
        last = scenario.steps[-1] if scenario.steps[-1].kind == "run" else scenario.steps[-2]
        if last.kind != "run" or "dry" in last.given or self._box.fault:
            return
        report, _ = self._cycle(self._clock.now, post=False)
        left = [action for action in report.plan if action.action != "skip"]
        assert all(action.action == "open" for action in left), f"{last.place}: the same again would {left}"
        if not left and any(step.kind in {"comment", "order"} for step in scenario.steps):
            written = self._cycle(self._clock.now, post=True)[1]
            assert not written, f"{last.place}: the same again wrote {written}"

    def _run(self, step: Step) -> None:
        if "dry" in step.given or self._box.fault:
            report, written = self._cycle(step.at, post="dry" not in step.given)
        else:
            report, written = self._in_part(step)
        check_run(report, step.expected, step.place, len(written))

    def _in_part(self, step: Step) -> tuple[Report, list[str]]:
        """Cycles of workers, which evaluate only what changed, do what one that evaluates everything would have done.

        Where nothing is to be done about issues a worker evaluates everything first, as it does some times a day: so it
        remembers what the past adds up to.
        """
        whole, _ = self._cycle(step.at, post=False)
        names = self._receivers()
        first = [] if _done(whole) else [self._cycle(step.at, post=True, only=name) for name in names]
        made = [*first, *(self._cycle(step.at, post=True, whole=False, only=name) for name in names)]
        plan = tuple(action for report, _ in made for action in report.plan)
        told = sorted(each for report, _ in made for each in _done(report))
        assert told == _done(whole), f"{step.place}: in part {told}, as a whole {_done(whole)}"
        seen = {(each.fingerprint, each.issue) for each in plan}
        rest = tuple(each for each in whole.plan if (each.fingerprint, each.issue) not in seen)
        outcomes = tuple(each for report, _ in made for each in report.outcomes)
        problems = tuple(dict.fromkeys(each for report, _ in made for each in report.problems))
        report = replace(whole, posted=True, plan=(*plan, *rest), outcomes=outcomes, problems=problems)
        return report, [each for _, written in made for each in written]

    def _receivers(self) -> tuple[str, ...]:
        with wiring.build(self._settings, self._clock.now, post=False) as (request, _):
            return request.receivers

    def _cycle(self, now: datetime, *, post: bool, whole: bool = True, only: str = "") -> tuple[Report, list[str]]:
        """What a cycle comes to, and what it wrote; the machine's clock is the scenario's."""
        before = len(self._box.requests)
        with wiring.build(self._settings, now, post=post) as (request, ports):
            asked = replace(request, whole=whole, only=only)
            report = service.run(asked, replace(ports, clock=self._clock), Silence())
        written = [f"{each.method} {each.path}" for each in self._box.requests[before:] if troubles.writes(*each)]
        return report, written

    def _order(self, step: Step) -> None:
        """What `frictionbot silences` does."""
        said = as_command(f"/friction {step.given['text']}", step.given["who"])
        RealWork().order(self._settings, step.at, HERE, int(step.given["issue"]), said)

    def _set(self, **values: Any) -> None:
        self._settings = self._settings.model_copy(update=values)

    def _limit(self, step: Step) -> None:
        values: dict[str, Any] = {}
        for field in parts(step.given["fields"]):
            name, _, value = field.rpartition(" ")
            if field in {"overview on", "overview off"}:
                values["overview"] = field == "overview on"
            elif name in _LIMITS and value.isdigit():
                values[_LIMITS[name]] = int(value)
            else:
                raise ScenarioError(f"there is no limit {field!r}")
        self._set(limits=self._settings.limits.model_copy(update=values))

    def _route(self, step: Step) -> None:
        route = Route(repository=step.given["repository"], cwd=step.given["folder"])
        self._set(routes=(*self._settings.routes, route))

    def _forget(self) -> None:
        for path in self._folder.glob("bot.db*"):
            path.unlink()


def _done(report: Report) -> list[tuple[str, str, str, int | None]]:
    """What a plan writes."""
    return sorted(
        (each.action, each.row, each.fingerprint, each.issue) for each in report.plan if each.action != "skip"
    )


def _comments(fields: str) -> Comments:
    """What people may say, as `zone Europe/Berlin, replies 2, assignees`."""
    said: dict[str, Any] = {}
    for field in parts(fields):
        name, _, value = field.rpartition(" ")
        if field == "assignees":
            said["assignees"] = True
        elif name in {"zone", "who", "silence", "notice"}:
            said[name] = value
        elif name == "replies" and value.isdigit():
            said["replies_per_hour"] = int(value)
        elif name.startswith("role of "):
            said.setdefault("roles", {"forever": "maintain"})[name.removeprefix("role of ")] = value
        else:
            raise ScenarioError(f"comments have no {field!r}")
    return Comments(**said)


def _duration(text: str) -> timedelta:
    unit = {"m": "minutes", "h": "hours", "d": "days"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})
