import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.core.ruleset import Match, Rule, json_schema, parse_rule

WHOLE = """\
id: module-missing
title: "Python cannot import {module}"
status: stable
severity: medium
confidence: high
detects: Detects a program that stops because a module is not installed.
why: Every session finds out again.
fix: Declare the dependency.
limits: [Modules missing on purpose are counted too.]
match:
  event: tool_result
  tool: [Bash]
  failed: true
  text: "No module named '(?P<module>[\\\\w.]+)'"
group_by: [module]
threshold: {sessions: 3, people: 2, within: 14d, clear_below: 1, quiet: 30d}
regression: {sessions: 2, reopen_within: 60d, rollout: 0h}
issue: {template: issue.md.j2, labels: [bug]}
fixes: []
tests:
  - name: a module
    session: [{run: python a.py, fails: "No module named 'pandas'"}]
    expect: [{module: pandas}]
  - name: a file that says so
    session: [{read: log.txt, gives: "No module named 'pandas'"}]
    expect: []
"""
PLACE = "rules/x/module-missing.yml"


def rule(text: str = WHOLE, place: str = PLACE) -> Rule:
    parsed, problems = parse_rule(text, place)
    assert problems == ()
    assert parsed is not None
    return parsed


def changed(*changes: tuple[str, str]) -> str:
    text = WHOLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def problems(*changes: tuple[str, str], place: str = PLACE) -> list[tuple[str, str]]:
    """Where the problems of a changed file stand (line:column) and what they say."""
    parsed, found = parse_rule(changed(*changes), place)
    assert parsed is None
    return [(problem.place.removeprefix(f"{place}:"), problem.message) for problem in found]


def test_a_whole_rule_is_read_with_all_its_values() -> None:
    read = rule()
    assert read.match.text == ("No module named '(?P<module>[\\w.]+)'",)
    assert read.match.tool == ("Bash",)
    assert read.match.failed is True
    assert read.threshold.within == timedelta(days=14)
    assert read.regression.rollout == timedelta(0)
    assert read.limits == ("Modules missing on purpose are counted too.",)
    assert read.tests[0].expect == ({"module": "pandas"},)


def test_what_is_not_said_has_a_default() -> None:
    least = "id: a\ntitle: A\nseverity: low\nconfidence: low\ndetects: Detects.\nmatch: {event: tool_failure}\n"
    read = rule(least, "a.yml")
    assert (read.status, read.group_by, read.tests) == ("draft", (), ())
    assert (read.threshold.sessions, read.threshold.people, read.threshold.quiet) == (3, 2, timedelta(days=30))
    assert (read.match.times, read.match.rounds, read.match.within) == (3, 5, timedelta(minutes=10))
    assert read.issue.labels == ("user-feedback",)


def test_user_feedback_is_always_among_the_labels() -> None:
    assert rule().issue.labels == ("user-feedback", "bug")
    assert rule(changed(("[bug]", "[bug, user-feedback, bug]"))).issue.labels == ("user-feedback", "bug")


def test_text_stays_text_where_text_is_expected() -> None:
    read = rule(changed(("why: Every session finds out again.", "why: no"), ("{module: pandas}", "{module: 3.10}")))
    assert read.why == "no"
    assert read.tests[0].expect == ({"module": "3.10"},)


def test_free_input_of_a_tool_has_its_numbers_and_booleans() -> None:
    line = '{tool: Read, input: {file_path: a, offset: 5, deep: [true, "7"]}, gives: x}'
    read = rule(changed(("{read: log.txt, gives: \"No module named 'pandas'\"}", line)))
    assert read.tests[1].session[0].input == {"file_path": "a", "offset": 5, "deep": (True, "7")}


def test_a_rule_is_frozen_all_through() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        rule().title = "x"  # type: ignore[misc]
    assert {rule(), rule()} == {rule()}


