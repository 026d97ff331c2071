"""Every scenario of this folder, played with the real thing; `tests/scenario_grammar.py` has the words they may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario_player import play
from tests.scenario_reading import Scenario, ScenarioError, read_scenarios

FILES = sorted(Path(__file__).parent.glob("*.txt"))
SCENARIOS = [scenario for path in FILES for scenario in read_scenarios(path)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[f"{each.place.split('.')[0]}: {each.name}" for each in SCENARIOS])
def test_what_happens_is_what_the_scenario_says(scenario: Scenario, tmp_path: Path) -> None:
    play(scenario, tmp_path)


def test_no_two_scenarios_have_one_name() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  day 1 run -> nothing", "bad.txt:1: a scenario begins with its name"),
        ("a name", "bad.txt:1: nothing is expected of 'a name'"),
        ("a name\n  day 1 ada: sulk", "bad.txt:2: nobody understands 'ada: sulk'"),
        ("a name\n  day 1 run -> dance", "bad.txt:2: nobody understands 'dance'"),
        ("a name\n  run -> nothing", "bad.txt:2: write first on which day"),
        ("a name\n  day 2 run\n  day 1 run -> nothing", "bad.txt:3: day 1 is before what stands above it"),
        ("a name\n  day 2 dana closes #1\n", "bad.txt:2: nobody understands 'dana closes #1'"),
        ("a name\n  day 2 dana locks #1 -> nothing\n", "bad.txt:2: only a run comes to something"),
        ("a name\n  -> nothing\n", "bad.txt:2: `->` says what a run comes to"),
        ("a name\n  day 2 dana locks #1\n  | more\n", "bad.txt:3: `|` is one more line of a comment"),
        ("a name\n  day 2 run -> 3 writing", "bad.txt:2: nobody understands '3 writing'"),
    ],
)
def test_a_line_that_is_none_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text)
    with pytest.raises(ScenarioError) as raised:
        read_scenarios(path)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rule module-missing: patience 3", "a rule has no 'patience 3'"),
        ("day 1 ada: fail pandas, loudly", "a session has no 'loudly'"),
        ("limits: week 3", "there is no limit 'week 3'"),
        ("day 1 dana locks #7", "there is no #7 in acme/shop"),
        ("day 1 dana reverts mend", "nobody committed 'mend' before"),
        ("comments: patience 3", "comments have no 'patience 3'"),
        ("rule module-missing: silenced a while", "nobody understands 'silenced a while'"),
        ("day 1 dana comments on #7: hello", "there is no #7 in acme/shop"),
    ],
)
def test_a_word_that_means_nothing_is_told_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(f"a name\n  {line}\n  day 9 run -> nothing")
    with pytest.raises(ScenarioError, match=f"^bad.txt:2: {said}$"):
        play(read_scenarios(path)[0], tmp_path / "stage")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("day 1 run -> nothing", "bad.txt:3: not expected:\n  open open for pandas"),
        ("day 1 run -> open #2", "bad.txt:3: no {'action': 'open', 'issue': '2'} in the plan:"),
        ("day 1 run -> open #1 regression", "bad.txt:3: no {'action': 'open', 'issue': '1', 'row': 'regression'}"),
        ("day 1 run -> open #1 -> verdicts: 3 after", "bad.txt:3: Verdicts(before_fix=0"),
        ("day 1 run -> open #1 -> fix: close on day 1", "bad.txt:3: no fix is known"),
        ("day 1 run -> open #1 -> problem rule_yaml", "bad.txt:3: expected problems {'rule_yaml'}"),
        ("day 1 run -> open #1\n then 2 issues", "bad.txt:4: there are [1]"),
        ("day 1 run -> open #1\n then #1 is closed", "bad.txt:4: it is open"),
        ("day 1 run -> open #1\n then #1 is open, 1 comment by the bot", "bad.txt:4: []"),
        ("day 1 run -> open #1\n then #1 is open, labelled wanted", "bad.txt:4: ['user-feedback'"),
        ("day 1 run -> open #1 -> 1 silence holds", "bad.txt:3: there are none"),
        ("day 1 run -> open #1 -> silence on #1 by maya", "bad.txt:3: 0 are like that: there are none"),
        ("day 1 run -> open #1 -> no writes", "bad.txt:3: 1 writes"),
        ("day 1 run -> open #1\n then #1 is open, 1 reply", "bad.txt:4: []"),
        ("day 1 run -> open #1\n then #1 is open, maya's comment has +1", "bad.txt:4: maya said nothing there"),
    ],
)
def test_what_comes_otherwise_is_told_with_its_place(tmp_path: Path, lines: str, said: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(f"a name\n day 1 ada, ben, cy: fail pandas\n {lines}")
    with pytest.raises(AssertionError) as raised:
        play(read_scenarios(path)[0], tmp_path / "stage")
    assert str(raised.value).startswith(said)
