"""The settings as frozen models; the descriptions here are what problems and the documentation show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.duration import Duration
from bot.core.model import Problem
from bot.core.people import NOBODY, pseudonym
from bot.core.session import GAP
from bot.settings.operation import Retention, Telemetry, Workers

DEFAULT_SOURCE = "~/.claude/projects"
PAUSE = timedelta(seconds=1)  # what GitHub asks for between two writes
SETTLE = timedelta(minutes=10)
_DATABASE = re.compile(r"(?:sqlite(?:\+pysqlite)?|postgres|postgresql(?:\+psycopg)?)://")
_PLACEHOLDER = re.compile(r"\{[^}]*\}?")


def _person(value: str) -> str:
    if value not in {"auto", "layout", "home", "none"} and not value.removeprefix("name:").strip():
        raise ValueError("write a name after `name:`")
    if value not in {"auto", "layout", "home", "none"} and not value.startswith("name:"):
        raise ValueError("write auto, layout, home, none, or name: and a name")
    return value


def _database(value: str) -> str:
    if not _DATABASE.match(value):  # never repeated: it may hold a password
        raise ValueError("write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE")
    return value


def _api_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write the API's address, such as https://api.github.com or https://HOST/api/v3")
    if "@" in parts.netloc:
        raise ValueError("an address holds no password: write the token in github.token or GITHUB_TOKEN")
    return value.rstrip("/")


def _rule_url(value: str) -> str:
    unknown = [found for found in _PLACEHOLDER.findall(value) if found not in {"{path}", "{id}"}]
    if unknown:
        raise ValueError(f"{unknown[0]} is not known here: only {{path}} and {{id}} are filled in")
    if not value.startswith(("https://", "http://")):
        raise ValueError("write an address such as https://github.com/OWNER/NAME/blob/main/{path}")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value[:40]!r} is no time zone: write a name such as Europe/Berlin") from error
    return value


def _gap(value: timedelta) -> timedelta:
    if value < GAP:
        raise ValueError("write 10m or more: pauses up to ten minutes are kept as activity when sessions are read")
    return value


def _some(value: tuple[Source, ...]) -> tuple[Source, ...]:
    if not value:  # `min_length` would also complain where every source has a mistake of its own
        raise ValueError("this is empty: name a source, or leave the line out")
    return value


def _home(path: Path) -> Path:
    return path.expanduser()


Repository = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+$")]
Secret = Annotated[SecretStr, Field(min_length=1)]
HomePath = Annotated[Path, AfterValidator(_home)]
Glob = Annotated[str, Field(min_length=1)]
Role = Literal["read", "triage", "write", "maintain", "admin"]
CommandName = Literal[
    "silence", "forever", "unsilence", "snooze", "fixed", "notfixed", "threshold", "duplicate", "split", "evidence", "why",
    "status", "silences", "rescan", "ack", "help",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Source(_Part):
    """Where transcripts lie, and how their person is told."""

    path: str = Field(min_length=1, description="A file, or a folder that is searched at any depth.")
    person: Annotated[str, AfterValidator(_person)] = Field(
        "auto", description="auto (the layout, then the home), layout, home, none, or name: and a name."
    )


class Route(_Part):
    """Which sessions' issues a repository receives; the first route that fits decides."""

    repository: Repository = Field(description="The receiving repository, OWNER/NAME.")
    source: Glob = Field("*", description="Glob over the source as it is named in the settings.")
    cwd: Glob = Field("*", description="Glob over the working directories of the session.")
    remote: Glob = Field("*", description="Glob over host/owner/name of the working directory's git remote.")


