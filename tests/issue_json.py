"""Issues as GitHub's JSON has them, and a script that serves them page by page."""

from __future__ import annotations

from typing import Any

from bot.core.marker import Marker, region
from tests.scripted_http import Reply, Request, Script

REPOSITORY = "octo/demo"
ISSUES = "/repos/octo/demo/issues"
LOGIN = "friction-bot"
FINGERPRINT = "ab" * 32
NONCE = "cd" * 16
KEY = b"a key of the settings"


def issue(number: int, **changed: Any) -> dict[str, Any]:
    """An issue of the bot's account, opened in the minute of its number; `changed` replaces fields."""
    return {
        "number": number,
        "title": f"Issue {number}",
        "body": "A person wrote this.",
        "state": "open",
        "state_reason": None,
        "labels": [{"name": "bug"}],
        "locked": False,
        "created_at": f"2026-02-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z",
        "html_url": f"https://github.com/octo/demo/issues/{number}",
        "user": {"login": LOGIN},
        **changed,
    }


def marked(key: bytes = b"") -> str:
    """A body with the bot's region."""
    return region(Marker(FINGERPRINT, NONCE), "Evidence.", key)


def account(login: str = LOGIN) -> Reply:
    return Reply(body={"login": login})


def holding(*issues: dict[str, Any], login: str = LOGIN, link_to: str = "") -> Script:
    """GitHub with one repository of these issues: the account, the pages of the list, single issues; else 404."""

    def script(request: Request) -> Reply:
        if request.path == "/user":
            return account(login)
        if request.path == ISSUES and request.verb == "GET":
            return page(request, list(issues), link_to)
        found = [each for each in issues if request.path == f"{ISSUES}/{each['number']}"]
        return Reply(body=found[0]) if found else Reply(404, {"message": "Not Found"})

    return script


def page(request: Request, issues: list[dict[str, Any]], link_to: str = "") -> Reply:
    number, size = int(request.query["page"]), int(request.query["per_page"])
    more = len(issues) > number * size
    link = f'<{link_to}{request.path}?per_page={size}&page={number + 1}>; rel="next", <{link_to}/last>; rel="last"'
    return Reply(body=issues[(number - 1) * size : number * size], headers={"Link": link} if more else {})
