"""Ben: orders and tests. He resumes and forks his sessions, and his clock jumps."""

from __future__ import annotations

from bot.demo import fake_secrets, scenes, traps, work
from bot.demo.recording import Recording

Files = dict[str, bytes]


def files() -> Files:
    """Ben's sessions by path."""
    reports = _reports()
    told = (
        _first_week(),
        _imports(),
        _orders(),
        _outage(),
        _seeding(),
        reports,
        _fork(reports),
        _packages(),
        _release(),
    )
    return {session.file(): session.content() for session in told}


def _on(start: str, version: str = "2.1.25") -> Recording:
    return Recording("ben", f"2026-{start}:00+00:00", home="/Users/ben", version=version, branch="ben/orders")


def _first_week() -> Recording:
    r = _on("01-27T09:15", "2.1.9")
    work.change(r, "mail", "Greet people by their first name.")
    scenes.no_just(r, "test")
    scenes.no_file(r, "src/mail/greeting.ts")
    work.commit(r, "Greet by first name")
    return r


def _imports() -> Recording:
    r = _on("02-02T09:20")
    r.prompt("Import the supplier's new price list with scripts/import_prices.py.")
    scenes.no_shopdata(r, "scripts/import_prices.py", 4)
    scenes.no_file(r, "data/prices/2026-02.csv")
    call = r.call("Glob", {"pattern": "data/**/*.csv"})
    r.gives(call, f"{r.cwd}/data/incoming/2026-02.csv", {"filenames": ["data/incoming/2026-02.csv"], "numFiles": 1})
    work.change(r, "prices")
    work.commit(r, "Import the prices of February")
    return r


def _orders() -> Recording:
    r = _on("02-04T08:45")
    r.prompt("Orders need a state 'returned'. Set up with bun install and go on from there.")
    scenes.no_bun(r, line=3)
    traps.loop_that_works(r, "order_states")
    scenes.text_not_found(
        r,
        "src/orders/state.ts",
        "type State = 'new' | 'paid' | 'sent'",
        "type State = 'new' | 'paid' | 'sent' | 'returned'",
    )
    r.reads("src/orders/state.ts", "export type State =\n  | 'new'\n  | 'paid'\n  | 'sent'")
    r.edits("src/orders/state.ts", "  | 'sent'", "  | 'sent'\n  | 'returned'")
    traps.nothing_found(r, "returned")
    work.tested(r, "orders", 21)
    return r


def _outage() -> Recording:
    r = _on("02-05T14:05")
    work.change(r, "stock", "Returned goods go back to the stock.")
    scenes.overloaded(r, 3)
    r.wait(minutes=25).prompt("go on")
    work.tested(r, "stock", 8)
    return r


def _seeding() -> Recording:
    r = _on("02-06T09:40")
    r.prompt("Seed my database, then show returned orders in the list.")
    scenes.seed_too_old(r, 202601, 14)
    r.says("The snapshot is older than the schema; I take the small one.")
    r.runs("npm run seed -- --small", "120 products, 40 orders")
    scenes.not_read_yet(r, "src/orders/List.tsx", "export const List = () => <table />\n")
    r.reads("src/orders/List.tsx", "export const List = () => <ul />")
    r.edits("src/orders/List.tsx", "<ul />", "<table />")
    r.wait(seconds=-95)  # the clock was set while the session ran
    work.tested(r, "orders", 22)
    return r


def _reports() -> Recording:
    """The session that is forked the day after."""
    r = _on("02-09T13:30")
    traps.summary_first(r, "Reports of returned orders")
    r.prompt("A weekly report of returned orders. Run everything once before you start.")
    scenes.times_out(r, "npm run test:e2e")
    scenes.no_shopdata(r, "scripts/report.py", 7)
    r.rejects("Bash", {"command": "npm run test:e2e -- --update-snapshots"}, "never update all snapshots at once")
    r.says("Then I only look at the report.")
    work.change(r, "prices")
    return r


def _fork(reports: Recording) -> Recording:
    """A new sessionId over the same history, and then another way."""
    r = reports.forked("2026-02-10T09:10:00+00:00")
    r.prompt("No, that's not what I meant: one line for each week, not for each order.")
    r.edits("scripts/report.py", "for order in orders:", "for week in weeks(orders):")
    scenes.lint_breaks(r, "src/reports/week.ts", 8, "monday")
    r.version = "2.1.29"  # updated in the middle of a session
    r.cwd = f"{r.home}/webshop/scripts"
    r.runs("python report.py --week 6", "6;14 returned;381.20 EUR")
    return r


def _packages() -> Recording:
    r = _on("02-12T08:30", "2.1.29")
    r.prompt("Take the new @webshop/pay into the checkout.")
    scenes.login_expired(r, "pay", fake_secrets.NPM)
    scenes.folder_denied(r, "orders.csv")
    r.rejects("Bash", {"command": "chmod -R 777 /srv/shop-data"})
    r.wait(minutes=2).prompt("stop, ask dora for access instead")
    scenes.hook_fails(r)
    return r


def _release() -> Recording:
    r = _on("02-13T15:20", "2.1.29")
    r.prompt("Prepare the release: build, tag, notes.")
    scenes.build(r, 241)
    r.runs("git tag v4.3.0", "")
    r.call("Bash", {"command": "git push --tags"})  # never answered: the lid was closed
    return r
