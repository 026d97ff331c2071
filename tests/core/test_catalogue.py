import json

from bot.core.catalogue import catalogue, schema
from bot.core.ruleset import Rule, parse_rule

LOOP = """\
id: loop
title: "{program} <again> and again"
status: stable
severity: medium
confidence: low
detects: Detects loops.
why: It costs time.
fix: |
  Improve the message,
  or the docs.
limits: [Work looks like it too.]
match: {event: retry, tool: Bash}
group_by: [program]
threshold: {occurrences: 7}
issue: {labels: [bug]}
tests:
  - name: three times
    session: [{run: a, fails: "it broke again"}, {run: a, fails: "it broke again"}, {run: a, fails: "it broke again"}]
    expect: [{program: a}]
  - name: once
    session: [{run: a, fails: "it broke again"}]
    expect: []
"""
SECTION = """\
## loop

**{program} &lt;again> and again**

[loops/loop.yml](loops/loop.yml) · stable · severity medium · confidence low · `user-feedback`, `bug`

Detects loops.

Looks at repeated calls (Bash): 3 failures at most 10m apart, or 5 where it worked in the end; \
an issue for each `program`, from 3 sessions of 2 people, 7 times within 14d.

**Why it matters.** It costs time.

**Limits.**

- Work looks like it too.

**Finds.** three times.

**Leaves alone.** once.

**Fix.** Improve the message, or the docs.
"""


def rule(text: str, place: str) -> Rule:
    parsed, problems = parse_rule(text, place)
    assert problems == ()
    assert parsed is not None
    return parsed


def test_a_section_has_a_fixed_form_that_ends_in_the_fix() -> None:
    text = catalogue([rule(LOOP, "loop.yml")], {"loop": "loops/loop.yml"})
    assert text.endswith(SECTION)
    assert text.startswith("# Rules\n")


def test_the_table_is_ordered_by_area_and_leads_to_the_sections() -> None:
    least = "id: slow\ntitle: A\nseverity: low\nconfidence: low\ndetects: D.\nmatch: {event: slow}\n"
    least += "threshold: {people: 1, sessions: 1}\n"
    rules = [rule(least, "slow.yml"), rule(LOOP, "loop.yml")]
    text = catalogue(rules, {"slow": "a/slow.yml", "loop": "b/loop.yml"})
    assert "| a | [slow](#slow) | low | low | draft |\n| b | [loop](#loop) | medium | low | stable |\n" in text
    assert "Looks at slow calls: 2m or longer; one issue, from 1 session within 14d." in text
    assert text == catalogue(rules[::-1], {"slow": "a/slow.yml", "loop": "b/loop.yml"})


def test_the_schema_is_json_with_a_dialect() -> None:
    told = json.loads(schema())
    assert told["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert told["required"] == ["id", "title", "severity", "confidence", "detects", "match"]
