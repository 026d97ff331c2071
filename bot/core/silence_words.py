"""Silences in the words of an issue, a comment, a reason and a table."""

from __future__ import annotations

from datetime import UTC, tzinfo

from bot.core.markdown import inline, prose
from bot.core.silence import Held, Silence
from bot.core.slash import Until
from bot.core.template_values import Markdown


def until(end: Until, zone: tzinfo = UTC) -> str:
    """When a silence ends, as plain words that begin with until, or `forever`."""
    if end.kind == "date" and end.at:
        usual = ", the usual time" if end.usual else ""
        return f"until {end.at.astimezone(zone):%Y-%m-%d %H:%M %Z}{usual}"
    if end.kind == "sessions":
        return f"until {end.sessions} more session{'' if end.sessions == 1 else 's'}"
    if end.kind == "version":
        return f"until it is seen in version {end.version} of the agent"
    return "until it is fixed" if end.kind == "fixed" else "forever"


def about(silence: Silence) -> str:
    """What a silence is about, as plain words: `this issue`, `rule python-module-missing`."""
    scope = silence.scope
    if scope.kind == "key":
        return f"rule {silence.rule} where {scope.name} is {scope.value}"
    return {
        "this": "this issue",
        "rule": f"rule {silence.rule}",
        "person": "the evidence of a person",
        "repo": "the whole repository",
    }[scope.kind]


def author(silence: Silence) -> str:
    """Who silenced it, as plain words: a login, or the rule's file."""
    return "the rule's file" if silence.comment is None else silence.by or "somebody whose account is gone"


def silenced(held: Held) -> str:
    """That and how something is silenced: `silenced until it is fixed by maya`, as plain words."""
    return f"silenced {until(held.silence.until)} by {author(held.silence)}, {kept_quiet(held)}"


def kept_quiet(held: Held) -> str:
    """How much a silence kept quiet, as plain words."""
    return (
        f"{held.kept} session{'' if held.kept == 1 else 's'} kept quiet" if held.kept else "nothing kept quiet so far"
    )


def shown(held: Held, zone: tzinfo, issue: int) -> Markdown:
    """A silence as the issue `issue` shows it, without its figures."""
    silence = held.silence
    what = "" if silence.scope.kind == "this" else f" ({_about(silence)})"
    state = "Silenced" if held.over is None else "Was silenced"
    because = f" because {prose(silence.because)}" if silence.because else ""
    return Markdown(f"**{state}**{what} {rich_until(silence.until, zone)} by {_author(silence, issue)}{because}")


def place(comment: int, there: int, here: int) -> Markdown:
    """A link to a comment on issue `there` from issue `here` of the same repository, that tells nobody."""
    before = "" if there == here else f"../issues/{there}"
    return Markdown(f"[comment]({before}#issuecomment-{comment})")


def _about(silence: Silence) -> str:
    scope = silence.scope
    if scope.kind == "key":
        return f"rule {inline(silence.rule)} where {inline(scope.name)} is {inline(scope.value)}"
    return f"rule {inline(silence.rule)}" if scope.kind == "rule" else about(silence)


def rich_until(end: Until, zone: tzinfo = UTC) -> str:
    """The same as Markdown in which nothing is live."""
    return (
        f"until it is seen in version {inline(end.version)} of the agent" if end.kind == "version" else until(end, zone)
    )


def _author(silence: Silence, issue: int) -> str:
    if silence.comment is None or silence.issue is None:
        return "the rule's file"
    who = inline(silence.by) if silence.by else "somebody whose account is gone"
    return f"{who} ({place(silence.comment, silence.issue, issue)})"
