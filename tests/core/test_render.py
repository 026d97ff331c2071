"""What an issue says, that nothing in a transcript can make it do more than say it, and that it always fits."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cmarkgfm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from bot.adapters.templates import load_templates
from bot.core.marker import BODY_LIMIT, Marker, parse, region, size
from bot.core.model import Count, Evidence, Finding, Problem
from bot.core.render import RenderContext, Rendered, Renderer, blamed
from bot.core.ruleset import Rule, parse_rule
from bot.core.template_language import environment, fence, inline, prose
from bot.core.template_reference import template_reference

RULE_TEXT = """
id: python-module-missing
title: "Python cannot import {module}"
status: stable
severity: medium
confidence: high
detects: A Python program stops because `{module}` is not installed.
why: Every session installs {module} by hand, and forgets.
fix: Declare it (`pip install {module}`), or say so in the project's agent instructions.
limits: [Modules missing on purpose in tests are counted too.]
match:
  event: tool_result
  text: "No module named '(?P<module>[\\\\w.]+)'"
group_by: [module]
threshold: {sessions: 3, people: 2, within: 14d, clear_below: 1, quiet: 30d}
issue: {template: issue.md.j2, labels: [user-feedback, bug]}
tests:
  - name: the module is named
    session: [{run: python report.py, fails: "ModuleNotFoundError: No module named 'pandas'"}]
    expect: [{module: pandas}]
  - name: another error is none of it
    session: [{run: python report.py, fails: "NameError: name 'pandas' is not defined"}]
    expect: []
"""
CONTEXT = RenderContext(
    as_of=datetime(2026, 2, 15, 23, tzinfo=UTC),
    version="0.1.0",
    rule_url="https://example.org/rules/python-module-missing.yml",
    rule_path="rules/environment/python-module-missing.yml",
)
SECTIONS = (
    "**Source:**",
    "**Frequency:**",
    "**Impact:**",
    "### Problem",
    "### Evidence",
    "### Root Cause",
    "### Proposed Solution",
    "### Related Sessions",
)
NEWEST = "person-7c1e02 - 2026-02-10 09:12 UTC"
DOCS = "from the project's own docs or scripts"
COMMANDS = f"| Commands | improvised by the agent: 10; {DOCS}: 3; typed or pasted by a person: 1 |"
SHIPPED = load_templates()


def a_rule(**changes: object) -> Rule:
    rule, problems = parse_rule(RULE_TEXT, "rules/environment/python-module-missing.yml")
    assert rule is not None, problems
    return rule.model_copy(update=changes)


def a_signal(number: int = 0, **changes: object) -> Evidence:
    signal = Evidence(
        session=f"session-{number}",
        person="person-7c1e02",
        at=datetime(2026, 2, 10, 9, 12, tzinfo=UTC) - timedelta(hours=number),
        excerpt=f"ModuleNotFoundError: No module named 'pandas' ({number})",
        command="python report.py",
        prompt="make the weekly report",
        origin="agent",
        place=f"/home/alice/.claude/projects/x/s.jsonl:{100 + number}",
        version="2.1.29",
        tool="Bash",
    )
    return replace(signal, **changes)  # type: ignore[arg-type]


def a_finding(*evidence: Evidence, **changes: object) -> Finding:
    finding = Finding(
        fingerprint="ab" * 32,
        repository="acme/data",
        rule="python-module-missing",
        key=(("module", "pandas"),),
        state="active",
        severity="medium",
        total=Count(9, 3, 14),
        in_window=Count(5, 2, 8),
        first_seen=datetime(2026, 1, 28, 9, 12, tzinfo=UTC),
        last_seen=datetime(2026, 2, 10, 9, 12, tzinfo=UTC),
        minutes_lost=41.3,
        example="ModuleNotFoundError: No module named 'pandas'",
        evidence=evidence or (a_signal(0), a_signal(1), a_signal(2)),
        sessions=("session-0", "session-1", "session-2", "session-3"),
        people=("person-7c1e02", "person-02ab77"),
        versions=("2.1.29", "2.1.31"),
        tools=("Bash",),
        origins=(("agent", 10), ("docs", 3), ("person", 1)),
    )
    return replace(finding, **changes)  # type: ignore[arg-type]


def rendered(
    finding: Finding | None = None, rule: Rule | None = None, template: str | None = None, **context: object
) -> Rendered:
    templates = SHIPPED.texts if template is None else {"issue.md.j2": template}
    made = Renderer(templates).issue(finding or a_finding(), rule or a_rule(), replace(CONTEXT, **context))  # type: ignore[arg-type]
    assert isinstance(made, Rendered), made
    return made


def a_problem(template: str) -> Problem:
    problems = Renderer({"issue.md.j2": template}, {"issue.md.j2": "my/issue.md.j2"}).problems()
    assert len(problems) == 1, problems
    return problems[0]


def html(body: str) -> str:
    """The body as GitHub's own Markdown library reads it, raw HTML kept so that nothing hides."""
    return cmarkgfm.github_flavored_markdown_to_html(body, options=cmarkgfm.Options.CMARK_OPT_UNSAFE)


