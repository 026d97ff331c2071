"""No host but the configured one is ever asked, whatever addresses an answer holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_http import Patience
from bot.core.model import KnownIssue
from bot.ports import TrackerError
from tests.issue_json import ISSUES, LOGIN, REPOSITORY, holding, issue
from tests.scripted_http import Reply, Request, Script, Scripted, serving

LISTED = KnownIssue(REPOSITORY, 5, "Issue 5", "A person wrote this.", "open", "", ("bug",), locked=False, url="")


@contextmanager
def two_hosts() -> Iterator[tuple[GithubTracker, Scripted, Scripted]]:
    """A tracker of the first host, and a second host that must stay unasked."""
    with (
        serving(holding()) as here,
        serving(lambda _: Reply(body={"number": 1, "login": LOGIN, "slug": "x"})) as elsewhere,
        GithubTracker(Credentials("t0ken"), api_url=here.url, patience=Patience(2, 3, 0.01)) as github,
    ):
        yield github, here, elsewhere


def pointing(elsewhere: str, script: Script) -> Script:
    """The same answers, with every address in them on the other host."""

    def pointed(request: Request) -> Reply:
        reply = script(request)
        entries = reply.body if isinstance(reply.body, list) else [reply.body]
        for entry in entries:
            entry |= {name: f"{elsewhere}/{name}" for name in ("url", "html_url", "repository_url", "labels_url")}
        return reply

    return pointed


def test_addresses_in_answers_are_never_followed() -> None:
    with two_hosts() as (github, here, elsewhere):
        issues = [issue(number) for number in range(1, 131)]
        here.script = pointing(elsewhere.url, holding(*issues, link_to=elsewhere.url))
        listing = github.listing(REPOSITORY, frozenset({3, 999}))
        known = next(each for each in listing.issues if each.number == 5)
        github.edit(known, title="New", body=None, labels=None)
    assert (listing.complete, len(listing.issues)) == (True, 130)
    assert known.url == f"{elsewhere.url}/html_url"
    assert elsewhere.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["here", "elsewhere"])
def test_no_redirect_is_followed_and_no_token_goes_with_it(status: int, host: str) -> None:
    with two_hosts() as (github, here, elsewhere):
        target = {"here": here.url, "elsewhere": elsewhere.url}[host]

        def script(request: Request) -> Reply:
            if request.path == "/user":
                return Reply(body={"login": LOGIN})
            return Reply(status, {"message": "Moved"}, {"Location": f"{target}/elsewhere"})

        here.script = script
        listing = github.listing(REPOSITORY, frozenset())
        with pytest.raises(TrackerError) as created:
            github.create(REPOSITORY, "Title", "Body", ())
        with pytest.raises(TrackerError) as edited:
            github.edit(LISTED, title="New", body=None, labels=None)
        assert (listing.complete, [problem.code for problem in listing.problems]) == (False, ["moved"])
        assert [(raised.value.code, raised.value.unclear) for raised in (created, edited)] == [("moved", False)] * 2
        assert elsewhere.requests == []
        assert {request.path for request in here.requests} == {"/user", ISSUES, f"{ISSUES}/5"}


def test_a_redirected_look_up_of_the_account_tells_nothing() -> None:
    with two_hosts() as (github, here, elsewhere):
        here.script = lambda _: Reply(302, {}, {"Location": f"{elsewhere.url}/user"})
        with pytest.raises(TrackerError):
            github.login()
        assert elsewhere.requests == []


def test_credentials_of_the_machine_are_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with two_hosts() as (github, here, _):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login someone password theirs\n")
        monkeypatch.setenv("NETRC", str(netrc))
        github.listing(REPOSITORY, frozenset())
        assert {request.headers["authorization"] for request in here.requests} == {"token t0ken"}
