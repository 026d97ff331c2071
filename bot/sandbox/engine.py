"""What answers a request: the world, its clock, its limits and its file, one request at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.sandbox import routes
from bot.sandbox.access import Caller, identify
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal, Request, not_found
from bot.sandbox.issue_query import stamp
from bot.sandbox.keeping import load, save
from bot.sandbox.limits import Limits
from bot.sandbox.page import Pages
from bot.sandbox.paging import etag
from bot.sandbox.records import World
from bot.sandbox.urls import Urls
from bot.sandbox.webhook_payloads import glance, payloads
from bot.sandbox.webhooks import Webhook

_ENTERPRISE = "/api/v3"
_FREE = frozenset({"/rate_limit"})  # asking for it costs nothing


class Engine:
    """The stand-in without its network: `answer` is all of GitHub; safe for several threads."""

    def __init__(self, state: Path | None, clock: Callable[[], datetime], limits: Limits) -> None:
        self.limits = limits
        self.clock = clock
        self.webhook: Webhook | None = None
        self.root = ""  # of the addresses in deliveries
        self._state = state
        self._pages = Pages(limits)
        self._world = load(state) if state else World()
        self._lock = threading.RLock()

    @property
    def now(self) -> str:
        """The time, as GitHub writes it."""
        return stamp(self.clock())

    @contextmanager
    def changing(self) -> Iterator[World]:
        """The world, for nobody else meanwhile; what was changed is in the file afterwards, and on its way to the webhook."""
        with self._lock:
            before = glance(self._world) if self.webhook else {}
            yield self._world
            if self._state:
                save(self._state, self._world)
            if self.webhook:
                self.webhook.take(payloads(before, self._world, Urls(self.root, self.root)))

    @contextmanager
    def looking(self) -> Iterator[World]:
        """The world, for nobody else meanwhile; nothing is written."""
        with self._lock:
            yield self._world

    def answer(self, request: Request) -> Answer:
        """The answer to a request, after its effect has been kept."""
        with self.looking() if request.method == "GET" else self.changing() as world:
            shown = self._pages.answer(world, request, self.now)
            return shown or self._api(world, request)

    def _api(self, world: World, request: Request) -> Answer:
        request, api = _unprefixed(world, request)
        now, caller = self.now, Caller("anonymous")
        try:
            caller = identify(world, request.headers, now)
            if request.path not in _FREE:
                self.limits.spend(caller.bucket, now)
            answer = self._handled(
                Call(request, world, caller, now, {}, Urls(api, request.root), self.limits, self.webhook)
            )
        except Refusal as refusal:
            answer = refusal.answer()
        return replace(answer, headers={**answer.headers, **self.limits.headers(caller.bucket, now)})

    def _handled(self, call: Call) -> Answer:
        request = call.request
        found = routes.find(request.method, request.path)
        if found is None:
            raise not_found()
        handler, names = found
        answer = handler(replace(call, names=names))
        if request.method != "GET" or answer.status != 200:
            return answer
        tag = etag(answer.data, answer.headers.get("Link", ""), request.headers.get("authorization", ""))
        told = {
            **answer.headers,
            "ETag": tag,
            "Cache-Control": "private, max-age=60, s-maxage=60",
            "Vary": "Authorization",
        }
        if tag in request.headers.get("if-none-match", ""):
            self.limits.refund(call.caller.bucket)
            return Answer(304, headers=told)
        return replace(answer, headers=told)


def _unprefixed(world: World, request: Request) -> tuple[Request, str]:
    """The request as api.github.com would get it, and the API root that its sender uses."""
    path, api = request.path, request.root
    if path == "/api/graphql" or path.startswith(f"{_ENTERPRISE}/") or path == _ENTERPRISE:
        path, api = (
            path.removeprefix(_ENTERPRISE).replace("/api/graphql", "/graphql") or "/",
            request.root + _ENTERPRISE,
        )
    first, _, rest = path.lstrip("/").partition("/")
    if first == "repositories":  # links and redirects name repositories by their id
        number, _, rest = rest.partition("/")
        names = [each.name for each in world.repositories.values() if str(each.id) == number]
        path = "/".join(["/repos", *(names or ["nobody/nothing"]), *([rest] if rest else [])])
    return replace(request, path=path.rstrip("/") or "/"), api
