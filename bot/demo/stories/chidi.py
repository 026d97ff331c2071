"""Chidi: data and machines. Folders, copies and containers are the day's trouble."""

from __future__ import annotations

from bot.demo import scenes, traps, work
from bot.demo.recording import Recording

Files = dict[str, bytes]


def files() -> Files:
    """Chidi's sessions by path; two objects share a line of the second."""
    told = (_first_week(), _exports(), _outage(), _nightly(), _stock(), _leaks(), _review(), _saturday())
    found = {session.file(): session.content() for session in told}
    joined = _pictures()
    return found | {joined.file(): traps.two_on_one_line(joined.content())}


def _on(start: str) -> Recording:
    return Recording("chidi", f"2026-{start}:00+00:00", home="/home/chidi", version="2.0.76", branch="data")


def _first_week() -> Recording:
    r = _on("01-28T13:05")
    work.change(r, "pictures", "The pictures need a size of 960 for tablets.")
    scenes.no_just(r, "pictures")
    scenes.sync_breaks(r, "media", 8812)
    work.commit(r, "Pictures of 960 px")
    return r


def _pictures() -> Recording:
    r = _on("02-02T10:00")
    traps.snapshot_first(r)
    work.change(r, "pictures", "Drop the smallest size, nobody loads it.")
    traps.unknown_type(r)
    work.commit(r, "Drop 160 px")
    traps.summary_first(r, "Sizes of pictures")
    return r


def _exports() -> Recording:
    r = _on("02-03T09:45")
    r.prompt("Export the orders of January for the accountants.")
    r.runs("python scripts/export.py --month 2026-01", "1,204 orders in build/orders-01.csv")
    scenes.folder_denied(r, "orders-01.csv")
    scenes.sudo_asks(r, "cp build/orders-01.csv /srv/shop-data/exports/")
    r.says("I may not write there; the file lies in build/.")
    return r


def _outage() -> Recording:
    r = _on("02-05T14:10")
    r.prompt("Why did last night's picture job take so long?")
    r.runs("tail -3 logs/pictures.log", "01:02 started\n03:40 4,812 pictures\n03:41 done, 0 errors, 0 failed")
    scenes.overloaded(r, 1)
    return r


def _nightly() -> Recording:
    r = _on("02-06T08:20")
    r.prompt("The media server has half of the pictures. Copy the rest, then recount the prices.")
    scenes.sync_breaks(r, "media", 120_441, takes=190)
    r.says("The connection broke; what came over is kept, so I go on later.")
    scenes.no_shopdata(r, "scripts/recount.py", 3)
    traps.nothing_found(r, "partial")
    work.change(r, "prices")
    return r


def _stock() -> Recording:
    r = _on("02-10T13:25")
    r.prompt("Start the stock service and measure how long a reservation takes.")
    scenes.stock_never_comes_up(r, 4, "stock: waiting for the ledger volume")
    r.prompt("No, don't start it again. Read docker/stock.yml and look why.")
    scenes.no_file(r, "docker/stock.yml")
    scenes.text_not_found(
        r, "docker-compose.yml", "  stock:\n    image: webshop/stock", "  stock:\n    image: webshop/stock:2"
    )
    r.reads("docker-compose.yml", 'services:\n  stock:\n    image: "webshop/stock"\n    volumes: [ledger:/ledger]')
    return r


def _leaks() -> Recording:
    r = _on("02-12T07:55")
    r.prompt("The copy of the pictures fails again, run it with the debug script.")
    scenes.leaks(r)
    scenes.sudo_asks(r, "mkdir -p /srv/media")
    scenes.folder_denied(r, "media.tar")
    return r


def _review() -> Recording:
    r = _on("02-13T10:10")
    r.prompt("Have somebody look through the importers, then tidy up.")
    scenes.subagent(r, "review the importers", "scripts/importers/README.md")
    traps.garbage_tool(r)
    r.rejects("Bash", {"command": "rm -rf data/incoming"})
    r.wait(minutes=1).prompt("Keep the data, only tidy the code.")
    work.change(r, "prices")
    return r


def _saturday() -> Recording:
    r = _on("02-14T16:30")
    work.change(r, "pictures", "Quick one: 1200 becomes 1280.")
    work.commit(r, "Pictures of 1280 px")
    return r
