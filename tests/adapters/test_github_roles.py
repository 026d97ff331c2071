"""What accounts may do, over real HTTP: allowed, not allowed, and could not be asked are three different things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.ports import TrackerError
from bot.sandbox.exchange import Answer, Request
from bot.sandbox.faults import CUT_BEFORE, Fault
from bot.sandbox.records import ROLES
from tests.github_days import QUICK, Days, days
from tests.issue_json import LOGIN, REPOSITORY
from tests.scripted_http import Reply, serving
from tests.scripted_http import Request as Asked

PERMISSION = "/permission"


@pytest.fixture
def here() -> Iterator[Days]:
    with days() as made:
        yield made


def role(here: Days, login: str) -> str:
    with here.tracker() as github:
        return github.role(REPOSITORY, login)


def answering(here: Days, answer: Answer) -> None:
    def hook(request: Request) -> Fault | None:
        return Fault(answer=answer) if request.path.endswith(PERMISSION) else None

    here.box.fault = hook


@pytest.mark.parametrize("granted", [each for each in ROLES if each != "none"])
def test_every_role_of_github_is_told_by_its_name(here: Days, granted: str) -> None:
    here.box.grant("bob", REPOSITORY, granted)
    assert role(here, "bob") == granted


def test_a_role_that_changed_is_told_and_an_old_one_costs_nothing(here: Days) -> None:
    path = f"/collaborators/bob{PERMISSION}"
    assert here.cost(lambda github: github.role(REPOSITORY, "bob"))[-1:] == [(path, 200)]
    assert here.cost(lambda github: github.role(REPOSITORY, "bob")) == [(path, 304)]
    here.box.grant("bob", REPOSITORY, "triage")
    assert here.cost(lambda github: github.role(REPOSITORY, "bob")) == [(path, 200)]
    assert role(here, "bob") == "triage"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"role_name": "maintain", "permission": "write"}, "maintain"),
        ({"role_name": "triage", "permission": "read"}, "triage"),
        ({"role_name": "bug wrangler", "user": {"permissions": {"pull": True, "triage": True}}}, "triage"),
        ({"role_name": "", "user": {"permissions": {"pull": True, "push": True, "admin": False}}}, "write"),
        ({"role_name": "x", "permission": "write", "user": {"permissions": {"pull": False}}}, "none"),
        ({"role_name": "x", "permission": "write", "user": {"permissions": {}}}, "write"),
        ({"role_name": None, "permission": "admin", "user": None}, "admin"),
        ({"permission": "read"}, "read"),
        ({"permission": "none", "role_name": "none"}, "none"),
        ({"role_name": "x", "user": {"permissions": {"admin": "yes", "pull": True}}}, "read"),
    ],
)
def test_a_role_is_made_of_what_github_tells(here: Days, data: dict[str, Any], expected: str) -> None:
    answering(here, Answer(200, data))
    assert role(here, "bob") == expected


@pytest.mark.parametrize("data", [None, [], {}, {"role_name": "king"}, {"permission": 1}, {"user": {}}])
def test_an_answer_without_a_role_is_neither_yes_nor_no(here: Days, data: object) -> None:
    answering(here, Answer(200, data))
    with pytest.raises(TrackerError) as raised:
        role(here, "bob")
    assert raised.value.code == "unexpected_answer"


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (401, "Bad credentials", "bad_credentials"),
        (403, "Must have push access to view collaborator permission.", "forbidden"),
        (403, "You have exceeded a secondary rate limit.", "rate_limited"),
        (429, "Too many requests", "rate_limited"),
        (500, "Server Error", "server_error"),
        (503, "Unavailable", "unavailable"),
    ],
)
def test_what_could_not_be_asked_is_an_error(here: Days, status: int, message: str, code: str) -> None:
    answering(here, Answer(status, {"message": message}))
    with pytest.raises(TrackerError) as raised:
        role(here, "ann")
    assert (raised.value.code, raised.value.unclear) == (code, False)


def test_a_lost_connection_is_an_error_even_where_the_role_was_known(here: Days) -> None:
    assert role(here, "ann") == "admin"
    here.box.fault = lambda request: CUT_BEFORE if request.path.endswith(PERMISSION) else None
    with pytest.raises(TrackerError) as raised:
        role(here, "ann")
    assert raised.value.code == "connection_lost"


def test_an_account_that_is_not_there_has_none(here: Days) -> None:
    assert [role(here, login) for login in ("deleted-user", "renovate[bot]", "", ".", "..")] == ["none"] * 5


def test_nobody_has_no_role_where_the_repository_itself_is_hidden(here: Days) -> None:
    hidden = Fault(answer=Answer(404, {"message": "Not Found"}))
    here.box.fault = lambda request: hidden if request.path.startswith("/repos/") else None
    with pytest.raises(TrackerError) as raised:
        role(here, "ann")
    assert raised.value.code == "not_found"


def test_without_push_access_nobody_is_allowed_or_refused(here: Days) -> None:
    here.box.add_user("weak-bot", "weak-token", "read")
    with here.tracker("weak-token") as github, pytest.raises(TrackerError) as raised:
        github.role(REPOSITORY, "ann")
    assert raised.value.code == "forbidden"


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("renovate[bot]", "renovate%5Bbot%5D"),
        ("../../../user", "..%2F..%2F..%2Fuser"),
        ("x?y#z", "x%3Fy%23z"),
        ("é\udce9", "%C3%A9%3F"),
    ],
)
def test_a_login_stays_one_part_of_the_address(login: str, path: str) -> None:
    def script(request: Asked) -> Reply:
        return Reply(body={"login": LOGIN, "role_name": "read"})

    with serving(script) as server, GithubTracker(Credentials("t"), api_url=server.url, patience=QUICK) as github:
        assert github.role(REPOSITORY, login) == "read"
        assert server.asked("GET")[-1] == f"/repos/{REPOSITORY}/collaborators/{path}/permission"
