"""The people of a soak: the sessions they write, what they do on GitHub, and what must be true because of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson

from tests.soak.github_people import Maintainer
from tests.soak.poison import POISON
from tests.transcripts import Transcript

PEOPLE = ("ada", "ben", "cy", "dee")  # fewer than an outage has
PLACES = {"acme/shop": "/srv/shop", "acme/tools": "/srv/tools"}
NOTE = "Note by a person: we look at it.\n\n"
ASKED = "/friction evidence 3\n/friction silense 2w"  # answered, not understood
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Story:
    """What is true of one module that cannot be imported: its sessions, and what people did about its issue.

    `life` is what is done about it, decided when the first thing is done: each story has one life only.
    """

    module: str
    repository: str
    failures: int = 0
    sessions: list[tuple[datetime, str]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    life: str = ""
    silenced: bool = False
    asked: list[int] = field(default_factory=list)  # ids of comments

    @property
    def title(self) -> str:
        """The title of its issue."""
        return f"Python cannot import {self.module}"

    @property
    def frequency(self) -> str:
        """What its issue must say."""
        people = len({person for _, person in self.sessions})
        return f"{self.failures} times in {len(self.sessions)} sessions of {people} people"  # never fewer than 3 and 2


class _Numbered(Transcript):
    """A transcript whose uuids are those of no other session, however many there are."""

    def uuid(self) -> str:
        return f"{self.session[:-12]}{len(self.lines) + 1:012d}"


class Team:
    """Some people at work: `do` is one of the acts of a schedule. `written` are the sessions that must be known, by id."""

    def __init__(self, folder: Path, maintainer: Maintainer) -> None:
        self.folder, self.maintainer = folder, maintainer
        self.stories: list[Story] = []
        self.written: dict[str, float] = {}  # with the moment, of the monotonic clock
        self.poisoned: dict[Path, Transcript] = {}
        self.damaged: set[Path] = set()
        self.done: Counter[str] = Counter()
        self._open: dict[Path, Transcript] = {}
        self._number = 0

    def do(self, act: str, dice: Random, now: float) -> None:
        """Do one thing; nothing where there is nothing to do it to. `now` is the monotonic clock."""
        writing = {
            "new story": self._new_story, "evidence": self._evidence, "growth": self._growth, "copy": self._copy,
            "plain": self._plain, "burst": self._burst, "damage": self._damage, "poison": self._poison, "mend": self._mend,
        }  # fmt: skip
        before = self._number
        did = writing[act](dice) if act in writing else self._on_github(act, dice)
        self.done[act] += did
        for number in range(before + 1, self._number + 1):
            self.written.setdefault(_id(number), now)
        for transcript in self.poisoned.values():
            self.written.pop(transcript.session, None)

    def _new_story(self, dice: Random) -> bool:
        number = len(self.stories)
        name = f"mod_{_LETTERS[number // 26 % 26]}{_LETTERS[number % 26]}x"
        story = Story(name, dice.choice([*PLACES]))
        self.stories.append(story)
        for person in dice.sample(PEOPLE, 3):
            self._failing(story, person)
        return True

    def _evidence(self, dice: Random) -> bool:
        story = dice.choice(self.stories)
        for _ in range(dice.randint(1, 4)):
            self._failing(story, dice.choice(PEOPLE))
        return True

    def _growth(self, dice: Random) -> bool:
        """A session goes on in its file, and fails once more."""
        story = dice.choice(self.stories)
        path = dice.choice(story.files)
        transcript = self._open[path]
        transcript.now = _moment()
        known = len(transcript.lines)
        transcript.run("python report.py", _failure(story), failed=True)
        with path.open("ab") as file:
            file.write(b"".join(orjson.dumps(line) + b"\n" for line in transcript.lines[known:]))
        story.failures += 1
        return True

    def _copy(self, dice: Random) -> bool:
        """A session is resumed under another id: its file begins with a copy of all that was."""
        story = dice.choice(self.stories)
        old = self._open[dice.choice(story.files)]
        transcript = self._begun(PLACES[story.repository])
        copied = orjson.loads(orjson.dumps(old.lines))
        transcript.lines = [line | {"sessionId": transcript.session} for line in copied]
        transcript.prompt(f"go on {self._number}")
        self._write(transcript, dice.choice(PEOPLE))
        return True

    def _plain(self, dice: Random) -> bool:
        """Sessions in which all goes well."""
        for _ in range(dice.randint(1, 5)):
            transcript = self._begun(dice.choice([*PLACES.values()]))
            self._write(
                transcript.prompt(f"make report {self._number}").run("python report.py", "done"), dice.choice(PEOPLE)
            )
        return True

    def _burst(self, dice: Random) -> bool:
        """Some long sessions at once, which make several batches."""
        for _ in range(dice.randint(3, 6)):
            transcript = self._begun(dice.choice([*PLACES.values()]))
            transcript.prompt(f"look at everything {self._number}")
            for number in range(30):
                transcript.reads(f"/srv/shop/part{number}.py", "x = 1\n" * 3_000)
            self._write(transcript, dice.choice(PEOPLE))
        return True

    def _damage(self, dice: Random) -> bool:
        """A file that is no transcript, and one whose writer died in the middle of a line."""
        path = self.folder / dice.choice(PEOPLE) / f"damaged-{len(self.damaged)}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x00\xff not a transcript\n" * 3)
        self.damaged.add(path)
        transcript = self._begun(PLACES["acme/shop"])
        transcript.prompt(f"make report {self._number}").run("python report.py", "done")
        with self._write(transcript, dice.choice(PEOPLE)).open("ab") as file:
            file.write(b'{"parentUuid":"0000')
        return True

    def _poison(self, dice: Random) -> bool:
        """A session whose reading ends the process that reads it; set aside, until somebody mends the file."""
        transcript = self._begun(PLACES["acme/shop"])
        transcript.prompt(f"make report {self._number}").prompt(POISON.decode()).run("python report.py", "done")
        self.poisoned[self._write(transcript, dice.choice(PEOPLE))] = transcript
        return True

    def _mend(self, dice: Random) -> bool:
        if not self.poisoned:
            return False
        path, transcript = self.poisoned.popitem()
        transcript.lines = [line for line in transcript.lines if POISON.decode() not in str(line)]
        transcript.write(path)
        self.written[transcript.session] = 0.0
        return True

    def _on_github(self, act: str, dice: Random) -> bool:
        """Something a maintainer does; only about issues whose story has this life, or none yet."""
        life = {"reopen": "close", "unsilence": "silence"}.get(act, act)
        stories = [each for each in self.stories if each.life in {"", life} and self.maintainer.issue(each)]
        if act in {"reopen", "unsilence"}:
            stories = [each for each in stories if each.life == life]
        if not stories:
            return False
        story = dice.choice(stories)
        story.life = life
        return self._act(act, story)

    def _act(self, act: str, story: Story) -> bool:
        issue = self.maintainer.issue(story)
        assert issue
        if act in {"close", "dismiss"} and issue.state == "open":
            self.maintainer.close(story, "completed" if act == "close" else "not_planned")
        elif act == "reopen" and issue.state == "closed":
            self.maintainer.reopen(story)
        elif act == "note" and NOTE not in issue.body:
            self.maintainer.rewrite(story, NOTE + issue.body)
        elif act in {"silence", "unsilence"} and story.silenced == (act == "unsilence"):
            story.silenced = act == "silence"
            story.asked.append(self.maintainer.comment(story, f"/friction {act}{' 30d' if story.silenced else ''}"))
        elif act == "ask":
            story.asked.append(self.maintainer.comment(story, ASKED))
        else:
            return False
        return True

    def _failing(self, story: Story, person: str) -> None:
        """One session in which Python cannot import the module."""
        transcript = self._begun(PLACES[story.repository])
        began = transcript.now
        assert began
        transcript.prompt(f"make report {self._number}").run("python report.py", _failure(story), failed=True)
        story.files.append(self._write(transcript, person))
        story.sessions.append((began, person))
        story.failures += 1

    def _begun(self, cwd: str) -> Transcript:
        self._number += 1
        return _Numbered(_id(self._number), start=_moment(), cwd=cwd, step=0.01)

    def _write(self, transcript: Transcript, person: str) -> Path:
        path = transcript.write(self.folder / person / f"{datetime.now(UTC):%Y-%m-%d}_{transcript.session}.jsonl")
        self._open[path] = transcript
        return path


def _id(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def _moment() -> datetime:
    """A little ago, so that nothing of a session is of the future."""
    return datetime.now(UTC) - timedelta(seconds=0.4)


def _failure(story: Story) -> str:
    return f"Exit code 1\nModuleNotFoundError: No module named '{story.module}'"
