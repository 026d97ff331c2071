"""Listings over real HTTP: all of the bot's issues or the word that something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_http import Patience
from bot.adapters.github_pages import following_page
from bot.core.model import KnownIssue, Listing, Problem
from tests.issue_json import FINGERPRINT, ISSUES, KEY, LOGIN, NONCE, REPOSITORY, account, holding, issue, marked, page
from tests.scripted_http import Reply, Request, Script, Scripted, serving

QUICK = Patience(timeout=2, pause=0.01)
AGAIN = "nothing is opened on this listing; the next run reads it again"


@contextmanager
def tracker(script: Script, *, login: str = "", key: bytes = b"") -> Iterator[tuple[GithubTracker, Scripted]]:
    with (
        serving(script) as box,
        GithubTracker(Credentials("t0ken", bot_login=login), api_url=box.url, marker_key=key, patience=QUICK) as github,
    ):
        yield github, box


def listed(script: Script, known: frozenset[int] = frozenset(), *, login: str = "", key: bytes = b"") -> Listing:
    with tracker(script, login=login, key=key) as (github, _):
        return github.listing(REPOSITORY, known)


def numbers(listing: Listing) -> list[int]:
    return [each.number for each in listing.issues]


def codes(listing: Listing) -> list[str]:
    return [problem.code for problem in listing.problems]


def test_an_issue_is_read_with_all_that_the_plan_needs() -> None:
    closed = issue(
        7,
        body=marked(),
        state="closed",
        state_reason="not_planned",
        locked=True,
        labels=[{"name": "bug"}, "slow"],
        updated_at="2026-02-02T10:00:00+01:00",
        closed_at="2026-02-02T08:30:00Z",
    )
    assert listed(holding(closed)) == Listing(
        REPOSITORY,
        complete=True,
        issues=(
            KnownIssue(
                repository="octo/demo",
                number=7,
                title="Issue 7",
                body=marked(),
                state="closed",
                state_reason="not_planned",
                labels=("bug", "slow"),
                locked=True,
                url="https://github.com/octo/demo/issues/7",
                fingerprint=FINGERPRINT,
                nonce=NONCE,
                created_at=datetime(2026, 2, 1, 0, 7, tzinfo=UTC),
                updated_at=datetime(2026, 2, 2, 9, 0, tzinfo=UTC),
                closed_at=datetime(2026, 2, 2, 8, 30, tzinfo=UTC),
            ),
        ),
    )


def test_a_repository_without_issues_gives_a_complete_empty_listing() -> None:
    assert listed(holding()) == Listing(REPOSITORY, complete=True)


def test_the_list_is_asked_for_all_states_of_the_own_account_oldest_first() -> None:
    with tracker(holding()) as (github, box):
        github.listing(REPOSITORY, frozenset())
    assert dict(box.requests[-1].query) == {
        "state": "all",
        "creator": LOGIN,
        "sort": "created",
        "direction": "asc",
        "per_page": "100",
        "page": "1",
    }


def test_all_pages_are_read_to_the_last() -> None:
    listing = listed(holding(*map(issue, range(1, 251))))
    assert (listing.complete, numbers(listing)) == (True, list(range(1, 251)))


def test_a_full_last_page_is_followed_by_one_look_for_more() -> None:
    with tracker(holding(*map(issue, range(1, 101)))) as (github, box):
        assert github.listing(REPOSITORY, frozenset()).complete
    assert [request.query["page"] for request in box.requests if request.path == ISSUES] == ["1", "2"]


def test_pull_requests_and_other_peoples_issues_are_left_out() -> None:
    listing = listed(holding(issue(1, pull_request={}), issue(2, user={"login": "ann"}), issue(3, user=None), issue(4)))
    assert (listing.complete, numbers(listing)) == (True, [4])


def test_a_marker_in_somebody_elses_issue_is_only_text() -> None:
    assert listed(holding(issue(1, body=marked(), user={"login": "mallory"}))).issues == ()


def test_capital_letters_in_the_login_make_no_other_account() -> None:
    assert numbers(listed(holding(issue(1)), login="Friction-BOT")) == [1]


def test_a_marker_without_the_right_signature_does_not_count() -> None:
    listing = listed(holding(issue(1, body=marked()), issue(2, body=marked(KEY))), key=KEY)
    assert [each.fingerprint for each in listing.issues] == ["", FINGERPRINT]


def test_an_empty_body_and_missing_fields_are_read_as_empty() -> None:
    bare = {"number": 1, "state": "open", "created_at": "2026-02-01T00:00:00Z", "body": None, "user": {"login": LOGIN}}
    (read,) = listed(holding(bare)).issues
    created = datetime(2026, 2, 1, tzinfo=UTC)
    assert read == KnownIssue(REPOSITORY, 1, "", "", "open", "", (), locked=False, url="", created_at=created)


def test_a_short_page_in_the_middle_makes_the_listing_incomplete() -> None:
    def script(request: Request) -> Reply:
        reply = holding(*map(issue, range(1, 251)))(request)
        if request.query.get("page") == "2":
            return Reply(body=reply.body[:-3], headers=reply.headers)
        return reply

    listing = listed(script)
    assert (listing.complete, len(listing.issues)) == (False, 100)
    assert listing.problems == (
        Problem("incomplete_listing", REPOSITORY, f"page 2 of the list holds 97 issues instead of 100: {AGAIN}"),
    )


def test_a_page_that_repeats_an_issue_makes_the_listing_incomplete() -> None:
    issues = [*map(issue, range(1, 101)), issue(100), issue(101)]
    listing = listed(holding(*issues))
    assert listing.problems == (
        Problem("incomplete_listing", REPOSITORY, f"page 2 of the list repeats an issue: {AGAIN}"),
    )


def test_a_page_out_of_order_makes_the_listing_incomplete() -> None:
    listing = listed(holding(issue(2), issue(1)))
    assert listing.problems == (
        Problem("incomplete_listing", REPOSITORY, f"page 1 of the list is not in the order of creation: {AGAIN}"),
    )


def test_issues_that_came_by_transfer_may_have_numbers_out_of_order() -> None:
    moved_here = issue(9, created_at="2025-01-01T00:00:00Z")
    assert numbers(listed(holding(moved_here, issue(1)))) == [9, 1]


@pytest.mark.parametrize("body", [{"items": []}, [None], [{"number": "1"}], [issue(0)], "<html>", "[1", None])
def test_an_answer_that_is_no_list_of_issues_makes_the_listing_incomplete(body: object) -> None:
    listing = listed(lambda request: account() if request.path == "/user" else Reply(body=body))
    assert (listing.complete, codes(listing)) == (False, ["incomplete_listing"])


def test_a_list_with_the_same_full_page_for_ever_ends() -> None:
    def script(request: Request) -> Reply:
        first = Request("GET", request.path, {**request.query, "page": "1"}, {})
        return holding(*map(issue, range(1, 201)))(first)

    assert codes(listed(script)) == ["incomplete_listing"]


def test_an_error_on_a_later_page_keeps_what_came_and_says_that_more_is_missing() -> None:
    def script(request: Request) -> Reply:
        if request.query.get("page") == "2":
            return Reply(500, {"message": "Server Error"})
        return holding(*map(issue, range(1, 150)))(request)

    listing = listed(script)
    assert (listing.complete, len(listing.issues), codes(listing)) == (False, 100, ["server_error"])


def test_a_known_issue_that_is_listed_leaves_the_listing_complete() -> None:
    with tracker(holding(issue(5))) as (github, box):
        assert github.listing(REPOSITORY, frozenset({5})).complete
    assert f"{ISSUES}/5" not in box.asked("GET")


@pytest.mark.parametrize("status", [404, 410, 301])
def test_a_known_issue_that_is_gone_leaves_the_listing_complete(status: int) -> None:
    def script(request: Request) -> Reply:
        if request.path == f"{ISSUES}/5":
            return Reply(status, {"message": "gone"}, {"Location": "/repositories/2/issues/8"})
        return holding(issue(6))(request)

    listing = listed(script, frozenset({5, 6}))
    assert (listing.complete, numbers(listing)) == (True, [6])


def test_a_known_issue_that_is_there_but_not_listed_makes_the_listing_incomplete() -> None:
    def script(request: Request) -> Reply:
        return Reply(body=issue(5)) if request.path == f"{ISSUES}/5" else holding(issue(6))(request)

    assert listed(script, frozenset({5, 6})).problems == (
        Problem("incomplete_listing", REPOSITORY, f"#5 is there and not in the list: {AGAIN}"),
    )


def test_a_known_issue_that_cannot_be_looked_up_is_not_taken_for_gone() -> None:
    def script(request: Request) -> Reply:
        return Reply(403, {"message": "no"}) if request.path == f"{ISSUES}/5" else holding()(request)

    listing = listed(script, frozenset({5}))
    assert (listing.complete, codes(listing), listing.problems[0].place) == (False, ["forbidden"], "octo/demo#5")


def test_a_known_issue_of_another_account_says_which_login_to_set() -> None:
    others = issue(5, user={"login": "old-bot"})
    assert listed(holding(others), frozenset({5})).problems == (
        Problem(
            "other_login",
            "octo/demo#5",
            f"#5 was filed by old-bot, the bot is friction-bot now: set github.bot_login; {AGAIN}",
        ),
    )


@pytest.mark.parametrize("refusal", [Reply(body=[]), Reply(422, {"message": "Validation Failed"})])
def test_an_app_whose_login_the_filter_does_not_know_is_found_without_the_filter(refusal: Reply) -> None:
    own = issue(2, user={"login": "friction[bot]"})

    def script(request: Request) -> Reply:
        return refusal if "creator" in request.query else holding(issue(1), own)(request)

    listing = listed(script, login="friction[bot]")
    assert (listing.complete, numbers(listing)) == (True, [2])


def test_the_account_of_all_workflows_needs_a_signing_key() -> None:
    listing = listed(holding(issue(1)), login="github-actions[bot]")
    assert (listing.complete, listing.issues, codes(listing)) == (False, (), ["marker_key_missing"])


def test_the_account_of_all_workflows_lists_with_a_signing_key() -> None:
    own = issue(1, user={"login": "github-actions[bot]"}, body=marked(KEY))
    listing = listed(holding(own), login="github-actions[bot]", key=KEY)
    assert (listing.complete, listing.issues[0].fingerprint) == (True, FINGERPRINT)


@pytest.mark.parametrize("name", ["demo", "octo/demo/more", "../octo", "octo/..", "octo/de mo", "octo/demo?x", ""])
def test_a_name_that_is_no_repository_is_never_asked_for(name: str) -> None:
    with tracker(holding(), login=LOGIN) as (github, box):
        assert codes(github.listing(name, frozenset())) == ["invalid_repository"]
    assert box.requests == []


def test_cursors_of_the_next_page_are_passed_on() -> None:
    def script(request: Request) -> Reply:
        if request.query.get("after") == "Y3Vy":
            return Reply(body=[issue(101)])
        if request.path == ISSUES:
            link = {"Link": f'<https://api.github.com/repositories/1{ISSUES}?after=Y3Vy&page=2>; rel="next"'}
            return Reply(body=page(request, list(map(issue, range(1, 101)))).body, headers=link)
        return account()

    assert numbers(listed(script))[-1] == 101


@pytest.mark.parametrize(
    ("link", "cursor"),
    [
        ("", None),
        ('<https://h/x?page=1>; rel="prev", <https://h/x?page=3>; rel="next"', {"page": "3"}),
        ('<https://h/x?after=A%3D%3D&page=3&creator=eve>; rel="next"', {"after": "A==", "page": "3"}),
        ('<https://h/x?page=1>; rel="first"', None),
        ("<https://h/x>; rel=next", {"page": "3"}),
        ('<http://[broken?page=9>; rel="next"', {"page": "3"}),
    ],
)
def test_only_the_cursor_of_a_link_header_is_used(link: str, cursor: dict[str, str] | None) -> None:
    assert following_page(link, 2) == cursor
