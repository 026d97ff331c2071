"""Writes over real HTTP: each is sent once, and what may have been done is never called undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_http import Patience
from bot.core.model import KnownIssue, Problem
from bot.ports import TrackerError
from tests.issue_json import FINGERPRINT, ISSUES, LOGIN, NONCE, REPOSITORY, holding, issue, marked
from tests.scripted_http import Reply, Request, Script, Scripted, serving

QUICK = Patience(timeout=1, pause=0.01)
TOKEN = "ghp_" + "s3cretS3cret" * 3
CREATED = Reply(201, issue(12, labels=[{"name": "bug"}, {"name": "user-feedback"}]))
LISTED = KnownIssue(REPOSITORY, 5, "Issue 5", "A person wrote this.", "open", "", ("bug",), locked=False, url="")


@contextmanager
def tracker(script: Script) -> Iterator[tuple[GithubTracker, Scripted]]:
    with (
        serving(script) as box,
        GithubTracker(Credentials(TOKEN, bot_login=LOGIN), api_url=box.url, patience=QUICK) as github,
    ):
        yield github, box


def answering(reply: Reply, verb: str = "POST") -> Script:
    """Issue 5 as it was listed, and this answer to a write."""
    return lambda request: reply if request.verb == verb else holding(issue(5))(request)


def create(github: GithubTracker) -> KnownIssue:
    return github.create(REPOSITORY, "Python cannot import pandas", marked(), ("bug", "user-feedback"))


def edit(github: GithubTracker) -> None:
    github.edit(LISTED, title=None, body="New text.", labels=None)


def failed(script: Script, act: Callable[[GithubTracker], object]) -> tuple[TrackerError, Scripted]:
    with tracker(script) as (github, box), pytest.raises(TrackerError) as raised:
        act(github)
    return raised.value, box


def test_a_new_issue_is_sent_in_one_post_and_known_by_its_number() -> None:
    with tracker(answering(CREATED)) as (github, box):
        made = create(github)
    assert made == KnownIssue(
        repository="octo/demo",
        number=12,
        title="Python cannot import pandas",
        body=marked(),
        state="open",
        state_reason="",
        labels=("bug", "user-feedback"),
        locked=False,
        url="https://github.com/octo/demo/issues/12",
        fingerprint=FINGERPRINT,
        nonce=NONCE,
        created_at=datetime(2026, 2, 1, 0, 12, tzinfo=UTC),
    )
    (request,) = box.requests
    assert (request.verb, request.path, request.headers["authorization"]) == ("POST", ISSUES, f"token {TOKEN}")
    assert request.body == {
        "title": "Python cannot import pandas",
        "body": marked(),
        "labels": ["bug", "user-feedback"],
    }


UNCLEAR = {
    "502 after the effect": (Reply(502, "<html>Bad gateway</html>"), "unavailable"),
    "503 with a wait": (Reply(503, {"message": "later"}, {"Retry-After": "1"}), "unavailable"),
    "500 without a body": (Reply(500, ""), "server_error"),
    "cut connection": (Reply(fault="drop"), "connection_lost"),
    "cut answer": (Reply(201, {"number": 12}, fault="half"), "connection_lost"),
    "no answer in time": (Reply(fault="hang"), "timeout"),
    "no JSON": (Reply(201, "created"), "unexpected_answer"),
    "no number": (Reply(201, {"id": 12}), "unexpected_answer"),
    "a number that is none": (Reply(201, {"number": True}), "unexpected_answer"),
    "a list": (Reply(201, [{"number": 12}]), "unexpected_answer"),
    "accepted for later": (Reply(202, {}), "unexpected_answer"),
    "headers that cannot be read": (Reply(201, {"number": 12}, {"X-RateLimit-Reset": "soon"}), "unexpected_answer"),
}


@pytest.mark.parametrize(("reply", "code"), UNCLEAR.values(), ids=UNCLEAR.keys())
def test_a_post_that_may_have_worked_is_unclear_and_sent_once(reply: Reply, code: str) -> None:
    error, box = failed(answering(reply), create)
    assert (error.code, error.unclear, box.asked("POST")) == (code, True, [ISSUES])


@pytest.mark.parametrize(("reply", "code"), UNCLEAR.values(), ids=UNCLEAR.keys())
def test_a_patch_that_may_have_worked_is_unclear_and_sent_once(reply: Reply, code: str) -> None:
    error, box = failed(answering(reply, "PATCH"), edit)
    assert (error.code, error.unclear, box.asked("PATCH")) == (code, True, [f"{ISSUES}/5"])


REFUSED: Mapping[int, tuple[str, str]] = {
    401: ("bad_credentials", "GitHub does not accept the credentials: set a valid token or the right private key"),
    403: ("forbidden", "the credentials do not allow it: give them read and write access to the repository's issues"),
    404: (
        "not_found",
        "GitHub does not show it: check its name and github.api_url, and that the credentials may see it",
    ),
    410: (
        "issues_disabled",
        "issues are switched off: switch them on in its settings, or name another repository",
    ),
    422: ("invalid", "GitHub does not take what was sent"),
    301: (
        "moved",
        "it is now somewhere else: write its new name (or the right github.api_url) in the settings",
    ),
    307: (
        "moved",
        "it is now somewhere else: write its new name (or the right github.api_url) in the settings",
    ),
    418: ("refused", "GitHub refused it"),
}


@pytest.mark.parametrize("status", REFUSED)
def test_a_refused_post_says_what_to_do_and_is_clearly_undone(status: int) -> None:
    said = "" if status == 301 else " No, thanks"
    error, box = failed(answering(Reply(status, {"message": "No, thanks"}, {"Location": "/elsewhere"})), create)
    code, advice = REFUSED[status]
    assert (error.code, error.unclear) == (code, False)
    assert error.message == f"octo/demo: {advice} (GitHub: {status}{said})"
    assert [request.path for request in box.requests] == [ISSUES]


def test_what_github_finds_wrong_is_said_with_the_field() -> None:
    wrong = {
        "message": "Validation Failed",
        "errors": [{"field": "title", "code": "missing"}, {"message": "title is too long"}, "and more"],
    }
    error, _ = failed(answering(Reply(422, wrong)), create)
    assert error.message.endswith("(GitHub: 422 Validation Failed; title missing; title is too long; and more)")


def test_an_error_never_shows_the_token_that_github_repeats() -> None:
    error, _ = failed(answering(Reply(401, {"message": f"Bad credentials: {TOKEN}\x1b[31m"})), create)
    assert TOKEN not in f"{error} {error!r} {error.message}"
    assert "\x1b" not in error.message


def test_a_rate_limit_is_told_with_its_end_and_not_slept_through() -> None:
    limits = {"Retry-After": "90"}
    before = datetime.now(UTC)
    error, box = failed(answering(Reply(403, {"message": "You have exceeded a secondary rate limit"}, limits)), create)
    assert error.until
    assert timedelta(seconds=85) < error.until - before < timedelta(seconds=110)
    assert error.message == (
        f"octo/demo: GitHub's rate limit is reached until {error.until:%Y-%m-%dT%H:%M:%SZ}; run again after that"
        " (GitHub: 403 You have exceeded a secondary rate limit)"
    )
    assert (error.code, error.unclear, len(box.requests)) == ("rate_limited", False, 1)
    assert datetime.now(UTC) - before < timedelta(seconds=2)


LIMITS = {
    "429 without a header": Reply(429, {"message": "slow down"}),
    "429 without anything": Reply(429, ""),
    "403 with a wait": Reply(403, {"message": "no"}, {"Retry-After": "30"}),
    "403 with none remaining": Reply(403, {"message": "no"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}),
    "403 with words only": Reply(403, {"message": "API rate limit exceeded for user ID 1."}),
}


@pytest.mark.parametrize("reply", LIMITS.values(), ids=LIMITS.keys())
def test_every_kind_of_rate_limit_is_known_as_one(reply: Reply) -> None:
    error, box = failed(answering(reply), create)
    assert (error.code, len(box.requests)) == ("rate_limited", 1)
    with tracker(lambda _: reply) as (github, box):
        assert [problem.code for problem in github.listing(REPOSITORY, frozenset()).problems] == ["rate_limited"]
    assert len(box.requests) == 1


def test_nothing_was_done_where_no_connection_could_be_made() -> None:
    with serving(holding()) as box:
        url = box.url
    with (
        GithubTracker(Credentials(TOKEN), api_url=url, patience=QUICK) as github,
        pytest.raises(TrackerError) as raised,
    ):
        create(github)
    host = url.removeprefix("http://")
    assert (raised.value.code, raised.value.unclear) == ("unreachable", False)
    assert raised.value.message == (
        f"octo/demo: {host} cannot be reached: check github.api_url and the network ([Errno 111] Connection refused)"
    )


@pytest.mark.parametrize("fault", [Reply(502, ""), Reply(503, ""), Reply(504, ""), Reply(fault="drop")])
def test_a_read_is_tried_three_times_in_all(fault: Reply) -> None:
    replies = iter([fault, fault, Reply(body=[])])
    with tracker(lambda _: next(replies)) as (github, box):
        assert github.listing(REPOSITORY, frozenset()).complete
    assert len(box.requests) == 3


def test_a_read_that_fails_three_times_is_given_up() -> None:
    with tracker(lambda _: Reply(502, "")) as (github, box):
        assert [problem.code for problem in github.listing(REPOSITORY, frozenset()).problems] == ["unavailable"]
    assert len(box.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 500])
def test_a_read_that_was_refused_is_not_tried_again(status: int) -> None:
    with tracker(lambda _: Reply(status, {"message": "no"})) as (github, box):
        assert not github.listing(REPOSITORY, frozenset()).complete
    assert len(box.requests) == 1


def test_labels_that_github_dropped_are_reported() -> None:
    with tracker(answering(Reply(201, issue(12, labels=[{"name": "Bug"}])))) as (github, _):
        assert create(github).labels == ("Bug",)
        assert github.problems == (
            Problem(
                "labels_dropped",
                "octo/demo#12",
                "GitHub left out user-feedback: let the bot's account push, or add the label yourself",
            ),
        )


def test_nothing_more_is_opened_when_github_files_under_another_account() -> None:
    reply = Reply(201, issue(12, labels=["bug", "user-feedback"], user={"login": "someone"}))
    with tracker(answering(reply)) as (github, box):
        assert create(github).number == 12
        with pytest.raises(TrackerError) as raised:
            create(github)
        assert [(problem.code, problem.place) for problem in github.problems] == [("other_login", "octo/demo#12")]
    assert raised.value.message == (
        "GitHub filed octo/demo#12 as someone, the settings say friction-bot: set github.bot_login to someone;"
        " nothing more is opened, because it would not be found again"
    )
    assert box.asked("POST") == [ISSUES]


def patched(**changes: Any) -> Any:
    arguments: dict[str, Any] = {"title": None, "body": None, "labels": None, **changes}
    with tracker(answering(Reply(200, issue(5, labels=["bug", "slow"])), "PATCH")) as (github, box):
        github.edit(LISTED, **arguments)
    return [request.body for request in box.requests if request.verb == "PATCH"]


def test_an_edit_sends_only_what_changed() -> None:
    assert patched(title="Issue 5", body="New text.") == [{"body": "New text."}]
    assert patched(title="New", labels=("bug", "slow")) == [{"title": "New", "labels": ["bug", "slow"]}]


def test_an_edit_that_changes_nothing_sends_nothing() -> None:
    with tracker(holding()) as (github, box):
        github.edit(LISTED, title="Issue 5", body="A person wrote this.", labels=("bug",))
    assert box.requests == []


@pytest.mark.parametrize("changed", [{"title": "Mine"}, {"body": "And more."}, {"labels": []}])
def test_what_a_person_changed_meanwhile_is_not_overwritten(changed: dict[str, object]) -> None:
    def script(request: Request) -> Reply:
        return holding(issue(5, **changed))(request)

    error, box = failed(script, edit)
    assert (error.code, error.unclear, box.asked("PATCH")) == ("changed_meanwhile", False, [])
    assert error.message == "octo/demo#5: it was changed since it was listed; the next run writes on top of that"


def test_an_issue_that_was_deleted_meanwhile_is_gone() -> None:
    error, _ = failed(lambda _: Reply(410, {"message": "This issue was deleted"}), edit)
    assert (error.code, error.message) == (
        "gone",
        "octo/demo#5: the issue was deleted (GitHub: 410 This issue was deleted)",
    )
