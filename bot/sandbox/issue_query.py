"""Which issues a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.sandbox.exchange import invalid
from bot.sandbox.records import Issue, Repository, World


def select(world: World, repository: Repository, query: Mapping[str, str]) -> list[Issue]:
    """The issues, pull requests too, that a query asks for; raises `Refusal` 422 where GitHub would."""
    state = _word(query, "state", "open", ("open", "closed", "all"))
    sort = _word(query, "sort", "created", ("created", "updated", "comments"))
    direction = _word(query, "direction", "desc", ("asc", "desc"))
    since = instant(query.get("since", ""), "Issue")
    found = [
        issue
        for issue in repository.issues.values()
        if not (issue.gone or issue.moved_to) and state in {"all", issue.state} and issue.updated_at >= since
    ]
    found = _by_people(world, _by_labels(repository, found, query), query)

    def place(issue: Issue) -> tuple[int | str, int]:
        if sort == "comments":
            return len(repository.comments_of(issue.number)), issue.number
        return (issue.created_at if sort == "created" else issue.updated_at), issue.number

    return sorted(found, key=place, reverse=direction == "desc")


def instant(text: str, resource: str) -> str:
    """A `since` as the records write times, "" for none; raises `Refusal` 422 where it is no time."""
    if not text:
        return ""
    try:
        time = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that came unquoted
        return stamp(time if time.tzinfo else time.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise invalid(resource, "since", "invalid") from error


def stamp(time: datetime) -> str:
    """A time as GitHub writes it, in whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _by_labels(repository: Repository, issues: list[Issue], query: Mapping[str, str]) -> list[Issue]:
    names = [name.strip() for name in query.get("labels", "").split(",") if name.strip()]
    labels = [repository.label(name) for name in names]
    return [issue for issue in issues if all(label and label.id in issue.labels for label in labels)]


def _by_people(world: World, issues: list[Issue], query: Mapping[str, str]) -> list[Issue]:
    creator, assignee = query.get("creator", ""), query.get("assignee", "")
    for name, login in (("creator", creator), ("assignee", "" if assignee in {"none", "*"} else assignee)):
        if login and world.user(login) is None:
            raise invalid("Issue", name, "invalid")
    if creator:
        issues = [issue for issue in issues if issue.author.casefold() == creator.casefold()]
    if assignee in {"none", "*"}:
        return [issue for issue in issues if bool(issue.assignees) == (assignee == "*")]
    folded = assignee.casefold()
    return [issue for issue in issues if not folded or folded in {login.casefold() for login in issue.assignees}]


def _word(query: Mapping[str, str], name: str, otherwise: str, allowed: tuple[str, ...]) -> str:
    word = query.get(name) or otherwise
    if word not in allowed:
        raise invalid("Issue", name, "invalid")
    return word
