"""Ada: the front of the shop. She follows the handbook to the letter, and forks nothing."""

from __future__ import annotations

from bot.demo import scenes, traps, work
from bot.demo.recording import Recording

Files = dict[str, bytes]


def files() -> Files:
    """Ada's sessions by path."""
    grown = _search_ranking()
    told = (
        _first_week(),
        _setup(),
        _voucher(),
        _mail(),
        _outage(),
        _registry(),
        grown,
        _long_build(),
        _e2e(),
        _second_long(),
    )
    found = {session.file(): session.content() for session in told}
    # The search session was saved once while it ran, and once more when it was done.
    del found[grown.file()]
    return found | {grown.file(): grown.content(len(grown.lines) * 3 // 5), grown.file("2026-02-11"): grown.content()}


def _on(start: str) -> Recording:
    return Recording("ada", f"2026-{start}:00+00:00", home="/home/ada")


def _first_week() -> Recording:
    r = _on("01-26T08:40")
    traps.summary_first(r, "Totals in other currencies")
    work.change(r, "cart", "The cart total is always in euro. Take the currency of the first line.")
    scenes.no_just(r)
    work.commit(r, "Total in the currency of the lines")
    return r


def _setup() -> Recording:
    r = _on("01-28T09:05")
    r.prompt("Set the project up as the handbook says, then start on the tax table for Portugal.")
    scenes.no_bun(r)
    work.change(r, "tax")
    work.commit(r, "Tax rate of Portugal")
    return r


def _voucher() -> Recording:
    r = _on("02-03T08:55")
    traps.snapshot_first(r)
    r.prompt("Set up as in docs/handbook.md (run `bun install` first), then make used vouchers invalid.")
    scenes.no_bun(r)
    work.change(r, "voucher")
    scenes.lint_breaks(r, "src/checkout/voucher.ts", 12, "yesterday")
    r.edits("src/checkout/voucher.ts", "const yesterday = day(-1)\n", "")
    r.prompt("no, use the shared clock from src/time.ts, not Date.now()")
    r.edits("src/checkout/voucher.ts", "Date.now()", "clock.today()")
    work.commit(r, "Used vouchers are invalid")
    return r


def _mail() -> Recording:
    r = _on("02-04T13:10")
    work.change(r, "mail", "Make the subject of the order mail friendlier.")
    traps.reads_of_errors(r)
    traps.loop_that_works(r, "basket_mail")
    traps.nothing_found(r, "Your order")
    work.commit(r, "Friendlier order mail")
    return r


def _outage() -> Recording:
    r = _on("02-05T13:40")
    work.change(r, "cart", "Show the saving under the total when a voucher is used.")
    scenes.text_not_found(r, "src/cart/Summary.tsx", "<strong>{total}</strong>", "<strong>{total}</strong><Saving />")
    r.reads("src/cart/Summary.tsx", "export const Summary = ({ total }) => (\n  <p><b>{total}</b></p>\n)")
    r.edits("src/cart/Summary.tsx", "<b>{total}</b>", "<b>{total}</b><Saving />")
    r.rejects("Bash", {"command": "git push --force origin main"})
    r.wait(minutes=14).prompt("Push to a branch instead.")
    scenes.overloaded(r)
    return r


def _registry() -> Recording:
    r = _on("02-06T10:20")
    r.prompt("Update @webshop/ui to the newest version and fix what breaks.")
    scenes.login_expired(r, "ui")
    r.says("The login of the private registry has run out; I go on with what is installed.")
    scenes.not_read_yet(r, "src/ui/theme.ts", "export const theme = { radius: 6 }\n")
    r.reads("src/ui/theme.ts", "export const theme = { radius: 4 }")
    r.edits("src/ui/theme.ts", "radius: 4", "radius: 6")
    work.tested(r, "ui", 14)
    return r


def _search_ranking() -> Recording:
    """The session that is there twice: as a snapshot and whole."""
    r = _on("02-10T08:35")
    r.prompt("Find out why exact titles rank below tags.")
    scenes.no_bun(r, "run dev")
    scenes.subagent(r, "find everything that sets search weights", "src/search/weights.ts")
    work.change(r, "search")
    scenes.no_file(r, "src/search/config.yml")
    r.prompt("Also weigh the brand.")
    scenes.text_not_found(
        r, "src/search/rank.ts", "{ title: 4, tags: 2, text: 1 }", "{ title: 5, tags: 2, text: 1, brand: 3 }"
    )
    work.tested(r, "search", 9)
    work.commit(r, "Exact titles rank first")
    return r


def _long_build() -> Recording:
    r = _on("02-11T14:15")
    r.prompt("Build the shop for production and tell me which pages got heavier.")
    scenes.build(r, 215)
    r.says("The product page grew by 40 kB: the zoom is in it twice.")
    scenes.compacts(r, 155_902)
    work.change(r, "cart", "Take one of the two zooms out.")
    scenes.build(r, 208)
    traps.stopped_by_hand(r)
    return r


def _e2e() -> Recording:
    r = _on("02-12T09:30")
    r.prompt("Run the end-to-end tests of the checkout.")
    scenes.times_out(r, "npm run test:e2e")
    r.says("They do not finish within two minutes; I run them in the background.")
    scenes.lint_breaks(r, "src/checkout/steps.ts", 31, "next")
    r.edits("src/checkout/steps.ts", "const next = step + 1\n", "")
    work.commit(r, "Checkout steps without leftovers")
    return r


def _second_long() -> Recording:
    r = _on("02-13T08:50")
    work.change(r, "voucher", "Vouchers for single products, please. Start with the model.")
    scenes.compacts(r, 154_310)
    work.change(r, "cart", "Now the cart.")
    scenes.compacts(r, 156_040)
    scenes.not_read_yet(r, "src/checkout/ProductVoucher.tsx", "export const ProductVoucher = () => null\n")
    work.tested(r, "voucher", 17)
    traps.leaves(r)
    return r
