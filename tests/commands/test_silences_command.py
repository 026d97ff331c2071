"""`frictionbot silences`: the list, and silencing from the command line through a comment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.commands.work import RealWork
from bot.core.model import Problem, ReadStats
from bot.core.report import Report
from bot.core.silence import Held, Silence
from bot.core.slash import Scope, Until
from bot.sandbox.server import TOKEN, Sandbox
from tests.shells import NOW, RememberedWork, Said, typed
from tests.transcripts import Transcript

HERE = "acme/shop"
MAYA = Silence(
    HERE, 55, 7, "some-rule", "", Scope("rule"), Until("date", NOW + timedelta(days=9)), NOW - timedelta(days=5), "maya",
    "the runner is replaced",
)  # fmt: skip
FILE = Silence(HERE, None, None, "other-rule", "", Scope("key", "tool", "Bash"), Until("forever"), None)
OVER = MAYA._replace(comment=44, scope=Scope(), lifted=NOW - timedelta(days=1), lifted_by="ann")


def report(*silences: Held, problems: tuple[Problem, ...] = ()) -> Report:
    return Report(NOW, False, ReadStats(), problems, (), (), (), silences=silences)


def told(*argv: str, of: Report) -> Said:
    return typed("silences", *argv, work=RememberedWork(of))


KNOWN = report(Held(MAYA, MAYA.until.at, None, 1234, 3), Held(FILE), Held(OVER, None, OVER.lifted, 2, 1))


def test_what_is_silenced_stands_in_a_table() -> None:
    said = told("list", of=KNOWN)
    assert (said.code, said.err) == (0, "")
    ends = f"{MAYA.until.at:%Y-%m-%d %H:%M} UTC"
    assert said.out.startswith("COMMENT  ")
    assert [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in said.out.splitlines()[1:]] == [
        ["55", f"{HERE}#7", "rule some-rule", f"until {ends}", "maya", "1,234", "the runner is replaced"],
        ["-", HERE, "rule other-rule where tool is Bash", "forever", "the rule's file", "0", "-"],
    ]


def test_all_has_those_that_are_over_too() -> None:
    said = told("list", "--all", of=KNOWN)
    assert f"over since {OVER.lifted:%Y-%m-%d %H:%M} UTC" in said.out


def test_where_nothing_is_silenced_that_is_said() -> None:
    assert told("list", of=report()).out == "Nothing is silenced.\n"


def test_programs_get_every_silence_as_an_object() -> None:
    said = told("list", "--format", "json", of=KNOWN)
    assert list(said.json) == ["as_of", "problems", "schema", "silences"] or set(said.json) == {
        "schema", "as_of", "silences", "problems",
    }  # fmt: skip
    first, second = said.json["silences"]
    assert (first["comment"], first["issue"], first["by"], first["kept_sessions"]) == (55, 7, "maya", 1234)
    assert (first["scope"], first["about"]) == ({"kind": "rule", "name": "", "value": ""}, "rule some-rule")
    assert (second["comment"], second["ends"], second["until"]) == (None, None, "forever")


def test_what_could_not_be_read_is_said_and_exits_with_one() -> None:
    said = told("list", of=report(problems=(Problem("unreadable", "/s/a.jsonl", "no permission"),)))
    assert (said.code, "no permission" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("add", "pandas", "2w"), "'pandas' names no issue: write #12 with --repo, OWNER/NAME#12, or its address"),
        (("add", "12", "2w"), "'12' names no issue"),
        (("add", "acme/shop#12", "2 parsecs"), "parsecs"),
        (("add", "acme/shop#12", "until", "1999-01-01"), "over"),
    ],
)
def test_what_would_not_be_understood_is_refused_before_anything_is_written(argv: tuple[str, ...], words: str) -> None:
    said = typed("silences", *argv)
    assert (said.code, words in said.err) == (2, True), said.err


def test_without_a_token_it_says_what_to_set() -> None:
    said = typed("silences", "add", "acme/shop#12", "2w")
    assert (said.code, "GITHUB_TOKEN" in said.err) == (2, True)


class Team:
    """A GitHub with one issue of the bot's, and the command line of a maintainer."""

    def __init__(self, folder: Path, box: Sandbox) -> None:
        self.box, self.folder = box, folder
        for number, person in enumerate(("ada", "ben", "ada"), 1):
            name = f"{number:08d}-0000-4000-8000-000000000000"
            transcript = Transcript(name, start=NOW - timedelta(days=number), cwd="/srv/shop")
            failure = "Exit code 1\nModuleNotFoundError: No module named 'shopdata'"
            transcript.prompt("make the report").run("python report.py", failure, failed=True)
            transcript.write(folder / "sessions" / person / f"2026-02-02_{name}.jsonl")
        self.places = (
            "--source",
            str(folder / "sessions"),
            "--database",
            f"sqlite:///{folder / 'bot.db'}",
            "--repo",
            HERE,
        )

    def type(self, *argv: str, token: str = TOKEN) -> Said:
        environ = {"GITHUB_TOKEN": token, "GITHUB_API_URL": self.box.url, "FRICTIONBOT_LIMITS_PAUSE": "0s"}
        return typed(*argv, work=RealWork(), environ=environ)

    def run(self) -> Said:
        return self.type("run", *self.places, "--post", "--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}")

    def comments(self) -> list[Any]:
        address = f"{self.box.url}/repos/{HERE}/issues/1/comments"
        answer = requests.get(address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=9)
        answer.raise_for_status()
        found: list[Any] = answer.json()
        return found


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with Sandbox(clock=lambda: NOW) as box:
        box.add_repository(HERE)
        made = Team(tmp_path, box)
        assert made.run().code == 0
        yield made


def test_a_silence_from_the_command_line_is_a_comment_that_holds(team: Team) -> None:
    database = team.places[2:4]
    said = team.type("silences", "add", f"{HERE}#1", "2w", "because", "it is known", "--by", "dana", *database)
    (comment,) = team.comments()
    assert (said.code, said.out) == (0, f"comment {comment['id']} on {HERE}#1: the next cycle follows it\n")
    assert comment["body"].startswith(
        "/friction silence 2w because it is known\n\n_Said at the command line by `dana`._\n\n<!-- frictionbot-note topic=order:"
    )
    assert team.run().code == 0
    listed = team.type("silences", "list", *team.places, "--format", "json").json["silences"]
    assert [(each["comment"], each["because"], each["over"]) for each in listed] == [
        (comment["id"], "it is known", None)
    ]


def test_a_silence_is_removed_by_a_comment_that_says_so(team: Team) -> None:
    team.type("silences", "add", f"{HERE}#1", "forever", "rule", *team.places[2:4])
    (comment,) = team.comments()
    said = team.type("silences", "remove", str(comment["id"]), *team.places)
    assert said.code == 0, said.err
    assert team.comments()[1]["body"].startswith("/friction unsilence rule\n")
    assert team.type("silences", "list", *team.places).out == "Nothing is silenced.\n"
    again = team.type("silences", "remove", str(comment["id"]), *team.places)
    assert (again.code, "no silence holds by comment" in again.err) == (2, True)


def test_a_secret_in_a_reason_is_not_written(team: Team) -> None:
    secret = "ghp_" + "k3Jf8sLq0ZxWb5Yt2Nv7Rm4Pd9Hc1Ga6Ue0o"
    said = team.type("silences", "add", f"{HERE}#1", "2w", "because", secret, *team.places[2:4])
    assert (said.code, "looks" in said.err or "secret" in said.err, team.comments()) == (1, True, [])