def test_the_match_digest_changes_with_what_is_matched_and_nothing_else() -> None:
    digest = rule().match_digest
    assert len(digest) == 16
    assert int(digest, 16) >= 0
    assert (
        rule(changed(("Declare the dependency.", "Install it."), ("sessions: 3", "sessions: 5"))).match_digest == digest
    )
    assert rule(changed(("failed: true", "failed: false"))).match_digest != digest
    assert rule(changed(("  tool: [Bash]", "  tool: Bash"))).match_digest == digest


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("id: module-missing", "id: Module_Missing", "1:5", "id cannot be 'Module_Missing': write lower-case words"),
        ("id: module-missing", f"id: {'a' * 41}", "1:5", "id: must have at most 40 characters, this has 41"),
        ("id: module-missing", "id: other", "1:5", "the id is other but the file is called module-missing: make them"),
        ("severity: medium", "severity: hihg", "4:11", "severity cannot be 'hihg': did you mean high? write one"),
        ("severity: medium\n", "", "1:1", "severity is missing: How much it hurts. One of low, medium, high,"),
        ("status: stable", "status: live", "3:9", "status cannot be 'live': write one of draft, shadow, stable,"),
        ("threshold:", "treshold:", "16:1", "there is no field treshold here: did you mean threshold? known: aliases,"),
        ("failed: true", "fialed: true", "13:3", "there is no field fialed here: did you mean failed? known: event,"),
        ("failed: true", 'failed: "true"', "13:11", "match.failed must be true or false without quotes, not 'true'"),
        ("failed: true", "failed: yes", "13:11", "match.failed must be true or false without quotes, not 'yes'"),
        ("sessions: 3,", "sessions: three,", "16:23", "threshold.sessions must be a whole number without quotes, not"),
        ("sessions: 3,", "sessions: 0,", "16:23", "threshold.sessions: must be at least 1, this is '0'"),
        ("within: 14d", "within: 2 weeks", "16:45", "'2 weeks' is no duration: write a whole number and s, m, h or d"),
        ("group_by: [module]", "group_by: {module: 1}", "15:11", "group_by.1 must be text, not a mapping"),
        ("event: tool_result", "event: result", "11:10", "match.event cannot be 'result': did you mean tool_result?"),
        ("labels: [bug]", f"labels: [bug, {'x' * 51}]", "18:46", "a label has at most 50 characters on GitHub"),
        ("labels: [bug]", 'labels: ["a,b"]', "18:41", "a label holds no comma: write two labels"),
        ("template: issue.md.j2", "template: ../x", "18:19", "issue.template cannot be '../x': write the name of"),
        ("people: 2", "people: 4", "16:34", "people (4) is more than sessions (3): each session has one person"),
        ("clear_below: 1", "clear_below: 4", "16:63", "clear_below (4) is more than sessions (3): it would close as"),
        ("{module}", "{modul}", "2:8", "there is no {modul}: did you mean {module}? known here: {module}, {tool}; for"),
        ("fix: Declare", "fix: Declare {it} {{", "8:6", "there is no {it}: known here: {module}, {tool}; for"),
        ("title: \"Python", "title: \"{Python", "2:8", "a lone '{': write '{{' for the brace itself"),
        ("limits: [Modules missing", "limits: [\"{x} missing", "9:10", "this is no YAML"),
        ("fix: Declare the dependency.\n", "", "3:9", "a stable rule needs fix: write it, or set the status to draft"),
        ("limits: [Modules missing on purpose are counted too.]\n", "", "3:9", "a stable rule needs limits: write it"),
        ("expect: []", "expect: [{module: x}]", "3:9", "a stable rule needs a test that must not match"),
        ("expect: [{module: pandas}]", "expect: []", "3:9", "a stable rule needs a test that matches"),
        ("expect: [{module: pandas}]", "expect: [{modul: x}]", "23:14", "expect names modul, but group_by is module"),
        ("fixes: []", "fixes: [{at: 2026-02-06}]", "19:14", "write a time with its zone, such as 2026-02-06T21:37:49Z"),
        ("fixes: []", "fixes: [{}]", "19:9", "a fix is one of at, commit, pr, version; this names nothing"),
        ("fixes: []", "fixes: [{pr: 3, commit: abcdef1}]", "19:9", "a fix is one of at, commit, pr, version; this"),
        ("fixes: []", "fixes: [{version: soon}]", "19:19", "'soon' is no version that can be compared"),
        ("fixes: []", "aliases: [module-missing]", "19:10", "aliases holds the id itself or a name twice"),
        ("name: a file that says so", "name: a module", "21:3", "tests holds a name twice (a module): keep one"),
        ("run: python a.py, fails", "rn: python a.py, fails", "22:16", "there is no field rn here: did you mean run?"),
        ("fails: \"No", "gives: x, fails: \"No", "22:15", "a call either gives or fails: keep one of the two"),
    ],
)  # fmt: skip
def test_a_problem_is_named_where_it_stands_with_what_to_write(old: str, new: str, place: str, words: str) -> None:
    [(where, said)] = problems((old, new))
    assert said.startswith(words)
    assert where == place or words == "this is no YAML"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "RE2 cannot read the pattern: missing ): ("),
        ("a(?=b)", "RE2 cannot read the pattern: invalid perl operator: (?=; RE2 has no look-around: match the"),
        ("(?<!a)b", "RE2 cannot read the pattern: invalid perl operator: (?<!; RE2 has no look-around"),
        ("(a)\\\\1", "RE2 cannot read the pattern: invalid escape sequence: \\1; RE2 has no backreferences: write"),
        ("\\\\pL{1000}" * 20, "RE2 cannot read the pattern: pattern too large - compile failed"),
        ("x*", "the pattern matches an empty text, so it would match everywhere"),
        ("x" * 4001, "a pattern has at most 4000 characters: write several in a list"),
    ],
)
def test_a_bad_pattern_is_told_in_the_words_of_re2(pattern: str, words: str) -> None:
    [(where, said)] = problems(("No module named '(?P<module>[\\\\w.]+)'", pattern))
    assert where == "14:9"
    assert said.startswith(words)


