"""A GitHub App at the sandbox: it signs, gets a token for an hour, and acts as its own bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from github import Auth, Github, GithubIntegration
from githubkit import AppAuthStrategy, GitHub

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

OWNER, NAME = REPOSITORY.split("/")
QUICK: dict[str, Any] = {"retry": None, "seconds_between_requests": None, "seconds_between_writes": None}


@dataclass(frozen=True)
class Installed:
    """An App of a sandbox: its numbers and the private half of its key."""

    box: Sandbox
    number: int
    installation: int
    key: str


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="module")
def keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    return rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)


@pytest.fixture(params=[PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def app(box: Sandbox, keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey], request: pytest.FixtureRequest) -> Installed:
    public = keys[0].public_key().public_bytes(Encoding.PEM, request.param).decode()
    number, installation = box.add_app("friction", public, (REPOSITORY,))
    return Installed(box, number, installation, pem(keys[0]))


def token_of(app: Installed, repository: str = REPOSITORY) -> str:
    """A token as PyGithub asks for it."""
    integration = GithubIntegration(auth=Auth.AppAuth(app.number, app.key), base_url=app.box.url, **QUICK)
    try:
        found = integration.get_repo_installation(*repository.split("/")).id
        return integration.get_access_token(found).token
    finally:
        integration.close()


def test_the_answers_about_an_app_fit_githubs_models(app: Installed) -> None:
    auth = AppAuthStrategy(app.number, app.key)
    with GitHub(auth, base_url=app.box.url, http_cache=False, auto_retry=False, trust_env=False) as github:
        apps = github.rest.apps
        assert apps.get_authenticated().parsed_data.slug == "friction"
        assert apps.get_repo_installation(OWNER, NAME).parsed_data.id == app.installation
        assert [each.id for each in apps.list_installations().parsed_data] == [app.installation]
        made = apps.create_installation_access_token(app.installation).parsed_data
        assert made.token.startswith("installation-")


def test_an_installation_writes_as_the_apps_bot(app: Installed) -> None:
    with Github(base_url=app.box.url, auth=Auth.Token(token_of(app)), **QUICK) as github:
        issue = github.get_repo(REPOSITORY).create_issue("A", labels=["bug"])
    assert (issue.user.login, issue.user.type, [each.name for each in issue.labels]) == (
        "friction[bot]",
        "Bot",
        ["bug"],
    )


def test_an_installation_may_not_ask_who_it_is(app: Installed) -> None:
    with Api(app.box.url, token_of(app)) as api:
        reply = api.get("/user")
    assert (reply.status, reply.data["message"]) == (403, "Resource not accessible by integration")


def test_an_installation_writes_only_where_it_is_installed(app: Installed) -> None:
    app.box.add_repository("acme/elsewhere")
    with Api(app.box.url, token_of(app)) as api:
        assert api.get("/repos/acme/elsewhere").status == 200
        assert api.post("/repos/acme/elsewhere/issues", {"title": "x"}).status == 403


def test_an_app_that_is_not_installed_there_gets_404(app: Installed) -> None:
    app.box.add_repository("acme/elsewhere")
    with pytest.raises(Exception, match="404"):
        token_of(app, "acme/elsewhere")


def test_another_key_is_not_the_apps(app: Installed, keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]) -> None:
    with pytest.raises(Exception, match="401"):
        token_of(Installed(app.box, app.number, app.installation, pem(keys[1])))


def test_a_token_ends_after_an_hour(keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]) -> None:
    times = [datetime.now(UTC)]
    with Sandbox(clock=lambda: times[-1]) as box:
        box.add_repository(REPOSITORY)
        public = keys[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        token = token_of(Installed(box, *box.add_app("friction", public), pem(keys[0])))
        with Api(box.url, token) as api:
            assert api.get(f"/repos/{REPOSITORY}").status == 200
            times.append(times[0].replace(year=times[0].year + 1, day=1))
            assert api.get(f"/repos/{REPOSITORY}").status == 401
