"""Putting the real parts together as the settings say."""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from bot.adapters.codebase import GitCodebase
from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_http import Heard, nobody
from bot.adapters.governor import GovernedTracker
from bot.adapters.ledger import SqlLedger
from bot.adapters.rulebook import load_rules, rule_files, shipped_rules
from bot.adapters.scanner import KingfisherScanner
from bot.adapters.sources import FileSources
from bot.adapters.store import SqlStore
from bot.adapters.templates import load_templates
from bot.adapters.upkeep import SqlUpkeep
from bot.adapters.upkeep_tables import open_store
from bot.core.case import Limits
from bot.core.model import Problem
from bot.core.orders import Policy
from bot.core.render import RenderContext, Renderer
from bot.core.rule_model import Rule
from bot.filing import Press
from bot.ingest import Whose
from bot.ports import Allowance, StoreError
from bot.request import Ports, Route, RunRequest
from bot.settings import Settings

_MEMORY = "sqlite://"
_VERSION = version("frictionbot")


@dataclass(frozen=True, slots=True)
class Kit:
    """What is made of the settings, rules and templates: it costs up to a second, and changes only with their files."""

    settings: Settings
    sources: FileSources
    whose: Whose
    rules: tuple[Rule, ...]
    renderer: Renderer
    paths: Mapping[str, str]
    codebase: GitCodebase | None
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the rules and templates that the settings name; what is wrong with them is among the problems."""
        sources, whose = reader(settings)
        rules, problems = load_rules(_folders(settings))
        templates = load_templates(settings.templates)
        renderer = Renderer(templates.texts, templates.places)
        return cls(
            settings,
            sources,
            whose,
            rules,
            renderer,
            rule_paths(settings),
            GitCodebase(str(settings.clone)) if settings.clone else None,
            (*problems, *templates.problems, *renderer.problems()),
        )

    def request(self, now: datetime, *, post: bool, problems: tuple[Problem, ...] = ()) -> RunRequest:
        """What a run as of a moment is asked; `problems` are further ones that it has to tell."""
        settings = self.settings
        return RunRequest(
            now=now,
            rules=self.rules,
            whose=self.whose,
            repository=settings.repository or "",
            routes=tuple(Route(each.repository, each.source, each.cwd, each.remote) for each in settings.routes),
            salt=settings.salt,
            show_names=settings.people.show == "name",
            limits=_limits(settings),
            settle=settings.settle,
            policy=_policy(settings),
            retention=settings.retention.evidence,
            post=post,
            problems=(*self.problems, *problems),
        )

    def ports(self, now: datetime, store: SqlStore, tracker: GithubTracker | None, *, post: bool) -> Ports:
        """The outside world of a run as of a moment, over a store and a tracker that the caller closes."""
        settings = self.settings
        press = Press(
            self.renderer,
            KingfisherScanner() if post else None,
            RenderContext(now, version=_VERSION),
            self.paths,
            settings.rule_url,
        )
        allowance = Allowance(pause=settings.limits.pause)
        governed = GovernedTracker(tracker, store, tracker.login, machine_clock, allowance) if tracker else None
        return Ports(
            self.sources,
            store,
            SqlLedger(store.engine),
            SqlUpkeep(store.engine),
            press,
            machine_clock,
            nonce,
            settings.key,
            governed,
            self.codebase,
        )


@contextmanager
def build(settings: Settings, now: datetime, *, post: bool) -> Iterator[tuple[RunRequest, Ports]]:
    """What a run is asked and the outside world it works with; the store is closed when the run is over.

    A database that cannot be used is a problem of the run, which then goes on with an empty memory and posts nothing.
    """
    kit = Kit.of(settings)
    store, unusable = _store(settings.database)
    with ExitStack() as opened:
        opened.enter_context(store)
        writes = post and not unusable
        tracker = github(settings, store)
        if tracker:
            opened.enter_context(tracker)
        request = kit.request(now, post=writes, problems=unusable)
        steady()
        yield request, kit.ports(now, store, tracker, post=writes)


def steady() -> None:
    """Keep what lives already out of the garbage collector's rounds, and make these seldom.

    Reading makes millions of values that hold no cycles (measured: 5 % of a first run).
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def reader(settings: Settings) -> tuple[FileSources, Whose]:
    """Where the sessions lie, and how the person of a session is told."""
    whose = Whose(
        {source.path: source.person for source in settings.sources},
        settings.people.aliases,
        settings.people.homes_of_nobody,
    )
    return FileSources([source.path for source in settings.sources]), whose


def machine_clock() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def nonce() -> str:
    """32 hex digits that were never given before."""
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
        return open_store(url), ()
    except StoreError as error:
        message = f"{error.message}; this run goes on with an empty memory and posts nothing"
        return SqlStore.open(_MEMORY), (Problem(error.code, "database", message),)


def github(settings: Settings, store: SqlStore, heard: Heard = nobody) -> GithubTracker | None:
    """GitHub as the settings reach it, each answer `heard`; None where nothing says who the bot is or who receives issues."""
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
        clock=machine_clock,
        heard=heard,
    )


def _folders(settings: Settings) -> list[Path]:
    return [Path(folder) for folder in settings.rules] or [shipped_rules()]


def rule_paths(settings: Settings) -> Mapping[str, str]:
    """The path of each rule's file as a maintainer knows it: `rules/<area>/<id>.yml`."""
    files = [Path(file.place) for file in rule_files(_folders(settings))[0]]
    return {file.stem: f"rules/{file.parent.name}/{file.name}" for file in files}