def test_a_group_name_must_be_captured_by_every_alternative() -> None:
    two = ('text: "No module named', 'text:\n    - "missing (?P<other>\\\\w+)"\n    - "No module named')
    assert problems(two) == [
        ("17:12", "module is captured by some of the patterns only: write (?P<module>…) in each")
    ]  # fmt: skip


def test_an_unknown_group_name_is_compared_with_what_there_is() -> None:
    found = problems(
        ("group_by: [module]", "group_by: [modul]"), ("import {module}", "import"), ("{module: pandas}", "{modul: x}")
    )
    assert found == [
        (
            "15:12",
            (
                "modul is neither captured by text nor built in: did you mean module? "
                "known: exit_code, module, outcome, program, signature, tool, version"
            ),
        )
    ]


def test_built_in_names_belong_to_their_events() -> None:
    api = "id: a\ntitle: '{status}'\nseverity: low\nconfidence: low\ndetects: D.\nmatch: {event: api_error}\n"
    assert rule(f"{api}group_by: [status]\n", "a.yml").group_by == ("status",)
    parsed, found = parse_rule(f"{api.replace('{status}', 'x')}group_by: [hook]\n", "a.yml")
    assert parsed is None
    assert [problem.message for problem in found] == [
        "hook is neither captured by text nor built in: known: status, version"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("match", "place", "words"),
    [
        ("{event: prompt, tool: Bash, text: x}", "6:24", "tool means nothing for prompt, only for command, hook,"),
        ("{event: tool_failure, failed: true}", "6:30", "failed means nothing for tool_failure, only for tool_result"),
        ("{event: slow, times: 4}", "6:22", "times means nothing for slow, only for retry: remove it"),
        ("{event: retry, longer_than: 4m}", "6:23", "longer_than means nothing for retry, only for slow: remove it"),
        ("{event: retry, text: x}", "6:23", "a retry rule looks at calls, not at text: remove it, or choose"),
        ("{event: prompt}", "6:8", "prompt needs a text: one RE2 pattern or a list of them"),
        ("{event: rejection, not_text: x}", "6:27", "not_text only narrows down a text: write the text too"),
        ("{event: retry, times: 6}", "6:30", "rounds (5) is less than times (6): a loop that worked counts later"),
        ("{event: slow, longer_than: 0s}", "6:35", "longer_than must be longer than nothing, such as 10m"),
        ("{event: slow, longer_than: 29s}", "6:35", "calls that took less than 30s are not kept one by one"),
    ],
)
def test_what_means_nothing_for_an_event_is_a_problem(match: str, place: str, words: str) -> None:
    text = f"id: a\ntitle: A\nseverity: low\nconfidence: low\ndetects: D.\nmatch: {match}\n"
    parsed, [problem] = parse_rule(text, "a.yml")
    assert parsed is None
    assert problem.place == f"a.yml:{place}"
    assert problem.message.startswith(words)


