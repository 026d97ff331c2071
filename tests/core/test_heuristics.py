"""What tells friction from work: one made-up transcript for each mistake that other tools were seen to make."""

from __future__ import annotations

from datetime import timedelta

import pytest
from made import rule
from transcripts import START, Transcript

from bot.adapters.rulebook import load_rules, shipped_rules
from bot.core.loops import signals_of_session
from bot.core.match import Matchers
from bot.core.model import Event, Signal
from bot.core.observe import Observation
from bot.core.rule_model import Rule
from bot.dialects import claude_code

PACK = load_rules([shipped_rules()])[0]
GENERAL = rule("tool-failure", event="tool_failure", group_by=("signature",))


def signals(transcript: Transcript, *rules: Rule) -> list[Signal]:
    matchers = Matchers(rules or PACK)
    observation = Observation(matchers, "file.jsonl")
    for event in claude_code.read(transcript.bytes().splitlines(keepends=True), matchers.read_tools):
        if isinstance(event, Event):
            observation.feed(event)
    found = observation.result()
    in_steps = (each for session in found.sessions for each in signals_of_session(matchers.of_steps, session))
    return [*found.signals, *in_steps]


def named(transcript: Transcript) -> list[str]:
    return sorted({signal.rule for signal in signals(transcript)})


def keys(transcript: Transcript) -> list[str]:
    return [dict(signal.group)["signature"] for signal in signals(transcript, GENERAL)]


def test_nested_errors_of_subagents_are_signals() -> None:
    transcript = Transcript()
    transcript.subagent("assistant", [{"type": "tool_use", "id": "t", "name": "Read", "input": {"file_path": "a"}}])
    text = "<tool_use_error>File does not exist.</tool_use_error>"
    transcript.subagent("user", [{"type": "tool_result", "tool_use_id": "t", "content": text, "is_error": True}])
    assert named(transcript) == ["file-not-found", "tool-failure"]


def test_an_event_read_twice_in_one_file_is_one_signal() -> None:
    transcript = Transcript().run("make all", "Exit code 2\nmake: *** no rule", failed=True)
    transcript.lines += transcript.lines[:]
    assert len(keys(transcript)) == 1


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_guard_is_one_group_whatever_text_follows_it_and_in_every_version(wrapped: bool) -> None:
    transcript = Transcript(version="2.1.17" if wrapped else "1.0.53")
    for text in ("total = 1", "def pay(): ..."):
        said = f"String to replace not found in file.\nString: {text}"
        call = transcript.call("Edit", {"file_path": "a.py", "old_string": text, "new_string": ""})
        transcript.result(call, f"<tool_use_error>{said}</tool_use_error>" if wrapped else said, failed=True)
    assert keys(transcript) == ["String to replace not found in file"] * 2


def test_different_failures_of_one_tool_are_different_groups() -> None:
    transcript = Transcript()
    transcript.run("gcc a.c", "Exit code 1\na.c:3:9: error: unknown type name 'vec'", failed=True)
    transcript.run("ls /data", "Exit code 2\nls: cannot access '/data': No such file or directory", failed=True)
    assert len(set(keys(transcript))) == 2


@pytest.mark.parametrize("text", ["Exit code 1", "Exit code 1\n(eval):1:", "Error"])
def test_a_banner_alone_is_no_signature(text: str) -> None:
    assert keys(Transcript().run("make all", text, failed=True)) == []


def test_a_persons_no_is_a_rejection_and_no_failure() -> None:
    said = "The user doesn't want to proceed with this tool use. The tool use was rejected."
    assert named(Transcript().run("git push --force", said, failed=True)) == ["tool-call-rejected"]


def test_a_sibling_that_failed_is_never_a_signal() -> None:
    text = "<tool_use_error>Sibling tool call errored</tool_use_error>"
    assert named(Transcript().run("ls", text, failed=True)) == []


def test_errors_that_were_read_are_no_signals() -> None:
    log = "ModuleNotFoundError: No module named 'pandas'\nbash: bun: command not found\nPermission denied"
    transcript = Transcript().reads("run.log", log)
    transcript.result(transcript.call("Grep", {"pattern": "Error"}), log)
    assert named(transcript) == []


def test_errors_in_the_output_of_a_successful_command_are_no_failures() -> None:
    assert named(Transcript().run("cat run.log", "ModuleNotFoundError: No module named 'pandas'")) == []


def test_a_grep_that_finds_nothing_is_no_signal() -> None:
    assert named(Transcript().run("grep -rn TODO src", "Exit code 1", failed=True)) == []


