"""`frictionbot why`: the reasons of a decision, also of one not to file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from bot.commands import options
from bot.commands.output import SCHEMA, exit_code, problems_json, say, say_json, say_problems
from bot.commands.progress import watching
from bot.commands.shell import Shell, configured
from bot.commands.why_text import explanation_json, explanation_text
from bot.commands.wording import listed, rfc3339
from bot.core.model import Problem
from bot.core.wanted import Wanted, chosen, nearest, rule_of, wanted
from bot.core.why import Explanation, Picture, explain, explain_rule
from bot.ports import StoreError

_FEW = 10  # issues that are named where none fits


@click.command(
    short_help="Why something was, or was not, filed.",
    epilog="""\b
Examples:
  frictionbot why '#12'                    an issue (quoted: # begins a comment)
  frictionbot why acme/agents#12
  frictionbot why https://github.com/acme/agents/issues/12
  frictionbot why 3fa9c1                   a fingerprint, six digits or more
  frictionbot why python-module-missing    all findings of a rule, also unfiled
  frictionbot why 12 --format json | jq '.explanations[].changes'

\b
A signal's verdict: before_fix, in_rollout, old_code, after_fix, undated.
Only sessions that began after the fix (and its rollout), on code that has
it, make a regression.

\b
The JSON object: schema, as_of, problems, and explanations, each with
fingerprint, repository, issue, rule, rule_file, status, key, state, actions,
thresholds (setting, have, need, of), verdicts, fixes (at, source, ref,
decides), closed_at, reopened_at, discrepancy, days, signals, decisions, and
changes: what would lead to another decision.

\b
Exit codes: 0 done; 1 something could not be read (said on stderr); 2 usage
or configuration, and nothing fits what was asked.""",
)
@click.argument("what", metavar="ISSUE|FINGERPRINT|RULE")
@options.source
@options.rules
@options.repository
@options.database
@options.now
@click.option("--all", "everything", is_flag=True, help="Show every signal and every decision (text only).")
@options.as_json
@options.config
@click.pass_obj
def why(
    shell: Shell, /, what: str, now: datetime | None, config: str | None, form: str, *, everything: bool, **named: Any
) -> int:
    """Explain a decision: its rule, every signal with its verdict, thresholds, fixes, what was done, what would change it.

    It makes a run that writes nothing, as of now, so it tells what the next run would do.
    """
    settings = configured(shell, config, named)
    asked = wanted(what)
    try:
        with watching(shell.err) as watch:
            picture = shell.work.why(settings, now or shell.clock(), watch, asked)
    except StoreError as error:
        say_problems(shell.err, [Problem(error.code, "database", error.message)])
        return 1
    told = _told(asked, picture)
    say_problems(shell.err, picture.report.problems)
    if not told:
        raise click.UsageError(_nothing_fits(asked, picture))
    if form == "json":
        say_json(shell.out, _object(told, picture))
    else:
        texts = (explanation_text(each, shell.draw, everything=everything) for each in told)
        say(shell.out, "\n".join(texts))
    return exit_code(picture.report.problems)


def _told(asked: Wanted, picture: Picture) -> tuple[Explanation, ...]:
    names = chosen(asked, picture.report, picture.rules, picture.memory)
    rule = rule_of(asked, picture.rules)
    if not names and rule:
        return (explain_rule(rule, picture),)
    return tuple(explain(name, picture) for name in names)


def _object(told: Sequence[Explanation], picture: Picture) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "as_of": rfc3339(picture.report.as_of),
        "explanations": [explanation_json(each) for each in told],
        "problems": problems_json(picture.report.problems),
    }


def _nothing_fits(asked: Wanted, picture: Picture) -> str:
    """That nothing fits, what may be written, and what there is that looks alike."""
    kind = "no issue" if asked.number is not None else "no finding" if asked.fingerprint else "no rule"
    alike = nearest(asked, picture.rules)
    near = f"; there is {listed(list(alike))}" if alike else "; frictionbot rules list shows the rules"
    kept = sorted({f"{place}#{number}" for place, filed in picture.memory.filed.items() for number in filed.values()})
    if asked.number is not None:
        near = f"; issues are kept in {listed(kept[:_FEW])}{' …' if len(kept) > _FEW else ''}" if kept else ""
    return (
        f"{kind} fits {asked.text!r}: write #12, OWNER/NAME#12, an issue's address, six digits or more of a fingerprint"
        f" (frictionbot run --format json has them), or the id of a rule{near}"
    )
