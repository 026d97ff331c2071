"""What a rule file says, as frozen models; the descriptions here are what editors and problems show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.core.duration import Duration, parse_duration
from bot.core.rule_fields import (
    ALWAYS_LABEL,
    Commit,
    Count,
    EventName,
    ExitCode,
    Flag,
    HttpStatus,
    Id,
    Integers,
    Labels,
    Level,
    Line,
    Moment,
    Name,
    Names,
    Patterns,
    Serial,
    Status,
    Sureness,
    TemplateName,
    Text,
    Texts,
    Times,
)
from bot.core.rule_yaml import resolved


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=False)


class Match(_Value):
    """Which events a rule is about, and what their text must hold."""

    event: EventName = Field(description="The kind of event that the rule looks at.")
    tool: Texts = Field((), description="Only these tools, such as Bash or Edit; none means any.")
    failed: Flag | None = Field(
        None, description="Only results that failed (true) or worked (false); tool_result only."
    )
    exit_code: Integers = Field((), description="Only results with one of these exit codes.")
    text: Patterns = Field((), description="RE2 patterns, one of which must occur; named groups are for group_by.")
    not_text: Patterns = Field((), description="RE2 patterns, none of which may occur in the same text.")
    times: Times = Field(3, description="retry: failures of the same call in a row.")
    within: Duration = Field(parse_duration("10m"), description="retry: longest pause between two of them.")
    rounds: Times = Field(5, description="retry: failures from which it counts even though it worked in the end.")
    longer_than: Duration = Field(parse_duration("2m"), description="slow: a call that ran at least this long.")


class Threshold(_Value):
    """How much evidence opens an issue, and how little is left when it may be closed."""

    sessions: Count = Field(3, description="Distinct conversations.")
    people: Count = Field(2, description="Distinct people; all that are unknown count as one.")
    occurrences: Count = Field(1, description="Single signals.")
    within: Duration = Field(parse_duration("14d"), description="The window in which they are counted.")
    clear_below: Count = Field(
        1, description="A finding stays active until fewer sessions than this are left in the window."
    )
    quiet: Duration = Field(parse_duration("30d"), description="Silence after which a finding counts as quiet.")

    def holds(self, at: datetime | None, now: datetime) -> bool:
        """Whether a moment lies in the window as of `now`, which is half-open: its start is outside, `now` inside."""
        return at is not None and now - self.within < at <= now


class Regression(_Value):
    """When a fixed problem counts as back."""

    sessions: Count = Field(2, description="Sessions that started after the fix.")
    reopen_within: Duration = Field(
        parse_duration("60d"),
        description="How long after closing the same issue is reopened rather than a new one opened.",
    )
    rollout: Duration = Field(parse_duration("0h"), description="How long a fix takes to reach people.")
    escalate: Times | None = Field(
        None, description="An issue closed as not planned is reopened when it has grown this many times; none: never."
    )


class IssueSpec(_Value):
    """How the issue looks."""

    template: TemplateName = Field("issue.md.j2", description="A file of the templates folder.")
    labels: Labels = Field((ALWAYS_LABEL,), description="Labels of the issue; user-feedback is always among them.")
    on_quiet: Literal["propose", "close", "leave"] = Field(
        "propose", description="What is done with an open issue that is proven quiet: a comment, a close, or nothing."
    )


class Fix(_Value):
    """A fix that GitHub cannot tell: exactly one of a time, a commit, a pull request or a version."""

    at: Moment | None = Field(None, description="When the fix took effect, with its zone.")
    commit: Commit | None = Field(None, description="The fixing commit.")
    pr: Serial | None = Field(None, description="The fixing pull request.")
    version: Line | None = Field(None, description="The first version with the fix.")
    of: Line | None = Field(None, description="What the version is of: agent, or a name of group_by.")


class Silenced(_Value):
    """A silence that the rule's file holds: of the whole rule, or of one value of its group key."""

    until: Moment | None = Field(
        None, description="When it ends, with its zone; left out: it stays until it is removed."
    )
    because: Line = Field("", description="Why, for the ones who read the issue.")
    key: Annotated[Mapping[Name, str], Field(max_length=1)] = Field(
        {}, description="One name of group_by and its value; left out: all that the rule finds."
    )


