"""What a worker process keeps between tasks: made once, made anew when its files change, never shared over a fork."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.broker import policy_problem
from bot.core.model import Problem
from tests.real_servers import RedisServer, free_port, redis_server
from tests.workers.office import Office
from workers.broker import doubt, lost_messages, sending, trust
from workers.site import Holder, MisconfiguredError, settings_of

RULE = "id: {}\ntitle: A\nseverity: low\nconfidence: low\ndetects: Detects.\nmatch: {{event: tool_failure}}\n"


@pytest.fixture
def held(office: Office, tmp_path: Path) -> Iterator[Holder]:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "some-rule.yml").write_text(RULE.format("some-rule"))
    settings = Path(office.environment["FRICTIONBOT_CONFIG"])
    settings.write_text(f'rules = ["{tmp_path / "rules"}"]\n{settings.read_text()}')
    holder = Holder(office.environment)
    yield holder
    holder.here().close()


def test_a_site_is_made_once(held: Holder) -> None:
    assert held.here() is held.here()


def test_a_new_rule_file_makes_it_anew(held: Holder, tmp_path: Path) -> None:
    before = held.here()
    (tmp_path / "rules" / "other-rule.yml").write_text(RULE.format("other-rule"))
    after = held.here()
    assert after is not before
    assert held.here() is after


def test_settings_that_became_wrong_change_nothing_and_are_recorded_until_mended(held: Holder, office: Office) -> None:
    before = held.here()
    file = Path(office.environment["FRICTIONBOT_CONFIG"])
    text = file.read_text()
    file.write_text(text + "\n[people]\nshow = 7\n")
    assert held.here() is before
    assert [code for code, place in office.failures() if place.startswith(str(file))] == ["settings_value"]
    file.write_text(text + '\n[people]\nshow = "name"\n')
    assert held.here() is not before
    assert office.failures() == []


def test_problems_of_one_origin_are_kept_once_until_they_are_over(held: Holder, office: Office) -> None:
    site = held.here()
    token, label = (
        Problem("bad_credentials", "acme/shop", "set a token"),
        Problem("labels_dropped", "acme/shop", "push"),
    )
    note = Problem("empty_file", "a.jsonl", "only a note")
    site.record("keep:acme/shop", [token, label, note])
    site.record("keep:acme/shop", [token])
    site.record("keep:acme/site", [])
    assert [(each.code, each.times) for each in office.upkeep_of()[0]] == [("bad_credentials", 2)]


def test_a_forked_process_makes_a_site_of_its_own(held: Holder) -> None:
    before = held.here()
    child = os.fork()
    if child == 0:
        here = held.here()
        os._exit(0 if here is not before and here.store.engine is not before.store.engine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert held.here() is before


def test_workers_refuse_a_database_that_they_cannot_share() -> None:
    with pytest.raises(MisconfiguredError, match="database: workers are processes of their own"):
        settings_of({"FRICTIONBOT_DATABASE": "sqlite://", "HOME": "/nowhere"})


def test_the_broker_is_trusted_until_it_forgets_or_somebody_is_in_the_middle(held: Holder, office: Office) -> None:
    site = held.here()
    assert lost_messages(site)  # nobody ever sent anything
    trust(site)
    assert not lost_messages(site)
    doubt(site)
    assert lost_messages(site)
    trust(site)
    with sending(site):
        assert lost_messages(site)
    assert not lost_messages(site)
    office.redis.flush()
    assert lost_messages(site)


def test_a_redis_that_evicts_is_found_out(tmp_path: Path) -> None:
    with redis_server(tmp_path / "one", policy="volatile-lru") as evicting:
        problem = policy_problem(evicting.url)
    assert problem
    assert problem.code == "redis_policy"
    assert "volatile-lru" in problem.message


def test_a_redis_that_keeps_everything_is_fine(redis: RedisServer) -> None:
    assert policy_problem(redis.url) is None


def test_a_redis_that_tells_no_policy_is_only_a_warning(tmp_path: Path) -> None:
    with redis_server(tmp_path, options=("--rename-command", "CONFIG", "", "--rename-command", "INFO", "")) as redis:
        problem = policy_problem(redis.url)
    assert problem
    assert problem.code == "redis_policy_unknown"


def test_a_redis_that_does_not_answer_is_said_without_its_password() -> None:
    problem = policy_problem(f"redis://:secret@127.0.0.1:{free_port()}/0")
    assert problem
    assert problem.code == "broker_unreachable"
    assert "secret" not in problem.message
