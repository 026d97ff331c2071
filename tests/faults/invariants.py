"""What must be true when a schedule is over, whatever went wrong in it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.adapters.store import SqlStore
from bot.core.comments import note_of
from bot.core.marker import parse
from bot.sandbox.records import Comment, Issue
from bot.sandbox.server import BOT, PERSON, Sandbox
from tests.faults.people import NOTE, REPOSITORY, People, Story
from tests.faults.play import Played, wrote
from tests.faults.schedule import SETTLE, Schedule
from tests.faults.troubles import LISTS, STOPS

_STEPS = (2, 5, 10)


def broken(played: Played, people: People, store: SqlStore) -> list[str]:
    """What is not as it must be, in sentences; empty where all is well."""
    found = [f"a process crashed: {crash}" for crash in played.crashes]
    found += [f"a quiet cycle had a problem: {problem}" for problem in played.late]
    found += [f"the last quiet cycle still wrote: {line.strip()}" for line in wrote(played.trace)]
    found += ["a filing is still open in the store" for each in store.intents(REPOSITORY) if each.what == "open"]
    for story in people.stories.values():
        if story.sessions:
            found += _of_story(story, people, played)
    return found


def _of_story(story: Story, people: People, played: Played) -> Iterator[str]:
    issues = people.issues(story)
    where = f"{story.title}: "
    numbers = ", ".join(f"#{each.number} {each.state} {each.state_reason or ''}".strip() for each in issues)
    alive = [each for each in issues if each.state == "open"]
    wanted = _open_issues(story)
    if len(alive) not in wanted:
        yield f"{where}{len(alive)} open issues instead of {' or '.join(map(str, wanted))} ({numbers or 'none at all'})"
    for extra in issues[1:] if not story.deleted else ():
        step = bisect_right(played.began, datetime.fromisoformat(extra.created_at) + timedelta(seconds=1))
        if not excused(played.schedule, step):
            yield f"{where}filed again in cycle {step} as #{extra.number} although nothing excuses it ({numbers})"
    for issue in issues:
        yield from (f"{where}#{issue.number} {what}" for what in _of_comments(issue, _comments(people.box, issue)))
    for issue in alive:
        yield from (f"{where}#{issue.number} {what}" for what in _of_text(issue, story, _comments(people.box, issue)))
    yield from _of_answers(story, people.box)
    if story.noted and not any(each.body.startswith(NOTE) for each in issues) and not story.deleted:
        yield f"{where}what a person wrote above the bot's part is lost"
    if not any(excused(played.schedule, step) for step in range(len(played.began) + 1)):
        yield from (f"{where}{what}" for what in _of_regressions(story, issues, people.box))


def _open_issues(story: Story) -> tuple[int, ...]:
    """How many open issues may be there: what was deleted is filed again only where the memory of it is lost too."""
    if story.deleted:
        return (0, 1)
    return (0,) if story.dismissed or not story.is_back else (1,)


def _of_comments(issue: Issue, comments: list[Comment]) -> Iterator[str]:
    topics = Counter(note.topic if (note := note_of(each.body)) else each.body for each in comments)
    yield from (f"has {number} comments about {topic!r}" for topic, number in topics.items() if number > 1)


def _of_answers(story: Story, box: Sandbox) -> Iterator[str]:
    """Each comment that asked something has its reactions, and one reply; of a deleted issue nothing is left."""
    with box.acting(REPOSITORY) as acts:
        for asked in story.asked:
            comment = acts.repository.comments.get(asked)
            if comment is None or acts.repository.issues[comment.issue].gone:
                continue
            given = sorted(each.content for each in comment.reactions if each.login == BOT)
            if given != ["+1", "confused"]:
                yield f"the comment {asked} has the reactions {given}"
            said = [note_of(each.body) for each in acts.repository.comments_of(comment.issue) if each.author == BOT]
            replies = sum(note.topic == f"reply:{asked}" for note in said if note)
            if replies != 1:
                yield f"the comment {asked} has {replies} replies"


def _of_text(issue: Issue, story: Story, comments: list[Comment]) -> Iterator[str]:
    """What an open issue says of the evidence, and what of it was told in comments."""
    sessions, persons = story.counts
    says = f"{sessions} times in {sessions} sessions of {persons} people"  # never fewer than three and two
    if says not in issue.body:
        line = next((each for each in issue.body.splitlines() if "Frequency" in each), "no such line")
        yield f"does not say {says!r}: {line}"
    marker = parse(issue.body)
    if marker is None:
        return
    base, told = int(marker.get("sessions") or 0), marker.get("told").split(",")
    reached = [step for step in _STEPS if base and sessions >= base * step]
    topics = {note.topic for each in comments if (note := note_of(each.body))}
    if reached and (str(reached[-1]) not in told or f"grew:{base}x{reached[-1]}" not in topics):
        yield f"was never told that it grew {reached[-1]} times (told {told}, comments {sorted(topics)})"


def _of_regressions(story: Story, issues: list[Issue], box: Sandbox) -> Iterator[str]:
    """Each time that it came back after a close was told once, and it was reopened by the bot just as often."""
    happened = [(event.kind, event.actor) for each in issues for event in each.events]
    closes = happened.count(("closed", PERSON))
    back = closes if story.is_back and not story.dismissed else max(0, closes - 1)
    reopened = happened.count(("reopened", BOT))
    told = [note for each in issues for comment in _comments(box, each) if (note := note_of(comment.body))]
    said = sum(note.topic.startswith(("regression", "returned")) for note in told)
    if not story.deleted and (reopened, said) != (back, back):
        yield f"reopened {reopened} times and told {said} times, instead of {back}"
    if closes and any(kind == "comment_deleted" for kind, _ in happened):
        yield "a comment had to be deleted although nothing in this schedule excuses it"


def _comments(box: Sandbox, issue: Issue) -> list[Comment]:
    with box.acting(REPOSITORY) as acts:
        return [each for each in acts.repository.comments_of(issue.number) if each.author == BOT]


def excused(schedule: Schedule, number: int) -> bool:
    """Whether a duplicate may come to be in this cycle (from 1), which later ones then repair.

    A process that was stopped may go on when its time is over; two that share no memory see each other only in lists; a list
    that lacks an issue that nobody remembers, or shows it later than is waited for, looks whole.
    """
    if not 0 < number <= len(schedule.steps):
        return False
    step, before = schedule.steps[number - 1], schedule.steps[:number]
    forgot = any(act.what == "forget" for each in before for act in each.acts)
    strangers = any(each.company == "stranger" for each in before)
    blind = bool(step.lag) or any(trouble.kind in LISTS for trouble in step.troubles)
    stopped = any(trouble.kind in STOPS for trouble in step.troubles)
    return stopped or step.company == "stranger" or step.lag > SETTLE or (blind and (forgot or strangers))