def test_the_shipped_templates_have_no_problems() -> None:
    assert (SHIPPED.problems, Renderer(SHIPPED.texts, SHIPPED.places).problems()) == ((), ())


def test_the_title_names_what_was_captured() -> None:
    assert rendered().title == "Python cannot import pandas"


def test_every_section_of_the_issue_template_is_there_in_its_order() -> None:
    body = rendered().body
    assert [name for name in SECTIONS if name in body] == list(SECTIONS)
    assert sorted(SECTIONS, key=body.index) == list(SECTIONS)


@pytest.mark.parametrize(
    "line",
    [
        "## Friction Point: Python cannot import `pandas`",
        f"**Source:** Session exploration - {NEWEST} - `session-0` (the newest of 9 sessions)",
        "**Frequency:** 14 times in 9 sessions of 3 people",
        "**Impact:** Medium, about 41 minutes lost; confidence high",
        "| First seen | 2026-01-28 09:12 UTC |",
        "| Last seen | 2026-02-10 09:12 UTC |",
        "| Last 14 days | 5 sessions (threshold 3), 2 people (threshold 2) |",
        COMMANDS,
        "| Tools | `Bash` |",
        "| Agent versions | `2.1.29`, `2.1.31` |",
        "| Rule | [`python-module-missing`](https://example.org/rules/python-module-missing.yml) |",
        "A Python program stops because `pandas` is not installed.",
        "Every session installs `pandas` by hand, and forgets.",
        "Declare it (`pip install pandas`), or say so in the project's agent instructions.",
        "- Modules missing on purpose in tests are counted too.",
        "Most often, the agent improvised these commands: the project's instructions may lack the right one.",
        "- `session-0` · person-7c1e02 · 2026-02-10 09:12 UTC",
        "- `session-3`",
    ],
)
def test_a_maintainer_reads_this_line(line: str) -> None:
    assert line in rendered().body.splitlines()


def test_the_footer_says_how_to_silence_and_which_version_wrote_it() -> None:
    footer = rendered().body.rpartition("\n---\n")[2]
    assert "frictionbot 0.1.0" in footer
    assert "`rules/environment/python-module-missing.yml` by pull request" in footer
    assert "Close this issue as *not planned*" in footer


def test_the_same_finding_gives_the_same_bytes_in_any_order_of_evidence() -> None:
    signals = [a_signal(number) for number in range(8)]
    assert rendered(a_finding(*signals)).body == rendered(a_finding(*reversed(signals))).body


def test_the_path_of_a_transcript_is_not_shown_because_it_names_a_person() -> None:
    body = rendered().body
    assert "alice" not in body
    assert "session `session-0`, line 100" in body


def test_where_the_docs_have_the_command_is_named() -> None:
    body = rendered(a_finding(a_signal(origin="docs:docs/setup.md:14"), origins=(("docs:docs/setup.md:14", 3),))).body
    assert "from the project's own docs or scripts (`docs/setup.md:14`)" in body
    assert "| Commands | from the project's own docs or scripts: 3 |" in body
    assert "Most often, these commands stand in the project's own docs or scripts: look there first." in body


def test_the_same_words_are_quoted_once_with_how_often_they_came() -> None:
    body = rendered(a_finding(*(a_signal(number, excerpt="No module named 'pandas'") for number in range(4)))).body
    assert body.count("No module named 'pandas'") == 1
    assert "the same text 3 more times" in body


