"""HTML made of elements: whatever is no `Html` is escaped, so nothing that was written becomes part of a page."""

from __future__ import annotations

from html import escape


class Html(str):
    """Text that is HTML already; only `element` and `page` make it."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool) -> Html:
    """One element; the attribute `class_` is class, `aria_label` is aria-label, True stands alone, False is none."""
    names = {key: key.rstrip("_").replace("_", "-") for key in attributes}
    told = "".join(
        f" {names[key]}" if value is True else f' {names[key]}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not False
    )
    if name in {"br", "input", "link", "meta"}:
        return Html(f"<{name}{told}>")
    content = "".join(child if isinstance(child, Html) else escape(child) for child in children)
    return Html(f"<{name}{told}>{content}</{name}>")


def page(title: str, *children: str) -> Html:
    """A whole page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("link", rel="stylesheet", href="/style.css"),
    )
    return Html(f"<!doctype html>\n{element('html', head, element('body', *children), lang='en')}\n")
