"""Deliveries over real HTTP: who signed them is heard, everybody else is answered and changes nothing."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from urllib.parse import quote_plus

import pytest

from bot.adapters.webhooks import Webhooks, signed
from bot.core.deliveries import Due
from bot.sandbox.server import Sandbox, Webhook
from tests.adapters.webhook_client import COMMENT, SECRET, Heard, serving, signature

EXAMPLE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"  # as GitHub documents it


@pytest.fixture
def heard() -> Iterator[Heard]:
    with serving() as made:
        yield made


def test_githubs_documented_example_has_its_documented_signature() -> None:
    assert signed(SECRET, b"Hello, World!", EXAMPLE)
    assert not signed(SECRET, b"Hello, World?", EXAMPLE)
    assert not signed(SECRET, b"Hello, World!", EXAMPLE.replace("sha256=", ""))
    assert not signed(SECRET, b"Hello, World!", EXAMPLE.upper())


def test_githubs_documented_example_is_signed_but_no_payload(heard: Heard) -> None:
    status, data = heard.deliver(b"Hello, World!", X_Hub_Signature_256=EXAMPLE)
    assert (status, data) == (400, {"message": "The payload is no JSON."})


def test_a_signed_delivery_is_taken_and_answered_at_once(heard: Heard) -> None:
    assert heard.deliver(COMMENT) == (202, {"message": "To be read: a comment."})
    assert heard.due == [Due("acme/agents", 77, 5)]
    told = "issue_comment 72d3162e-cc78-11e3-81ab-4c9367dc0958: a comment of acme/agents is to be read"
    assert heard.log == [told]


def test_a_form_with_the_payload_is_understood_too(heard: Heard) -> None:
    body = b"payload=" + quote_plus(json.dumps(COMMENT)).encode()
    assert heard.deliver(body, Content_Type="application/x-www-form-urlencoded; charset=utf-8")[0] == 202
    assert heard.due == [Due("acme/agents", 77, 5)]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha1=" + "0" * 40,
        signature(json.dumps(COMMENT).encode(), b"another secret"),
        signature(json.dumps(COMMENT).encode()).removeprefix("sha256="),
        signature(json.dumps(COMMENT).encode()) + ", " + "sha256=" + "0" * 64,
        "sha256=é",
    ],
)
def test_a_wrong_signature_changes_nothing_and_is_told_what_to_do(heard: Heard, header: str) -> None:
    status, data = heard.deliver(COMMENT, X_Hub_Signature_256=header)
    assert (status, heard.due) == (401, [])
    assert data["message"].startswith("The signature is missing or wrong: give the webhook on GitHub the secret")
    assert SECRET.decode() not in str(data)


def test_the_old_sha1_signature_alone_is_not_enough(heard: Heard) -> None:
    body = json.dumps(COMMENT).encode()
    old = "sha1=" + hmac.new(SECRET, body, "sha1").hexdigest()
    status, _ = heard.ask("POST", "/webhook", body, X_GitHub_Event="issue_comment", X_Hub_Signature=old)
    assert (status, heard.due) == (401, [])


def test_a_flood_of_wrong_signatures_does_not_fill_the_log(heard: Heard) -> None:
    for _ in range(12):
        heard.deliver(COMMENT, X_Hub_Signature_256="")
    assert heard.log == [
        "a delivery was refused (1 so far): its signature is missing or wrong",
        "a delivery was refused (10 so far): its signature is missing or wrong",
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"action": "\\ud800"}'])
def test_a_damaged_payload_is_refused_though_it_is_signed(heard: Heard, body: bytes) -> None:
    assert heard.deliver(body) == (400, {"message": "The payload is no JSON."})
    assert heard.due == []


@pytest.mark.parametrize(
    "body", [b"", b"payload=", b"payload=%7B", b"other=1", b"payload=\xff", b"&" * 10_000, b"a=1&" * 10_000]
)
def test_a_damaged_form_is_refused_though_it_is_signed(heard: Heard, body: bytes) -> None:
    assert heard.deliver(body, Content_Type="application/x-www-form-urlencoded")[0] == 400
    assert heard.due == []


def test_another_content_type_is_told_what_to_set(heard: Heard) -> None:
    told = (415, {"message": "Set the webhook's content type to application/json."})
    assert heard.deliver(COMMENT, Content_Type="text/plain") == told


@pytest.mark.parametrize("payload", [[], "text", 7, None, {}, {"repository": "acme/agents"}])
def test_json_that_is_no_delivery_is_taken_for_nothing(heard: Heard, payload: object) -> None:
    assert heard.deliver(payload)[0] == 202
    assert heard.due == []


def test_unknown_events_and_foreign_repositories_are_taken_for_nothing(heard: Heard) -> None:
    assert heard.deliver(COMMENT, "star")[0] == 202
    assert heard.deliver({**COMMENT, "repository": {"full_name": "evil/agents"}})[0] == 202
    assert heard.due == []
    assert [line.partition(": ")[2] for line in heard.log] == [
        "nothing to read: nothing is known of this kind of event",
        "nothing to read: evil/agents receives no issues of this bot",
    ]


def test_the_capitals_of_a_repository_do_not_matter(heard: Heard) -> None:
    heard.deliver({**COMMENT, "repository": {"full_name": "Acme/Agents"}})
    assert heard.due == [Due("Acme/Agents", 77, 5)]


def test_a_ping_is_answered_with_200(heard: Heard) -> None:
    assert heard.deliver({"zen": "Design for failure."}, "ping")[0] == 200
    assert heard.due == []


def test_the_log_holds_nothing_that_somebody_wrote(heard: Heard) -> None:
    heard.deliver(COMMENT, X_GitHub_Delivery="72d3162e\\x1b[31m forged")
    heard.deliver(COMMENT, "star and more\\x1b")
    assert heard.log == [
        "issue_comment -: a comment of acme/agents is to be read",
        "another event 72d3162e-cc78-11e3-81ab-4c9367dc0958: nothing to read: nothing is known of this kind of event",
    ]
    assert SECRET.decode() not in str(heard.log)


def test_the_same_delivery_twice_is_due_twice_and_costs_one_pass(heard: Heard) -> None:
    assert [heard.deliver(COMMENT)[0] for _ in range(2)] == [202, 202]
    assert len(set(heard.due)) == 1


def test_health_is_told_and_other_addresses_are_not_there(heard: Heard) -> None:
    assert heard.ask("GET", "/healthz") == (200, {"queue": 0})
    assert heard.ask("POST", "/healthz")[0] == 405
    assert heard.ask("GET", "/webhook")[0] == 405
    assert heard.ask("GET", "/")[0] == 404
    assert heard.ask("POST", "/webhook/", b"{}")[0] == 404


def test_without_a_secret_there_is_no_application() -> None:
    with pytest.raises(ValueError, match="everybody could send deliveries"):
        Webhooks(b"", "/webhook", ["acme/agents"], lambda _: None, dict, print)


def test_what_the_sandbox_delivers_is_understood_whole(heard: Heard) -> None:
    hook = Webhook(f"{heard.url}/webhook", SECRET.decode())
    with Sandbox(webhook=hook) as box:
        box.add_repository("acme/agents")
        with box.acting("acme/agents") as acts:
            comment = acts.comment(acts.open("Title", "Body"), "first")
        with box.acting("acme/agents", "maintainer") as acts:
            acts.recomment(comment, "second")
        with box.acting("acme/agents", "maintainer") as acts:
            acts.uncomment(comment)
        box.add_commit("acme/agents", "Fixes #1")
        hook.settle()
        said = Due("acme/agents", comment.id, 1)
        assert heard.due == [
            said,
            Due("acme/agents", issue=1),
            said,
            said,
            Due("acme/agents", issue=1),
            Due("acme/agents", code=True),
        ]
        assert {each.status for each in hook.log} == {202}