def test_other_sessions_are_quoted_before_another_excerpt_of_the_same() -> None:
    noisy = [a_signal(number, session="noisy") for number in range(6)]
    others = [a_signal(number) for number in range(10, 14)]
    made = rendered(a_finding(*noisy, *others))
    assert made.shown == (0, 6, 7, 8, 9)


def test_a_finding_without_times_people_and_tools_is_still_an_issue() -> None:
    bare = Evidence("s", "", None, "", "", "", "", "", "", "")
    nothing = dict.fromkeys(("people", "versions", "tools", "origins", "key"), ())
    body = rendered(a_finding(bare, first_seen=None, last_seen=None, minutes_lost=0.0, **nothing)).body
    assert "| First seen | unknown |" in body
    assert "Python cannot import `unknown`" in body
    assert "None" not in body


def test_a_long_excerpt_is_folded_with_a_blank_line_before_its_fence() -> None:
    body = rendered(a_finding(a_signal(excerpt="\n".join(f"line {number}" for number in range(40))))).body
    assert "<details><summary>Excerpt</summary>\n\n```\n$ python report.py\nline 0\n" in body
    assert "<details>" not in html(body).partition("<pre")[2].partition("</pre>")[0]


def test_withheld_evidence_is_said_to_be_withheld_and_nothing_of_it_is_shown() -> None:
    finding = a_finding(a_signal(0, excerpt="hunter2", command="login hunter2", prompt="use hunter2"), a_signal(1))
    body = rendered(finding, withheld=frozenset({0})).body
    assert "hunter2" not in body
    assert "_Withheld: this excerpt looks like it contains a secret._" in body
    assert "No module named 'pandas' (1)" in body


def test_a_template_cannot_print_what_is_withheld() -> None:
    finding = a_finding(a_signal(0, excerpt="hunter2", command="login hunter2", prompt="use hunter2"))
    every = "{% for one in evidence %}x{{ one.command }}{{ one.transcript }}{{ one.prompt }}{% endfor %}"
    assert rendered(finding, template=every, withheld=frozenset({0})).body == "x"


def test_without_evidence_no_text_of_a_session_is_shown() -> None:
    made = rendered(a_finding(a_signal(0, excerpt="hunter2", command="hunter2", prompt="hunter2")), evidence=False)
    assert "hunter2" not in made.body
    assert "_Withheld:" in made.body
    assert made.shown == ()


def test_the_evidence_that_holds_a_secret_is_found_raw_or_as_printed() -> None:
    finding = a_finding(a_signal(0), a_signal(1, excerpt="key=a_b*c"), a_signal(2, command="run k3y"))
    assert blamed(finding, ("k3y", "")) == {2}
    assert blamed(finding, ("key=a_b*c",)) == {1}
    assert blamed(finding, ("nowhere",)) == frozenset()


def test_a_rule_without_an_address_is_named_without_a_link() -> None:
    assert "| Rule | `python-module-missing` |" in rendered(rule_url="").body
    assert "| Rule | `python-module-missing` |" in rendered(rule_url="javascript:alert(1)").body


def test_an_address_cannot_leave_its_link() -> None:
    assert "](https://example.org/a%29%20b%3C)" in rendered(rule_url="https://example.org/a) b<").body


# Sizes


def huge(sessions: int = 500) -> Finding:
    signals = (
        a_signal(n, excerpt="`😀 " * 9_000 + str(n), command="x" * 9_000, prompt="y" * 9_000) for n in range(sessions)
    )
    return a_finding(
        *signals,
        key=(("module", "m" * 5_000),),
        sessions=tuple(f"session-{n}" for n in range(sessions)),
        versions=tuple(f"{'9' * 100}.{n}" for n in range(300)),
        tools=tuple(f"tool-{'t' * 100}-{n}" for n in range(300)),
    )


def test_five_hundred_sessions_with_huge_excerpts_fit() -> None:
    made = rendered(huge())
    assert size(made.body) <= 60_000
    assert len(made.title) <= 256
    assert len(made.shown) == 5
    assert "- … and 470 more" in made.body
    assert size(region(Marker("ab" * 32, "01" * 16), made.body, b"key")) <= BODY_LIMIT


