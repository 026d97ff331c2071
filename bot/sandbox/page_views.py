"""The three pages: all repositories, the issues of one, and one issue with what happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.sandbox import event_shapes
from bot.sandbox.issue_shapes import Shapes
from bot.sandbox.markup import Html, element, page
from bot.sandbox.page_said import Said
from bot.sandbox.records import Issue, Repository, World

_PAGE = 50  # issues
_REASONS = {"completed": "completed", "not_planned": "not planned", "duplicate": "duplicate"}
_BUTTONS = {"completed": "Close as completed", "not_planned": "Close as not planned", "duplicate": "Close as duplicate"}


def home(world: World) -> Html:
    """All repositories."""
    rows = [
        element("li", _link(f"/{each.name}/issues", each.name), element("div", _counts(each), class_="quiet"))
        for each in sorted(world.repositories.values(), key=lambda each: each.name)
    ]
    empty = element("p", "No repository yet.", class_="quiet")
    return page("Sandbox", element("h1", "Sandbox"), element("ul", *rows, class_="rows") if rows else empty)


def issue_list(repository: Repository, state: str, number: int) -> Html:
    """The issues of a repository, newest first, `_PAGE` at a time."""
    there = [each for each in repository.issues.values() if not (each.gone or each.moved_to)]
    found = sorted((each for each in there if state in {"all", each.state}), key=lambda each: -each.number)
    rows = [_row(repository, each) for each in found[(number - 1) * _PAGE : number * _PAGE]]
    address = f"/{repository.name}/issues"
    tabs = [_link(f"{address}?state={each}", each) for each in ("open", "closed", "all")]
    pages = [_link(f"{address}?state={state}&page={number - 1}", "newer")] if number > 1 else []
    pages += [_link(f"{address}?state={state}&page={number + 1}", "older")] if len(found) > number * _PAGE else []
    listed = element("ul", *rows, class_="rows") if rows else element("p", f"Nothing here: {state}.", class_="quiet")
    return page(
        repository.name,
        element("nav", _link("/", "Sandbox")),
        element("h1", repository.name),
        element("nav", *_joined(tabs), f" · {_counts(repository)}"),
        listed,
        element("nav", *_joined(pages)),
    )


def issue_page(shapes: Shapes, issue: Issue, chosen: str, secret: str) -> Html:
    """One issue, and the form to answer it as the account `chosen`."""
    repository, said = shapes.repository, Said(shapes.world, secret)
    return page(
        f"{issue.title} · {repository.name}#{issue.number}",
        element("nav", _link("/", "Sandbox"), " / ", _link(f"/{repository.name}/issues", repository.name)),
        element("h1", issue.title, " ", element("span", f"#{issue.number}", class_="quiet")),
        element("p", _state(issue), *_labels(repository, issue), " locked" if issue.locked else ""),
        said.issue(issue),
        *(
            said.comment(repository.comments[each["id"]])
            if each["event"] == "commented"
            else _happened(each, shapes.urls.html)
            for each in event_shapes.timeline(shapes, issue)
        ),
        _form(said, issue, chosen),
    )


def refused(status: int, message: str, back: str) -> Html:
    """What could not be done, and the way back."""
    return page(f"{status}", element("p", f"{status}: {message}", class_="warning"), element("p", _link(back, "Back")))


def _row(repository: Repository, issue: Issue) -> Html:
    said = len(repository.comments_of(issue.number))
    note = f"#{issue.number} by {issue.author or 'ghost'}, updated {issue.updated_at}, {said} comments"
    link = _link(f"/{repository.name}/{_kind(issue)}/{issue.number}", issue.title)
    return element("li", _state(issue), " ", link, *_labels(repository, issue), element("div", note, class_="quiet"))


def _happened(told: Mapping[str, Any], html: str) -> Html:
    """One entry of the timeline that is no comment."""
    actor = told["actor"]["login"]
    detail: list[str] = []
    if "label" in told:
        detail = [element("span", told["label"]["name"], class_="label")]
    elif "rename" in told:
        detail = [f"“{told['rename']['from']}” to “{told['rename']['to']}”"]
    elif "source" in told and "issue" in told["source"]:
        source = told["source"]["issue"]
        detail = ["in ", _link(source["html_url"].removeprefix(html), source["title"])]
    elif told.get("commit_id"):
        detail = [f"by commit {told['commit_id'][:10]}"]
    elif told["event"] == "closed" and told.get("state_reason"):
        detail = [f"as {_REASONS.get(told['state_reason'], told['state_reason'])}"]
    return element(
        "div",
        f"{actor} ",
        element("b", told["event"].replace("_", " ")),
        " ",
        *detail,
        f" · {told['created_at']}",
        class_="event",
    )


def _form(said: Said, issue: Issue, chosen: str) -> Html:
    changes = _BUTTONS if issue.state == "open" else {"reopen": "Reopen"}
    buttons = [
        element("button", words, name="do", value=what) for what, words in {"comment": "Comment", **changes}.items()
    ]
    return element(
        "form",
        said.hidden(),
        element("textarea", name="body", aria_label="Comment", placeholder="Write a comment (Markdown)"),
        element("p", said.people(chosen), *buttons),
        method="post",
        id="answer",
    )


def _state(issue: Issue) -> Html:
    if issue.state == "open":
        return element("span", "open", class_="state open")
    merged = issue.pull is not None and issue.pull.merged_at
    reason = "merged" if merged else f"closed: {_REASONS.get(issue.state_reason or 'completed', 'completed')}"
    return element("span", reason, class_="state")


def _labels(repository: Repository, issue: Issue) -> Iterable[str]:
    for each in issue.labels:
        yield " "
        yield element("span", repository.labels[each].name, class_="label")


def _counts(repository: Repository) -> str:
    states = [each.state for each in repository.issues.values() if not (each.gone or each.moved_to)]
    return f"{states.count('open')} open, {states.count('closed')} closed"


def _kind(issue: Issue) -> str:
    return "pull" if issue.pull else "issues"


def _link(address: str, words: str) -> Html:
    return element("a", words, href=address)


def _joined(parts: list[Html]) -> Iterable[str]:
    for place, part in enumerate(parts):
        if place:
            yield " · "
        yield part