class SampleLine(_Value):
    """One thing that happens in a sample session; see `bot.core.samples` for which fields go together."""

    prompt: Text | None = Field(None, description="The person says this.")
    says: Text | None = Field(None, description="The agent says this.")
    run: Text | None = Field(None, description="The agent runs this command.")
    read: Text | None = Field(None, description="The agent reads this file.")
    edit: Text | None = Field(None, description="The agent edits this file.")
    write: Text | None = Field(None, description="The agent writes this file.")
    grep: Text | None = Field(None, description="The agent searches for this.")
    tool: Text | None = Field(None, description="The agent calls the tool of this name.")
    input: Annotated[Mapping[str, Any], BeforeValidator(resolved)] | None = Field(None, description="The tool's input.")
    gives: str | None = Field(None, description="What the call answers when it works.")
    fails: str | None = Field(None, description="What the call (or the hook) answers when it fails.")
    exit: ExitCode | None = Field(None, description="The exit code of a failing command.")
    takes: Duration | None = Field(None, description="How long the call ran.")
    after: Duration | None = Field(None, description="How long after the line before; 5s where it is not said.")
    rejects: Text | None = Field(None, description="The person says no to this tool or command.")
    interrupts: Flag | None = Field(None, description="The person stops the agent.")
    compacts: Literal["auto", "manual"] | None = Field(None, description="The context was full and is summarised.")
    api_error: HttpStatus | None = Field(None, description="The model's API answers so.")
    text: Text | None = Field(None, description="The text of the API error.")
    hook: Text | None = Field(None, description="A hook of this name runs.")
    blocks: Text | None = Field(None, description="What the hook says when it blocks a tool.")
    system: Text | None = Field(None, description="A note of the agent's own program.")
    subagent: Flag = Field(default=False, description="It happens inside a subagent.")


class Sample(_Value):
    """A short session in the rule file and the group keys that the rule must find in it."""

    name: Line = Field(description="What the sample shows, as a statement.")
    session: Annotated[tuple[SampleLine, ...], Field(min_length=1, max_length=100)] = Field(
        description="What happens, in order."
    )
    expect: tuple[Mapping[Name, str], ...] = Field(description="One group key for each signal; [] where none may come.")


class Rule(_Value):
    """One kind of friction: how it is found, when it is worth an issue, and what to do about it."""

    id: Id = Field(description="The file's name without .yml, at most 40 of a-z, 0-9 and -.")
    title: Annotated[Line, Field(max_length=200)] = Field(
        description="Title of the issue; {name} stands for a name of group_by."
    )
    status: Status = Field("draft", description="draft and shadow are counted and shown, only stable files issues.")
    severity: Level = Field(description="How much it hurts.")
    confidence: Sureness = Field(description="How sure a match is friction.")
    detects: Text = Field(description="What the rule finds, in one sentence that begins with Detects.")
    why: Text = Field("", description="Why it costs time, for the one who reads the issue.")
    fix: Text = Field("", description="What to do about it, for the one who reads the issue.")
    limits: Texts = Field((), description="What the rule gets wrong or does not see.")
    match: Match = Field(description="Which events the rule is about.")
    group_by: Names = Field((), description="Names of captures or built-in names; each key is an issue of its own.")
    threshold: Threshold = Field(Threshold(), description="How much evidence opens an issue.")
    regression: Regression = Field(Regression(), description="When a fixed problem counts as back.")
    issue: IssueSpec = Field(IssueSpec(), description="How the issue looks.")
    fixes: tuple[Fix, ...] = Field((), description="Fixes that GitHub cannot tell.")
    silenced: tuple[Silenced, ...] = Field((), description="What is counted and not told, and until when.")
    aliases: tuple[Id, ...] = Field((), description="Earlier ids of the rule, the first one first.")
    tests: tuple[Sample, ...] = Field((), description="Sample sessions with what the rule finds in them.")

    def __hash__(self) -> int:
        """Rules are told apart by id: samples hold mappings, which have no hash."""
        return hash(self.id)

    @property
    def match_digest(self) -> str:
        """16 hex digits over what decides which signals there are; when it changes, files must be read again."""
        said = {"match": self.match.model_dump(mode="json"), "group_by": sorted(self.group_by)}
        return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
