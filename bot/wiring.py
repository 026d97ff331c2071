"""Putting the real parts together as the settings say."""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.adapters.codebase import GitCodebase
from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.governor import GovernedTracker
from bot.adapters.rulebook import load_rules, rule_files, shipped_rules
from bot.adapters.scanner import KingfisherScanner
from bot.adapters.sources import FileSources
from bot.adapters.store import SqlStore
from bot.adapters.templates import load_templates
from bot.core.case import Limits
from bot.core.model import Problem
from bot.core.orders import Policy
from bot.core.render import RenderContext, Renderer
from bot.filing import Press
from bot.ingest import Whose
from bot.ports import Allowance, StoreError
from bot.request import Ports, Route, RunRequest
from bot.settings import Settings

_MEMORY = "sqlite://"


@contextmanager
def build(settings: Settings, now: datetime, *, post: bool) -> Iterator[tuple[RunRequest, Ports]]:
    """What a run is asked and the outside world it works with; the store is closed when the run is over.

    A database that cannot be used is a problem of the run, which then goes on with an empty memory and posts nothing.
    """
    sources, whose = reader(settings)
    rules, problems = load_rules(_folders(settings))
    templates = load_templates(settings.templates)
    renderer = Renderer(templates.texts, templates.places)
    store, unusable = _store(settings.database)
    with ExitStack() as opened:
        opened.enter_context(store)
        writes = post and not unusable
        tracker = _tracker(settings, store)
        if tracker:
            opened.enter_context(tracker)
        press = Press(
            renderer,
            KingfisherScanner() if writes else None,
            RenderContext(now, version=version("frictionbot")),
            rule_paths(settings),
            settings.rule_url,
        )
        request = RunRequest(
            now=now,
            rules=rules,
            whose=whose,
            repository=settings.repository or "",
            routes=tuple(Route(each.repository, each.source, each.cwd, each.remote) for each in settings.routes),
            salt=settings.salt,
            show_names=settings.people.show == "name",
            limits=_limits(settings),
            settle=settings.settle,
            policy=_policy(settings),
            post=writes,
            problems=(*problems, *templates.problems, *renderer.problems(), *unusable),
        )
        codebase = GitCodebase(str(settings.clone)) if settings.clone else None
        # Reading makes millions of values that hold no cycles: what lives already is left out of the collector's rounds, and
        # these are seldom (measured: 5 % of a first run).
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        allowance = Allowance(pause=settings.limits.pause)
        governed = GovernedTracker(tracker, store, tracker.login, _clock, allowance) if tracker else None
        yield request, Ports(sources, store, press, _clock, _nonce, settings.key, governed, codebase)


def reader(settings: Settings) -> tuple[FileSources, Whose]:
    """Where the sessions lie, and how the person of a session is told."""
    whose = Whose(
        {source.path: source.person for source in settings.sources},
        settings.people.aliases,
        settings.people.homes_of_nobody,
    )
    return FileSources([source.path for source in settings.sources]), whose


def _clock() -> datetime:
    return datetime.now(UTC)


def _nonce() -> str:
    return secrets.token_hex(16)


def _limits(settings: Settings) -> Limits:
    limits = settings.limits
    return Limits(
        run=limits.new_issues_per_run,
        day=limits.new_issues_per_day,
        rule_run=limits.new_issues_per_rule_per_run,
        rule_day=limits.new_issues_per_rule_per_day,
        overview=limits.overview,
    )


def _policy(settings: Settings) -> Policy:
    said = settings.comments
    return Policy(
        zone=ZoneInfo(said.zone),
        who=said.who,
        roles={str(name): str(role) for name, role in said.roles.items()},
        assignees=said.assignees,
        usual=said.silence,
        notice=said.notice,
        replies=said.replies_per_hour,
    )


def _store(url: str) -> tuple[SqlStore, tuple[Problem, ...]]:
    try:
        return SqlStore.open(url), ()
    except StoreError as error:
        message = f"{error.message}; this run goes on with an empty memory and posts nothing"
        return SqlStore.open(_MEMORY), (Problem(error.code, "database", message),)


def _tracker(settings: Settings, store: SqlStore) -> GithubTracker | None:
    """GitHub as the settings reach it; None where nothing says who the bot is or who receives its issues."""
    github = settings.github
    if not (settings.repository or settings.routes) or not (github.token or github.app_id):
        return None
    # The token that GitHub makes for a workflow may not ask who it is.
    credentials = Credentials.of(github, actions=os.environ.get("GITHUB_ACTIONS") == "true")
    return GithubTracker(
        credentials,
        api_url=github.api_url,
        marker_key=settings.key,
        cache=store,
        clock=_clock,
    )


def _folders(settings: Settings) -> list[Path]:
    return [Path(folder) for folder in settings.rules] or [shipped_rules()]


def rule_paths(settings: Settings) -> Mapping[str, str]:
    """The path of each rule's file as a maintainer knows it: `rules/<area>/<id>.yml`."""
    files = [Path(file.place) for file in rule_files(_folders(settings))[0]]
    return {file.stem: f"rules/{file.parent.name}/{file.name}" for file in files}