@pytest.mark.parametrize(("limit", "quoted"), [(24_000, 5), (13_000, 3), (8_000, 2), (5_500, 1), (4_600, 0)])
def test_where_there_is_less_room_there_are_fewer_excerpts_and_all_sections(limit: int, quoted: int) -> None:
    made = rendered(huge(), limit=limit)
    assert size(made.body) <= limit
    assert len(made.shown) == quoted
    assert [name for name in SECTIONS if name in made.body] == list(SECTIONS)


def test_a_rule_text_that_is_cut_within_a_placeholder_is_still_rendered() -> None:
    wordy = a_rule(fix="{module} " * 400)
    assert size(rendered(huge(), wordy, limit=5_000).body) <= 5_000


def test_a_body_that_cannot_fit_is_a_problem_that_says_so() -> None:
    made = Renderer(SHIPPED.texts).issue(huge(), a_rule(), replace(CONTEXT, limit=500))
    assert isinstance(made, Problem)
    assert (made.code, made.place) == ("body_too_long", "templates/issue.md.j2")


def test_a_template_that_prints_without_end_is_stopped() -> None:
    loop = "{% for one in evidence %}" + "x" * 60_000 + "{% endfor %}"
    made = Renderer({"issue.md.j2": loop}).issue(a_finding(*map(a_signal, range(5))), a_rule(), CONTEXT)
    assert isinstance(made, Problem)
    assert made.code == "template_too_long"


# Hostile text

HOSTILE = (
    "```\n</details>\n<script>alert(1)</script>\n@maintainer please /close #12 GH-7 acme/data#3 "
    "https://github.com/acme/data/issues/4 <!-- frictionbot v=1 --> [x](javascript:x) ![i](http://e.example/i.png)\n"
    "/close\n<!-- /frictionbot -->\n| a | b |\n~~~\n# heading\n`code` **bold** {{ 7 * 7 }} {module}"
)
FIELDS = ("session", "person", "excerpt", "command", "prompt", "origin", "version", "tool")


def all_hostile(text: str) -> Finding:
    signal = a_signal(**dict.fromkeys(FIELDS, text), place=f"{text}:{text}")
    return a_finding(
        signal, signal, key=(("module", text),), example=text, sessions=(text,), versions=(text,), tools=(text,),
        people=(text,), origins=((text, 1), (f"docs:{text}", 2)), state=text, severity="high",
    )  # fmt: skip


TAGS = {"p", "br", "table", "thead", "tbody", "tr", "th", "td", "h2", "h3", "ul", "li", "hr", "a", "strong", "em"}
TAGS |= {"code", "pre", "details", "summary"}


def assert_inert(body: str, tags: set[str]) -> None:
    """No element but the template's own, one link for each of its rule links, and no word for a bot in the raw text."""
    page = html(body)
    assert set(re.findall(r"<([a-z0-9]+)", page)) <= tags
    assert set(re.findall(r'href="([^"]*)"', page)) <= {CONTEXT.rule_url}
    assert "@maintainer" not in re.sub(r"<code.*?</code>", "", page, flags=re.DOTALL)
    assert not re.search(r"(^|\s)@maintainer", body)
    assert "<!--" not in body
    assert not [line for line in body.splitlines() if re.match(r"[\s>*-]*/\w", line)]


def test_a_transcript_cannot_put_markup_mentions_commands_or_comments_into_an_issue() -> None:
    made = rendered(all_hostile(HOSTILE))
    assert_inert(made.body, TAGS)
    page = html(made.body)
    assert page.count("<details>") == page.count("</details>") == 1
    assert page.count("<h3>") == 5
    assert page.count("<table>") == 1
    assert "49" not in made.body.replace("2026", "")
    assert "\n" not in made.title
    assert "@maintainer" not in made.title


def test_a_command_after_an_odd_line_end_begins_no_line() -> None:
    for end in ("\r", "\u2028", "\u2029", "\x85", "\x0b"):
        for shown in (fence, inline, prose):
            assert not [line for line in shown(f"x{end}/close").splitlines() if line.startswith("/close")]


FORGETFUL = """
{% for one in evidence %}
{{ one.excerpt }} {{ one.command }} {{ one.prompt }} {{ one.person }} {{ one.tool }}

{{ one.transcript }}

| a |
|---|
| {{ one.excerpt|cell }} |

<p>{{ one.excerpt|html }}</p>

Text <b>{{ one.excerpt|html }}</b>
{% endfor %}

{{ title }} {{ title|capital }} {{ heading|capital }} {{ finding.sessions|many(title) }} {{ title or heading }}
{{ finding.severity if not finding else title }} {{ heading|prose|capital }} {{ title|html }}
"""
OWN_TAGS = {"p", "br", "b", "table", "thead", "tbody", "tr", "th", "td"}
PIECES = [*HOSTILE.split(), "\n", "`", "``", "\\", "<", "<b>", "&lt;", "|", "_", "\r", "\u2028"]


