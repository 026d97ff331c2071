"""The pages of the sandbox: what a person sees and can do, and what no text and no other site can do."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from bot.sandbox.server import Sandbox
from tests.sandbox.api_client import REPOSITORY, Api

ISSUES = f"/repos/{REPOSITORY}/issues"
PLACE = f"/{REPOSITORY}/issues/1"
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">\'"></textarea></pre></select>&amp;<!--'


class Seen(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, tag: str, name: str) -> list[str]:
        return [attributes[name] or "" for found, attributes in self.elements if found == tag and name in attributes]


class Browser:
    """A browser without a token."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept"] = "text/html"

    def get(self, path: str, status: int = 200, **headers: str) -> Seen:
        reply = self.session.get(self.root + path, headers=headers, timeout=5)
        assert (reply.status_code, reply.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
        seen = Seen(reply.text)
        assert seen.open == []
        return seen

    def secret(self, path: str = PLACE) -> str:
        (found,) = {each["value"] for _, each in self.get(path).elements if each.get("name") == "secret"}
        return found or ""

    def send(self, path: str = PLACE, **fields: Any) -> requests.Response:
        return self.session.post(self.root + path, data=fields, timeout=5)

    def do(self, what: str, body: str = "", login: str = "friction-bot") -> requests.Response:
        """Fill in the form of the issue and press a button."""
        return self.send(**{"secret": self.secret(), "do": what, "as": login, "body": body})


@pytest.fixture
def api(box: Sandbox) -> Iterator[Api]:
    with Api(box.url, box.token) as client:
        yield client


@pytest.fixture
def browser(box: Sandbox) -> Iterator[Browser]:
    made = Browser(box.url)
    with made.session:
        yield made


def test_the_first_page_leads_to_every_repository(box: Sandbox, browser: Browser) -> None:
    box.add_repository("acme/gadgets")
    assert browser.get("/").values("a", "href") == ["/acme/gadgets/issues", f"/{REPOSITORY}/issues"]


def test_a_repositorys_page_lists_issues_by_state(api: Api, browser: Browser) -> None:
    api.open("Still open")
    api.open("Done with")
    api.call("PATCH", f"{ISSUES}/2", {"state": "closed"})
    assert "Still open" in browser.get(f"/{REPOSITORY}/issues").text
    assert "Done with" not in browser.get(f"/{REPOSITORY}/issues").text
    closed = browser.get(f"/{REPOSITORY}/issues?state=closed")
    assert "Done with" in closed.text
    assert f"/{REPOSITORY}/issues/2" in closed.values("a", "href")


def test_an_issues_page_shows_all_that_was_said_and_done(api: Api, browser: Browser) -> None:
    api.open("A title", body="# Problem\n\nIt **fails**:\n\n```\n  indented\n```\n", labels=["bug"])
    api.post(f"{ISSUES}/1/comments", {"body": "A comment"})
    api.call("PATCH", f"{ISSUES}/1", {"title": "A better title"})
    text = browser.get(PLACE).text
    for part in (
        "A better title",
        "Problem",
        "It **fails**:",
        "  indented",
        "bug",
        "A comment",
        "“A title” to “A better title”",
    ):
        assert part in text


def test_the_address_that_the_api_tells_is_the_page(api: Api, box: Sandbox, browser: Browser) -> None:
    address = api.open("A title")["html_url"]
    assert address == f"{box.url}{PLACE}"
    assert "A title" in browser.get(address.removeprefix(box.url)).text


@pytest.mark.parametrize("path", ["/", f"/{REPOSITORY}/issues", PLACE])
def test_nothing_that_was_written_becomes_part_of_a_page(box: Sandbox, api: Api, browser: Browser, path: str) -> None:
    api.open(HOSTILE, body=HOSTILE, labels=[HOSTILE[:50]])
    api.post(f"{ISSUES}/1/comments", {"body": f"{HOSTILE}\n\n```\n{HOSTILE}\n```\n"})
    api.call("PATCH", f"{ISSUES}/1", {"title": HOSTILE + "!"})
    box.add_pull(REPOSITORY, HOSTILE, "See #1")
    seen = browser.get(path)
    assert {"script", "img"} & {tag for tag, _ in seen.elements} == set()
    assert [name for _, attributes in seen.elements for name in attributes if name.startswith("on")] == []


def test_a_page_may_load_nothing_but_its_own_style(box: Sandbox, browser: Browser) -> None:
    headers = browser.session.get(box.page, timeout=5).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; form-action 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    style = browser.session.get(f"{box.url}/style.css", timeout=5)
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"


def test_a_person_comments_as_any_account(box: Sandbox, api: Api, browser: Browser) -> None:
    box.add_user("ann")
    api.open()
    reply = browser.do("comment", "Line one\r\nline two", "ann")
    assert reply.status_code == 200
    assert [each.status_code for each in reply.history] == [303]
    (comment,) = api.get(f"{ISSUES}/1/comments").data
    assert (comment["user"]["login"], comment["body"]) == ("ann", "Line one\nline two")


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate"])
def test_a_person_closes_with_a_reason_and_reopens(api: Api, browser: Browser, reason: str) -> None:
    api.open()
    browser.do(reason, "I say why")
    closed = api.get(f"{ISSUES}/1").data
    assert (closed["state"], closed["state_reason"], closed["comments"]) == ("closed", reason, 1)
    browser.do("reopen")
    opened = api.get(f"{ISSUES}/1").data
    assert (opened["state"], opened["state_reason"], opened["comments"]) == ("open", "reopened", 1)


def test_an_account_that_may_not_close_is_told_so(box: Sandbox, api: Api, browser: Browser) -> None:
    box.add_user("ann")
    api.open()
    reply = browser.do("completed", login="ann")
    assert reply.status_code == 403
    assert "Must have admin rights" in reply.text
    assert api.get(f"{ISSUES}/1").data["state"] == "open"


@pytest.mark.parametrize("secret", ["", "guessed", "é"])
def test_a_form_without_the_pages_secret_does_nothing(api: Api, browser: Browser, secret: str) -> None:
    api.open()
    reply = browser.send(**{"secret": secret, "do": "completed", "as": "friction-bot", "body": "x"})
    assert reply.status_code == 403
    issue = api.get(f"{ISSUES}/1").data
    assert (issue["state"], issue["comments"]) == ("open", 0)


@pytest.mark.parametrize("fields", [{"do": "explode"}, {"as": "nobody"}, {"do": ""}])
def test_a_form_that_asks_for_something_else_does_nothing(api: Api, browser: Browser, fields: dict[str, str]) -> None:
    api.open()
    sent = {"secret": browser.secret(), "do": "completed", "as": "friction-bot", **fields}
    assert browser.send(**sent).status_code == 404
    assert api.get(f"{ISSUES}/1").data["state"] == "open"


def test_an_empty_comment_is_refused_on_a_page(api: Api, browser: Browser) -> None:
    api.open()
    assert browser.do("comment", " ").status_code == 422
    assert api.get(f"{ISSUES}/1").data["comments"] == 0


def test_a_page_under_a_foreign_name_shows_nothing(api: Api, browser: Browser) -> None:
    api.open("Private matter")
    assert "Private matter" not in browser.get(PLACE, 403, Host="evil.example").text


@pytest.mark.parametrize(
    "path", ["/acme", "/acme/none/issues", f"/{REPOSITORY}/issues/77", "/%00/x", f"/{REPOSITORY}/wiki"]
)
def test_a_page_that_is_not_there_says_so(browser: Browser, path: str) -> None:
    assert "There is nothing here." in browser.get(path, 404).text


def test_programs_get_the_api_at_the_root_and_browsers_a_page(box: Sandbox, api: Api, browser: Browser) -> None:
    assert api.get("/").data["current_user_url"] == f"{box.url}/user"
    assert "Sandbox" in browser.get("/").text


def change(browser: Browser, what: str, comment: int, body: str = "", login: str = "maintainer") -> requests.Response:
    """Fill in the form below a comment and press a button."""
    fields = {"secret": browser.secret(), "do": what, "as": login, "comment": str(comment), "body": body}
    return browser.send(**fields)


def test_a_person_edits_a_comment_through_its_page(api: Api, browser: Browser) -> None:
    api.open()
    browser.do("comment", "first", "maintainer")
    (comment,) = api.get(f"{ISSUES}/1/comments").data
    reply = change(browser, "edit", comment["id"], "second\r\nline")
    assert (reply.status_code, reply.url.partition("#")[2]) == (200, f"issuecomment-{comment['id']}")
    assert [each["body"] for each in api.get(f"{ISSUES}/1/comments").data] == ["second\nline"]


def test_a_person_deletes_a_comment_through_its_page(api: Api, browser: Browser) -> None:
    api.open()
    browser.do("comment", "to go")
    browser.do("comment", "to stay")
    gone = api.get(f"{ISSUES}/1/comments").data[0]
    assert change(browser, "delete", gone["id"]).status_code == 200
    assert [each["body"] for each in api.get(f"{ISSUES}/1/comments").data] == ["to stay"]
    assert "comment deleted" in browser.get(PLACE).text


def test_a_form_shows_the_text_of_its_comment_byte_for_byte(api: Api, browser: Browser) -> None:
    api.open()
    text = "\n  indented\n\n</textarea><b>&amp;\n"
    api.post(f"{ISSUES}/1/comments", {"body": text})
    page = browser.session.get(browser.root + PLACE, timeout=5).text
    written = page.partition('aria-label="Text of the comment">\n')[2].partition("</textarea>")[0]
    assert html.unescape(written) == text


def test_only_its_author_or_who_may_write_changes_a_comment(box: Sandbox, api: Api, browser: Browser) -> None:
    box.add_user("ann")
    box.add_user("ben")
    api.open()
    browser.do("comment", "of ann", "ann")
    number = api.get(f"{ISSUES}/1/comments").data[0]["id"]
    assert change(browser, "edit", number, "of ben", "ben").status_code == 403
    assert change(browser, "delete", number, login="ben").status_code == 403
    assert change(browser, "edit", number, "of ann again", "ann").status_code == 200
    assert [each["body"] for each in api.get(f"{ISSUES}/1/comments").data] == ["of ann again"]


@pytest.mark.parametrize("what", ["edit", "delete"])
def test_a_comment_of_another_issue_is_not_changed_from_this_page(api: Api, browser: Browser, what: str) -> None:
    api.open()
    api.open("Another")
    there = api.post(f"{ISSUES}/2/comments", {"body": "elsewhere"}).data["id"]
    assert change(browser, what, there, "changed").status_code == 404
    assert change(browser, what, 10**9, "changed").status_code == 404
    assert [each["body"] for each in api.get(f"{ISSUES}/2/comments").data] == ["elsewhere"]


def test_reactions_are_shown_with_who_gave_them(box: Sandbox, api: Api, browser: Browser) -> None:
    box.add_user("ann", "ann-token")
    api.open()
    number = api.post(f"{ISSUES}/1/comments", {"body": "/friction silence 2w"}).data["id"]
    api.post(f"{ISSUES}/comments/{number}/reactions", {"content": "+1"})
    with Api(box.url, "ann-token") as ann:
        ann.post(f"{ISSUES}/comments/{number}/reactions", {"content": "+1"})
        ann.post(f"{ISSUES}/1/reactions", {"content": "eyes"})
    text = browser.get(PLACE).text
    assert "👍 friction-bot, ann" in text
    assert "👀 ann" in text


def test_an_edited_comment_says_when() -> None:
    now = [datetime(2026, 2, 15, 9, tzinfo=UTC)]
    with Sandbox(clock=lambda: now[0]) as box, Api(box.url, box.token) as api:
        box.add_repository(REPOSITORY)
        api.open()
        number = api.post(f"{ISSUES}/1/comments", {"body": "first"}).data["id"]
        browser = Browser(box.url)
        with browser.session:
            assert "edited" not in browser.get(PLACE).text
            now[0] += timedelta(hours=1)
            change(browser, "edit", number, "second")
            assert "edited 2026-02-15T10:00:00Z" in browser.get(PLACE).text
