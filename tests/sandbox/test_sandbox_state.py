"""What outlives the sandbox, and how its file is written."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from threading import Thread

import pytest

from bot.sandbox.server import Sandbox, StateError
from tests.sandbox.api_client import REPOSITORY, Api

ROOT = f"/repos/{REPOSITORY}"
SHOWN = ("", "/issues/1", "/issues/1/comments", "/issues/1/timeline", "/issues/1/reactions", "/labels", "/commits")


def filled(state: Path) -> list[object]:
    """What the sandbox shows after a little of everything happened."""
    with Sandbox(state) as box:
        box.add_repository(REPOSITORY, files={"README.md": "Read"})
        with Api(box.url, box.token) as api:
            api.open("Café \U0001f9ea", body="First", labels=["bug"], assignees=["friction-bot"])
            comment = api.post(f"{ROOT}/issues/1/comments", {"body": "Two"}).data["id"]
            api.post(f"{ROOT}/issues/comments/{comment}/reactions", {"content": "eyes"})
            api.post(f"{ROOT}/issues/1/reactions", {"content": "heart"})
            api.call(
                "PATCH", f"{ROOT}/issues/1", {"title": "Renamed", "state": "closed", "state_reason": "not_planned"}
            )
            box.add_commit(REPOSITORY, "Fixes #1")
            return shown(box, api)


def shown(box: Sandbox, api: Api) -> list[object]:
    """Everything as JSON, without the port."""
    replies = [api.get(ROOT + path) for path in SHOWN]
    assert {reply.status for reply in replies} == {200}
    return [json.loads(json.dumps(reply.data).replace(box.url.partition(":")[2], "")) for reply in replies]


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "box.json"
    before = filled(state)
    with Sandbox(state) as box, Api(box.url, box.token) as api:
        assert shown(box, api) == before
        assert api.open("Next")["number"] == 2


def test_accounts_and_their_tokens_are_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "box.json"
    with Sandbox(state) as box:
        box.add_repository(REPOSITORY)
        box.add_user("ann", "ann-token", "write")
    with Sandbox(state) as box, Api(box.url, "ann-token") as ann:
        assert ann.get("/user").data["login"] == "ann"
        assert ann.open(labels=["bug"])["labels"][0]["name"] == "bug"


def test_the_file_is_replaced_whole_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "box.json"
    filled(state)
    assert [path.name for path in tmp_path.iterdir()] == ["box.json"]
    assert stat.S_IMODE(state.stat().st_mode) == 0o600


def test_what_was_answered_is_in_the_file_already(tmp_path: Path) -> None:
    state = tmp_path / "box.json"
    with Sandbox(state) as box, Api(box.url, box.token) as api:
        box.add_repository(REPOSITORY)
        api.open("Kept at once")
        assert "Kept at once" in state.read_text()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', '{"version": 99, "world": {}}', "\x00\xff"])
def test_a_file_that_is_no_state_is_an_error_and_stays_as_it_is(tmp_path: Path, content: str) -> None:
    state = tmp_path / "box.json"
    state.write_text(content)
    with pytest.raises(StateError, match=r"box\.json"):
        Sandbox(state)
    assert state.read_text() == content


def test_without_a_file_a_new_sandbox_knows_nothing() -> None:
    with Sandbox() as box, Api(box.url, box.token) as api:
        assert api.get(ROOT).status == 404


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "box.json") as box:
        box.add_repository(REPOSITORY)

        def write() -> None:
            with Api(box.url, box.token) as api:
                for _ in range(10):
                    api.open()

        threads = [Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with Api(box.url, box.token) as api:
            listed = api.get(f"{ROOT}/issues?per_page=100&direction=asc").data
    assert [each["number"] for each in listed] == list(range(1, 41))