def test_a_template_that_forgets_every_filter_is_ugly_but_inert() -> None:
    assert_inert(rendered(all_hostile(HOSTILE), template=FORGETFUL).body, OWN_TAGS)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_no_mix_of_hostile_pieces_becomes_markup_even_without_filters(pieces: list[str]) -> None:
    text = " ".join(pieces)
    for template, tags in ((None, TAGS), (FORGETFUL, OWN_TAGS)):
        body = rendered(all_hostile(text), template=template).body
        assert_inert(body, tags)
        assert parse(region(Marker("ab" * 32, "01" * 16), body)) == Marker("ab" * 32, "01" * 16)


@pytest.mark.parametrize(
    "template",
    [
        "{% call title.format() %}{% endcall %}",
        "{% filter prose %}{{ title }}{% endfilter %}",
        "{% macro m() %}{{ title }}{% endmacro %}",
        "{% set x %}{{ title }}{% endset %}",
        "{% autoescape true %}{{ title }}{% endautoescape %}",
        "{% include 'issue.md.j2' %}",
        "{% import 'issue.md.j2' as x %}",
        "{% extends 'issue.md.j2' %}",
        "{% block x %}{% endblock %}",
        "{% with x = title %}{{ x }}{% endwith %}",
        "{{ title.upper() }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ title ~ title }}",
        "{{ title + title }}",
        "{{ [title] }}",
        "{{ {'a': title} }}",
        "{{ (title, title) }}",
        "{{ title is defined }}",
        "{{ title[0] }}",
        "{{ evidence[title] }}",
        "{{ finding['title'] }}",
        "{% for a in evidence recursive %}{% endfor %}",
        "{% for a, b in evidence %}{% endfor %}",
        "{% for a in title %}{{ a }}{% endfor %}",
        "{{ evidence }}",
        "{{ finding }}",
        "{{ title|prose(text=title) }}",
        "{{ evidence|fence }}",
        "{{ title|count }}",
        "{% for a in evidence %}" * 4 + "{% endfor %}" * 4,
    ],
)
def test_what_a_template_does_not_need_is_refused_before_it_is_rendered(template: str) -> None:
    problems = Renderer({"issue.md.j2": "first line\n" + template}).problems()
    assert "template_not_allowed" in {problem.code for problem in problems}
    assert {problem.place for problem in problems} == {"templates/issue.md.j2:2"}


def test_the_language_has_nothing_but_its_own_filters() -> None:
    env = environment()
    assert (dict(env.globals), dict(env.tests), env.extensions, env.loader) == ({}, {}, {}, None)
    assert sorted(env.filters) == ["capital", "cell", "codes", "count", "fence", "html", "inline", "many", "prose"]


@pytest.mark.parametrize(
    "source", ["{{ x.format }}", "{{ x.upper() }}", "{{ x.__class__ }}", "{{ y.count }}", "{{ x() }}"]
)
def test_the_sandbox_alone_reads_no_attribute_and_calls_nothing(source: str) -> None:
    with pytest.raises(TemplateError):
        environment().from_string(source).render(x="text", y=(1, 2))


@pytest.mark.parametrize("name", ["range", "lipsum", "cycler", "joiner", "namespace", "dict", "self", "__class__"])
def test_no_global_of_jinja_is_left(name: str) -> None:
    assert a_problem("{{ " + name + " }}").code == "template_unknown"


@pytest.mark.parametrize("field", ["__class__", "__init__", "mro", "count", "index", "_asdict", "format", "upper"])
def test_no_attribute_but_a_field_can_be_read(field: str) -> None:
    for owner in ("title", "finding", "evidence", "finding.key[0]"):
        problems = Renderer({"a.md.j2": "{{ " + owner + "." + field + " }}"}).problems()
        assert [problem.code for problem in problems] == ["template_unknown"]


