"""What rules see of one text: filters, group keys, and what is never taken for friction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made import rule

from bot.core.match import Hit, Matchers, Subject
from bot.core.model import Outcome
from bot.core.rule_model import Rule

MODULE = r"No module named '(?P<module>[^']+)'"


def failed(text: str, tool: str = "Bash", code: int | None = 1, command: str = "python run.py") -> Subject:
    return Subject(text, tool, Outcome.FAILED, code, command)


def worked(text: str, tool: str = "Bash", command: str = "python run.py") -> Subject:
    return Subject(text, tool, Outcome.OK, None, command)


def hits(used: Rule, subject: Subject) -> list[Hit]:
    """What one rule finds in a result, looked up as a session would: failures in one channel, successes in another."""
    matchers = Matchers([used])
    if subject.outcome is Outcome.OK and used.match.event == "tool_result":
        return list(matchers.of_success.hits(subject))
    return list(matchers.channel(used.match.event).hits(subject))


def keys(used: Rule, subject: Subject) -> list[dict[str, str]]:
    return [dict(hit.group) for hit in hits(used, subject)]


# Filters


def test_a_rule_that_names_tools_looks_at_no_other() -> None:
    named = rule(text="boom", tool=("Bash", "Edit"))
    assert len(hits(named, failed("boom", "Bash"))) == 1
    assert len(hits(named, failed("boom", "Edit"))) == 1
    assert hits(named, failed("boom", "Write")) == []
    assert hits(named, failed("boom", "")) == []


def test_a_rule_for_failures_sees_failures_and_guards_only() -> None:
    wanted = rule(text="boom", failed=True)
    assert len(hits(wanted, failed("boom"))) == 1
    assert len(hits(wanted, Subject("boom", "Edit", Outcome.GUARD))) == 1
    assert hits(wanted, worked("boom")) == []


def test_a_rule_for_successes_sees_successes_only() -> None:
    wanted = rule(text="boom", failed=False)
    assert hits(wanted, failed("boom")) == []
    assert len(hits(wanted, worked("boom"))) == 1


def test_a_rule_that_does_not_say_sees_failures_and_shell_output() -> None:
    assert len(hits(rule(text="boom"), failed("boom"))) == 1
    assert len(hits(rule(text="boom"), worked("boom"))) == 1


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.INTERRUPTED, Outcome.HOOK_BLOCK, Outcome.CONSEQUENCE])
def test_what_is_neither_failure_nor_success_is_no_tool_result(outcome: Outcome) -> None:
    assert hits(rule(text="boom"), Subject("boom", "Bash", outcome)) == []


def test_exit_codes_choose_among_results() -> None:
    wanted = rule(text="boom", exit_code=(126, 127))
    assert len(hits(wanted, failed("boom", code=127))) == 1
    assert hits(wanted, failed("boom", code=1)) == []
    assert hits(wanted, failed("boom", code=None)) == []


def test_one_of_several_patterns_is_enough_and_none_of_the_excluded_may_occur() -> None:
    used = rule(text=("boom", "bang"), not_text=("harmless", "^ok"))
    assert len(hits(used, failed("a bang"))) == 1
    assert hits(used, failed("a whisper")) == []
    assert hits(used, failed("boom\nthis is harmless")) == []


def test_patterns_know_lines_only_where_they_ask_for_them() -> None:
    assert hits(rule(text="^boom"), failed("first\nboom")) == []
    assert len(hits(rule(text="(?m)^boom"), failed("first\nboom"))) == 1


def test_letters_beyond_ascii_are_matched_as_letters() -> None:
    assert keys(rule(text="(?i)erreur à la ligne (?P<n>.)", group_by=("n",)), failed("ERREUR À LA LIGNE é!")) == [
        {"n": "é"}
    ]


def test_a_retired_rule_finds_nothing() -> None:
    matchers = Matchers([rule(text="boom", status="retired")])
    assert matchers.rules == ()
    assert list(matchers.channel("tool_result").hits(failed("boom"))) == []


@pytest.mark.parametrize("status", ["draft", "shadow", "stable"])
def test_a_rule_that_may_not_file_is_counted_all_the_same(status: str) -> None:
    assert len(hits(rule(text="boom", status=status), failed("boom"))) == 1


def test_rules_of_other_events_look_at_their_own_channel_only() -> None:
    matchers = Matchers([rule(event="prompt", text="boom"), rule("other", event="system", text="boom")])
    assert [hit.rule.id for hit in matchers.channel("prompt").hits(Subject("boom"))] == ["some-rule"]
    assert [hit.rule.id for hit in matchers.channel("system").hits(Subject("boom"))] == ["other"]
    assert matchers.channel("assistant").empty
    assert matchers.channel("tool_result").empty


def test_only_rules_over_single_events_ask_for_files_to_be_read() -> None:
    matchers = Matchers([rule("loops", event="retry"), rule("slow", event="slow"), rule("words", text="boom")])
    assert list(matchers.event_digests) == ["words"]
    assert [each.id for each in matchers.of_steps] == ["loops", "slow"]


# Group keys


def test_captures_are_the_group_key() -> None:
    assert keys(rule(text=MODULE, group_by=("module",)), failed("x\nNo module named 'pandas'\ny")) == [
        {"module": "pandas"}
    ]


def test_several_keys_in_one_text_are_several_findings_each_once() -> None:
    text = "No module named 'pandas'\nNo module named 'numpy'\nNo module named 'pandas'"
    found = hits(rule(text=MODULE, group_by=("module",)), failed(text))
    assert [dict(hit.group) for hit in found] == [{"module": "pandas"}, {"module": "numpy"}]
    assert [hit.at for hit in found] == [0, 25]


def test_places_count_characters_and_not_bytes() -> None:
    (hit,) = hits(rule(text="boom"), failed("ééé boom"))
    assert hit.at == 4


def test_a_rule_without_captures_finds_a_text_once() -> None:
    assert keys(rule(text="boom"), failed("boom boom boom")) == [{}]


def test_patterns_of_one_rule_may_capture_the_same_name() -> None:
    used = rule(text=(r"(?P<command>\w+): not found", r"not found: (?P<command>\w+)"), group_by=("command",))
    assert keys(used, failed("jq: not found")) == [{"command": "jq"}]
    assert keys(used, failed("not found: jq")) == [{"command": "jq"}]


def test_a_group_that_took_no_part_in_the_match_is_empty() -> None:
    used = rule(text=r"boom(?: in (?P<place>\w+))?", group_by=("place",))
    assert keys(used, failed("boom")) == [{"place": ""}]


def test_a_listing_of_everything_is_cut_after_twenty_keys() -> None:
    text = "\n".join(f"No module named 'm{number}'" for number in range(500))
    assert len(keys(rule(text=MODULE, group_by=("module",)), failed(text))) == 20


def test_built_in_names_are_group_keys_too() -> None:
    used = rule(event="tool_failure", group_by=("tool", "program", "exit_code", "outcome", "version", "signature"))
    subject = Subject("make: *** No rule to make target 'x'", "Bash", Outcome.FAILED, 2, "cd a && make x", "2.1.17")
    (key,) = keys(used, subject)
    assert key == {
        "exit_code": "2",
        "outcome": "failed",
        "program": "make x",
        "signature": "make: *** No rule to make target <name>",
        "tool": "Bash",
        "version": "2.1.17",
    }


def test_group_keys_stand_in_the_order_of_their_names() -> None:
    used = rule(text=MODULE, group_by=("tool", "module", "exit_code"))
    (hit,) = hits(used, failed("No module named 'pandas'"))
    assert [name for name, _ in hit.group] == ["exit_code", "module", "tool"]


def test_a_capture_beats_the_built_in_of_the_same_name() -> None:
    used = rule(text=r"with version (?P<version>[\d.]+)", group_by=("version",))
    assert keys(used, Subject("with version 3.2", "Bash", Outcome.FAILED, 1, "", "2.1.17")) == [{"version": "3.2"}]


def test_a_failure_without_words_has_no_signature_and_no_group() -> None:
    assert hits(rule(event="tool_failure", group_by=("signature",)), failed("Exit code 1")) == []
    assert hits(rule(event="tool_failure", group_by=("signature",)), failed("")) == []


def test_group_values_are_redacted_and_short() -> None:
    token = "ghp_" + "a1B2" * 9
    (key,) = keys(rule(text=MODULE, group_by=("module",)), failed(f"No module named '{token}'"))
    assert token[:12] not in key["module"]
    assert key["module"].startswith("[masked:")
    (key,) = keys(rule(text=MODULE, group_by=("module",)), failed(f"No module named '{'long name ' * 400}'"))
    assert len(key["module"]) == 120


def test_a_group_value_stands_on_one_line_without_control_characters() -> None:
    (key,) = keys(rule(text=MODULE, group_by=("module",)), failed("No module named 'a\n\x1b[31mb\u202ec\t d'"))
    assert key == {"module": "a bc d"}


# What was read is not what happened


@pytest.mark.parametrize("tool", ["Read", "Grep", "Glob", "WebFetch", "Task", ""])
def test_what_was_read_is_never_seen_unless_the_rule_names_the_tool(tool: str) -> None:
    for told in ({}, {"failed": False}):
        assert hits(rule(text="boom", **told), worked("boom", tool)) == []
    if tool:
        assert len(hits(rule(text="boom", tool=(tool,)), worked("boom", tool))) == 1


def test_a_failing_read_is_a_failure_like_any_other() -> None:
    assert len(hits(rule(text="does not exist"), failed("File does not exist.", "Read"))) == 1


@pytest.mark.parametrize(
    "line",
    [
        'raise ValueError("boom")',
        '    "boom",',
        "'boom'",
        "`boom`;",
        "# boom",
        "  // boom",
        " * boom",
        "-- boom",
        "echo boom",
        "set -e; echo boom",
        'printf "boom\\n" >&2',
        "x=$(boom)",
        "grep boom log.txt",
        "rg boom",
        "throw new Error(boom)",
        'print("boom")',
    ],
)
def test_source_shaped_lines_of_successful_output_do_not_count(line: str) -> None:
    assert hits(rule(text="boom"), worked(f"first\n{line}\nlast")) == []


@pytest.mark.parametrize(
    "line", ["boom", "error: boom at x.py:3", "ERROR boom", "12:03:11 boom", "make: *** [boom] Error 2"]
)
def test_plain_lines_of_successful_output_count(line: str) -> None:
    assert len(hits(rule(text="boom"), worked(f"first\n{line}\nlast"))) == 1


def test_a_plain_line_behind_a_source_shaped_one_still_counts() -> None:
    assert len(hits(rule(text="boom"), worked("# boom\nboom\n"))) == 1
    assert keys(rule(text=MODULE, group_by=("module",)), worked("# No module named 'a'\nNo module named 'b' here")) == [
        {"module": "b"}
    ]


def test_source_shaped_lines_of_a_failure_count() -> None:
    assert len(hits(rule(text="boom"), failed('raise ValueError("boom")'))) == 1


# Hostile text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a|a)*b", "a" * 300_000),
        (r"(x+x+)+y", "x" * 300_000),
        (r"(?P<k>.*)(?P<l>.*)(?P<m>.*)=end", "=" * 300_000),
        (r"boom", "# boom " + "x" * 300_000),
        (r"[ab]*a[ab]{12}c", "ab" * 150_000),
    ],
)
@pytest.mark.timeout(60)  # what is not linear would take hours
def test_no_text_makes_a_pattern_hang(pattern: str, text: str) -> None:
    hits(rule(text=pattern), failed(text))
    hits(rule(text=pattern), worked(text))


def test_a_text_full_of_matches_of_one_key_is_one_hit() -> None:
    assert len(hits(rule(text="(?P<k>boom)", group_by=("k",)), failed("boom " * 300_000))) == 1
    assert len(hits(rule(text="(?P<k>boom)", group_by=("k",)), worked("x boom " * 300_000))) == 1


subjects = st.builds(
    Subject,
    text=st.text(max_size=60) | st.sampled_from(["boom 1\nboom 2", "\ud800boom 3", "No module\0", "# boom 4"]),
    tool=st.sampled_from(["", "Bash", "Read", "Edit", 'Task" >\n']),
    outcome=st.sampled_from(Outcome),
    exit_code=st.none() | st.integers(0, 255),
    command=st.text(max_size=30),
)
matches: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["boom (?P<n>\\d)", ("(?s).", "oo(?P<n>.)")]),
        "failed": st.sampled_from([None, True, False]),
        "tool": st.sampled_from([(), ("Bash",), ("Read",)]),
    }
)


@settings(max_examples=80)
@example({"text": "boom (?P<n>\\d)", "failed": None, "tool": ()}, Subject("\ud800boom 3", "Bash", Outcome.FAILED))
@given(matches, subjects)
def test_whatever_a_text_holds_every_group_key_is_printable_and_once(match: dict[str, Any], subject: Subject) -> None:
    found = hits(rule(group_by=("n", "tool"), **match), subject)
    groups = [hit.group for hit in found]
    assert len(set(groups)) == len(groups)
    for hit in found:
        assert [name for name, _ in hit.group] == ["n", "tool"]
        assert all(value.isprintable() and len(value) <= 120 for _, value in hit.group)
        assert hit.at is None or 0 <= hit.at <= len(subject.text)
