"""The second opinion, with the real scanner; tokens are put together here so that no file holds one."""

from __future__ import annotations

import base64

import pytest

from bot.adapters.scanner import KingfisherScanner
from bot.core.markdown import fence
from bot.core.redact import redact
from bot.ports import Scanner

TOKEN = "glpat-" + "iK2ZWeqhFW" + "CEPyYngFb5"


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return KingfisherScanner()


def test_ordinary_text_holds_no_secret(scanner: Scanner) -> None:
    assert scanner.find("error: could not resolve host\nexit code 1\n") == ()


def test_a_token_is_found_as_it_stands_in_the_text(scanner: Scanner) -> None:
    assert scanner.find(f"é remote: {TOKEN} denied") == (TOKEN,)


def test_a_token_that_stands_there_twice_is_told_once(scanner: Scanner) -> None:
    assert scanner.find(f"{TOKEN}\n\n{TOKEN}\n") == (TOKEN,)


@pytest.mark.parametrize(
    "comment", ["gitleaks:allow", "betterleaks:allow", "kingfisher:ignore", "noqa", "trufflehog:ignore"]
)
def test_a_comment_in_the_text_does_not_switch_it_off(scanner: Scanner, comment: str) -> None:
    assert scanner.find(f"token = {TOKEN}  # {comment}") == (TOKEN,)


def test_a_token_broken_by_a_zero_width_space_is_found(scanner: Scanner) -> None:
    assert scanner.find(f"token {TOKEN[:9]}\u200b{TOKEN[9:]}") == (TOKEN,)


def test_a_token_in_a_fence_is_found(scanner: Scanner) -> None:
    assert scanner.find(fence(f"export TOKEN={TOKEN}")) == (TOKEN,)


def test_a_token_in_base64_is_found_as_its_base64(scanner: Scanner) -> None:
    coded = base64.b64encode(f"token = {TOKEN}".encode()).decode()

    assert scanner.find(f"data: {coded}") == (coded,)


def test_what_redaction_left_is_clean(scanner: Scanner) -> None:
    assert scanner.find(redact(f"token = {TOKEN}")) == ()


def test_lone_surrogates_do_no_harm(scanner: Scanner) -> None:
    assert scanner.find("a \ud800 b") == ()
