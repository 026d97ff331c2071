"""The block in an issue that shows which orders hold for it: who gave them, until when, why, and in which comment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from bot.core.case import NO_BLOCK, Block, Case
from bot.core.markdown import inline
from bot.core.marker import digest
from bot.core.silence import Held
from bot.core.silence_words import kept_quiet, place, shown
from bot.core.slash import Mended, Needed, Order
from bot.core.wording import span

_REMEMBERED = timedelta(days=30)  # how long it is said that a silence ran out


def block(case: Case, issue: int, now: datetime, zone: tzinfo = UTC) -> Block:
    """What issue `issue` shows of the orders for a case, with the ends of silences in `zone`; empty where there are none."""
    lines = [
        *((shown(each, zone, issue), _figures(each)) for each in case.silences if _worth_saying(each, now)),
        *((line, "") for line in _wishes(case, issue)),
    ]
    if not lines:
        return NO_BLOCK
    text = "\n".join(f"> - {line}{f' · {figures}' if figures else ''}" for line, figures in lines)
    return Block(f"> [!NOTE]\n{text}", digest(*(line for line, _ in lines)))


def _worth_saying(held: Held, now: datetime) -> bool:
    """A silence that holds, or one that ran out not long ago; what a person lifted, that person knows."""
    if held.over is None:
        return True
    return held.silence.lifted is None and now - held.over < _REMEMBERED


def _figures(held: Held) -> str:
    if held.over is None:
        return kept_quiet(held) if held.kept else ""
    ended = f"ended {held.over:%Y-%m-%d %H:%M} UTC"
    return f"{ended}, {kept_quiet(held)}" if held.kept else f"{ended}: nothing happened that it would have kept quiet"


def _wishes(case: Case, issue: int) -> Iterator[str]:
    wishes = case.wishes
    for order in wishes.mended:
        yield f"**Fixed** {_mended(order.command.mended)} {_by(order, issue)}"
    if wishes.unfixed:
        yield f"**Not fixed** by {wishes.unfixed:%Y-%m-%d %H:%M} UTC, a maintainer says"
    if wishes.needed and wishes.needed.command.needed:
        yield f"**Threshold** of this issue: {_needed(wishes.needed.command.needed)} {_by(wishes.needed, issue)}"
    if wishes.split:
        yield f"**Split** by {inline(wishes.split.command.word)} {_by(wishes.split, issue)}"
    if wishes.evidence:
        yield f"**Evidence**: up to {wishes.evidence.command.number} excerpts {_by(wishes.evidence, issue)}"
    if wishes.ack:
        yield f"**Acknowledged** {_by(wishes.ack, issue)}: growth is not told any more"


def _by(order: Order, issue: int) -> str:
    who = inline(order.remark.by) if order.remark.by else "somebody whose account is gone"
    return f"by {who} ({place(order.remark.id, order.remark.issue, issue)})"


def _mended(mended: Mended | None) -> str:
    if mended is None or mended.kind == "now" or (mended.kind == "date" and mended.at):
        return f"{mended.at:%Y-%m-%d %H:%M} UTC" if mended and mended.at else ""
    if mended.kind == "version":
        return f"in version {inline(mended.ref)} of the agent, from when that is seen,"
    what = f"pull request {mended.ref}" if mended.kind == "pr" else f"commit {inline(mended.ref[:10])}"
    return f"by {what}, from when it is on the default branch,"


def _needed(needed: Needed) -> str:
    parts = [f"{number} {name}" for name, number in needed._asdict().items() if isinstance(number, int)]
    within = f" within {span(needed.within)}" if needed.within else ""
    return f"{', '.join(parts)}{within}".strip()
