from bot.core.rehearse import rehearse, rehearse_file
from bot.core.ruleset import parse_rule

RULE = """\
id: missing
title: "{module} is missing"
severity: low
confidence: high
detects: Detects missing modules.
match: {event: tool_result, tool: Bash, failed: true, text: "No module named '(?P<module>\\\\w+)'"}
group_by: [module]
tests:
  - name: two modules
    session:
      - {run: python a.py, exit: 1, fails: "No module named 'pandas'"}
      - {run: python b.py, exit: 1, fails: "No module named 'numpy'"}
    expect: [{module: numpy}, {module: pandas}]
  - name: only read
    session: [{read: log, gives: "No module named 'pandas'"}]
    expect: []
"""


def test_samples_pass_whatever_the_order_of_what_they_expect() -> None:
    results, problems = rehearse_file(RULE, "missing.yml")
    assert problems == ()
    assert [(result.rule, result.sample, result.passed, result.message) for result in results] == [
        ("missing", "two modules", True, ""),
        ("missing", "only read", True, ""),
    ]


def test_a_failing_sample_says_what_was_expected_and_what_came() -> None:
    wrong = RULE.replace("{module: numpy}", "{module: scipy}, {module: scipy}")
    results, problems = rehearse_file(wrong, "missing.yml")
    assert [result.passed for result in results] == [False, True]
    assert [tuple(problem) for problem in problems] == [
        (
            "sample_failed",
            "missing.yml:13:13",
            (
                "sample 'two modules': expected and not found: {module: scipy} 2 times; "
                "found and not expected: {module: numpy}"
            ),
        )
    ]


def test_a_match_where_none_may_come_is_a_problem_at_its_expect() -> None:
    wrong = RULE.replace('{read: log, gives: "', '{run: cat log, exit: 1, fails: "')
    _, [problem] = rehearse_file(wrong, "missing.yml")
    assert problem.place == "missing.yml:16:13"
    assert problem.message == "sample 'only read': found and not expected: {module: pandas}"


def test_a_rule_that_cannot_be_read_is_not_rehearsed() -> None:
    results, problems = rehearse_file(RULE.replace("severity: low", "severity: some"), "missing.yml")
    assert results == ()
    assert [problem.code for problem in problems] == ["rule_value"]


def test_a_retired_rule_is_rehearsed_like_any_other() -> None:
    results, problems = rehearse_file(RULE.replace("severity: low", "severity: low\nstatus: retired"), "missing.yml")
    assert problems == ()
    assert [result.passed for result in results] == [True, True]


def test_rules_over_a_whole_session_are_rehearsed_too() -> None:
    text = """\
id: loop
title: "{program} again"
severity: low
confidence: high
detects: Detects loops.
match: {event: retry, times: 2}
group_by: [program]
tests:
  - name: twice
    session: [{run: make x, exit: 2, fails: "broken thing"}, {run: make x, exit: 2, fails: "broken thing"}]
    expect: [{program: make x}]
"""
    rule, problems = parse_rule(text, "loop.yml")
    assert problems == ()
    assert rule is not None
    assert [result.message for result in rehearse(rule)] == [""]
