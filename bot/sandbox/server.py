"""`Sandbox`, the stand-in for GitHub as tests and demos use it, and `run_forever`, as a person does."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.sandbox import code_acts, founding
from bot.sandbox.connection import Logged, Server
from bot.sandbox.engine import Engine
from bot.sandbox.faults import Fault, Hook
from bot.sandbox.issue_acts import Acts
from bot.sandbox.issue_query import stamp
from bot.sandbox.keeping import StateError
from bot.sandbox.limits import ContentLimit, Limits
from bot.sandbox.webhooks import Webhook

__all__ = [
    "BOT",
    "PERSON",
    "TOKEN",
    "ContentLimit",
    "Fault",
    "Limits",
    "Sandbox",
    "StateError",
    "Webhook",
    "run_forever",
]

BOT = "friction-bot"
PERSON = "maintainer"  # whom the page answers as until another account is chosen
TOKEN = "friction-bot-token"  # noqa: S105 - it opens nothing but the stand-in on this machine

_PULSE = 0.01  # seconds until it notices that it is to end: tests start and end hundreds of these


def _clock() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """A stand-in for GitHub on this machine; `with` starts and stops it.

    `state` is a JSON file that survives the process, None for memory only. `port` 0 takes a free one. Without `limits` only
    requests are limited, so that tests may fill a repository as fast as they can. What happens is told to `webhook`.
    """

    def __init__(
        self,
        state: Path | None = None,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        clock: Callable[[], datetime] = _clock,
        limits: Limits | None = None,
        webhook: Webhook | None = None,
    ) -> None:
        self._engine = Engine(state, clock, limits or Limits())
        self.add_user(BOT, TOKEN, "admin")
        self.add_user(PERSON, permission="admin")
        self._server = Server(self._engine, host, port)
        self._webhook = webhook
        self._engine.root = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_PULSE,), name="sandbox", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if self._webhook:
            self._webhook.start()
            self._engine.webhook = self._webhook
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if self._webhook:
            self._webhook.close()

    @property
    def url(self) -> str:
        """The API's root; below it /api/v3 and /api/graphql answer as an Enterprise server does."""
        host, port = self._server.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    @property
    def page(self) -> str:
        """Where a browser looks."""
        return f"{self.url}/"

    @property
    def token(self) -> str:
        """A token of the user friction-bot, who is admin everywhere."""
        return TOKEN

    @property
    def requests(self) -> tuple[Logged, ...]:
        """All requests answered so far, oldest first: (method, path, status)."""
        return tuple(self._server.log)

    @property
    def fault(self) -> Hook | None:
        """What decides which request suffers what; None for a day without trouble."""
        return self._server.fault

    @fault.setter
    def fault(self, hook: Hook | None) -> None:
        self._server.fault = hook

    def add_user(self, login: str, token: str = "", permission: str = "read") -> None:
        """An account with this permission in every repository, and a token if one is given; raises `ValueError`."""
        with self._engine.changing() as world:
            founding.add_user(world, login, self._engine.now, token, permission)

    def add_actions_token(self, token: str, repository: str) -> None:
        """The token that a workflow in this repository would have."""
        with self._engine.changing() as world:
            founding.add_actions_token(world, token, repository, self._engine.now)

    def add_app(self, slug: str, public_key: str, repositories: tuple[str, ...] | None = None) -> tuple[int, int]:
        """An App with its public key (PEM), installed in these repositories (None: all); its id and installation."""
        with self._engine.changing() as world:
            app = founding.add_app(world, slug, public_key, self._engine.now, repositories)
            return app.id, app.installation

    def add_repository(
        self, name: str, *, private: bool = False, has_issues: bool = True, files: Mapping[str, str] | None = None
    ) -> None:
        """A repository, OWNER/NAME; one that was there stays as it is. Raises `ValueError`."""
        with self._engine.changing() as world:
            founding.add_repository(world, name, self._engine.now, private=private, has_issues=has_issues, files=files)

    def rename_repository(self, name: str, new_name: str) -> None:
        """Give a repository another name: the old one answers 301."""
        with self._engine.changing() as world:
            founding.rename_repository(world, name, new_name)

    def grant(self, login: str, repository: str, permission: str) -> None:
        """What an account may do in one repository, whatever it may do elsewhere."""
        with self._engine.changing() as world:
            world.repositories[repository.casefold()].roles[login.casefold()] = founding.known_role(permission)

    @contextmanager
    def acting(self, repository: str, login: str = BOT) -> Iterator[Acts]:
        """What this account does in a repository now: issues, comments, labels, closing, locking, deleting."""
        with self._engine.changing() as world:
            yield Acts(
                world, world.repositories[repository.casefold()], code_acts.by_whom(world, login, self._engine.now)
            )

    def add_commit(
        self,
        repository: str,
        message: str,
        *,
        login: str = BOT,
        sha: str = "",
        at: datetime | None = None,
        branch: str = "",
    ) -> str:
        """Push a commit, which closes what its message says it fixes; `at` is its committer date. Returns its sha."""
        with self.acting(repository, login) as acts:
            return code_acts.push(acts, message, sha=sha, at=stamp(at) if at else "", branch=branch).sha

    def add_pull(
        self, repository: str, title: str, body: str = "", *, login: str = BOT, head: str = "change", base: str = ""
    ) -> int:
        """Open a pull request, to the default branch unless `base` is given; returns its number."""
        with self.acting(repository, login) as acts:
            return code_acts.propose(acts, title, body, head=head, base=base).number

    def merge_pull(self, repository: str, number: int, *, login: str = BOT, message: str = "") -> str:
        """Merge a pull request, which closes what it says it fixes; returns the sha of the merge.

        `message` is the commit's, where it is squashed ("Title (#12)") or rebased ("Title").
        """
        with self.acting(repository, login) as acts:
            merged = code_acts.merge(acts, acts.repository.issues[number], message)
            return merged.pull.merge_sha or "" if merged.pull else ""


def run_forever(
    state: Path | None,
    host: str,
    port: int,
    repositories: Iterable[str],
    announce: Callable[[Sandbox], None],
    webhook: Webhook | None = None,
) -> None:
    """Serve these repositories until Ctrl-C or SIGTERM, telling `webhook`; `announce` is called once all is there.

    Raises `StateError` where the file cannot be used, `OSError` where the port is taken, `ValueError` for a bad name.
    """
    over = threading.Event()
    before = {number: signal.signal(number, lambda *_: over.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Sandbox(state, port, host=host, webhook=webhook) as box:
            for name in repositories:
                box.add_repository(name)
            announce(box)
            over.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