def test_all_problems_of_a_file_are_named_at_once_in_its_order() -> None:
    found = problems(
        ("id: module-missing", "id: wrong"),
        ("{module}", "{modul}"),
        ("severity: medium", "severity: huge"),
        ("failed: true", "fialed: true"),
        ("[\\\\w.]+)'", "[\\\\w.]+(?!x))'"),
        ("people: 2", "people: 4"),
        ("labels: [bug]", f"labels: [{'x' * 51}]"),
        ("fixes: []", "severity: low"),
    )
    assert [place for place, _ in found] == ["1:5", "2:8", "4:11", "13:3", "14:9", "16:34", "18:41", "19:1"]


def test_a_misspelt_section_does_not_breed_further_problems() -> None:
    assert [place for place, _ in problems(("group_by:", "groupby:"))] == ["15:1"]
    assert [place for place, _ in problems(("  text:", "  txt:"))] == ["14:3"]
    assert [place for place, _ in problems(("tests:", "test:"))] == ["20:1"]


def test_a_file_that_is_no_mapping_is_told_how_to_begin() -> None:
    parsed, [problem] = parse_rule("- a\n- b\n", "a.yml")
    assert parsed is None
    assert tuple(problem) == (
        "rule_type",
        "a.yml:1:1",
        "a rule file is a mapping of fields: begin with `id: ` and the file's name",
    )


def test_a_fix_time_is_utc_whatever_its_zone() -> None:
    read = rule(changed(("fixes: []", "fixes: [{at: 2026-02-06T21:37:49+01:00}, {version: 2.1.0, of: agent}]")))
    assert read.fixes[0].at == datetime(2026, 2, 6, 20, 37, 49, tzinfo=UTC)
    assert read.fixes[1].version == "2.1.0"


def test_a_windows_path_is_a_file_name_too() -> None:
    assert rule(WHOLE, "C:\\rules\\module-missing.yml").id == "module-missing"


def test_a_single_pattern_and_a_list_are_the_same() -> None:
    one = Match(event="tool_result", text="a")  # type: ignore[arg-type]
    assert one == Match(event="tool_result", text=("a",))


def test_the_schema_shows_durations_as_they_are_written() -> None:
    schema = json_schema()
    within = schema["$defs"]["Threshold"]["properties"]["within"]
    assert (within["default"], within["pattern"]) == ("14d", "^[0-9]{1,9}[smhd]$")
    assert schema["$defs"]["Threshold"]["properties"]["sessions"]["minimum"] == 1
    assert schema["additionalProperties"] is False
    assert "null" not in json.dumps(schema["$defs"]["Match"]["properties"]["text"])


def test_every_field_of_the_schema_has_a_description() -> None:
    schema = json_schema()
    models = [schema, *schema["$defs"].values()]
    fields = [item for model in models for item in model["properties"].items()]
    assert [name for name, field in fields if not {"description", "$ref"} & field.keys()] == []


LINES = WHOLE.splitlines()
ODD = st.sampled_from(
    ["", "{}", "[]", "no", "3", '"{x}"', "[{}]", "{a: 1}", "null", "~", "- x", "'", "*a", "[[1]]", "{event: 3}"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), ODD), max_size=4), st.data())
def test_no_damage_makes_parsing_raise(damage: list[tuple[int, str]], data: Any) -> None:
    lines = list(LINES)
    for index, value in damage:
        lines[index] = f"{lines[index].partition(':')[0]}: {value}"
    for index in sorted(data.draw(st.sets(st.integers(0, len(LINES) - 1), max_size=2)), reverse=True):
        del lines[index]
    parsed, found = parse_rule("\n".join(lines), PLACE)
    assert (parsed is None) == bool(found)
    assert all(problem.place.startswith(f"{PLACE}:") and problem.message for problem in found)
