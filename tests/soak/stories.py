"""What must be true of the issues of a story, by what its people wrote and did: nothing of the bot's own is asked for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from bot.core.comments import note_of
from bot.sandbox.records import Comment, Issue
from bot.sandbox.server import BOT
from tests.soak.github_people import Maintainer
from tests.soak.github_stand import PERSON
from tests.soak.team import NOTE, Story


def of_story(story: Story, maintainer: Maintainer) -> Iterator[str]:
    """What is wrong about a story now."""
    issues = maintainer.issues(story)
    numbers = ", ".join(f"#{each.number} {each.state} {each.state_reason or ''}".strip() for each in issues) or "none"
    kept = [each for each in issues if each.state_reason != "duplicate"]
    if len(kept) != 1:
        yield f"{story.title}: {len(kept)} issues instead of 1 ({numbers})"
        return
    (issue,) = kept
    wanted = "open" if _is_wanted_open(story, issue) else "closed"
    if issue.state != wanted and not story.silenced:
        yield f"{story.title}: #{issue.number} is {issue.state} instead of {wanted}: {_told(issue)}"
    if story.life == "note" and NOTE not in issue.body:
        yield f"{story.title}: what a person wrote above the bot's part of #{issue.number} is lost"
    comments = maintainer.comments(story, issue)
    topics = Counter(note.topic for each in comments if each.author == BOT and (note := note_of(each.body)))
    yield from (f"{story.title}: #{issue.number} was told {n} times {topic}" for topic, n in topics.items() if n > 1)
    yield from (f"{story.title}: {each}" for each in _unanswered(story, comments, topics))
    yield from (f"{story.title}: {each}" for each in _undone(issue))


def counted_wrong(story: Story, maintainer: Maintainer) -> Iterator[str]:
    """What an open issue says of how often it happened, where that is not so; true once the limit of edits a day is over."""
    issue = maintainer.issue(story)
    if issue and issue.state == "open" and not story.silenced and story.frequency not in issue.body:
        line = next((each for each in issue.body.splitlines() if "Frequency" in each), "no such line")
        yield f"{story.title}: #{issue.number} does not say {story.frequency!r}: {line}"


def filed_again(story: Story, maintainer: Maintainer) -> list[int]:
    """Issues that were filed though there was one, and were closed as duplicates later."""
    return [each.number for each in maintainer.issues(story)[1:]]


def said_again(story: Story, maintainer: Maintainer) -> int:
    """How many of the bot's comments were taken back, because they were there already."""
    events = [event for issue in maintainer.issues(story) for event in issue.events]
    return sum(event.kind == "comment_deleted" and event.actor == BOT for event in events)


def _is_wanted_open(story: Story, issue: Issue) -> bool:
    """By what a person did last: a close stands until two sessions began after it, or for ever where it says so."""
    mine = [event for event in issue.events if event.actor == PERSON and event.kind in {"closed", "reopened"}]
    if not mine or mine[-1].kind == "reopened":
        return True
    if mine[-1].detail.get("state_reason") == "not_planned":
        return False
    closed = datetime.fromisoformat(mine[-1].at)
    return sum(start > closed for start, _ in story.sessions) >= 2


def _undone(issue: Issue) -> Iterator[str]:
    """The bot reopens a close at most once; the one of a person who did not plan it never."""
    last = ""
    for event in issue.events:
        if event.kind == "reopened" and event.actor == BOT and last != PERSON:
            yield f"#{issue.number} was reopened by the bot, and no person had closed it: {_told(issue)}"
        if event.kind in {"closed", "reopened"}:
            last = event.actor
    if issue.state_reason == "duplicate":
        yield f"#{issue.number} is a duplicate"


def _unanswered(story: Story, comments: list[Comment], topics: Counter[str]) -> Iterator[str]:
    """Each comment that asked something has reactions; one that has to be answered has one reply."""
    by_id = {each.id: each for each in comments}
    for asked in story.asked:
        comment = by_id.get(asked)
        given = sorted(each.content for each in comment.reactions if each.login == BOT) if comment else []
        wanted = ["+1", "confused"] if comment and "silense" in comment.body else ["+1"]
        if given != wanted:
            yield f"the comment {asked} has the reactions {given} instead of {wanted}"
        if "confused" in wanted and topics[f"reply:{asked}"] != 1:
            yield f"the comment {asked} has {topics[f'reply:{asked}']} replies"


def _told(issue: Issue) -> str:
    return ", ".join(f"{event.kind} by {event.actor}" for event in issue.events if event.kind in {"closed", "reopened"})
