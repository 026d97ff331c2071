"""The kinds of values that fields of a rule file may hold, each with what is said where it holds another.

Values may come from `bot.core.rule_yaml`: a plain scalar is text where text is expected and resolved elsewhere, so
`no` and `3.10` never change under a maintainer's hands.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import re2
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from bot.core.rule_yaml import resolved

ALWAYS_LABEL = "user-feedback"
PATTERN_MEMORY = 32 * 1024 * 1024  # bytes for RE2, four times its default: what needs more costs seconds to compile
_LONGEST_PATTERN = 4000  # characters
_MOST_PATTERNS = 50
_LONGEST_LABEL = 50  # GitHub's limit, measured

Status = Literal["draft", "shadow", "stable", "retired"]
Level = Literal["low", "medium", "high", "critical"]
Sureness = Literal["low", "medium", "high"]
EventName = Literal[
    "tool_result", "command", "prompt", "assistant", "system", "rejection", "interruption", "compaction",
    "api_error", "hook", "tool_failure", "retry", "slow",
]  # fmt: skip


def _listed(value: Any) -> Any:
    value = resolved(value) if isinstance(value, str) else value
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, tuple) else (value,)


def _listed_texts(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, tuple) else (value,)


def compiled(pattern: str) -> Any:
    """A pattern compiled over bytes; raises `re2.error` where RE2 cannot read it or it needs too much memory."""
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    return re2.compile(pattern.encode("utf-8", "surrogatepass"), options)


def _pattern(value: str) -> str:
    if len(value) > _LONGEST_PATTERN:
        raise ValueError(f"a pattern has at most {_LONGEST_PATTERN} characters: write several in a list")
    try:
        searched = compiled(value).search(b"")
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"RE2 cannot read the pattern: {said}{_hint(value)}") from error
    if searched:
        raise ValueError("the pattern matches an empty text, so it would match everywhere: make a part of it required")
    return value


def _hint(pattern: str) -> str:
    if any(mark in pattern for mark in ("(?=", "(?!", "(?<=", "(?<!")):
        return "; RE2 has no look-around: match the surroundings too and capture the part, or use not_text"
    if any(f"\\{digit}" in pattern for digit in range(1, 10)) or "(?P=" in pattern:
        return "; RE2 has no backreferences: write the alternatives out"
    return ""


def _label(value: str) -> str:
    if len(value) > _LONGEST_LABEL:
        raise ValueError(f"a label has at most {_LONGEST_LABEL} characters on GitHub, this one has {len(value)}")
    if "," in value:
        raise ValueError("a label holds no comma: write two labels")
    return value


def _with_feedback(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((ALWAYS_LABEL, *labels)))


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError("write a time with its zone, such as 2026-02-06T21:37:49Z")
    return at.astimezone(UTC)


Text = Annotated[str, Field(min_length=1, max_length=4000)]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\r\n]*$")]
Id = Annotated[str, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=40)]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
# The limits stand before the resolving, so that JSON Schema shows them.
Integer = Annotated[int, BeforeValidator(resolved)]
Times = Annotated[int, Field(ge=2, le=100), BeforeValidator(resolved)]
Count = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(resolved)]
Serial = Annotated[int, Field(ge=1), BeforeValidator(resolved)]
ExitCode = Annotated[int, Field(ge=1, le=255), BeforeValidator(resolved)]
HttpStatus = Annotated[int, Field(ge=100, le=599), BeforeValidator(resolved)]
Flag = Annotated[bool, BeforeValidator(resolved)]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


def _one_or_list(items: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [items, {"type": "array", "items": items, "uniqueItems": True}]})


Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed_texts), _one_or_list({"type": "string", "minLength": 1})]
Names = Annotated[
    tuple[Name, ...], BeforeValidator(_listed_texts), _one_or_list({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"})
]
Patterns = Annotated[
    tuple[Pattern, ...],
    Field(max_length=_MOST_PATTERNS),
    BeforeValidator(_listed_texts),
    _one_or_list({"type": "string", "minLength": 1, "maxLength": _LONGEST_PATTERN}),
]
Integers = Annotated[tuple[Integer, ...], BeforeValidator(_listed), _one_or_list({"type": "integer"})]
TemplateName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.md\.j2$")]
Commit = Annotated[str, Field(pattern="^[0-9a-f]{7,40}$")]
Labels = Annotated[
    tuple[Annotated[str, Field(min_length=1), AfterValidator(_label)], ...],
    AfterValidator(_with_feedback),
]
