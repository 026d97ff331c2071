"""The shipped sessions: as many as promised, made again byte for byte, and every trap really in them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.demo import fake_secrets
from bot.demo.write_sessions import SESSIONS, main

Lines = dict[str, list[dict[str, Any]]]

FILES = {path.relative_to(SESSIONS).as_posix(): path.read_bytes() for path in sorted(SESSIONS.glob("*/*.jsonl"))}
EVERYTHING = b"".join(FILES.values())


def _line(raw: bytes) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return value


@pytest.fixture(scope="module")
def lines() -> Lines:
    """The lines of each file that are JSON as they stand."""
    return {path: [value for raw in content.splitlines() if (value := _line(raw))] for path, content in FILES.items()}


def results(lines: Lines) -> list[tuple[str, dict[str, Any]]]:
    """Each tool result with the file that holds it."""
    found = []
    for path, values in lines.items():
        for value in values:
            content = (value.get("message") or {}).get("content")
            if value["type"] == "user" and isinstance(content, list):
                found += [(path, block) for block in content if block["type"] == "tool_result"]
    return found


def files_with(lines: Lines, text: str, *, failed: bool) -> set[str]:
    """The files with a result that says this, and failed or did not."""
    return {
        path for path, block in results(lines) if text in block["content"] and block.get("is_error", False) is failed
    }


def people_with(lines: Lines, text: str) -> set[str]:
    return {path.split("/")[0] for path in files_with(lines, text, failed=True)}


def times(values: list[dict[str, Any]]) -> list[datetime]:
    return [datetime.fromisoformat(value["timestamp"]) for value in values if "timestamp" in value]


def test_the_shipped_sessions_are_what_the_script_writes(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    assert {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.glob("*/*.jsonl")} == FILES


def test_writing_again_removes_stale_sessions_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "2026-01-01_old.jsonl").write_text("{}")
    (tmp_path / "ada" / "notes.txt").write_text("mine")
    main([str(tmp_path)])
    assert not (tmp_path / "ada" / "2026-01-01_old.jsonl").exists()
    assert (tmp_path / "ada" / "notes.txt").read_text() == "mine"


def test_there_are_thirty_sessions_of_five_people_over_three_weeks(lines: Lines) -> None:
    sessions = {value["sessionId"] for values in lines.values() for value in values if "sessionId" in value}
    moments = [at for values in lines.values() for at in times(values)]
    assert len(sessions) == 45
    assert {path.split("/")[0] for path in FILES} == {"ada", "ben", "chidi", "dora", "emil"}
    assert min(moments).date().isoformat() == "2026-01-26"
    assert max(moments).date().isoformat() == "2026-02-14"


def test_all_sessions_together_stay_small() -> None:
    assert len(EVERYTHING) < 600_000


def test_every_file_is_named_by_date_and_session(lines: Lines) -> None:
    for path, values in lines.items():
        session = re.fullmatch(r"\w+/\d{4}-\d\d-\d\d_([0-9a-f-]{36})\.jsonl", path)
        assert session
        assert session[1] in {value.get("sessionId") for value in values}


def test_only_the_damage_that_is_meant_is_there() -> None:
    broken = {
        path: sum(1 for raw in content.removeprefix(b"\xef\xbb\xbf").splitlines() if raw and not _line(raw))
        for path, content in FILES.items()
    }
    assert Counter(path.split("/")[0] for path, count in broken.items() if count) == {"chidi": 1, "dora": 1}
    assert sum(broken.values()) == 2


def test_two_objects_share_a_line() -> None:
    assert len(re.findall(rb'\}\{"type":"summary"', EVERYTHING)) == 1


def test_one_file_ends_in_the_middle_of_a_line() -> None:
    assert [path.split("/")[0] for path, content in FILES.items() if not content.endswith(b"\n")] == ["dora"]


def test_one_file_has_a_mark_and_windows_lines() -> None:
    assert [path for path, content in FILES.items() if content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content] == [
        path for path in FILES if path.startswith("emil/2026-02-13")
    ]


def test_summaries_and_snapshots_stand_first() -> None:
    first = Counter(
        orjson.loads(content.removeprefix(b"\xef\xbb\xbf").splitlines()[0])["type"] for content in FILES.values()
    )
    assert first["summary"] == 4
    assert first["file-history-snapshot"] == 2


def test_one_session_lies_in_two_files_and_one_is_a_part_of_the_other() -> None:
    by_session = defaultdict(list)
    for path in FILES:
        by_session[path.split("_")[1]].append(path)
    [(part, whole)] = [paths for paths in by_session.values() if len(paths) == 2]
    assert FILES[whole].startswith(FILES[part])
    assert len(FILES[whole]) > len(FILES[part])


def test_a_fork_has_another_session_and_the_same_ids(lines: Lines) -> None:
    parents = defaultdict(set)
    for values in lines.values():
        for value in values:
            if "uuid" in value:
                parents[value["uuid"]].add(value["sessionId"])
    pairs = Counter(frozenset(sessions) for sessions in parents.values() if len(sessions) > 1)
    [(pair, copies)] = pairs.items()
    assert len(pair) == 2
    assert copies > 10


def test_words_of_errors_are_read_and_nobody_met_them(lines: Lines) -> None:
    for bait in ("pnpm: command not found", "legacy_cart"):
        assert len({path.split("/")[0] for path in files_with(lines, bait, failed=False)}) == 2
        assert files_with(lines, bait, failed=True) == set()


def test_searches_that_found_nothing_and_a_stop_by_hand_are_there(lines: Lines) -> None:
    assert [block["content"] for _, block in results(lines)].count("Exit code 1") == 4
    assert len(files_with(lines, "Exit code 130", failed=True)) == 2


def test_loops_that_worked_after_four_rounds_are_there(lines: Lines) -> None:
    assert len(files_with(lines, "5 passed in 0.4s", failed=False)) == 3
    assert people_with(lines, "baskets do not add up") == {"ada", "ben", "dora"}


def test_an_error_of_a_subagent_stands_only_inside_progress(lines: Lines) -> None:
    nested = [
        value
        for values in lines.values()
        for value in values
        if (value.get("data") or {}).get("type") == "agent_progress"
    ]
    failed = [value for value in nested if b'"is_error":true' in orjson.dumps(value)]
    inner = failed[0]["data"]["message"]["message"]["content"][0]["tool_use_id"]
    assert len(failed) == 3  # one of them twice: in the snapshot of its session too
    assert inner not in {block["tool_use_id"] for _, block in results(lines)}


def test_one_session_is_very_noisy(lines: Lines) -> None:
    loud = Counter(path for path, block in results(lines) if "Connection refused" in block["content"])
    assert list(loud.values()) == [24]


def test_one_session_calls_no_tool() -> None:
    assert [path[:15] for path, content in FILES.items() if b'"tool_use"' not in content] == ["emil/2026-02-02"]


def test_times_run_backwards_in_one_file(lines: Lines) -> None:
    back = [
        path
        for path, values in lines.items()
        if any(
            later < earlier - timedelta(seconds=1)
            for earlier, later in zip(times(values), times(values)[1:], strict=False)
        )
    ]
    assert [path[:14] for path in back] == ["ben/2026-02-06"]


def test_a_laptop_was_closed_for_two_days(lines: Lines) -> None:
    gaps = {
        path[:15]: max(later - earlier for earlier, later in zip(times(values), times(values)[1:], strict=False))
        for path, values in lines.items()
    }
    assert [path for path, gap in gaps.items() if gap > timedelta(days=2)] == ["dora/2026-02-06"]


def test_an_unknown_type_and_a_garbage_tool_are_there(lines: Lines) -> None:
    assert Counter(value["type"] for values in lines.values() for value in values)["weather-report"] == 1
    assert b'"name":"Task\\" >\\n<parameter name=\\"description"' in EVERYTHING


def test_outputs_hold_fake_secrets_and_text_that_could_act() -> None:
    for secret in (
        fake_secrets.GITHUB,
        fake_secrets.NPM,
        fake_secrets.AWS_ID,
        fake_secrets.DATABASE,
        fake_secrets.EMAIL,
    ):
        assert secret.encode() in EVERYTHING
    for text in (b"@everyone", b"\\n/close\\n", b"<!-- ", b"```", b"</details>", b"fixes #1"):
        assert text in EVERYTHING


def test_fake_secrets_have_the_shape_of_real_ones() -> None:
    assert re.fullmatch(r"ghp_[A-Za-z0-9]{36}", fake_secrets.GITHUB)
    assert re.fullmatch(r"npm_[A-Za-z0-9]{36}", fake_secrets.NPM)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", fake_secrets.AWS_ID)


def test_an_outage_hits_everyone_within_an_hour(lines: Lines) -> None:
    hit = {
        path.split("/")[0]: datetime.fromisoformat(value["timestamp"])
        for path, values in lines.items()
        for value in values
        if value.get("subtype") == "api_error"
    }
    assert set(hit) == {"ada", "ben", "chidi", "dora", "emil"}
    assert max(hit.values()) - min(hit.values()) < timedelta(hours=1)


def test_calls_that_fell_with_a_sibling_are_there(lines: Lines) -> None:
    assert [block["content"] for _, block in results(lines)].count(
        "<tool_use_error>Sibling tool call errored</tool_use_error>"
    ) == 2


def test_a_call_stays_without_a_result(lines: Lines) -> None:
    answered = {block["tool_use_id"] for _, block in results(lines)}
    last = next(values[-1] for path, values in lines.items() if path.startswith("ben/2026-02-13"))
    assert last["message"]["content"][0]["id"] not in answered


def test_the_old_version_has_neither_wrapper_nor_exit_code(lines: Lines) -> None:
    old = [block["content"] for path, block in results(lines) if path.startswith("emil/") and block.get("is_error")]
    assert len(old) > 30
    assert not [text for text in old if text.startswith(("<tool_use_error>", "Exit code"))]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("bun: command not found", {"ada", "ben", "dora"}),
        ("No module named 'shopdata'", {"ben", "chidi", "dora"}),
        ("Permission denied", {"ben", "chidi", "dora"}),
        ("sudo: a terminal is required", {"chidi", "dora"}),
        ("rsync error", {"chidi", "emil"}),
        ("[lint] $ eslint", {"ada", "ben", "dora"}),
        ("String to replace not found", {"ada", "ben", "chidi", "dora", "emil"}),
        ("File has not been read yet", {"ada", "ben", "dora", "emil"}),
        ("File does not exist", {"ada", "ben", "chidi", "dora", "emil"}),
        ("doesn't want to proceed", {"ada", "ben", "chidi", "dora", "emil"}),
        ("401 Unauthorized", {"ada", "ben", "emil"}),
        ("Command timed out after 2m", {"ada", "ben"}),
        ("catalogue snapshot", {"ben", "dora", "emil"}),
        ("dependency failed to start", {"chidi", "dora", "emil"}),
    ],
)
def test_real_frictions_repeat_over_people(lines: Lines, text: str, people: set[str]) -> None:
    assert people_with(lines, text) == people


def test_slow_commands_tell_their_time_since_the_start(lines: Lines) -> None:
    longest: dict[str, float] = {}
    for values in lines.values():
        for value in values:
            if (value.get("data") or {}).get("type") == "bash_progress":
                call = value["parentToolUseID"]
                longest[call] = max(longest.get(call, 0), value["data"]["elapsedTimeSeconds"])
    assert sorted(longest.values()) == [119, 119, 190, 208, 215, 241, 262]


def test_contexts_overflow_and_hooks_fail(lines: Lines) -> None:
    kinds = Counter(value.get("subtype") for values in lines.values() for value in values)
    assert kinds["compact_boundary"] == 3
    assert kinds["stop_hook_summary"] == 3