def test_a_loop_that_worked_after_four_rounds_is_work() -> None:
    transcript = Transcript()
    for _ in range(4):
        transcript.run("npm test", "Exit code 1\nFAIL src/cart.test.ts: expected 3", failed=True)
    assert "retry-loop" not in named(transcript.run("npm test", "ok"))


def test_the_same_call_failing_three_times_is_a_loop() -> None:
    transcript = Transcript()
    for _ in range(3):
        transcript.run("docker compose up -d", "Exit code 1\nport is already allocated", failed=True)
    assert "retry-loop" in named(transcript)


def test_reading_a_file_often_is_no_loop() -> None:
    transcript = Transcript()
    for _ in range(9):
        transcript.reads("cart.py", "x = 1")
    assert named(transcript) == []


@pytest.mark.parametrize("text", ["no, use pnpm not npm", "That's wrong. I said the other folder.", "stop"])
def test_a_correction_needs_a_marker(text: str) -> None:
    assert named(Transcript().prompt("build it").says("done").prompt(text)) == ["agent-corrected"]


@pytest.mark.parametrize(
    "text", ["Is that wrong?", "please use pnpm", "can you stop the server when done", "The cart shows no price"]
)
def test_questions_and_requests_are_no_corrections(text: str) -> None:
    assert named(Transcript().prompt("build it").says("done").prompt(text)) == []


def test_a_prompt_of_a_subagent_is_no_persons_correction() -> None:
    assert named(Transcript().prompt("no, that's wrong", isSidechain=True)) == []


def test_a_hook_is_told_by_the_wrapper_of_the_harness_only() -> None:
    assert "hook-blocked" not in named(Transcript().run("git commit", "Exit code 2\nhook declined", failed=True))
    blocked = "PreToolUse:Bash hook error: [./guard.sh]: no pushing on Fridays"
    assert named(Transcript().run("git push", blocked, failed=True)) == ["hook-blocked"]


def test_overload_of_the_api_is_infrastructure() -> None:
    transcript = Transcript().system("api_error", error={"status": 529}, retryAttempt=1)
    (signal,) = signals(transcript)
    assert (signal.rule, signal.group) == ("api-error", (("status", "529"),))


def test_many_calls_without_failures_are_an_agent_at_work() -> None:
    transcript = Transcript()
    for number in range(140):
        transcript.run(f"echo {number}", "ok")
    assert named(transcript) == []


def test_a_signal_carries_the_prompt_the_command_and_where_it_stands() -> None:
    transcript = (
        Transcript()
        .prompt("deploy it with ./deploy.sh --fast please")
        .run("./deploy.sh --fast", "boom: no such host", failed=True)
    )
    (signal,) = signals(transcript, GENERAL)
    assert signal.prompt == "deploy it with ./deploy.sh --fast please"
    assert (signal.command, signal.excerpt, signal.place) == (
        "./deploy.sh --fast",
        "boom: no such host",
        "file.jsonl:3",
    )
    assert (signal.origin, signal.version, signal.tool) == ("person", "2.1.17", "Bash")


def test_a_command_that_nobody_wrote_was_improvised_by_the_agent() -> None:
    transcript = Transcript().prompt("deploy it").run("./deploy.sh --fast", "boom: no such host", failed=True)
    assert [signal.origin for signal in signals(transcript, GENERAL)] == ["agent"]


def test_trouble_ends_with_the_next_success_of_the_same_thing() -> None:
    transcript = Transcript(step=60).run("make all", "Exit code 2\nmake: *** broken", failed=True)
    transcript.run("ls", "a").run("make all", "fine")
    (signal,) = signals(transcript, GENERAL)
    assert signal.until == START + timedelta(minutes=5)


def test_trouble_ends_with_the_next_prompt() -> None:
    transcript = Transcript(step=60).run("make all", "Exit code 2\nmake: *** broken", failed=True).prompt("leave it")
    (signal,) = signals(transcript, GENERAL)
    assert signal.until == START + timedelta(minutes=2)


def test_secrets_in_what_a_signal_carries_are_masked() -> None:
    token = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    transcript = (
        Transcript().prompt(f"use {token}").run(f"curl -H 'Authorization: Bearer {token}'", f"bad {token}", failed=True)
    )
    (signal,) = signals(transcript, GENERAL)
    assert token not in "".join((signal.prompt, signal.command, signal.excerpt, str(signal.group)))
    assert "[masked:" in signal.excerpt
