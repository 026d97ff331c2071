"""What the sandbox refuses, with GitHub's status and shape of an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

ROOT = f"/repos/{REPOSITORY}"
ISSUE = f"{ROOT}/issues/1"


@pytest.fixture
def api(box: Sandbox) -> Iterator[Api]:
    with Api(box.url, box.token) as client:
        yield client


@pytest.mark.parametrize("header", ["Bearer wrong", "token wrong", "Basic !!", "nonsense", "Bearer a.b.c"])
def test_a_wrong_token_answers_401(box: Sandbox, header: str) -> None:
    with Api(box.url) as nobody:
        reply = nobody.get("/user", Authorization=header)
    assert reply.status == 401
    assert reply.data["message"]


def test_nobody_may_read_a_public_repository_and_write_nothing(box: Sandbox) -> None:
    with Api(box.url) as nobody:
        assert nobody.get(ROOT).status == 200
        assert nobody.post(f"{ROOT}/issues", {"title": "x"}).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/repos/acme/other",
        "/repos/acme/other/issues",
        ISSUE,
        f"{ROOT}/issues/x",
        f"{ROOT}/labels/none",
        "/user/nothing",
    ],
)
def test_what_is_not_there_answers_404(api: Api, path: str) -> None:
    reply = api.get(path)
    assert (reply.status, reply.data["message"], reply.data["status"]) == (404, "Not Found", "404")


def error_of(api: Api, method: str, path: str, fields: object) -> dict[str, object]:
    reply = api.call(method, path, fields)
    assert (reply.status, reply.data["message"], len(reply.data["errors"])) == (422, "Validation Failed", 1)
    error: dict[str, object] = reply.data["errors"][0]
    return error


def test_a_title_over_256_characters_is_refused(api: Api) -> None:
    assert api.open("é" * 256)["title"] == "é" * 256
    assert error_of(api, "POST", f"{ROOT}/issues", {"title": "x" * 257}) == {
        "resource": "Issue",
        "code": "custom",
        "field": "title",
        "message": "title is too long (maximum is 256 characters)",
    }
    error_of(api, "PATCH", ISSUE, {"title": "x" * 257})


def test_a_body_over_65536_characters_is_refused(api: Api) -> None:
    assert len(api.open(body="é" * 65_536)["body"]) == 65_536
    assert error_of(api, "POST", f"{ROOT}/issues", {"title": "x", "body": "x" * 65_537})["field"] == "body"
    assert error_of(api, "POST", f"{ISSUE}/comments", {"body": "x" * 65_537})["field"] == "body"
    assert len(api.get(f"{ROOT}/issues").data) == 1


def test_a_label_over_50_characters_is_refused(api: Api) -> None:
    assert error_of(api, "POST", f"{ROOT}/labels", {"name": "x" * 51})["field"] == "name"
    assert error_of(api, "POST", f"{ROOT}/issues", {"title": "x", "labels": ["x" * 51]})["resource"] == "Label"
    assert api.get(f"{ROOT}/issues").data == []


def test_a_blank_title_or_comment_is_refused(api: Api) -> None:
    api.open()
    assert error_of(api, "POST", f"{ROOT}/issues", {"title": " "})["code"] == "missing_field"
    assert error_of(api, "POST", f"{ISSUE}/comments", {"body": "\n"})["code"] == "unprocessable"


def test_a_label_that_is_there_is_refused_whatever_its_capitals(api: Api) -> None:
    assert api.post(f"{ROOT}/labels", {"name": "bug"}).status == 201
    assert error_of(api, "POST", f"{ROOT}/labels", {"name": "BUG"})["code"] == "already_exists"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": None},
        {"title": 7},
        {"title": "x", "body": ["y"]},
        {"title": "x", "labels": [1]},
        {"title": "x", "labels": {"a": 1}},
    ],
)
def test_fields_of_the_wrong_form_are_refused(api: Api, fields: object) -> None:
    reply = api.post(f"{ROOT}/issues", fields)
    assert (reply.status, reply.data["message"][:16]) == (422, "Invalid request.")


def test_a_state_that_is_none_is_refused(api: Api) -> None:
    api.open()
    assert api.call("PATCH", ISSUE, {"state": "done"}).status == 422
    assert api.call("PATCH", ISSUE, {"state": "closed", "state_reason": "bored"}).status == 422
    assert api.get(ISSUE).data["state"] == "open"


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[1]", b"[" * 100_000])
def test_a_body_that_is_no_json_object_answers_400(box: Sandbox, api: Api, body: bytes) -> None:
    answer = api.session.post(
        f"{box.url}{ROOT}/issues", data=body, headers={"Authorization": f"Bearer {box.token}"}, timeout=5
    )
    assert answer.status_code == 400


def test_a_deleted_issue_answers_410_and_is_listed_no_more(box: Sandbox, api: Api) -> None:
    api.open()
    api.open("Stays")
    assert api.post(f"/sandbox{ISSUE}/delete").status == 204
    assert api.get(ISSUE).status == 410
    assert api.post(f"{ISSUE}/comments", {"body": "x"}).status == 410
    assert [each["number"] for each in api.get(f"{ROOT}/issues?state=all").data] == [2]


def test_a_transferred_issue_answers_301_with_its_new_address(box: Sandbox, api: Api) -> None:
    box.add_repository("acme/other")
    api.open()
    assert api.post(f"/sandbox{ISSUE}/transfer", {"to": "acme/other"}).data == {"repository": "acme/other", "number": 1}
    there = api.get(ISSUE)
    assert there.status == 301
    assert api.get(there.headers["Location"]).data["title"] == "Cannot import pandas"
