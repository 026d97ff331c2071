"""Emil: an agent of an old version, which writes neither exit codes nor wrappers, and one very noisy day."""

from __future__ import annotations

from bot.demo import scenes, traps, work
from bot.demo.recording import Recording

Files = dict[str, bytes]


def files() -> Files:
    """Emil's sessions by path; the last was edited on Windows."""
    told = (_first_week(), _talk(), _edits(), _outage(), _copy(), _noisy(), _rejected(), _seed())
    found = {session.file(): session.content() for session in told}
    windows = _registry()
    return found | {windows.file(): traps.windows_lines(windows.content())}


def _on(start: str) -> Recording:
    return Recording("emil", f"2026-{start}:00+00:00", home="/home/emil", version="1.0.53")


def _first_week() -> Recording:
    r = _on("01-30T10:15")
    work.change(r, "stock", "Give reserved goods back when too few are left.")
    traps.nothing_found(r, "giveBack")
    work.commit(r, "Give reserved goods back")
    return r


def _talk() -> Recording:
    """A session without any tool."""
    r = _on("02-02T16:45")
    r.prompt("What would you do first: the newsletter or the returns?")
    r.says("The returns: people ask for them daily, and the newsletter has no date.")
    r.prompt("Good. Why is an error in the returns worse than one in the newsletter?")
    r.says("Because money is wrong then, and a failed payment is harder to explain than a late letter.")
    return r


def _edits() -> Recording:
    r = _on("02-04T09:35")
    work.change(r, "stock", "Reserve for twenty minutes only.")
    scenes.text_not_found(r, "src/stock/reserve.ts", "const MINUTES = 30", "const MINUTES = 20")
    scenes.text_not_found(r, "src/stock/timer.ts", "setTimeout(release, 30 * 60)", "setTimeout(release, 20 * 60)")
    r.reads("src/stock/timer.ts", "schedule(release, minutes(30))")
    r.edits("src/stock/timer.ts", "minutes(30)", "minutes(20)")
    return r


def _outage() -> Recording:
    r = _on("02-05T14:20")
    r.prompt("Write down how reservations work, in docs/stock.md.")
    scenes.not_read_yet(r, "docs/stock.md", "# Reservations\n")
    scenes.no_file(r, "docs/architecture.md")
    scenes.overloaded(r)
    return r


def _copy() -> Recording:
    r = _on("02-09T10:50")
    r.prompt("Get the pictures onto my machine.")
    scenes.sync_breaks(r, "media", 2_204)
    r.says("The connection broke. The small set is enough for today.")
    work.change(r, "pictures")
    return r


def _noisy() -> Recording:
    """One person, one session, two dozen failures: loud, and still nobody else's trouble."""
    r = _on("02-10T11:00")
    r.prompt("Find the five customers with the most returns. Use the database on my machine.")
    tables = ("orders", "returns", "customers", "payments", "vouchers", "stock")
    for number in range(24):
        table = tables[number % len(tables)]
        told = (
            'psql: error: connection to server at "localhost" (127.0.0.1), port 5432 failed: '
            "Connection refused\n\tIs the server running?"
        )
        r.runs(f"psql shop --command 'table {table} limit {number + 1}'", told, code=2)
    scenes.stock_never_comes_up(r, 3, "stock: its ledger was made by a newer version")
    r.says("Your database is not running.")
    return r


def _rejected() -> Recording:
    r = _on("02-11T13:15")
    r.prompt("Clean up the branches that are merged.")
    r.runs("git branch --merged", "* main\n  emil/timer\n  emil/docs")
    r.rejects("Bash", {"command": "git push origin --delete emil/timer emil/docs"})
    r.wait(minutes=3).prompt("Only local ones.")
    r.runs("git branch -d emil/timer emil/docs", "Deleted branch emil/timer.\nDeleted branch emil/docs.")
    scenes.not_read_yet(r, "docs/branches.md", "# Branches\n")
    return r


def _seed() -> Recording:
    r = _on("02-12T14:35")
    r.prompt("Seed the shop and make screenshots for the newsletter.")
    scenes.seed_too_old(r, 202512, 15)
    r.prompt("I said use the small snapshot.")
    r.runs("npm run seed -- --small", "120 products, 40 orders")
    return r


def _registry() -> Recording:
    r = _on("02-13T09:25")
    r.prompt("Update @webshop/letters.")
    scenes.login_expired(r, "letters")
    traps.leaves(r)
    return r
