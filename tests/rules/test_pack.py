import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.adapters.rulebook import RuleFile, load_rules, rule_files, shipped_rules
from bot.core.catalogue import catalogue, schema
from bot.core.rehearse import rehearse_file, signals_in
from bot.core.ruleset import Rule

FILES = rule_files([shipped_rules()])[0]
RULES = {rule.id: rule for rule in load_rules([shipped_rules()])[0]}
LABELS = {"user-feedback", "claude-learnings", "bug", "enhancement", "documentation", "security", "pipeline"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: Path(file.place).stem)
def test_every_sample_of_a_shipped_rule_passes(file: RuleFile) -> None:
    results, problems = rehearse_file(file.text, file.place)
    assert [problem.message for problem in problems] == []
    assert len(results) >= 3


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_shipped_rule_tells_what_a_maintainer_needs(rule: Rule) -> None:
    assert rule.detects.startswith("Detects ")
    assert rule.why
    assert rule.fix
    assert rule.limits
    assert "user-feedback" in rule.issue.labels
    assert set(rule.issue.labels) <= LABELS
    assert rule.status == "stable"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_one_session_never_trips_a_shipped_rule_alone(rule: Rule) -> None:
    assert rule.threshold.sessions >= 2


def test_the_pack_covers_the_categories_of_friction() -> None:
    areas = {Path(file.place).parent.name for file in FILES}
    assert areas == {
        "api",
        "authentication",
        "commands",
        "context",
        "data-sync",
        "environment",
        "general",
        "hooks",
        "linters",
        "loops",
        "people",
        "permissions",
        "timeouts",
        "tools",
    }


def test_every_kind_of_event_that_needs_no_text_has_a_rule() -> None:
    events = {rule.match.event for rule in RULES.values()}
    assert events >= {
        "tool_failure",
        "rejection",
        "interruption",
        "compaction",
        "api_error",
        "hook",
        "retry",
        "slow",
        "prompt",
    }


def test_the_generated_files_are_up_to_date() -> None:
    folder = shipped_rules()
    paths = {Path(file.place).stem: Path(file.place).relative_to(folder).as_posix() for file in FILES}
    texts = {"README.md": catalogue(tuple(RULES.values()), paths), "schema.json": schema()}
    stale = [name for name, text in texts.items() if (folder / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("file", FILES, ids=lambda file: Path(file.place).stem)
def test_the_schema_accepts_every_shipped_rule(file: RuleFile) -> None:
    jsonschema.validate(yaml.safe_load(file.text), json.loads(schema()))


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    rule = yaml.safe_load(FILES[0].text)
    for damage in ({"colour": "red"}, {"severity": "huge"}, {"id": "Not-So"}, {"threshold": {"within": "2 weeks"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(rule | damage, json.loads(schema()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: Path(file.place).stem)
def test_every_rule_file_leads_editors_to_the_schema(file: RuleFile) -> None:
    assert file.text.splitlines()[0] == "# yaml-language-server: $schema=../schema.json"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_what_a_rule_leaves_alone_no_other_specific_rule_mistakes(rule: Rule) -> None:
    """A sample that must not match may belong to another rule, but reading files never belongs to any."""
    for sample in rule.tests:
        if all(line.read is not None and line.fails is None for line in sample.session):
            assert signals_in(tuple(RULES.values()), sample) == ()
