"""The answers about GitHub Apps: who the App is, where it is installed, and its hourly tokens."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from bot.sandbox import shapes
from bot.sandbox.call import Call
from bot.sandbox.exchange import Answer, Refusal, not_found
from bot.sandbox.issue_query import stamp
from bot.sandbox.records import App, Token

_LIFE = timedelta(hours=1)


def get_app(call: Call) -> Answer:
    """The App that signed the request."""
    return Answer(200, shapes.app(_app(call), call.world, call.urls))


def list_installations(call: Call) -> Answer:
    """The installations of the App: one."""
    return Answer(200, [_installation(call, _app(call))])


def get_installation(call: Call) -> Answer:
    """The installation of the path."""
    return Answer(200, _installation(call, _installed(call)))


def get_repository_installation(call: Call) -> Answer:
    """The App's installation on a repository; 404 where it is not installed."""
    app, name = _app(call), f"{call.names['owner']}/{call.names['repo']}".casefold()
    if name not in call.world.repositories or (app.repositories is not None and name not in app.repositories):
        raise not_found()
    return Answer(200, shapes.installation(app, call.names["owner"], call.world, call.urls))


def create_token(call: Call) -> Answer:
    """A token for an hour that acts as `<slug>[bot]` in the installation's repositories."""
    app = _installed(call)
    secret = f"installation-{app.installation}-{secrets.token_hex(16)}"
    expires = stamp(datetime.fromisoformat(call.now) + _LIFE)
    call.world.tokens[secret] = Token(f"{app.slug}[bot]", "installation", app.repositories, app.installation, expires)
    shape = _installation(call, app)
    told = {name: shape[name] for name in ("permissions", "repository_selection")}
    return Answer(201, {"token": secret, "expires_at": expires, **told})


def _app(call: Call) -> App:
    if call.caller.kind != "app":
        raise Refusal(401, "A JSON web token could not be decoded")
    return call.world.apps[call.caller.app]


def _installed(call: Call) -> App:
    app = _app(call)
    if call.names["installation"] != str(app.installation):
        raise not_found()
    return app


def _installation(call: Call, app: App) -> dict[str, object]:
    first = next(iter(app.repositories or call.world.repositories), "nobody/")
    repository = call.world.repository(first)
    owner = (repository.name if repository else first).partition("/")[0]
    return shapes.installation(app, owner, call.world, call.urls)
