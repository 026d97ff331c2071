"""Doing what was planned: rendering, the last look for secrets, and one write an action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.issue_values import RenderContext
from bot.core.marker import Marker, parse, region, replace_region, room
from bot.core.model import Action, Finding, KnownIssue, Listing, Problem, Result
from bot.core.plan import labels_of, story
from bot.core.render import Rendered, Renderer, blamed
from bot.core.rule_model import Rule
from bot.ports import Scanner, Store, Tracker, TrackerError

_MORE_ROOM = 1_000  # size left between a body and the limit: what a person may still add to a full issue


class Press:
    """Makes the text of issues, and looks at it once more for secrets before anyone may see it."""

    def __init__(
        self,
        renderer: Renderer,
        scanner: Scanner | None,
        context: RenderContext,
        paths: Mapping[str, str],
        url: str = "",
    ) -> None:
        self._renderer, self._scanner, self._context = renderer, scanner, context
        self._paths, self._url = paths, url

    def render(self, finding: Finding, rule: Rule, issue: KnownIssue | None) -> Rendered | Problem:
        """The issue of a finding, safe to post; without the excerpts, then without the evidence that the scanner stops.

        A text that holds a secret even then is withheld: a `Problem` that says so and names no secret.
        """
        limit = room(issue.body) if issue else room("")
        path = self._paths.get(rule.id, f"{rule.id}.yml")
        url = self._url.replace("{path}", path).replace("{id}", rule.id)
        context = replace(self._context, limit=max(0, limit - _MORE_ROOM), rule_path=path, rule_url=url)
        rendered = self._renderer.issue(finding, rule, context)
        for weaker in ("excerpts", "evidence"):
            secrets = self._secrets(rendered)
            if isinstance(rendered, Problem) or not secrets:
                return rendered
            withheld = blamed(finding, secrets) if weaker == "excerpts" else frozenset()
            context = replace(
                context, withheld=context.withheld | withheld, evidence=weaker == "excerpts" and bool(withheld)
            )
            rendered = self._renderer.issue(finding, rule, context)
        if not self._secrets(rendered):
            return rendered
        message = "the outbound scanner sees a secret in its text even without evidence: look at the rule's texts and group key"
        return Problem("withheld", path, message)

    def _secrets(self, rendered: Rendered | Problem) -> tuple[str, ...]:
        if self._scanner is None or isinstance(rendered, Problem):
            return ()  # nothing is posted, so nothing is looked at: building the scanner takes seconds
        return self._scanner.find(f"{rendered.title}\n{rendered.body}")


@dataclass(frozen=True, slots=True)
class Filer:
    """Writes planned actions to GitHub, each in one request that is never repeated."""

    tracker: Tracker
    store: Store
    key: bytes
    nonce: Callable[[], str]
    now: datetime

    def file(
        self, actions: Sequence[Action], findings: Mapping[str, tuple[Finding, Rule]], listings: Mapping[str, Listing]
    ) -> tuple[Result, ...]:
        """What became of each action that writes, in order; one failure costs only itself, a rate limit puts off the rest."""
        issues = {(issue.repository, issue.number): issue for listing in listings.values() for issue in listing.issues}
        results: list[Result] = []
        put_off = ""
        for action in actions:
            if action.action not in {"open", "update"}:
                continue
            error = put_off
            if not put_off:
                finding, rule = findings[action.fingerprint]
                try:
                    known = issues.get((action.repository, action.issue)) if action.issue else None
                    results.append(
                        self._update(action, finding, rule, known) if known else self._open(action, finding, rule)
                    )
                    continue
                except TrackerError as failed:
                    error = (
                        f"{failed.message}; the next cycle looks whether it was done"
                        if failed.unclear
                        else failed.message
                    )
                    put_off = f"put off: {failed.message}" if failed.code == "rate_limited" else ""
            results.append(Result(action.action, action.fingerprint, action.repository, action.issue, error))
        return tuple(results)

    def _open(self, action: Action, finding: Finding, rule: Rule) -> Result:
        marker = Marker(action.fingerprint, self.nonce()).having(
            story=story(finding, rule), labels=",".join(action.labels)
        )
        body = region(marker, action.body, self.key)
        issue = self.tracker.create(action.repository, action.title, body, action.labels)
        self.store.remember_issue(action.repository, action.fingerprint, issue.number, self.now)
        return Result("open", action.fingerprint, action.repository, issue.number, url=issue.url)

    def _update(self, action: Action, finding: Finding, rule: Rule, issue: KnownIssue) -> Result:
        old = parse(issue.body, self.key)
        if old is None:
            raise TrackerError("marker_lost", f"the marker of #{issue.number} cannot be read any more")
        written = [label for label in old.get("labels").split(",") if label]
        added = [label for label in labels_of(rule) if label not in written]  # a label that a person took off stays off
        marker = old.having(story=story(finding, rule), labels=",".join([*written, *added]))
        body = replace_region(issue.body, region(marker, action.body, self.key))
        labels = tuple(dict.fromkeys([*issue.labels, *added])) if set(added) - set(issue.labels) else None
        self.tracker.edit(issue, title=None, body=body, labels=labels)
        self.store.remember_issue(action.repository, action.fingerprint, issue.number, self.now)
        return Result("update", action.fingerprint, action.repository, issue.number, url=issue.url)
