"""What a run says of silences, and what the bot answers people on GitHub, compared with what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.answers import replied
from bot.core.comments import note_of
from bot.core.report import Report
from bot.core.silence import Held
from bot.core.silence_words import silenced
from bot.sandbox.server import BOT
from tests.scenario_reading import Part, moment, nth


def check_silences(report: Report, part: Part) -> None:
    """So many silences hold."""
    holding = [each for each in report.silences if each.over is None]
    assert len(holding) == _number(part), f"{part.place}: {_shown(holding)}"


def check_silence(report: Report, part: Part) -> None:
    """There is such a silence; it holds unless it is said to be over."""
    fitting = [each for each in report.silences if _fits(each, part.given)]
    assert len(fitting) == 1, f"{part.place}: {len(fitting)} are like that: {_shown(report.silences)}"


def _shown(silences: Sequence[Held]) -> str:
    """Silences as somebody would look for them in an error."""
    lines = [
        f"  {silenced(each)}, on #{each.silence.issue}, about {each.findings}{', over' if each.over else ''}"
        for each in silences
    ]
    return "\n".join(["there are", *lines]) if lines else "there are none"


def _fits(held: Held, given: Mapping[str, str]) -> bool:
    said = held.silence
    return (
        (said.comment is None if "file" in given else str(said.issue) == given["issue"])
        and given.get("who", said.by) == said.by
        and ("over" in given) is (held.over is not None)
        and int(given.get("kept", held.kept)) == held.kept
        and int(given.get("findings", held.findings)) == held.findings
        and ("end" not in given or _ends(held, given["end"]))
    )


def _ends(held: Held, end: str) -> bool:
    until = held.silence.until
    if end.startswith("day "):
        at = moment(end)
        return bool(held.ends) and (held.ends == at if ":" in end else held.ends.date() == at.date())
    if until.kind == "sessions":
        return end == f"{until.sessions} sessions"
    return end == (f"version {until.version}" if until.kind == "version" else until.kind)


def comment_of(comments: Sequence[Any], part: Part) -> Any:
    """The comment that is meant by who wrote it, and which one of theirs on the issue."""
    theirs = [each for each in comments if each["user"]["login"] == part.given["who"]]
    assert theirs, f"{part.place}: {part.given['who']} said nothing there"
    return nth(theirs, part.given)


def check_reactions(listed: Sequence[Mapping[str, Any]], part: Part) -> None:
    """The bot's own reactions to a comment are these; `listed` are all reactions to it."""
    found = sorted(each["content"] for each in listed if each["user"]["login"] == BOT)
    said = part.given["reactions"]
    wanted = [] if said == "no reaction" else sorted(said.split(" and "))
    assert found == wanted, f"{part.place}: it has {found}"


def check_replies(comments: Sequence[Mapping[str, Any]], part: Part) -> None:
    """The bot replied so often."""
    found = replies(comments)
    assert len(found) == _number(part), f"{part.place}: {found}"


def check_reply(comments: Sequence[Mapping[str, Any]], part: Part) -> None:
    """A reply of the bot says this, or none does."""
    found = replies(comments)
    said = any(part.given["text"] in body for body in found)
    assert said is (part.given["no"] != "no"), f"{part.place}: {found}"


def replies(comments: Sequence[Mapping[str, Any]]) -> list[str]:
    """The bodies of those of the bot's comments that answer somebody."""
    own = [each["body"] for each in comments if each["user"]["login"] == BOT]
    return [body for body in own if (note := note_of(body)) and replied(note.topic) is not None]


def _number(part: Part) -> int:
    return int(part.given["number"].replace("no", "0"))