# Mistakes in templates


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("a\n{{ finding.sesions }}", 2, "there is no field 'sesions' of finding: did you mean 'sessions'?"),
        ("a\n\n{{ titel }}", 3, "there is no name 'titel': did you mean 'title'?"),
        ("{{ title|fense }}", 1, "there is no filter 'fense': did you mean 'fence'?"),
        ("{{ title.x }}", 1, "title is a text or a number and has no field 'x'"),
        ("{{ evidence.excerpt }}", 1, "evidence is a list: loop over it with {% for one in evidence %}"),
        ("{% for one in evidence %}\n{{ one.no }}\n{% endfor %}", 2, "there is no field 'no' of one: there are: "),
        ("{% for one in evidence %}{% endfor %}\n{{ one.at }}", 2, "there is no name 'one': there are: bot, "),
        ("{{ loop.index }}", 1, "there is no name 'loop'"),
        ("{% if title %}\nx", 2, "Unexpected end of template."),
        ("a\n{{ title", 2, "unexpected end of template"),
        ("{% if title %}\n{{ evidence[0].at }}{% endif %}", 2, "a list may be empty: ask {% if list %} first"),
        ("{% set x = 1 %}", 1, "{% set %} may not be used in a template: only {{ value }}, {% if %}, {% for %}"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_write_instead(template: str, line: int, message: str) -> None:
    problem = a_problem(template)
    assert problem.place == f"my/issue.md.j2:{line}"
    assert message in problem.message


def test_every_mistake_of_a_template_is_named_in_the_order_of_its_lines() -> None:
    problems = Renderer({"a.md.j2": "{{ one }}\n{{ two }}{{ title.three }}\n{{ title|four }}"}).problems()
    assert [problem.place for problem in problems] == [f"templates/a.md.j2:{line}" for line in (1, 2, 2, 3)]


def test_a_mistake_that_only_shows_in_rendering_has_its_line_too() -> None:
    problem = a_problem("a\nb\n{% if finding.sessions > title %}x{% endif %}")
    assert (problem.code, problem.place) == ("template_failed", "my/issue.md.j2:3")


def test_a_broken_template_costs_only_the_issues_that_ask_for_it() -> None:
    renderer = Renderer({**SHIPPED.texts, "broken.md.j2": "{{ nope }}"})
    broken = a_rule(issue=a_rule().issue.model_copy(update={"template": "broken.md.j2"}))
    made = renderer.issue(a_finding(), broken, CONTEXT)
    assert isinstance(made, Problem)
    assert (made.code, made.place) == ("template_unknown", "templates/broken.md.j2:1")
    assert isinstance(renderer.issue(a_finding(), a_rule(), CONTEXT), Rendered)


def test_a_template_that_is_not_there_is_a_problem_of_the_rule() -> None:
    missing = a_rule(issue=a_rule().issue.model_copy(update={"template": "other.md.j2"}))
    assert Renderer(SHIPPED.texts).issue(a_finding(), missing, CONTEXT) == Problem(
        "template_missing",
        "rules/environment/python-module-missing.yml",
        "there is no template 'other.md.j2': issue.template may be one of: issue.md.j2",
    )


def test_a_rule_text_that_names_nothing_captured_is_a_problem_of_the_rule() -> None:
    made = Renderer(SHIPPED.texts).issue(a_finding(), a_rule(why="Because of {modul}."), CONTEXT)
    assert isinstance(made, Problem)
    assert (made.code, made.place) == ("unknown_placeholder", "rules/environment/python-module-missing.yml")


def test_an_enormous_template_is_refused_unread() -> None:
    assert a_problem("x" * 70_000).code == "template_too_long"


def test_a_template_nested_without_end_is_a_problem_not_a_crash() -> None:
    assert a_problem("{{ " + "(" * 30_000 + "title" + ")" * 30_000 + " }}").code == "template_syntax"


def test_the_reference_in_the_repository_is_the_generated_one() -> None:
    written = Path(__file__).parents[2] / "templates" / "README.md"
    assert written.read_text(encoding="utf-8") == template_reference(), "run `make docs`"


def test_the_reference_names_every_filter_and_every_field_of_a_finding() -> None:
    text = template_reference()
    assert "| `fence` | A code block that the text cannot end. Put a blank line before it. |" in text
    assert "| `key` | list of [key](#key) | What all evidence has in common. |" in text
    assert "| `time_lost` | *Markdown* | " in text
