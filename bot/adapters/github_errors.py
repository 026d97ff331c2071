"""What GitHub's refusals and lost connections mean, as a `TrackerError` with what a person can do about it.

Codes: bad_credentials, forbidden, not_found, issues_disabled, gone, locked, conflict, invalid, moved, refused,
rate_limited, unavailable, server_error, unreachable, untrusted, timeout, connection_lost, unexpected_answer. None of the
messages holds a token or a header; what GitHub itself said is redacted and cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3.exceptions

from bot.core.redact import redact
from bot.core.text import cut
from bot.ports import TrackerError

TRANSIENT = frozenset({"unavailable", "unreachable", "timeout", "connection_lost"})  # a read may be tried again

_WORDS = 300  # characters of what GitHub said
_MINUTE = timedelta(seconds=60)  # the least wait that GitHub asks for where a limit comes without a header
_LONGEST = timedelta(hours=24)  # primary limits end within the hour: a later end is a broken header

# Status → code and advice; https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
_ADVICE = {
    401: ("bad_credentials", "GitHub does not accept the credentials: set a valid token or the right private key"),
    403: ("forbidden", "the credentials do not allow it: give them read and write access to the repository's issues"),
    404: (
        "not_found",
        "GitHub does not show it: check its name and github.api_url, and that the credentials may see it",
    ),
    409: ("conflict", "GitHub says that it is not in a state for this: the repository may be empty"),
    422: ("invalid", "GitHub does not take what was sent"),
    451: ("forbidden", "GitHub has blocked it"),
}
_ISSUES_OFF = ("issues_disabled", "issues are switched off: switch them on in its settings, or name another repository")
_GONE = ("gone", "the issue was deleted")
_LOST = ("gone", "GitHub does not show it any more: it was deleted, or the credentials may not see it")
_LOCKED = ("locked", "its conversation is locked: it is left to its people")
_MOVED = ("moved", "it is now somewhere else: write its new name (or the right github.api_url) in the settings")


def refused(place: str, status: int, headers: Mapping[str, str], data: Any, *, write: bool) -> TrackerError:
    """The error of an answer that is no success; `headers` have lower-case names, `place` is OWNER/NAME or with #N.

    Only a 5xx (and 408) to a write is unclear: everything else was refused before it was done.
    """
    said = _words(status, data)
    if _is_rate_limit(status, headers, data):
        until = limited_until(headers, datetime.now(UTC))
        message = (
            f"{place}: GitHub's rate limit is reached until {until:%Y-%m-%dT%H:%M:%SZ}; run again after that{said}"
        )
        return TrackerError("rate_limited", message, until=until)
    if status >= 500 or status == 408:
        code = "unavailable" if status in {502, 503, 504} else "server_error"
        return TrackerError(code, f"{place}: GitHub could not answer: try again later{said}", unclear=write)
    code, advice = _ADVICE.get(status, ("refused", "GitHub refused it"))
    if status == 410:
        code, advice = _GONE if "#" in place else _ISSUES_OFF
    if status == 404 and "#" in place:
        code, advice = _LOST
    if status == 403 and "locked" in said.lower():
        code, advice = _LOCKED
    if 300 <= status < 400:
        code, advice = _MOVED
    return TrackerError(code, f"{place}: {advice}{said}")


def lost(place: str, host: str, error: Exception, *, write: bool) -> TrackerError:
    """The error of a request without an answer; a write is only known to be undone where no connection was made."""
    reason = error.args[0] if error.args else None
    cause = getattr(reason, "reason", None)
    if isinstance(error, requests.ConnectTimeout) or isinstance(cause, urllib3.exceptions.NewConnectionError):
        message = f"{place}: {host} cannot be reached: check github.api_url and the network ({_last(cause or error)})"
        return TrackerError("unreachable", message)
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        message = f"{place}: the certificate of {host} is not trusted: set REQUESTS_CA_BUNDLE to its authority's file"
        return TrackerError("untrusted", message)
    if isinstance(error, requests.Timeout) or isinstance(reason, urllib3.exceptions.ReadTimeoutError):
        return TrackerError("timeout", f"{place}: {host} did not answer in time: try again later", unclear=write)
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError | OSError):
        message = f"{place}: the connection to {host} was lost: try again later"
        return TrackerError("connection_lost", message, unclear=write)
    return unexpected(place, "an answer whose headers cannot be read", write=write)


def unexpected(place: str, what: str, *, write: bool) -> TrackerError:
    """The error of a success that does not say what a success says."""
    message = f"{place}: {what} came back: check that github.api_url is the address of GitHub's API"
    return TrackerError("unexpected_answer", message, unclear=write)


def raise_failed_query(place: str, headers: Mapping[str, str], errors: Any) -> None:
    """Raise for the `errors` of a GraphQL answer that say nothing about the query: a limit, or GitHub's own failure."""
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict) and error.get("type") == "RATE_LIMITED":
            raise refused(place, 429, headers, error, write=False)
        if isinstance(error, dict) and "something went wrong" in str(error.get("message")).lower():
            raise refused(place, 502, headers, error, write=False)


def limited_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When a limit ends by the clock that says `now`: Retry-After, else the reset, else a minute; at most 24 hours.

    The reset is a time of GitHub's clock, so it is read against the answer's own Date.
    """
    wait = _retry_after(headers, now)
    if wait is None and _number(headers.get("x-ratelimit-remaining")) == 0:
        reset = _number(headers.get("x-ratelimit-reset"))
        wait = timedelta(seconds=reset - sent(headers, now).timestamp()) if reset is not None else None
    if wait is None or wait < timedelta(0):
        wait = _MINUTE
    return now + min(wait, _LONGEST)


def _is_rate_limit(status: int, headers: Mapping[str, str], data: Any) -> bool:
    if status == 429:
        return True
    said = str(data.get("message", "")).lower() if isinstance(data, dict) else ""
    told = "retry-after" in headers or _number(headers.get("x-ratelimit-remaining")) == 0
    return status == 403 and (told or "rate limit" in said or "abuse detection" in said)


def _retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    text = headers.get("retry-after", "")
    seconds = _number(text)
    if seconds is not None:
        return timedelta(seconds=seconds)
    date = _date(text)
    return date - sent(headers, now) if date else None


def sent(headers: Mapping[str, str], now: datetime) -> datetime:
    """When an answer was sent by GitHub's own clock, as far as it says so; else `now`."""
    return _date(headers.get("date", "")) or now


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 1e11 else None  # beyond that no time can be made of it


def _words(status: int, data: Any) -> str:
    """` (GitHub: 422 Validation Failed; title is too long)`, redacted."""
    if not isinstance(data, dict):
        return f" (GitHub: {status})"
    said = [data.get("message")]
    errors = data.get("errors")
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            said.append(error.get("message") or " ".join(str(error.get(key, "")) for key in ("field", "code")))
        else:
            said.append(error)
    text = "; ".join(part.strip() for part in said if isinstance(part, str) and part.strip())
    return f" (GitHub: {' '.join([str(status), *cut(redact(text), _WORDS).split()])})"


def _last(error: object) -> str:
    """The operating system's words at the end of a chain of wrapped messages."""
    return " ".join(redact(str(error).rpartition(": ")[2]).strip("'\")>").split())[:100]
