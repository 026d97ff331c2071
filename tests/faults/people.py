"""The people of a schedule: their sessions, what they do on GitHub, and what must be there in the end because of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.core.marker import parse
from bot.sandbox.records import Issue
from bot.sandbox.server import BOT, PERSON, Sandbox
from tests.faults.schedule import MODULES, Act
from tests.transcripts import Transcript

REPOSITORY = "acme/shop"
ASKED = "/friction evidence 12\n/friction help snooze\n/friction silense 2w"  # done, answered, not understood
NOTE = "Note by a person: we look at it.\n\n"
_NAMES = ("ada", "ben", "cy", "dee")  # fewer than an outage has


@dataclass
class Story:
    """What is true of one module: its sessions with their people, and what was done about its issue."""

    module: int
    sessions: list[tuple[datetime, str]] = field(default_factory=list)
    closed: list[datetime] = field(default_factory=list)
    dismissed: bool = False
    noted: bool = False
    deleted: bool = False
    asked: list[int] = field(default_factory=list)  # ids of comments

    @property
    def title(self) -> str:
        """The title of its issue."""
        return f"Python cannot import {MODULES[self.module]}"

    @property
    def is_back(self) -> bool:
        """Whether enough sessions began after the last close."""
        return sum(start > self.closed[-1] for start, _ in self.sessions) >= 2 if self.closed else True

    @property
    def counts(self) -> tuple[int, int]:
        """How many sessions and people it hit."""
        return len(self.sessions), len({person for _, person in self.sessions})


class People:
    """A team that writes sessions into a folder, and looks after its issues."""

    def __init__(self, folder: Path, box: Sandbox, began: datetime) -> None:
        self.folder, self.box, self.began = folder, box, began
        self.stories: dict[int, Story] = {}
        self._number = 0

    def act(self, act: Act, now: datetime) -> None:
        """Do what a schedule says; what is about an issue only where there is exactly one that is open."""
        story = self.stories.setdefault(act.module, Story(act.module))
        if act.what in {"evidence", "late"}:
            for number in range(act.number):
                old = self.began - timedelta(hours=20, minutes=self._number)
                self._session(
                    story, old if act.what == "late" else now - timedelta(minutes=50 - 2 * number, seconds=37)
                )
            return
        with self.box.acting(REPOSITORY, PERSON) as acts:
            mine = [each for each in self.issues(story) if each.state == "open"]
            if len(mine) != 1:
                return
            (issue,) = mine
            if act.what == "note" and not story.noted:
                acts.rewrite(issue, None, NOTE + issue.body)
                story.noted = True
            elif act.what == "ask":
                story.asked.append(acts.comment(issue, ASKED).id)
            elif act.what == "delete":
                acts.delete(issue)
                story.deleted = True
            elif act.what in {"close", "dismiss"}:
                acts.close(issue, "completed" if act.what == "close" else "not_planned")
                story.dismissed = act.what == "dismiss"
                if act.what == "close":
                    story.closed.append(now)

    def issues(self, story: Story) -> list[Issue]:
        """The bot's issues about a module that are there, the oldest first."""
        with self.box.acting(REPOSITORY) as acts:
            found = [each for each in acts.repository.issues.values() if each.author == BOT and not each.gone]
        return [each for each in found if each.title == story.title and parse(each.body)]

    def _session(self, story: Story, start: datetime) -> None:
        """One session in which Python cannot import the module."""
        self._number += 1
        person = _NAMES[self._number % len(_NAMES)]
        name = f"{self._number:08d}-0000-4000-8000-000000000000"
        failure = f"Exit code 1\nModuleNotFoundError: No module named '{MODULES[story.module]}'"
        transcript = Transcript(name, start=start, cwd="/srv/shop")
        transcript._seed = self._number * 1_000_003  # its own would be the same for ids with the same digits
        transcript.prompt("make the report").run("python report.py", failure, failed=True)
        transcript.write(self.folder / "sessions" / person / f"{start:%Y-%m-%d}_{name}.jsonl")
        story.sessions.append((start, person))
