"""Fixes, verdicts and discrepancies in the words of an issue, a comment and a reason."""

from __future__ import annotations

from bot.core.judge import Fix, Judgement, Verdicts
from bot.core.markdown import inline
from bot.core.template_values import Markdown
from bot.core.wording import moment


def counted(verdicts: Verdicts) -> str:
    """`9 sessions before the fix, 1 during rollout, 2 on old code, 0 after`; those without any time only where there are some."""
    first = f"{verdicts.before_fix} session{'' if verdicts.before_fix == 1 else 's'} before the fix"
    parts = [first, f"{verdicts.in_rollout} during rollout", f"{verdicts.old_code} on old code"]
    parts += [f"{verdicts.undated} without a time"] if verdicts.undated else []
    return ", ".join([*parts, f"{verdicts.after_fix} after"])


def source(fix: Fix) -> str:
    """Who or what says that a problem is fixed, as plain words: `pull request #12`."""
    named = {
        "close": f"closed as completed{f' by {fix.ref}' if fix.ref else ''}",
        "commit": f"commit {fix.ref[:10]}",
        "pull_request": f"pull request {fix.ref}",
        "rule": f"the rule's fixes{f' ({fix.ref})' if fix.ref else ''}",
        "version": f"version {fix.ref}{f' of {fix.of}' if fix.of else ''}, first seen then",
        "command": f"a comment{f' by {fix.ref}' if fix.ref else ''}",
    }
    return named[fix.source]


def rich_source(fix: Fix) -> Markdown:
    """The same as Markdown in which nobody is mentioned; only the number of a pull request is a live reference."""
    if fix.source == "pull_request":
        return Markdown(f"pull request {fix.ref}")
    if fix.source in {"close", "command"} and fix.ref:
        return Markdown(source(fix).removesuffix(fix.ref) + inline(fix.ref))
    if fix.source == "commit":
        return Markdown(f"commit {inline(fix.ref[:10])}")
    if fix.source == "rule" and fix.ref:
        return Markdown(f"the rule's fixes ({inline(fix.ref)})")
    if fix.source == "version":
        return Markdown(f"version {inline(fix.ref)} of {inline(fix.of or 'agent')}, first seen then")
    return Markdown(source(fix))


def discrepancy(judgement: Judgement) -> str:
    """How the dates of fix and close do not agree, in a sentence without its end; "" where they do."""
    days = judgement.days or 0
    span = f"{days:g} day{'' if days == 1 else 's'}"
    landed = [fix for fix in judgement.fixes if fix.source != "close"]
    if judgement.discrepancy == "closed_before_fix":
        closed, fixed = moment(judgement.closed_at), moment(landed[-1].at)
        return f"closed before its fix landed: closed {closed}, fixed {fixed}, {span} between"
    if judgement.discrepancy == "fixed_still_open":
        return f"fixed but still open: fixed {moment(landed[-1].at)}, {span} ago"
    if judgement.discrepancy == "no_fix_found":
        return f"closed as completed {moment(judgement.closed_at)}, with no fix to be found"
    return ""
