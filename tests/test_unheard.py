"""Where it is not known what maintainers said, nothing is written: neither issues nor answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from test_cycle import NOW, PERSON, REPOSITORY, Team

from bot.sandbox.faults import BAD_GATEWAY_BEFORE, Fault
from bot.sandbox.server import Sandbox


class Clocked(Team):
    """A team whose GitHub goes by the time of the cycles."""

    def __init__(self, folder: Path, box: Sandbox) -> None:
        super().__init__(folder, box)
        self.now = NOW

    def cycle(self) -> list[tuple[str, str]]:
        """One more cycle, and what it wrote."""
        self.now += timedelta(hours=1)
        before = len(self.box.requests)
        self.run(now=self.now)
        return [
            (each.method, each.path.partition(f"/repos/{REPOSITORY}/")[2])
            for each in self.box.requests[before:]
            if each.method != "GET"
        ]

    def say(self, body: str, issue: int = 1) -> int:
        made: int = self.api("POST", f"issues/{issue}/comments", PERSON, body=body)["id"]
        return made

    def reactions(self, comment: int) -> list[str]:
        return [each["content"] for each in self.api("GET", f"issues/comments/{comment}/reactions")]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Clocked]:
    there: list[Clocked] = []
    with Sandbox(clock=lambda: there[0].now if there else NOW) as box:
        box.add_repository(REPOSITORY)
        box.add_user("someone", PERSON, "maintain")
        there.append(Clocked(tmp_path, box))
        for number, person in enumerate(("ada", "ben", "ada"), 1):
            there[0].session(number, person)
        yield there[0]


def failing(fits: Callable[[str], bool]) -> Callable[[Any], Fault | None]:
    """A fault for every reading of such a path."""

    def hook(request: Any) -> Fault | None:
        return BAD_GATEWAY_BEFORE if request.method == "GET" and fits(request.path) else None

    return hook


def _second(team: Clocked) -> None:
    """Evidence for another finding of the same rule."""
    failure = "Exit code 1\nModuleNotFoundError: No module named 'shopcart'"
    for number, person in enumerate(("ada", "ben", "cy"), 20):
        team.session(number, person, failure)


def test_a_listing_that_fails_takes_no_answer_back(team: Clocked) -> None:
    team.cycle()
    asked = team.say("/friction silence 2w\n/friction help")
    team.cycle()
    comments = team.api("GET", "issues/1/comments")
    team.box.fault = failing(lambda path: path.endswith("/issues"))
    assert team.cycle() == []
    team.box.fault = None
    assert team.cycle() == []
    assert (team.api("GET", "issues/1/comments"), team.reactions(asked)) == (comments, ["+1"])


@pytest.mark.parametrize("path", ["/issues/comments", "/permission"])
def test_a_lost_memory_opens_nothing_before_the_comments_are_read(team: Clocked, path: str) -> None:
    team.cycle()
    team.say("/friction silence 9w rule")
    team.cycle()
    _second(team)
    team.forget()
    team.box.fault = failing(lambda asked: asked.endswith(path))
    assert team.cycle() == []
    team.box.fault = None
    assert ("POST", "issues") not in team.cycle()
    assert len(team.issues) == 1


def test_comments_that_cannot_be_read_after_a_loss_leave_every_block(team: Clocked) -> None:
    _second(team)
    team.cycle()
    team.say("/friction silence 9w rule")
    team.cycle()
    bodies = [issue["body"] for issue in team.issues]
    assert all("**Silenced**" in body for body in bodies)

    team.forget()
    team.box.fault = failing(lambda asked: asked.endswith("/issues/comments"))
    assert team.cycle() == []
    team.box.fault = None
    team.cycle()
    assert [issue["body"] for issue in team.issues] == bodies


def test_a_search_that_a_comment_asks_for_is_made_once(team: Clocked) -> None:
    team.cycle()
    team.say("/friction rescan")
    reads = []
    for _ in range(3):
        team.now += timedelta(hours=1)
        reads.append(team.run(now=team.now).stats.read)
    assert reads == [0, 0, 0]
    assert team.cycle() == []


def test_a_fix_from_before_its_issue_counts_when_a_maintainer_says_so(team: Clocked) -> None:
    team.cycle()
    team.say(f"/friction fixed {NOW - timedelta(days=2):%Y-%m-%d}")
    team.now += timedelta(hours=1)
    report = team.run(now=team.now)
    (judgement,) = report.judgements.values()
    assert judgement.fix
    assert (judgement.fix.source, judgement.fix.ref) == ("command", "someone")
