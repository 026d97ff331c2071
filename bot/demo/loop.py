"""The whole loop, end to end: shipped sessions, the real service, real HTTP, a stand-in for GitHub on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TextIO
from urllib.parse import urlsplit

from bot.core.report import Report
from bot.demo.life import NOW, REPOSITORY, Days, Filed, Life, cycle, say, say_life
from bot.demo.write_sessions import SESSIONS
from bot.sandbox.server import Sandbox
from bot.settings import Layer, Settings, load_settings

_TOKEN = "demo-token"  # noqa: S105 — it opens nothing but the stand-in on this machine
_LOGIN = "frictionbot"
_LIMIT = 30  # new issues in one run: more than the demo has, so that one run files all of it
_SHOWN = 24  # lines of an issue that are shown


def demo(out: TextIO) -> int:
    """Play the whole loop and tell it on `out`; 0 if every issue was filed, once only, and came back only when it was news.

    The bot's memory is thrown away; the stand-in's state stays in a folder that is named at the end.
    """
    state = Path(mkdtemp(prefix="frictionbot-demo-")) / "state.json"
    say(out, *_opening())
    days = Days(NOW)
    with Sandbox(state, clock=days.now) as box, _settings(box.url) as (settings, later):
        box.add_repository(REPOSITORY)
        box.add_user(_LOGIN, _TOKEN, "write")
        say(out, f"1. A stand-in for GitHub answers at {box.url}. One whole run, with --post:")
        first = cycle(settings)
        say(out, *_read(first), *_problems(first), *_below(first))
        say(out, "2. The same again. Nothing may be read twice, and nothing filed twice:")
        second = cycle(settings)
        say(out, *_again(second), *_problems(second))
        filed = _filed(first)
        say(out, "3. What was filed:", *_table(filed))
        if filed:
            say(out, *_issue(box.url, filed[0][0]))
            good = say_life(out, Life(box, settings, days, later), filed[0])
    say(out, *_closing(state))
    return _verdict(first, second) or int(not filed or not good)


@contextmanager
def _settings(url: str) -> Iterator[tuple[Settings, Path]]:
    """Settings of a run on the shipped sessions with a memory of its own, and a folder for later sessions.

    Nothing of this machine's settings counts.
    """
    with TemporaryDirectory(prefix="frictionbot-memory-") as folder:
        later = Path(folder) / "later"
        later.mkdir()
        values = {
            "sources": [{"path": str(place), "person": "layout"} for place in (SESSIONS, later)],
            "database": f"sqlite:///{folder}/demo.db",
            "repository": REPOSITORY,
            "github": {"api_url": url, "token": _TOKEN},
            "limits": {"new_issues_per_run": _LIMIT, "new_issues_per_rule_per_run": _LIMIT, "pause": "0s"},
        }
        settings, problems = load_settings(Layer(values), {}, Path(folder))
        if settings is None:
            raise ValueError(f"the demo's own settings are wrong: {problems}")
        yield settings, later


def _opening() -> Iterator[str]:
    yield "frictionbot demo: five people let agents work on a web shop for three weeks. Their sessions ship with the"
    yield f"package, in {SESSIONS}"
    yield f"The bot looks at them as of {NOW:%d %B %Y, %H:%M} UTC. Everything stays on this machine."
    yield ""


def _read(report: Report) -> Iterator[str]:
    stats = report.stats
    yield f"   read {stats.read} files with {stats.sessions} sessions and {stats.events} events;"
    yield f"   {stats.duplicate_events} of the events were copies (a snapshot, a fork) and count once"
    opened = sum(outcome.action == "open" and not outcome.error for outcome in report.outcomes)
    yield f"   found {len(report.findings)} kinds of friction, opened {opened} issues"


def _below(report: Report) -> Iterator[str]:
    """What was seen and is not worth an issue, each with its reason."""
    findings = {finding.fingerprint: finding for finding in report.findings}
    skipped = [action for action in report.plan if action.action == "skip"]
    if skipped:
        yield "   Seen, and left alone:"
    for action in skipped:
        finding = findings[action.fingerprint]
        key = ", ".join(value for _, value in finding.key)
        name = _cut(f"{finding.rule}: {key}" if key else finding.rule, 52)
        yield f"     {name:54}{finding.total.occurrences:>3} x  {action.reason}"
    yield ""


def _again(report: Report) -> Iterator[str]:
    opened = sum(outcome.action == "open" for outcome in report.outcomes)
    yield f"   {report.stats.unchanged} files unchanged, {report.stats.read} read; {opened} issues opened"
    yield ""


def _problems(report: Report) -> Iterator[str]:
    for problem in report.problems:
        yield f"   problem: {problem.place}: {problem.message}"
    for outcome in report.outcomes:
        if outcome.error:
            yield f"   not done: {outcome.action} in {outcome.repository}: {outcome.error}"


def _filed(report: Report) -> list[Filed]:
    """Number, action and finding of every issue that was opened, in the order of impact in which they were filed."""
    actions = {action.fingerprint: action for action in report.plan}
    findings = {finding.fingerprint: finding for finding in report.findings}
    return [
        (done.issue, actions[done.fingerprint], findings[done.fingerprint])
        for done in report.outcomes
        if done.action == "open" and done.issue and not done.error
    ]


def _table(filed: Iterable[Filed]) -> Iterator[str]:
    """One row an issue, its labels on a line below."""
    yield f"   {'issue':>5}  {'title':66}{'sessions':>9}{'people':>8}{'times':>7}"
    for number, action, finding in filed:
        total = finding.total
        title = _cut(action.title, 64)
        yield f"   {'#' + str(number):>5}  {title:66}{total.sessions:>9}{total.people:>8}{total.occurrences:>7}"
        yield f"          {', '.join(action.labels)}"
    yield ""


def _issue(url: str, number: int) -> Iterator[str]:
    """The beginning of an issue, as the API gives it."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        path = f"/repos/{REPOSITORY}/issues/{number}"
        connection.request("GET", path, headers={"Authorization": f"Bearer {_TOKEN}"})
        body = str(json.loads(connection.getresponse().read()).get("body") or "")
    finally:
        connection.close()
    lines = body.splitlines()[1:]  # the first is the bot's hidden marker
    yield f"4. The beginning of #{number}, as GitHub would get it:"
    yield from (f"   | {_cut(line, 150)}".rstrip() for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"   | … and {len(lines) - _SHOWN} lines more"
    yield ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _closing(state: Path) -> Iterator[str]:
    yield "Look at all of it in a browser, comment, close, reopen:"
    yield f"  frictionbot sandbox --state {state}"
    yield "Then try your own sessions; without --post nothing is written anywhere:"
    yield "  frictionbot run --source ~/.claude/projects"


def _verdict(first: Report, second: Report) -> int:
    """0 where issues were filed by the first run, none by the second, and nothing went wrong."""
    good = bool(first.outcomes) and not any(outcome.action == "open" for outcome in second.outcomes)
    return int(not good or bool(first.exit_code) or bool(second.exit_code))