class Github(_Part):
    """How GitHub is reached, and as whom."""

    api_url: Annotated[str, AfterValidator(_api_url)] = Field("https://api.github.com", description="Where the API is.")
    token: Secret | None = Field(None, description="A token that may read and write issues.")
    app_id: int | None = Field(None, ge=1, description="The id of the GitHub App to act as.")
    private_key: Secret | None = Field(None, description="The App's private key (PEM).")
    private_key_file: HomePath | None = Field(None, description="The file that holds the App's private key.")
    installation_id: int | None = Field(None, ge=1, description="The App's installation; found where it is left out.")
    bot_login: str = Field("", description="The account whose issues are the bot's own, where GitHub cannot tell.")
    webhook_secret: Secret | None = Field(
        None, description="What GitHub signs its webhooks with, for `frictionbot serve`."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Half a set of credentials is a mistake that GitHub would only answer with 401."""
        keys = [self.private_key, self.private_key_file]
        if all(keys):
            raise ValueError("the private key is given twice: keep private_key or private_key_file")
        if self.app_id and not any(keys):
            raise ValueError("app_id needs the App's key: write private_key_file (or private_key) too")
        if any(keys) and not self.app_id:
            raise ValueError("a private key needs the id of its App: write app_id too")
        return self


class People(_Part):
    """How people are told apart and shown."""

    aliases: Mapping[str, str] = Field({}, description="Other names of a person, each with the name that counts.")
    show: Literal["pseudonym", "name"] = Field("pseudonym", description="What stands in issues and tables.")
    nobody: tuple[str, ...] = Field((), description="Home folders that belong to nobody, besides root, ubuntu, …")

    @property
    def homes_of_nobody(self) -> frozenset[str]:
        """All homes that many share, in lower case: the known ones and those of the settings."""
        return NOBODY | {name.lower() for name in self.nobody}


class Limits(_Part):
    """How much the bot may do at once."""

    new_issues_per_run: int = Field(10, ge=0, le=1000, description="Issues that one run opens in a repository at most.")
    new_issues_per_day: int = Field(
        30, ge=0, le=1000, description="Issues that are opened in a repository in 24 hours at most."
    )
    new_issues_per_rule_per_run: int = Field(5, ge=0, le=1000, description="Of them, issues of one rule in one run.")
    new_issues_per_rule_per_day: int = Field(10, ge=0, le=1000, description="Of them, issues of one rule in 24 hours.")
    overview: bool = Field(default=True, description="Keep one issue that ranks what waits because of a limit.")
    pause: Duration = Field(PAUSE, description="The least time between two writes to GitHub.")


class Comments(_Part):
    """What people may say to the bot in comments."""

    zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", description="The time zone of dates in comments.")
    who: Role = Field("triage", description="The least role that may give commands.")
    roles: Mapping[CommandName, Role] = Field(
        {"forever": "maintain"}, description="Another least role for some commands; `forever` is a silence without end."
    )
    assignees: bool = Field(default=False, description="Let those an issue is assigned to silence that issue.")
    silence: Duration = Field(timedelta(days=90), description="How long a silence lasts that names no end.")
    notice: Duration = Field(timedelta(days=3), description="How long before its end a silence is said to end.")
    replies_per_hour: int = Field(
        20, ge=0, le=1000, description="Replies to comments in a repository in an hour at most."
    )


class Settings(BaseSettings):
    """Everything that can be set; no secret is part of its `repr`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=False)

    sources: Annotated[tuple[Source, ...], AfterValidator(_some)] = Field(
        (Source(path=DEFAULT_SOURCE),), description="Where transcripts lie."
    )
    rules: tuple[HomePath, ...] = Field((), description="Folders of rule files; the shipped rules where none is named.")
    templates: HomePath | None = Field(None, description="A folder of templates that are used before the shipped ones.")
    repository: Repository = Field("", description="Who receives the issues, OWNER/NAME.")
    routes: tuple[Route, ...] = Field((), description="Other receivers for some of the sessions.")
    database: Annotated[str, AfterValidator(_database)] = Field(repr=False, description="Where the bot remembers.")
    clone: HomePath | None = Field(
        None, description="A local clone of the project, to find where its docs and scripts say a command."
    )
    github: Github = Field(Github(), description="How GitHub is reached.")
    marker_key: Secret | None = Field(None, description="The key that signs the bot's markers in issues.")
    pseudonym_salt: Secret | None = Field(None, description="Makes pseudonyms that nobody else can make.")
    people: People = Field(People(), description="How people are told apart and shown.")
    gap: Annotated[Duration, AfterValidator(_gap)] = Field(GAP, description="A longer pause is not active time.")
    limits: Limits = Field(Limits(), description="How much the bot may do at once.")
    comments: Comments = Field(Comments(), description="What people may say to the bot in comments.")
    workers: Workers = Field(Workers(), description="Celery's workers and their schedule.")
    retention: Retention = Field(Retention(), description="What is kept how long.")
    telemetry: Telemetry = Field(Telemetry(), description="How the work is watched.")
    settle: Duration = Field(
        SETTLE, description="How long a filing without an answer is looked for before it is tried again."
    )
    rule_url: Annotated[str, AfterValidator(_rule_url)] = Field(
        "", description="The address of a rule's file; {path} and {id} are filled in."
    )

    @property
    def salt(self) -> bytes:
        """The pseudonym salt as bytes; empty where none is set."""
        return _bytes(self.pseudonym_salt)

    @property
    def key(self) -> bytes:
        """The marker key as bytes; empty where none is set."""
        return _bytes(self.marker_key)

    @property
    def missing_to_post(self) -> tuple[Problem, ...]:
        """What has to be set before anything can be written to GitHub."""
        problems = []
        if not (self.repository or self.routes):
            message = "nothing says who receives the issues: add --repo OWNER/NAME, or write repository in the settings"
            problems.append(Problem("settings_missing", "--post", message))
        if not (self.github.token or self.github.app_id):
            message = (
                "nothing says who the bot is: set GITHUB_TOKEN, or write github.app_id and its key in the settings"
            )
            problems.append(Problem("settings_missing", "--post", message))
        return tuple(problems)

    def shown(self, person: str) -> str:
        """What stands for a person in tables and issues: a pseudonym, or the name where the settings allow it."""
        return person if person and self.people.show == "name" else pseudonym(person, self.salt)


def _bytes(secret: SecretStr | None) -> bytes:
    return secret.get_secret_value().encode() if secret else b""


# The model of each table of the settings, by its path without indexes.
TABLES: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Settings,
    ("sources",): Source,
    ("routes",): Route,
    ("github",): Github,
    ("people",): People,
    ("limits",): Limits,
    ("comments",): Comments,
    ("workers",): Workers,
    ("retention",): Retention,
    ("telemetry",): Telemetry,
}
