"""Who the bot is: tokens, Apps, workflows, and what is said when GitHub does not accept them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_http import Patience
from bot.core.model import Listing
from bot.ports import TrackerError
from bot.settings.model import Github
from tests.issue_json import ISSUES, LOGIN, REPOSITORY, account, issue, page
from tests.scripted_http import Reply, Request, Script, Scripted, serving

QUICK = Patience(timeout=2, pause=0.01)
TOKEN = "a-token"


@cache
def private_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def pem() -> str:
    return private_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def named(credentials: Credentials, login: str) -> Credentials:
    return replace(credentials, bot_login=login or credentials.bot_login)


@contextmanager
def tracker(
    script: Script, credentials: Credentials, *, login: str = "", prefix: str = "", key: bytes = b""
) -> Iterator[tuple[GithubTracker, Scripted]]:
    with (
        serving(script) as box,
        GithubTracker(named(credentials, login), api_url=box.url + prefix, marker_key=key, patience=QUICK) as github,
    ):
        yield github, box


def refusal(credentials: Credentials, script: Script, *, api_url: str = "", login: str = "") -> tuple[str, str]:
    with (
        serving(script) as box,
        GithubTracker(named(credentials, login), api_url=api_url or box.url, patience=QUICK) as github,
    ):
        (problem,) = github.listing(REPOSITORY, frozenset()).problems
    return problem.code, problem.message


def app(installation: int = 77, *, expires: str = "2099-01-01T00:00:00Z") -> Script:
    """GitHub as the App `friction` (id 42) sees it: itself with its JWT, the repository with an installed token."""

    def script(request: Request) -> Reply:
        kind, _, secret = request.headers["authorization"].partition(" ")
        if kind == "Bearer":
            assert jwt.decode(secret, private_key().public_key(), algorithms=["RS256"])["iss"] == "42"
            pages = {
                ("GET", "/app"): Reply(body={"slug": "friction"}),
                ("GET", "/repos/octo/demo/installation"): Reply(body={"id": installation}),
                ("POST", f"/app/installations/{installation}/access_tokens"): Reply(
                    201, {"token": "ghs_installed", "expires_at": expires}
                ),
            }
            return pages.get((request.verb, request.path), Reply(404, {"message": "Not Found"}))
        if secret != "ghs_installed":
            return Reply(401, {"message": "Bad credentials"})
        if request.verb == "POST":
            return Reply(201, issue(2, user={"login": "friction[bot]"}))
        return page(request, [issue(1, user={"login": "friction[bot]"})])

    return script


def test_a_tokens_account_is_asked_for_once() -> None:
    with tracker(lambda request: account() if request.path == "/user" else Reply(body=[]), Credentials(TOKEN)) as (
        github,
        box,
    ):
        github.listing(REPOSITORY, frozenset())
        github.listing(REPOSITORY, frozenset())
        assert github.login() == LOGIN
    assert [request.path for request in box.requests] == ["/user", ISSUES, ISSUES]
    assert {request.headers["authorization"] for request in box.requests} == {"token a-token"}


def test_a_login_in_the_settings_is_not_asked_for() -> None:
    with tracker(lambda _: Reply(500), Credentials(TOKEN), login="the-bot") as (github, box):
        assert github.login() == "the-bot"
    assert box.requests == []


def test_an_enterprise_address_keeps_its_path() -> None:
    with tracker(
        lambda request: account() if request.path.endswith("/user") else Reply(body=[]),
        Credentials(TOKEN),
        prefix="/api/v3/",
    ) as (github, box):
        assert github.listing(REPOSITORY, frozenset()).complete
    assert [request.path for request in box.requests] == ["/api/v3/user", f"/api/v3{ISSUES}"]


def test_the_token_of_a_workflow_writes_as_github_actions() -> None:
    forbidden = Reply(403, {"message": "Resource not accessible by integration"})
    with tracker(lambda _: forbidden, Credentials(TOKEN, actions=True)) as (github, _):
        assert github.login() == "github-actions[bot]"


def test_a_persons_token_in_a_workflow_writes_as_that_person() -> None:
    with tracker(lambda _: account("ann"), Credentials(TOKEN, actions=True)) as (github, _):
        assert github.login() == "ann"


def test_a_token_that_may_not_say_who_it_is_asks_for_the_login() -> None:
    code, message = refusal(Credentials(TOKEN), lambda _: Reply(403, {"message": "Resource not accessible"}))
    assert code == "identity_unknown"
    assert message == (
        "the bot's account: this token may not ask who it is: set github.bot_login to the account that writes"
        " the issues (for an App SLUG[bot])"
    )


@pytest.mark.parametrize("reply", [Reply(401), Reply(502), Reply(403, {}, {"Retry-After": "9"}), Reply(body=[])])
def test_no_error_of_the_look_up_makes_a_workflow_of_a_token(reply: Reply) -> None:
    with tracker(lambda _: reply, Credentials(TOKEN, actions=True)) as (github, _), pytest.raises(TrackerError):
        github.login()


def test_an_app_finds_its_installation_and_writes_as_its_bot() -> None:
    with tracker(app(), Credentials(app_id=42, private_key=pem())) as (github, box):
        listing = github.listing(REPOSITORY, frozenset())
        made = github.create(REPOSITORY, "Title", "Body", ("bug",))
        assert github.login() == "friction[bot]"
        assert github.problems == ()
    assert (listing.complete, [each.number for each in listing.issues], made.number) == (True, [1], 2)
    assert [(request.verb, request.path) for request in box.requests] == [
        ("GET", "/app"),
        ("GET", "/repos/octo/demo/installation"),
        ("POST", "/app/installations/77/access_tokens"),
        ("GET", ISSUES),
        ("POST", ISSUES),
    ]


def test_an_installation_in_the_settings_is_not_asked_for() -> None:
    credentials = Credentials(app_id=42, private_key=pem(), installation_id=5)
    with tracker(app(installation=5), credentials, login="friction[bot]") as (github, box):
        assert github.listing(REPOSITORY, frozenset()).complete
    assert [request.path for request in box.requests] == ["/app/installations/5/access_tokens", ISSUES]


def test_an_app_goes_before_a_token() -> None:
    with tracker(app(), Credentials(TOKEN, app_id=42, private_key=pem())) as (github, _):
        assert github.login() == "friction[bot]"


def test_an_installations_token_is_renewed_before_it_runs_out() -> None:
    credentials = Credentials(app_id=42, private_key=pem(), installation_id=77)
    with tracker(app(expires="2020-01-01T00:00:00Z"), credentials, login="friction[bot]") as (github, box):
        github.listing(REPOSITORY, frozenset())
        github.listing(REPOSITORY, frozenset())
    assert [request.verb for request in box.requests] == ["POST", "GET", "POST", "GET"]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(401, {"message": "Bad credentials"}), "bad_credentials"),
        (Reply(404, {"message": "Not Found"}), "not_found"),
        (Reply(403, {"message": "This installation has been suspended"}), "forbidden"),
        (Reply(429, {"message": "slow down"}), "rate_limited"),
        (Reply(502, ""), "unavailable"),
        (Reply(fault="drop"), "connection_lost"),
        (Reply(201, {}), "unexpected_answer"),
        (Reply(201, "<html>"), "unexpected_answer"),
        (Reply(301, {}, {"Location": "http://127.0.0.2:1/elsewhere"}), "unexpected_answer"),
    ],
)
def test_a_post_that_got_no_token_first_is_clearly_undone(reply: Reply, code: str) -> None:
    credentials = Credentials(app_id=42, private_key=pem(), installation_id=5)
    with (
        tracker(lambda _: reply, credentials, login="friction[bot]") as (github, box),
        pytest.raises(TrackerError) as raised,
    ):
        github.create(REPOSITORY, "Title", "Body", ())
    assert (raised.value.code, raised.value.unclear) == (code, False)
    assert ISSUES not in [request.path for request in box.requests]


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        (Credentials(), "no usable token: none is set; set GITHUB_TOKEN or an App"),
        (Credentials("a\nb"), "no usable token: it holds characters that no token has; set GITHUB_TOKEN or an App"),
        (Credentials("tökén"), "no usable token: it holds characters that no token has; set GITHUB_TOKEN or an App"),
        (Credentials(app_id=42), "the App's private key is missing: set private_key_file"),
        (
            Credentials(app_id=42, private_key="-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"),
            "the App's private key cannot be read: give the whole PEM text as GitHub made it",
        ),
        (
            Credentials(app_id=42, private_key="secret"),
            "the App's private key cannot be read: give the whole PEM text as GitHub made it",
        ),
    ],
)
def test_credentials_that_cannot_work_are_told_without_asking(credentials: Credentials, words: str) -> None:
    code, message = refusal(credentials, lambda _: Reply(500))
    assert (code, message) == ("bad_credentials", f"the bot's account: {words}")


@pytest.mark.parametrize(
    "url", ["ftp://host", "https://", "host", "http://host:port", "https://github.com", "https://a:b@host", "http://[x"]
)
def test_an_address_that_is_no_api_says_what_to_write(url: str) -> None:
    assert refusal(Credentials(TOKEN), lambda _: Reply(500), api_url=url) == (
        "api_url",
        "github.api_url is not the address of an API: write https://api.github.com (Enterprise: https://HOST/api/v3)",
    )


def test_a_page_for_people_instead_of_the_api_is_no_empty_listing() -> None:
    with tracker(lambda _: Reply(200, "<html>Sign in</html>"), Credentials(TOKEN), login=LOGIN) as (github, _):
        listing = github.listing(REPOSITORY, frozenset())
    assert (listing.complete, len(listing.problems)) == (False, 1)


def test_secrets_do_not_show_in_a_repr() -> None:
    assert repr(Credentials(TOKEN, 42, pem())) == (
        "Credentials(app_id=42, private_key_file=None, installation_id=0, bot_login='', actions=False)"
    )


def test_the_settings_give_the_credentials() -> None:
    configured = Github(app_id=42, private_key=pem(), installation_id=7, token="t")
    assert Credentials.of(configured, actions=True) == Credentials("t", 42, pem(), None, 7, actions=True)
    assert Credentials.of(Github()) == Credentials()


def test_an_apps_key_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text(pem())
    with tracker(app(), Credentials.of(Github(app_id=42, private_key_file=file))) as (github, _):
        assert github.login() == "friction[bot]"


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing.pem", tmp_path / "binary.pem"
    binary.write_bytes(b"\xff\xfe")
    assert [
        refusal(Credentials(app_id=42, private_key_file=file), lambda _: Reply(500)) for file in (missing, binary)
    ] == [
        (
            "bad_credentials",
            f"the bot's account: the App's private key {missing} cannot be read: No such file or directory",
        ),
        ("bad_credentials", f"the bot's account: the App's private key {binary} cannot be read: it is no text"),
    ]


def test_a_wrong_token_gives_a_listing_that_says_so() -> None:
    with tracker(lambda _: Reply(401, {"message": "Bad credentials"}), Credentials(TOKEN)) as (github, _):
        listing = github.listing(REPOSITORY, frozenset())
    assert isinstance(listing, Listing)
    assert not listing.complete
    assert listing.problems[0].message == (
        "the bot's account: GitHub does not accept the credentials: set a valid token or the right private key"
        " (GitHub: 401 Bad credentials)"
    )
