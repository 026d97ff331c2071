"""Who may ask what: accounts by their permission, workflows, private repositories, and Apps as themselves."""

from __future__ import annotations

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

ROOT = f"/repos/{REPOSITORY}"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(key: rsa.RSAPrivateKey, app: int, **changes: object) -> str:
    now = int(time.time())
    return jwt.encode({"iss": str(app), "iat": now - 60, "exp": now + 300, **changes}, key, "RS256")


def test_an_app_as_itself_is_asked_for_a_signature_of_its_own(box: Sandbox, key: rsa.RSAPrivateKey) -> None:
    number, _ = box.add_app("friction", public(key))
    stranger = rsa.generate_private_key(65537, 2048)
    late = int(time.time()) - 10
    for token in (signed(stranger, number), signed(key, number + 1), signed(key, number, exp=late), "a.b.c"):
        with Api(box.url, token) as app:
            assert app.get("/app").status == 401
    with Api(box.url, signed(key, number)) as app:
        assert app.get("/app").status == 200
        assert app.get("/user").status == 403
        assert app.post(f"{ROOT}/issues", {"title": "x"}).status == 403


def test_a_workflow_writes_in_its_own_repository_only(box: Sandbox) -> None:
    box.add_actions_token("workflow-token", REPOSITORY)
    box.add_repository("acme/other")
    with Api(box.url, "workflow-token") as workflow:
        assert workflow.open()["user"]["login"] == "github-actions[bot]"
        assert workflow.post("/repos/acme/other/issues", {"title": "x"}).status == 403


def test_permissions_are_told_to_who_may_push(box: Sandbox, api: Api) -> None:
    box.add_user("tom", "tom-token", "triage")
    box.add_user("ann", "", "read")
    box.grant("ann", REPOSITORY, "maintain")
    told = [api.get(f"{ROOT}/collaborators/{login}/permission").data for login in ("tom", "ann", "friction-bot")]
    assert [each["role_name"] for each in told] == ["triage", "maintain", "admin"]
    assert [each["permission"] for each in told] == ["read", "write", "admin"]
    assert api.get(f"{ROOT}/collaborators/nobody-knows/permission").status == 404
    with Api(box.url, "tom-token") as tom:
        assert tom.get(f"{ROOT}/collaborators/ann/permission").status == 403


def test_a_private_repository_is_not_there_for_strangers(box: Sandbox, api: Api) -> None:
    box.add_repository("acme/secret", private=True)
    box.add_user("tom", "tom-token", "none")
    query = {"query": 'query { repository(owner: "acme", name: "secret") { id } }'}
    with Api(box.url, "tom-token") as tom:
        assert tom.get("/repos/acme/secret").status == 404
        assert tom.post("/repos/acme/secret/issues", {"title": "x"}).status == 404
        assert tom.post("/graphql", query).data["data"] == {"repository": None}
        box.grant("tom", "acme/secret", "read")
        assert tom.get("/repos/acme/secret").status == 200
        assert tom.post("/graphql", query).data["data"]["repository"]["id"]


def test_a_workflow_may_not_ask_who_it_is(box: Sandbox) -> None:
    box.add_actions_token("workflow-token", REPOSITORY)
    with Api(box.url, "workflow-token") as workflow, Api(box.url) as nobody:
        refused = workflow.get("/user")
        assert (refused.status, refused.data["message"]) == (403, "Resource not accessible by integration")
        assert nobody.get("/user").status == 401
