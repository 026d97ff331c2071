"""The twenty points in which real Claude Code transcripts differ from what one expects, each with a file made up here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from made import rule
from transcripts import START, Transcript

from bot.core.match import Matchers
from bot.core.model import Event, Kind, Outcome, Problem, Session
from bot.core.observe import Observation, Observed
from bot.core.session import merge, seconds
from bot.dialects import claude_code, tell


def events(*parts: bytes) -> list[Event]:
    return [event for event in claude_code.read(b"".join(parts).splitlines(keepends=True)) if isinstance(event, Event)]


def problems(*parts: bytes) -> list[Problem]:
    return [
        event for event in claude_code.read(b"".join(parts).splitlines(keepends=True)) if isinstance(event, Problem)
    ]


def kinds(*parts: bytes) -> list[str]:
    return [event.kind.value for event in events(*parts) if event.kind is not Kind.CONTEXT]


def observe(*parts: bytes) -> Observed:
    observation = Observation(Matchers(()), "file.jsonl")
    for event in events(*parts):
        observation.feed(event)
    return observation.result()


def only(*parts: bytes) -> Session:
    (session,) = observe(*parts).sessions
    return session


def steps(session: Session, kind: Kind = Kind.CALL) -> list[tuple[str, str]]:
    return [(step.tool, step.outcome.value) for step in session.steps if step.kind is kind]


# 1
def test_two_objects_on_one_line_are_both_read() -> None:
    said = Transcript().says("done").bytes().rstrip(b"\n")
    summary = b'{"type":"summary","summary":"Ship it","leafUuid":"x"}'
    prompt = Transcript("s2").prompt("go on").bytes()
    assert kinds(said + summary + prompt) == ["assistant", "prompt"]
    assert problems(said + summary + prompt) == []


# 2
def test_a_pretty_printed_document_is_told_from_its_content() -> None:
    document = orjson.dumps({"info": {"id": "x"}, "messages": []}, option=orjson.OPT_INDENT_2)
    found = tell(document.splitlines(keepends=True))
    assert found is not None
    assert found.name == "opencode"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"a"}}', "codex"),
        (b'{"type":"session.start","data":{"sessionId":"a","copilotVersion":"1.0"}}', "copilot-cli"),
        (b'{\n  "sessionId": "a",\n  "projectHash": "b",\n  "messages": []\n}', "gemini-cli"),
        (b'{"type":"summary","summary":"s","leafUuid":"l"}\n', "claude-code"),
        (b'\xef\xbb\xbf{"type": "user", "sessionId": "a", "uuid": "u"}', "claude-code"),
    ],
)
def test_formats_are_told_from_their_content(head: bytes, name: str) -> None:
    found = tell(head.splitlines(keepends=True))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("head", [b"", b"# Notes\n", b"\x00\x01\x02\x03", b'{"hello": "world"}', b"[1, 2]"])
def test_what_is_no_transcript_has_no_dialect(head: bytes) -> None:
    assert tell(head.splitlines(keepends=True)) is None


# 3
def test_parts_of_a_growing_session_hold_every_event_once() -> None:
    whole = Transcript().prompt("one").run("make a", "x", failed=True).prompt("two").run("make b", "y", failed=True)
    early, late = whole.bytes().splitlines(keepends=True)[:4], whole.bytes().splitlines(keepends=True)[2:]
    merged = merge(only(*early), only(*late))
    assert [step.kind.value for step in merged.steps] == ["prompt", "command", "prompt", "command"]
    assert merge(only(*late), only(*early)) == merged


# 4
def test_the_same_event_in_two_sessions_has_one_identity() -> None:
    first = Transcript("s1").prompt("hello").run("make", "no", failed=True).bytes()
    fork = first.replace(b'"s1"', b'"s2"')
    assert observe(first).covered == observe(fork).covered
    assert only(first).links & only(fork).links


def test_a_resume_with_new_uuids_keeps_the_identity_of_calls_and_messages() -> None:
    first = Transcript("s1").prompt("hello").says("sure").run("make", "no", failed=True)
    resumed = Transcript("s1").prompt("hello").says("sure").run("make", "no", failed=True)
    for line in resumed.lines:
        line["uuid"] = "new-" + line["uuid"]
        line["sessionId"] = "s2"
    assert len(only(first.bytes()).links & only(resumed.bytes()).links) == 2
    assert steps(only(first.bytes())) == steps(only(resumed.bytes()))


def test_the_same_words_at_the_same_moment_do_not_tie_strangers_together() -> None:
    one, other = Transcript("s1").prompt("go").bytes(), Transcript("s2").prompt("go").bytes()
    assert not only(one).links & only(other).links


def test_a_fork_in_the_same_file_still_shares_the_identity_of_its_events() -> None:
    first = Transcript("s1").prompt("hello").run("make", "no", failed=True).bytes()
    one, fork = observe(first, first.replace(b'"s1"', b'"s2"')).sessions
    assert one.links == fork.links
    assert [step.key for step in one.steps] == [step.key for step in fork.steps]


# 6
def test_a_session_starts_with_its_earliest_time_not_with_its_first_line() -> None:
    summary = b'{"type":"summary","summary":"Old","leafUuid":"x"}\n'
    snapshot = b'{"type":"file-history-snapshot","messageId":"m","snapshot":{"timestamp":"2020-01-01T00:00:00Z"}}\n'
    title = b'{"type":"custom-title","sessionId":"s1","customTitle":"Shop"}\n'
    session = only(summary, snapshot, title, Transcript().prompt("hi").bytes())
    assert session.started_at == START


# 7
def test_times_that_run_backwards_are_put_in_order() -> None:
    transcript = Transcript().prompt("first")
    transcript.wait(seconds=-60)
    transcript.prompt("second")
    session = only(transcript.bytes())
    assert session.started_at == START - timedelta(seconds=55)
    assert session.ended_at == START


# 8
def test_an_absent_error_flag_means_success() -> None:
    session = only(Transcript().run("make", "error: nothing failed").bytes())
    assert steps(session) == []
    assert len(session.quiet) == 1


@pytest.mark.parametrize("flag", [False, None])
def test_an_error_flag_that_is_not_true_means_success(flag: bool | None) -> None:
    transcript = Transcript().run("make", "fine")
    transcript.lines[-1]["message"]["content"][0]["is_error"] = flag
    assert steps(only(transcript.bytes())) == []


def test_results_are_read_as_text_and_as_lists_of_blocks() -> None:
    blocks = [
        {"type": "text", "text": "Exit code 2"},
        {"type": "image", "source": {}},
        {"type": "text", "text": "boom"},
    ]
    transcript = Transcript()
    transcript.result(transcript.call("Bash", {"command": "make"}), blocks, failed=True, toolUseResult="Error: boom")
    (result,) = [event for event in events(transcript.bytes()) if event.kind is Kind.RESULT]
    assert result.text == "Exit code 2\nboom"


def test_a_tool_use_result_may_be_text_object_or_list() -> None:
    for use in ("Error: x", {"stdout": "x"}, [{"type": "text"}], None, 3):
        transcript = Transcript()
        transcript.result(transcript.call("Read", {"file_path": "a"}), "x", toolUseResult=use)
        assert kinds(transcript.bytes()) == ["command", "tool_result"]


# 9
def test_the_exit_code_is_read_from_the_text_where_it_stands() -> None:
    (step,) = only(Transcript().run("make all", "Exit code 2\nmake: *** stop", failed=True).bytes()).steps
    assert (step.outcome, step.exit_code) == (Outcome.FAILED, 2)


def test_failures_of_versions_without_exit_codes_have_none() -> None:
    (step,) = only(Transcript(version="1.0.53").run("make all", "make: *** stop", failed=True).bytes()).steps
    assert (step.outcome, step.exit_code) == (Outcome.FAILED, None)


# 10
def test_error_words_in_what_was_read_are_no_failure() -> None:
    session = only(Transcript().reads("log.txt", "Traceback (most recent call last):\nKeyError: 'x'").bytes())
    assert steps(session) == []


# 11
def test_errors_nested_in_a_subagents_progress_are_read() -> None:
    transcript = Transcript()
    transcript.subagent(
        "assistant", [{"type": "tool_use", "id": "t-sub", "name": "Bash", "input": {"command": "go vet"}}]
    )
    transcript.subagent(
        "user", [{"type": "tool_result", "tool_use_id": "t-sub", "content": "Exit code 1\nvet: bad", "is_error": True}]
    )
    (step,) = only(transcript.bytes()).steps
    assert (step.tool, step.outcome, step.nested) == ("Bash", Outcome.FAILED, True)


def test_sidechain_lines_of_older_files_belong_to_their_parent() -> None:
    session = only(
        Transcript().prompt("look around", isSidechain=True).run("ls x", "no", failed=True, isSidechain=True).bytes()
    )
    assert [(step.kind, step.nested) for step in session.steps] == [(Kind.CALL, True)]


# 12
def test_elapsed_times_are_cumulative_and_grouped_by_tool_use() -> None:
    transcript = Transcript()
    call = transcript.call("Bash", {"command": "rsync -a data/ /mnt"})
    for elapsed in (11, 40, 39, 266, 265):
        transcript.progress(call, elapsed)
    (step,) = only(transcript.result(call, "sent").bytes()).steps
    assert (step.elapsed, step.command) == (266.0, "rsync -a data/ /mnt")


def test_a_long_call_that_was_never_answered_keeps_its_elapsed_time() -> None:
    transcript = Transcript()
    transcript.progress(transcript.call("Bash", {"command": "npm run e2e"}), 400)
    (step,) = only(transcript.bytes()).steps
    assert (step.outcome, step.elapsed, step.command, step.thing) == (
        Outcome.PENDING,
        400.0,
        "npm run e2e",
        "npm run e2e",
    )


# 13
def test_a_garbage_tool_name_is_carried_as_text() -> None:
    transcript = Transcript()
    garbage = 'Task" >\n<parameter name="description'
    transcript.result(transcript.call(garbage, {}), "No such tool", failed=True)
    (step,) = only(transcript.bytes()).steps
    assert step.tool == garbage


# 14
def test_a_line_of_three_megabytes_is_read() -> None:
    big = "x" * 3_000_000
    assert kinds(Transcript().reads("big.txt", big).bytes()) == ["command", "tool_result"]


# 15
def test_sessions_without_calls_with_one_prompt_or_with_summaries_only_are_sessions_or_nothing() -> None:
    assert only(Transcript().prompt("hello").bytes()).events == 1
    assert observe(b'{"type":"summary","summary":"s","leafUuid":"l"}\n').sessions == ()


# 16
def test_a_gap_over_ten_minutes_starts_a_new_block() -> None:
    transcript = Transcript(step=60).prompt("a").says("b").prompt("c")
    transcript.wait(hours=65).prompt("d").says("e")
    session = only(transcript.bytes())
    assert [(block.end - block.start).total_seconds() for block in session.blocks] == [120.0, 60.0]
    assert seconds(session.blocks) == 180.0


def test_a_gap_of_exactly_ten_minutes_is_still_activity() -> None:
    transcript = Transcript(step=600).prompt("a").says("b")
    assert seconds(only(transcript.bytes()).blocks) == 600.0


# 17
def test_version_folder_and_branch_may_change_midway() -> None:
    transcript = Transcript(version="2.1.7").prompt("a")
    transcript.version, transcript.cwd = "2.1.17", "/home/ada/other"
    transcript.prompt("b", gitBranch="topic")
    session = only(transcript.bytes())
    assert session.versions == ("2.1.17", "2.1.7")
    assert session.cwds == ("/home/ada/other", "/home/ada/shop")
    assert session.branches == ("main", "topic")


# 18
def test_a_call_without_a_result_is_pending_not_failed() -> None:
    transcript = Transcript()
    transcript.call("Bash", {"command": "sleep 100"})
    assert steps(only(transcript.bytes())) == [("Bash", "pending")]


# 19
def test_the_remaining_signs_have_kinds_of_their_own() -> None:
    transcript = Transcript()
    transcript.prompt("[Request interrupted by user]")
    transcript.says("API Error: 529 overloaded", isApiErrorMessage=True)
    transcript.system("api_error", error={"status": 529}, retryAttempt=1)
    transcript.system("compact_boundary", content="Conversation compacted", compactMetadata={"trigger": "auto"})
    transcript.system("microcompact_boundary", content="Context microcompacted")
    transcript.system("stop_hook_summary", hookErrors=["exit status 1"], hookInfos=[{"command": "lint.sh"}])
    transcript.system("turn_duration", durationMs=3)
    assert kinds(transcript.bytes()) == [
        "interruption", "api_error", "api_error", "compaction", "system", "hook", "mark",
    ]  # fmt: skip


def test_a_boundary_and_its_summary_are_one_compaction() -> None:
    transcript = Transcript().system(
        "compact_boundary", content="Conversation compacted", compactMetadata={"trigger": "auto"}
    )
    transcript.prompt("This session is being continued from a previous conversation", isCompactSummary=True)
    assert kinds(transcript.bytes()) == ["compaction", "mark"]


def test_versions_without_boundaries_show_compaction_by_its_summary() -> None:
    text = "This session is being continued from a previous conversation that ran out of context."
    assert kinds(Transcript(version="1.0.53").prompt(text, isCompactSummary=True, parentUuid=None).bytes()) == [
        "compaction"
    ]


def test_a_rejected_call_and_its_echo_are_one_event() -> None:
    transcript = Transcript().run("rm -r build", "The user doesn't want to proceed with this tool use.", failed=True)
    transcript.prompt("[Request interrupted by user for tool use]")
    session = only(transcript.bytes())
    assert steps(session) == [("Bash", "rejected")]
    assert steps(session, Kind.INTERRUPTION) == []


def test_a_sibling_that_failed_is_a_consequence() -> None:
    text = "<tool_use_error>Sibling tool call errored</tool_use_error>"
    assert steps(only(Transcript().run("ls", text, failed=True).bytes())) == [("Bash", "consequence")]


def test_what_the_harness_puts_in_a_persons_mouth_is_no_prompt() -> None:
    for text in (
        "<command-name>/clear</command-name>",
        "<local-command-stdout>ok</local-command-stdout>",
        "Caveat: The messages below were generated by the user while running local commands.",
        "<system-reminder>be brief</system-reminder>",
    ):
        assert kinds(Transcript().prompt(text).bytes()) == ["mark"]
    assert kinds(Transcript().prompt("meta", isMeta=True).bytes()) == ["mark"]


def test_what_an_editor_adds_is_taken_off_a_prompt() -> None:
    (event,) = [
        event
        for event in events(Transcript().prompt("<ide_opened_file>a.py is open</ide_opened_file>\nfix it").bytes())
        if event.kind is Kind.PROMPT
    ]
    assert event.text == "fix it"


# 20
@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\xef\xbb\xbf", b""), (b"\n \n", b"\n\n"), (b"\0\0", b""), (b"", b"\r")],
    ids=["byte order mark", "blank lines", "NUL bytes", "CRLF"],
)
def test_harmless_dirt_costs_nothing(before: bytes, after: bytes) -> None:
    line = Transcript().prompt("hello").bytes().rstrip(b"\n")
    assert kinds(before + line + after + b"\n") == ["prompt"]
    assert problems(before + line + after + b"\n") == []


def test_bytes_that_are_no_utf8_are_replaced_and_said() -> None:
    dirty = Transcript().prompt("caf\x00e").bytes().replace(b"\\u0000", b"\xe9")
    assert kinds(dirty) == ["prompt"]
    (problem,) = problems(dirty)
    assert problem.code == "invalid_utf8"
    assert problem.place.startswith("1:")


def test_half_a_character_costs_only_itself() -> None:
    raw = Transcript().prompt("th?nks").bytes().replace(b"?", b"\\ud800")
    assert [event.text for event in events(raw) if event.kind is Kind.PROMPT] == ["th?nks"]


def test_a_damaged_line_costs_only_itself() -> None:
    lines = Transcript().prompt("a").prompt("b").prompt("c").bytes().splitlines(keepends=True)
    lines[1] = lines[1][:60] + b"\n"
    assert kinds(*lines) == ["prompt", "prompt"]
    (problem,) = problems(*lines)
    assert (problem.code, problem.place.split(":")[0]) == ("damaged_line", "2")


def test_half_a_last_line_is_a_session_being_written() -> None:
    whole = Transcript().prompt("a").prompt("b").bytes()
    assert kinds(whole[:-30]) == ["prompt"]
    assert problems(whole[:-30]) == []


def test_an_unknown_type_is_counted_and_skipped() -> None:
    transcript = Transcript().prompt("a")
    transcript.line("hologram", payload=1)
    assert observe(transcript.bytes()).unknown == {"hologram": 1}
    assert problems(transcript.bytes()) == []


def test_odd_shapes_of_known_fields_cost_at_most_their_line() -> None:
    for content in (None, 3, [None, 4, {"type": None}], {"a": 1}, [[]], "x"):
        for kind in ("user", "assistant"):
            transcript = Transcript().prompt("before")
            transcript.line(kind, message={"role": kind, "content": content})
            transcript.prompt("after")
            assert kinds(transcript.bytes()).count("prompt") >= 2
    for data in (
        None,
        [],
        {"type": "agent_progress"},
        {"type": "agent_progress", "message": {"message": 3}},
        {"type": 5},
    ):
        transcript = Transcript()
        transcript.line("progress", data=data)
        assert kinds(transcript.bytes()) == ["mark"]


@pytest.mark.parametrize("kind", [[], {}, ["user"], 7, None])
def test_a_type_that_is_no_text_is_no_line_of_a_transcript(kind: object) -> None:
    line = orjson.dumps({"type": kind, "sessionId": "s1", "payload": 1, "uuid": "u"}) + b"\n"
    assert tell([line]) is None
    assert kinds(Transcript().prompt("before").bytes(), line) in (["prompt"], ["prompt", "unknown"])


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "soon"],
)
def test_a_moment_at_the_end_of_the_calendar_is_no_time(moment: str) -> None:
    transcript = Transcript().prompt("a").prompt("b")
    transcript.lines[0]["timestamp"] = moment
    assert next(event for event in events(transcript.bytes()) if event.kind is Kind.PROMPT).at is None
    assert only(transcript.bytes()).started_at == START + timedelta(seconds=5)


@pytest.mark.parametrize("number", [b"1e999", b"-5", b"NaN", b"Infinity", b"9" * 400, b"9" * 5000])
def test_an_elapsed_time_that_cannot_be_is_left_out(number: bytes) -> None:
    transcript = Transcript()
    raw = transcript.progress(transcript.call("Bash", {"command": "make"}), 33).bytes().replace(b":33.0", b":" + number)
    raw = raw.replace(b":33,", b":" + number + b",")
    assert number in raw
    assert [step.elapsed for step in only(raw).steps] == [0.0]


@pytest.mark.parametrize("depth", [300, 950, 100_000])
def test_a_nest_too_deep_to_read_or_to_write_costs_at_most_its_line(depth: int) -> None:
    nest = b'{"a":' * depth + b"1" + b"}" * depth
    transcript = Transcript().prompt("before")
    transcript.call("Search", {"query": "QUERY"})
    raw = transcript.prompt("after").bytes().replace(b'"QUERY"', nest)
    observation = Observation(Matchers([rule(event="command", text=("QUERY",))]), "file.jsonl")
    for event in events(raw, nest + b"\n", b"[" * depth + b"\n"):
        observation.feed(event)
    (session,) = observation.result().sessions
    assert [step.kind for step in session.steps if step.kind is Kind.PROMPT] == [Kind.PROMPT, Kind.PROMPT]


def test_times_are_utc_whatever_zone_they_were_written_in() -> None:
    transcript = Transcript().prompt("a")
    transcript.lines[0]["timestamp"] = "2026-02-02T10:00:00+01:00"
    (event,) = [event for event in events(transcript.bytes()) if event.kind is Kind.PROMPT]
    assert event.at == datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
    assert str(event.at.tzinfo) == "UTC"
