"""Dora: everything between. She leaves sessions open for days, and the last one is still being written."""

from __future__ import annotations

from bot.demo import scenes, traps, work
from bot.demo.recording import Recording

Files = dict[str, bytes]


def files() -> Files:
    """Dora's sessions by path; the newest ends in the middle of its last line."""
    told = (_first_week(), _outage(), _weekend(), _accounts(), _loop(), _handbook(), _access())
    found = {session.file(): session.content() for session in told}
    open_still = _tidy()
    return found | {open_still.file(): traps.half_a_last_line(open_still.content())}


def _on(start: str) -> Recording:
    return Recording("dora", f"2026-{start}:00+00:00", home="/home/dora", version="2.1.37", branch="dora/accounts")


def _first_week() -> Recording:
    r = _on("01-29T08:25")
    work.change(r, "voucher", "A voucher may be used once only.")
    scenes.text_not_found(r, "src/checkout/voucher.ts", "export function isValid(", "export function isUsable(")
    work.commit(r, "Vouchers are used once")
    return r


def _outage() -> Recording:
    r = _on("02-05T13:55")
    r.prompt("Put the customers' export where the accountants find it, and start the stock service.")
    scenes.folder_denied(r, "customers.csv")
    scenes.stock_never_comes_up(r, 3, "stock: no answer from the ledger on its health port")
    scenes.overloaded(r)
    r.rejects("Bash", {"command": "docker system prune -af"})
    r.wait(minutes=12).prompt("Leave docker alone, I will look at it myself.")
    return r


def _weekend() -> Recording:
    """The laptop is closed on Friday and opened on Sunday: two days that nobody worked."""
    r = _on("02-06T15:50")
    traps.summary_first(r, "Accounts of companies")
    r.prompt("Build the accounts page so that I can show it on Monday.")
    scenes.build(r, 262)
    r.wait(days=2, hours=1).prompt("Morning. Where were we?")
    r.says("The accounts page is built; the company form is open.")
    work.change(r, "mail")
    scenes.hook_fails(r)
    return r


def _accounts() -> Recording:
    r = _on("02-09T09:00")
    r.prompt("Company accounts get their own prices. Import the list of the sales team.")
    scenes.no_shopdata(r, "scripts/company_prices.py", 11)
    scenes.text_not_found(r, "src/accounts/Company.tsx", 'label="Tax number"', 'label="VAT number"')
    r.reads("src/accounts/Company.tsx", "<Field label={t('tax-number')} />")
    r.edits("src/accounts/Company.tsx", "t('tax-number')", "t('vat-number')")
    traps.nothing_found(r, "tax-number")
    work.commit(r, "VAT numbers")
    return r


def _loop() -> Recording:
    r = _on("02-10T15:05")
    work.change(r, "tax", "Companies abroad pay no tax.")
    traps.loop_that_works(r, "reverse_charge")
    traps.sibling_fell(r, ("src/tax/rates.ts", "src/tax/rules.ts"), "src/tax/abroad.ts")
    work.commit(r, "No tax for companies abroad")
    return r


def _handbook() -> Recording:
    r = _on("02-11T08:10")
    r.prompt("New laptop. Follow the handbook and tell me what is wrong in it.")
    scenes.no_bun(r, line=2)
    scenes.seed_too_old(r, 202601, 15)
    r.prompt("That's wrong, the handbook is right: the snapshot is simply old.")
    r.says("Then the snapshot needs a newer version; I leave a note.")
    traps.reads_of_errors(r)
    return r


def _access() -> Recording:
    r = _on("02-12T13:40")
    r.prompt("Give ben and chidi access to the export folder.")
    scenes.sudo_asks(r, "usermod -aG shopdata ben")
    traps.stopped_by_hand(r)
    r.says("That needs your password; run it in a terminal of your own.")
    return r


def _tidy() -> Recording:
    r = _on("02-13T14:00")
    r.prompt("Tidy the accounts page: lint, dead code, names.")
    scenes.lint_breaks(r, "src/accounts/Company.tsx", 44, "draft")
    r.edits("src/accounts/Company.tsx", "const draft = useDraft()\n", "")
    scenes.not_read_yet(r, "src/accounts/names.ts", "export const names = {}\n")
    scenes.hook_fails(r)
    work.tested(r, "accounts", 11)
    r.says("One name is left.")
    return r
