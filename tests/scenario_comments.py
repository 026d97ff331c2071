"""What people say on GitHub in a scenario, and who they are there."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from bot.sandbox.issue_acts import Acts
from bot.sandbox.records import Comment
from bot.sandbox.server import Sandbox
from tests.scenario_people import HERE, Given, People
from tests.scenario_reading import ScenarioError, nth

_UNSEEN = re.compile(r"\\u([0-9a-f]{4})")
_COMMIT = re.compile(r"\{([a-z][a-z0-9-]*)\}")


class Speakers:
    """The same people as elsewhere, when they speak."""

    def __init__(self, box: Sandbox, people: People) -> None:
        self._box, self._people = box, people
        self._acting: Callable[[Given], AbstractContextManager[Acts]] = people.acting

    def comment(self, given: Given) -> None:
        with self._acting(given) as acts:
            acts.comment(self._people.issue(acts, given), self._text(given))

    def recomment(self, given: Given) -> None:
        with self._acting(given) as acts:
            acts.recomment(self._meant(acts, given), self._text(given))

    def uncomment(self, given: Given) -> None:
        with self._acting(given) as acts:
            acts.uncomment(self._meant(acts, given))

    def assign(self, given: Given) -> None:
        self._people.login(given["whom"])
        with self._acting(given) as acts:
            acts.assign(self._people.issue(acts, given), [given["whom"]])

    def role(self, given: Given) -> None:
        self._people.login(given["who"], given["role"])

    def leave(self, given: Given) -> None:
        """Delete an account: what it wrote stays, and is a ghost's."""
        with self._box.acting(HERE) as acts:
            del acts.world.users[given["who"]]
            for repository in acts.world.repositories.values():
                for comment in repository.comments.values():
                    if comment.author == given["who"]:
                        repository.comments[comment.id] = replace(comment, author="")

    def _meant(self, acts: Acts, given: Given) -> Comment:
        whose = self._people.login(given.get("whose", given["who"]))
        number = self._people.issue(acts, given).number
        theirs = [each for each in acts.repository.comments_of(number) if each.author == whose]
        if not theirs:
            raise ScenarioError(f"{whose} said nothing on #{number}")
        return nth(theirs, given)

    def _text(self, given: Given) -> str:
        """What somebody writes, with characters that nobody would see in a scenario, and the shas of commits."""
        first, line, rest = given.get("text", "").partition("\n")
        said = "\n".join([first] * int(given.get("times", 1))) + line + rest
        return _COMMIT.sub(lambda found: self._people.sha(found[1]), _UNSEEN.sub(_character, said))


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
