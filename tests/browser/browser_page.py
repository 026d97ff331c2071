"""A real browser at the sandbox's page, where a maintainer answers the bot: run by `make browser`, not by `make test`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from bot.sandbox.server import BOT, PERSON
from tests.browser.stage import REPOSITORY, Stage, stage

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
PATIENCE = 60  # seconds for the bot to answer


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).is_file():
        pytest.fail(
            f"there is no browser at {CHROMIUM}: apt-get install chromium, or make browser CHROMIUM=/path/to/chrome"
        )
    root = os.geteuid() == 0  # Chromium's own sandbox does not work for root
    with sync_playwright() as playwright:
        options = ["--no-proxy-server", *(["--no-sandbox"] if root else [])]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield opened
        opened.close()


@pytest.fixture
def page(set_up: Stage, browser: Browser) -> Iterator[Page]:
    """The page of the issue that the bot filed; its comments are gone afterwards."""
    opened = browser.new_page()
    opened.goto(set_up.issue)
    yield opened
    opened.close()
    for comment in set_up.comments():
        set_up.api.call("DELETE", f"/repos/{REPOSITORY}/issues/comments/{comment['id']}")


def body(page: Page) -> Locator:
    """The text of the issue."""
    return page.locator("article").first


def said(page: Page, text: str) -> Locator:
    """The comment with this text, without the bot's answers to it."""
    return page.locator("article[id]", has=page.locator(".text", has_text=text)).first


def write(page: Page, text: str, login: str = PERSON) -> None:
    page.get_by_label("Comment", exact=True).fill(text)
    page.locator("#answer").get_by_label("as").select_option(login)
    page.get_by_role("button", name="Comment", exact=True).click()


def edit(page: Page, before: str, after: str) -> None:
    comment = said(page, before)
    comment.get_by_text("edit", exact=True).click()
    comment.get_by_label("Text of the comment").fill(after)
    comment.get_by_role("button", name="Save").click()


def delete(page: Page, text: str) -> None:
    comment = said(page, text)
    comment.get_by_text("edit", exact=True).click()
    comment.get_by_role("button", name="Delete").click()


def until(page: Page, true: Callable[[], bool]) -> None:
    """Load the page again until something is true of it."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, page.inner_text("body")
        page.wait_for_timeout(200)
        page.reload()


def shows(page: Page, where: Callable[[], Locator], words: str) -> None:
    until(page, lambda: words in where().inner_text())


def day(comment: dict[str, object], **later: float) -> str:
    """The day so long after a comment was written, as the block tells it."""
    return f"until {datetime.fromisoformat(str(comment['created_at'])) + timedelta(**later):%Y-%m-%d}"


def test_the_page_shows_the_issue_that_the_bot_filed(page: Page) -> None:
    assert "pandas" in page.inner_text("h1")
    assert BOT in body(page).inner_text()
    assert page.locator("h1 + p .label", has_text="user-feedback").count() == 1


def test_a_person_writes_edits_and_deletes_a_comment(page: Page) -> None:
    write(page, "I will look at it")
    assert PERSON in said(page, "I will look at it").inner_text()
    edit(page, "I will look at it", "Somebody else will")
    assert said(page, "Somebody else will").count() == 1
    delete(page, "Somebody else will")
    assert said(page, "Somebody else will").count() == 0


def test_a_reaction_is_shown_with_who_gave_it(set_up: Stage, page: Page) -> None:
    write(page, "Look here")
    number = set_up.comments()[-1]["id"]
    set_up.api.post(f"/repos/{REPOSITORY}/issues/comments/{number}/reactions", {"content": "heart"})
    page.reload()
    assert f"❤️ {BOT}" in said(page, "Look here").inner_text()


def test_a_silence_lives_and_ends_with_its_comment(set_up: Stage, page: Page) -> None:
    write(page, "/friction silence 2w because the mirror is being replaced")
    comment = set_up.comments()[0]
    shows(page, lambda: said(page, "/friction silence 2w"), f"👍 {BOT}")
    shows(page, lambda: body(page), day(comment, weeks=2))
    told = body(page).inner_text()
    assert "Silenced" in told
    assert "the mirror is being replaced" in told
    assert PERSON in told
    edit(page, "/friction silence 2w", "/friction silence 4w because the mirror is being replaced")
    shows(page, lambda: body(page), day(comment, weeks=4))
    assert day(comment, weeks=2) not in body(page).inner_text()
    delete(page, "/friction silence 4w")
    until(page, lambda: "Silenced" not in body(page).inner_text())


def test_who_may_not_is_refused_and_nothing_changes(set_up: Stage, page: Page) -> None:
    set_up.api.post("/sandbox/users", {"login": "passer-by", "permission": "read"})
    page.reload()
    write(page, "/friction silence 2w", "passer-by")
    shows(page, lambda: said(page, "/friction silence 2w"), f"👎 {BOT}")
    assert "Silenced" not in body(page).inner_text()


def test_a_typo_is_answered_with_what_would_work(page: Page) -> None:
    write(page, "/friction silense 2w")
    shows(page, lambda: said(page, "/friction silense 2w"), f"😕 {BOT}")
    shows(page, lambda: page.locator("body"), "/friction silence")
