"""Work that simply goes well, which most of a session is: a part of the shop is read, changed and tested."""

from __future__ import annotations

from typing import NamedTuple

from bot.demo.recording import Recording


class Part(NamedTuple):
    """A part of the shop: its file, what stands in it, and what the agent makes of one line of it."""

    path: str
    code: str
    old: str
    new: str


PARTS = {
    "cart": Part(
        "src/cart/total.ts",
        "export function total(lines: Line[]): Money {\n  let sum = zero('EUR')\n"
        "  for (const line of lines) sum = plus(sum, times(line.price, line.count))\n"
        "  return sum\n}",
        "let sum = zero('EUR')", "let sum = zero(lines[0]?.price.currency ?? 'EUR')",
    ),
    "voucher": Part(
        "src/checkout/voucher.ts",
        "export const isValid = (voucher: Voucher, today: Day) =>\n  voucher.from <= today && today <= voucher.until\n",
        "today <= voucher.until", "today <= voucher.until && !voucher.used",
    ),
    "search": Part(
        "src/search/rank.ts",
        "const weight = { title: 4, tags: 2, text: 1 }\n"
        "export const rank = (hit: Hit) =>\n  hit.title * weight.title + hit.tags * weight.tags + hit.text\n",
        "title: 4", "title: 5",
    ),
    "pictures": Part(
        "scripts/pictures.py",
        "SIZES = (160, 480, 1200)\n\ndef variants(picture):\n    return [picture.resize(size) for size in SIZES]\n",
        "SIZES = (160, 480, 1200)", "SIZES = (160, 480, 960, 1200)",
    ),
    "mail": Part(
        "src/mail/order.ts",
        "export const subject = (order: Order) => `Your order ${order.number}`\n"
        "export const greeting = (name: string) => `Hello ${name},`\n",
        "`Your order ${order.number}`", "`We have your order ${order.number}`",
    ),
    "tax": Part(
        "src/tax/rates.ts",
        "export const rates: Record<Country, number> = { AT: 0.2, DE: 0.19, FR: 0.2, NL: 0.21 }\n",
        "NL: 0.21", "NL: 0.21, PT: 0.23",
    ),
    "stock": Part(
        "src/stock/reserve.ts",
        "export async function reserve(item: Id, count: number) {\n  const left = await stock.take(item, count)\n"
        "  return left >= 0\n}",
        "return left >= 0", "if (left < 0)\n    await stock.give(item, count)\n  return left >= 0",
    ),
    "prices": Part(
        "scripts/prices.py",
        "from decimal import Decimal\n\ndef rounded(price):\n    return price.quantize(Decimal('0.01'))\n",
        "price.quantize(Decimal('0.01'))", "price.quantize(Decimal('0.01'), ROUND_HALF_EVEN)",
    ),
}  # fmt: skip


def change(r: Recording, name: str, asked: str = "") -> None:
    """One part is read, changed and tested; with a prompt if something is asked."""
    part = PARTS[name]
    if asked:
        r.prompt(asked)
    r.says(f"I'll look at {part.path} first.")
    r.reads(part.path, part.code)
    r.edits(part.path, part.old, part.new)
    tested(r, name, 6 + len(asked) % 9)


def tested(r: Recording, name: str, count: int) -> None:
    """The tests of one part run, and pass."""
    r.runs(
        f"npx vitest run {name}",
        f" ✓ tests/{name}.test.ts ({count} tests)\n\n Test Files  1 passed (1)\n      Tests  {count} passed ({count})",
    )
    r.says(f"Done: the {count} tests of {name} pass.")


def commit(r: Recording, message: str) -> None:
    """What was done is committed."""
    files = 1 + len(message) % 3
    r.runs(f"git commit -am '{message}'", f"[{r.branch} {r.uuid(message)[:7]}] {message}\n {files} files changed")
    duration = 4000 + 731 * len(r.lines)  # milliseconds
    r.system("turn_duration", durationMs=duration, isMeta=False)
