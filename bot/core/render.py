"""From a finding to the title and body of its issue, through the installation's templates.

The body is the content of the bot's region (`bot.core.marker`), never longer than its limit: there are fewer excerpts,
then shorter ones, before anything else goes, and the sections themselves always stay.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jinja2 import Template, TemplateError

from bot.core.issue_evidence import chosen
from bot.core.issue_values import RenderContext, Room, Shown, issue_values
from bot.core.markdown import fence, inline, prose
from bot.core.marker import sealed, size
from bot.core.model import Finding, Problem
from bot.core.ruleset import Rule
from bot.core.template_check import check
from bot.core.template_language import SHAPES, environment
from bot.core.template_sample import SAMPLES
from bot.core.template_values import IssueValues

__all__ = ["RenderContext", "Rendered", "Renderer", "Shown", "blamed"]

_FORMS = (str, fence, inline, prose)
OUTPUT_LIMIT = 262_144  # characters: four bodies; a template that prints more is stopped, not measured
ROOMS = (
    Room(evidence=5, excerpt=2_000, sessions=30, text=4_000),
    Room(evidence=5, excerpt=1_000, sessions=30, text=4_000),
    Room(evidence=3, excerpt=800, sessions=20, text=2_000),
    Room(evidence=2, excerpt=400, sessions=10, text=1_000),
    Room(evidence=1, excerpt=200, sessions=5, text=400),
    Room(evidence=0, excerpt=0, sessions=3, text=200),
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An issue without its marker; `shown` are the places in `finding.evidence` that it quotes."""

    title: str
    body: str
    shown: tuple[int, ...] = ()


class Renderer:
    """The issue templates of an installation, checked once; a broken one costs only the issues that ask for it.

    `templates` maps a name as rules give it (`issue.md.j2`) to its source, `places` the same names to paths to show.
    """

    def __init__(self, templates: Mapping[str, str], places: Mapping[str, str] = MappingProxyType({})) -> None:
        self._places = {name: places.get(name, f"templates/{name}") for name in templates}
        self._compiled: dict[str, Template] = {}
        self._problems: dict[str, tuple[Problem, ...]] = {}
        env = environment()
        for name in sorted(templates):
            problems = check(templates[name], name, self._places[name], env, SHAPES)
            if not problems:
                self._compiled[name] = env.from_string(templates[name])
                problems = self._tried(name)
            self._problems[name] = problems

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong with the templates, in the order of their names and lines."""
        return tuple(problem for problems in self._problems.values() for problem in problems)

    def issue(self, finding: Finding, rule: Rule, context: RenderContext) -> Rendered | Problem:
        """Title and body for a finding, or the one problem that keeps it from being rendered."""
        name = rule.issue.template
        if name not in self._places:
            known = ", ".join(self._places) or "none"
            message = f"there is no template {name!r}: issue.template may be one of: {known}"
            return Problem("template_missing", context.rule_path or rule.id, message)
        if self._problems[name]:
            return self._problems[name][0]
        size_now = 0
        for room in _rooms(context.shown.excerpts):
            quoted = chosen(finding, room.evidence if context.evidence else 0)
            values, problems = issue_values(finding, rule, context, room, quoted)
            body = problems[0] if problems else self._body(name, values, context.shown.block)
            if isinstance(body, Problem):
                return body
            size_now = size(body)
            if size_now <= context.limit:
                return Rendered(values.title, body, tuple(each.place for each in quoted))
        message = f"{size_now:,} characters at its shortest, {context.limit:,} may be used: shorten the template"
        return Problem("body_too_long", self._places[name], message)

    def _tried(self, name: str) -> tuple[Problem, ...]:
        """The first problem that only shows when the template is rendered, on samples with and without evidence."""
        bodies = (self._body(name, sample) for sample in SAMPLES)
        return tuple(body for body in bodies if isinstance(body, Problem))[:1]

    def _body(self, name: str, values: IssueValues, before: str = "") -> str | Problem:
        parts = [f"{before}\n\n"] if before else []
        length = 0
        try:
            for part in self._compiled[name].generate(_names(values)):
                parts.append(part)
                length += len(part)
                if length > OUTPUT_LIMIT:
                    message = f"it prints more than {OUTPUT_LIMIT:,} characters: print less in its loops"
                    return Problem("template_too_long", self._places[name], message)
        except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
            place = f"{self._places[name]}:{_line(error)}"
            hint = ": a list may be empty: ask {% if list %} first" if "has no element" in str(error) else ""
            return Problem("template_failed", place, f"{error or type(error).__name__}{hint}")
        return sealed("".join(parts))


def _rooms(excerpts: int) -> tuple[Room, ...]:
    """The rooms to try, the largest first; where a maintainer asks for more excerpts, rooms with so many before the others."""
    asked = (room._replace(evidence=excerpts) for room in ROOMS[:3]) if excerpts else ()
    return (*asked, *ROOMS)


def blamed(finding: Finding, secrets: Collection[str]) -> frozenset[int]:
    """The places in `finding.evidence` whose texts hold one of these strings, raw or as an issue prints them."""
    return frozenset(
        place
        for place, each in enumerate(finding.evidence)
        for form in (shown(text) for text in (each.excerpt, each.command, each.prompt) for shown in _FORMS)
        if any(secret in form for secret in secrets if secret)
    )


def _names(values: IssueValues) -> dict[str, object]:
    return {name: getattr(values, name) for name in IssueValues.__dataclass_fields__}


def _line(error: Exception) -> int:
    """The line of the template where it failed: Jinja rewrites a traceback's frames to the template's own lines."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == "<template>"]
    return frames[-1].lineno or 1 if frames else 1
