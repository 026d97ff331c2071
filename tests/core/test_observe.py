"""What one file comes to: which channel hears of an event, and what every signal carries along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import rule
from transcripts import START, Transcript

from bot.core.match import Matchers
from bot.core.model import Event, Kind, Outcome, Session, Signal, Step
from bot.core.observe import Observation, Observed
from bot.core.rule_model import Rule
from bot.core.session import merge
from bot.dialects import claude_code

FAILURE = rule("failure", event="tool_failure", group_by=("signature",))
# One rule for every channel, so that a signal tells which of them heard an event.
EVERY = (
    FAILURE,
    rule("command", event="command", text="(?s).+"),
    rule("prompt", event="prompt", text="(?s).+"),
    rule("assistant", event="assistant", text="(?s).+"),
    rule("system", event="system", text="(?s).+"),
    rule("rejection", event="rejection"),
    rule("interruption", event="interruption"),
    rule("compaction", event="compaction", group_by=("trigger",)),
    rule("api-error", event="api_error", group_by=("status",)),
    rule("hook", event="hook", text="(?s).+", group_by=("hook",)),
)
MISSING = "Exit code 1\nError: cannot find the config file"
REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected."


def observe(transcript: Transcript | bytes, *rules: Rule) -> Observed:
    raw = transcript if isinstance(transcript, bytes) else transcript.bytes()
    matchers = Matchers(rules)
    observation = Observation(matchers, "f.jsonl")
    for event in claude_code.read(raw.splitlines(keepends=True), matchers.read_tools):
        assert isinstance(event, Event)
        observation.feed(event)
    return observation.result()


def heard(transcript: Transcript, *but: str) -> list[str]:
    """The channels that heard something, in order; the command line and the prompts stand in every transcript."""
    return [each.rule for each in observe(transcript, *EVERY).signals if each.rule not in {"command", "prompt", *but}]


def failures(transcript: Transcript) -> tuple[Signal, ...]:
    return observe(transcript, FAILURE).signals


# Every event in the channel of its class


@pytest.mark.parametrize(
    ("tool", "text", "channels"),
    [
        ("Bash", MISSING, ["failure"]),
        ("Edit", "<tool_use_error>String to replace not found in file.</tool_use_error>", ["failure"]),
        ("Read", "File does not exist.", ["failure"]),
        ("Bash", REJECTED, ["rejection"]),
        ("Edit", f"<tool_use_error>{REJECTED}</tool_use_error>", ["rejection"]),
        ("Bash", "[Request interrupted by user for tool use]", ["interruption"]),
        ("Bash", "PreToolUse:Bash hook error: [guard.sh]: not on Fridays", ["hook"]),
        ("WebFetch", "API Error: 529 overloaded", ["api-error"]),
        ("Bash", "<tool_use_error>Sibling tool call errored</tool_use_error>", []),
        ("Bash", "Sibling tool call errored", []),
        ("Bash", "Exit code 130\nServing the shop on port 3000\n^C", []),
        ("Bash", "Exit code 143\nThe server is listening", []),
        ("Bash", "Exit code 137\nThe server was killed", ["failure"]),
        ("Bash", "Exit code 143\nCommand timed out after 2m 0.0s\nThe server is listening", ["failure"]),
        ("Bash", "Exit code 1", []),
    ],
)
def test_a_failed_result_is_heard_in_the_channel_of_its_class_only(tool: str, text: str, channels: list[str]) -> None:
    transcript = Transcript()
    transcript.result(transcript.call(tool, {"command": "make all", "file_path": "a.py"}), text, failed=True)
    assert heard(transcript) == channels


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("grep -rn TODO src", "Exit code 1"),
        ("cat a | rg needle", "Exit code 1"),
        ("diff a.txt b.txt", "Exit code 1\n1c1\n< price = 1\n---\n> price = 2"),
        ("git diff --exit-code", "Exit code 1\ndiff --git a/x b/x\n-a\n+b"),
        ("cmp a b", "Exit code 1\na b differ: byte 1, line 1"),
        ("test -f build/out.txt", "Exit code 1"),
        ("[ -d build ]", "Exit code 1"),
    ],
)
def test_an_exit_code_that_is_an_answer_is_no_failure(command: str, text: str) -> None:
    assert heard(Transcript().run(command, text, failed=True)) == []


def test_a_benign_exit_is_output_that_a_rule_for_it_may_look_at() -> None:
    wanted = rule("differs", text="differ: byte", failed=False)
    transcript = Transcript().run("cmp a b", "Exit code 1\na b differ: byte 1, line 1", failed=True)
    assert [each.rule for each in observe(transcript, wanted).signals] == ["differs"]


def test_a_consequence_is_neither_a_failed_round_nor_an_end_of_trouble() -> None:
    transcript = Transcript().run("make all", MISSING, failed=True)
    transcript.run("make all", "<tool_use_error>Sibling tool call errored</tool_use_error>", failed=True)
    found = observe(transcript, FAILURE)
    assert [step.outcome for step in found.sessions[0].steps] == [Outcome.FAILED, Outcome.CONSEQUENCE]
    assert [each.until for each in found.signals] == [None]


def test_an_output_that_was_cut_short_by_the_person_is_an_interruption() -> None:
    transcript = Transcript()
    call = transcript.call("Bash", {"command": "npm run e2e"})
    transcript.result(call, "error: half a log", toolUseResult={"stdout": "error: half a log", "interrupted": True})
    assert heard(transcript) == ["interruption"]


def test_an_interruption_and_its_echo_count_once_but_one_alone_counts() -> None:
    transcript = Transcript().run("make all", "[Request interrupted by user for tool use]", failed=True)
    transcript.prompt("[Request interrupted by user for tool use]")
    assert heard(transcript) == ["interruption"]
    assert heard(Transcript().says("I will now").prompt("[Request interrupted by user]"), "assistant") == [
        "interruption"
    ]


def test_a_second_interruption_after_work_went_on_counts_too() -> None:
    transcript = (
        Transcript().run("make all", REJECTED, failed=True).prompt("[Request interrupted by user for tool use]")
    )
    transcript.prompt("go on").run("make all", "fine").prompt("[Request interrupted by user for tool use]")
    assert heard(transcript) == ["rejection", "interruption"]


def test_what_a_person_did_not_write_is_no_prompt() -> None:
    transcript = Transcript().prompt("fix it")
    transcript.prompt("look around", isSidechain=True)
    transcript.prompt("<command-name>/clear</command-name>")
    transcript.prompt("a skill's instructions", isMeta=True)
    transcript.subagent("user", [{"type": "text", "text": "search the code"}])
    transcript.prompt("[Request interrupted by user]")
    transcript.prompt("This session is being continued from a previous conversation", isCompactSummary=True)
    said = [each.excerpt for each in observe(transcript, *EVERY).signals if each.rule == "prompt"]
    assert said == ["fix it"]


def test_notes_of_the_harness_have_their_names_as_group_keys() -> None:
    transcript = Transcript()
    transcript.system("api_error", error={"status": 529}, retryAttempt=1)
    transcript.says("API Error: 401 please log in", isApiErrorMessage=True)
    transcript.says("API Error: connection lost", isApiErrorMessage=True)
    transcript.system("compact_boundary", content="Conversation compacted", compactMetadata={"trigger": "auto"})
    transcript.system("stop_hook_summary", hookErrors=["exit status 1"], hookInfos=[{"command": "lint.sh"}])
    transcript.system("stop_hook_summary", hookErrors=[], hookInfos=[{"command": "lint.sh"}])
    transcript.system("informational", content="A note")
    assert [(each.rule, each.group) for each in observe(transcript, *EVERY).signals] == [
        ("api-error", (("status", "529"),)),
        ("api-error", (("status", "401"),)),
        ("api-error", (("status", "unknown"),)),
        ("compaction", (("trigger", "auto"),)),
        ("hook", (("hook", "lint.sh"),)),
        ("system", ()),
    ]


def test_a_command_rule_sees_command_lines_and_the_input_of_other_tools() -> None:
    transcript = Transcript().run("make all", "ok")
    transcript.result(transcript.call("WebFetch", {"url": "https://example.org", "prompt": "sum"}), "text")
    found = [each for each in observe(transcript, *EVERY).signals if each.rule == "command"]
    assert [(each.tool, each.excerpt) for each in found] == [
        ("Bash", "make all"),
        ("WebFetch", '{"url":"https://example.org","prompt":"sum"}'),
    ]


@pytest.mark.parametrize("tool", ["Read", "Grep", "Glob"])
def test_what_was_read_is_heard_only_where_a_rule_names_the_tool(tool: str) -> None:
    transcript = Transcript()
    transcript.result(transcript.call(tool, {"file_path": "log", "pattern": "x"}), "boom")
    assert observe(transcript, rule(text="boom")).signals == ()
    assert len(observe(transcript, rule(text="boom", tool=(tool,))).signals) == 1


def test_a_rule_that_names_a_reading_tool_does_not_open_it_for_the_others() -> None:
    transcript = Transcript().reads("log", "boom")
    found = observe(transcript, rule("asks", text="boom", tool=("Read",)), rule("does-not", text="boom"))
    assert [each.rule for each in found.signals] == ["asks"]


@pytest.mark.parametrize(
    "command",
    [
        "frictionbot run",
        "uv run frictionbot run --post",
        ".venv/bin/frictionbot sessions stats",
    ],
)
def test_our_own_report_in_a_session_is_no_friction(command: str) -> None:
    report = "command-not-found  jq: command not found  12 sessions\nError: GitHub could not be reached"
    assert heard(Transcript().run(command, f"Exit code 1\n{report}", failed=True)) == []
    seen = rule(text="command not found")
    assert observe(Transcript().run(command, report), seen).signals == ()


# Copies


def test_a_copy_in_the_same_file_is_counted_as_repeated() -> None:
    transcript = Transcript().prompt("go").run("make all", MISSING, failed=True)
    transcript.lines += transcript.lines[:]
    found = observe(transcript, FAILURE)
    assert len(found.signals) == 1
    assert (len(found.covered), found.repeated) == (3, 3)


def test_a_resume_with_new_uuids_shows_the_same_event() -> None:
    first, resumed = Transcript("s1"), Transcript("s1")
    for each in (first, resumed):
        each.prompt("go").run("make all", MISSING, failed=True)
    for line in resumed.lines:
        line["uuid"] = f"new-{line['uuid']}"
    (one,), (other,) = failures(first), failures(resumed)
    assert (one.event, one.group) == (other.event, other.group)


# What a signal carries


def test_a_signal_carries_the_last_prompt_before_it_and_not_the_next() -> None:
    transcript = Transcript().prompt("first").prompt("second").run("make all", MISSING, failed=True).prompt("third")
    assert [each.prompt for each in failures(transcript)] == ["second"]


def test_a_prompt_signal_carries_the_prompt_before_it() -> None:
    found = observe(
        Transcript().prompt("build it").says("done").prompt("no, wrong"), rule(event="prompt", text="wrong")
    )
    assert [(each.prompt, each.excerpt) for each in found.signals] == [("build it", "no, wrong")]


def test_long_prompts_and_commands_are_shown_by_their_beginning() -> None:
    transcript = Transcript().prompt("begin " + "blah " * 3000)
    transcript.run("python run.py " + "--flag " * 3000, MISSING, failed=True)
    (signal,) = failures(transcript)
    assert signal.prompt.startswith("begin blah")
    assert signal.command.startswith("python run.py --flag")
    assert max(len(signal.prompt), len(signal.command)) <= 300


def test_an_excerpt_shows_what_matched_deep_in_a_long_output() -> None:
    text = "Exit code 1\n" + "fine\n" * 4000 + "BOOM here\n" + "fine\n" * 4000
    (signal,) = observe(Transcript().run("make all", text, failed=True), rule(text="BOOM")).signals
    assert "BOOM here" in signal.excerpt
    assert len(signal.excerpt) <= 600


def test_sessions_that_interleave_in_a_file_keep_their_own_prompts_and_ends() -> None:
    one, other = Transcript("s1"), Transcript("s2")
    one.prompt("of one").run("make all", MISSING, failed=True)
    other.prompt("of other").run("make all", "fine")
    lines = [*one.lines[:1], *other.lines[:1], *one.lines[1:], *other.lines[1:]]
    one.lines = lines
    (signal,) = failures(one)
    assert (signal.session, signal.prompt, signal.until) == ("s1", "of one", None)


def test_a_nested_failure_carries_the_prompt_of_the_person() -> None:
    transcript = Transcript().prompt("review the code")
    transcript.subagent(
        "assistant", [{"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "go vet ./..."}}]
    )
    content = [{"type": "tool_result", "tool_use_id": "t", "content": "Exit code 1\nvet: bad import", "is_error": True}]
    (signal,) = failures(transcript.subagent("user", content))
    assert (signal.prompt, signal.command, signal.origin) == ("review the code", "go vet ./...", "agent")
    assert signal.at == START + timedelta(seconds=30)


def test_a_version_that_changed_midway_is_the_one_of_its_moment() -> None:
    transcript = Transcript(version="2.1.7").prompt("a").run("make all", MISSING, failed=True)
    transcript.version = "2.1.17"
    transcript.prompt("b").run("make all", MISSING, failed=True)
    assert [each.version for each in failures(transcript)] == ["2.1.7", "2.1.17"]


def test_a_tool_without_a_command_line_says_what_it_was_about() -> None:
    transcript = Transcript()
    transcript.result(transcript.call("Read", {"file_path": "/a/b.py"}), "File does not exist.", failed=True)
    (signal,) = failures(transcript)
    assert (signal.command, signal.origin) == ("Read /a/b.py", "")


def test_secrets_are_masked_in_everything_that_is_kept() -> None:
    token = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    transcript = Transcript().prompt(f"use {token}")
    call = transcript.call("Bash", {"command": f"curl -H 'Authorization: Bearer {token}' https://example.org"})
    transcript.progress(call, 400).result(call, f"Exit code 22\ncurl: bad token {token}", failed=True)
    transcript.result(
        transcript.call("WebFetch", {"url": f"https://x:{token}@example.org"}), f"no {token}", failed=True
    )
    found = observe(transcript, *EVERY)
    assert len(found.signals) == 5
    assert token not in repr(found.signals)
    assert token not in repr(found.sessions)


@pytest.mark.parametrize(
    ("prompts", "command", "origin"),
    [
        (["run ./deploy.sh --fast now"], "./deploy.sh --fast", "person"),
        (["```\nnpm ci\nnpm run build:prod\n```"], "cd app && npm run build:prod", "person"),
        (["run ./deploy.sh --fast", "and again", "go on"], "./deploy.sh --fast", "person"),
        (["deploy it"], "./deploy.sh --fast", "agent"),
        (["ls"], "ls", "agent"),
        ([], "./deploy.sh --fast", "agent"),
    ],
)
def test_a_command_that_stands_in_an_earlier_prompt_is_the_persons(
    prompts: list[str], command: str, origin: str
) -> None:
    transcript = Transcript()
    for text in prompts:
        transcript.prompt(text)
    assert [each.origin for each in failures(transcript.run(command, MISSING, failed=True))] == [origin]


def test_a_command_that_is_only_named_later_was_the_agents() -> None:
    transcript = Transcript().run("./deploy.sh --fast", MISSING, failed=True).prompt("never run ./deploy.sh --fast")
    assert [each.origin for each in failures(transcript)] == ["agent"]


def test_a_prompt_of_another_session_says_nothing_about_a_command() -> None:
    one, other = Transcript("s1").prompt("./deploy.sh --fast"), Transcript("s2")
    one.lines += other.run("./deploy.sh --fast", MISSING, failed=True).lines
    assert [each.origin for each in failures(one)] == ["agent"]


# When trouble is over


def edits(transcript: Transcript, tool: str, path: str, *, failed: bool = False) -> Transcript:
    text = "<tool_use_error>String to replace not found in file.</tool_use_error>" if failed else "done"
    return transcript.result(transcript.call(tool, {"file_path": path}), text, failed=failed)


@pytest.mark.parametrize(
    ("then", "over"),
    [
        (lambda t: edits(t, "Edit", "a.py"), True),
        (lambda t: edits(t, "Write", "a.py"), True),
        (lambda t: edits(t, "MultiEdit", "a.py"), True),
        (lambda t: edits(t, "Edit", "b.py"), False),
        (lambda t: t.reads("a.py", "x = 1"), False),
        (lambda t: edits(t, "Edit", "a.py", failed=True), False),
        (lambda t: t.prompt("leave it"), True),
        (lambda t: t.says("hm"), False),
        (lambda t: t.prompt("look", isSidechain=True), False),
    ],
)
def test_trouble_with_a_file_is_over_when_it_is_written_or_the_person_writes(
    then: Callable[[Transcript], Transcript], over: bool
) -> None:
    transcript = then(edits(Transcript(step=60), "Edit", "a.py", failed=True))
    first = failures(transcript)[0]
    moment = START + timedelta(minutes=len(transcript.lines) - 1)
    assert first.until == (moment if over else None)


def test_trouble_with_a_program_is_over_when_it_works_with_other_arguments() -> None:
    transcript = Transcript(step=60).run("pytest tests/a.py", MISSING, failed=True)
    transcript.run("npm test", "ok").run("pytest tests/b.py -q", "3 passed")
    assert [each.until for each in failures(transcript)] == [START + timedelta(minutes=5)]


def test_one_success_ends_all_trouble_with_its_thing() -> None:
    transcript = Transcript(step=60)
    for _ in range(3):
        transcript.run("make all", MISSING, failed=True)
    transcript.run("make all", "fine")
    assert {each.until for each in failures(transcript)} == {START + timedelta(minutes=7)}


def test_trouble_that_is_over_stays_over_at_its_first_end() -> None:
    transcript = Transcript(step=60).run("make all", MISSING, failed=True).prompt("leave it").prompt("well")
    assert [each.until for each in failures(transcript.run("make all", "fine"))] == [START + timedelta(minutes=2)]
    transcript = Transcript(step=60).run("make all", MISSING, failed=True).run("make all", "fine")
    assert [each.until for each in failures(transcript.run("make all", "fine"))] == [START + timedelta(minutes=3)]


def test_what_succeeded_before_ends_nothing() -> None:
    transcript = Transcript().run("make all", "fine").run("make all", MISSING, failed=True)
    assert [each.until for each in failures(transcript)] == [None]


# What cannot be trusted


def test_a_result_without_its_call_is_still_heard() -> None:
    (signal,) = failures(Transcript().result("toolu_gone", MISSING, failed=True))
    assert (signal.tool, signal.command, signal.origin) == ("", "", "")


def test_a_garbage_tool_name_does_not_grow_with_its_text() -> None:
    transcript = Transcript()
    transcript.result(transcript.call("x" * 5000, {}), "No such tool available", failed=True)
    (signal,) = failures(transcript)
    assert len(signal.tool) == 80
    assert len(signal.command) < 300


def test_events_without_a_time_are_counted_without_one() -> None:
    transcript = Transcript(start=None).prompt("go").run("make all", MISSING, failed=True)
    (signal,) = failures(transcript)
    assert (signal.at, signal.prompt) == (None, "go")


def test_a_text_that_no_utf8_can_hold_is_no_reason_to_stop() -> None:
    transcript = Transcript().prompt("go").run("make all", MISSING, failed=True)
    raw = transcript.bytes().replace(b"config", b"conf\\ud800ig").replace(b'"go"', b'"g\\udfffo"')
    (signal,) = observe(raw, FAILURE).signals
    assert "conf?ig" in signal.excerpt


# A growing session

happenings = st.sampled_from(
    ["prompt", "works", "fails", "other works", "rejects", "slow", "slow fails", "nested", "stops", "says", "waits"]
)


def happening(transcript: Transcript, what: str) -> None:
    if what == "prompt":
        transcript.prompt("go on")
    elif what in {"works", "fails", "other works"}:
        transcript.run(
            "make all" if what != "other works" else "ls", MISSING if what == "fails" else "ok", failed=what == "fails"
        )
    elif what == "rejects":
        transcript.run("git push", REJECTED, failed=True).prompt("[Request interrupted by user for tool use]")
    elif what.startswith("slow"):
        call = transcript.call("Bash", {"command": "npm run e2e"})
        transcript.progress(call, 40).progress(call, 95).result(call, MISSING, failed=what == "slow fails")
    elif what == "nested":
        call = f"t{len(transcript.lines)}"
        transcript.subagent("assistant", [{"type": "tool_use", "id": call, "name": "Bash", "input": {"command": "ls"}}])
        failed = {"type": "tool_result", "tool_use_id": call, "content": MISSING, "is_error": True}
        transcript.subagent("user", [failed])
    elif what == "stops":
        transcript.prompt("[Request interrupted by user]")
    elif what == "says":
        transcript.says("well")
    else:
        transcript.wait(minutes=30)


def answered(session: Session) -> tuple[Step, ...]:
    """The steps but the calls without a result: those stay as they were seen, also when the call worked unnoticed."""
    return tuple(step for step in session.steps if step.outcome is not Outcome.PENDING)


def calls(session: Session) -> int:
    return len(session.quiet) + sum(step.kind is Kind.CALL for step in session.steps)


@settings(max_examples=60)
@given(st.lists(happenings, min_size=1, max_size=12), st.integers(0, 40))
def test_a_snapshot_of_a_growing_session_adds_nothing_to_the_whole(story: Sequence[str], cut: int) -> None:
    whole = Transcript()
    for what in story:
        happening(whole, what)
    part = Transcript()
    part.lines = whole.lines[:cut]
    late, early = observe(whole, *EVERY), observe(part, *EVERY)
    assert early.covered <= late.covered
    assert {(each.rule, each.event, each.group) for each in early.signals} <= {
        (each.rule, each.event, each.group) for each in late.signals
    }
    for session in early.sessions:
        merged = merge(session, late.sessions[0])
        assert answered(merged) == answered(late.sessions[0])
        assert merged.links == late.sessions[0].links
        assert calls(merged) == calls(late.sessions[0])


@settings(max_examples=40)
@given(st.lists(happenings, min_size=1, max_size=10))
def test_the_rules_in_use_change_nothing_about_the_session(story: Sequence[str]) -> None:
    transcript = Transcript()
    for what in story:
        happening(transcript, what)
    sessions: list[tuple[Session, ...]] = [
        observe(transcript, *rules).sessions for rules in ((), (FAILURE,), EVERY, (rule(text="."),))
    ]
    assert sessions[1:] == sessions[:-1]
