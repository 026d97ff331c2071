"""Who is calling, and what that account may do."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.app_keys import claims, signed_by
from bot.sandbox.exchange import Refusal
from bot.sandbox.records import ROLES, Repository, Token, World

_LONGEST = 600  # seconds that an App's own token may last
_SKEW = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `kind` is anonymous, user, actions, installation or app; `bucket` is what its requests count on."""

    kind: str
    login: str = ""
    bucket: str = "anonymous"
    app: int = 0
    token: Token | None = None


def identify(world: World, headers: Mapping[str, str], now: str) -> Caller:
    """The account behind the Authorization header; raises `Refusal` 401 where the header is wrong."""
    secret = _secret(headers.get("authorization", ""))
    if not secret:
        return Caller("anonymous")
    if secret.count(".") == 2:
        return _app(world, secret)
    token = world.tokens.get(secret)
    if token is None or (token.expires_at and token.expires_at <= now):
        raise Refusal(401, "Bad credentials")
    bucket = f"installation {token.installation}" if token.installation else token.login
    return Caller(token.kind, token.login, bucket, token=token)


def role_of(world: World, caller: Caller, repository: Repository) -> str:
    """What the caller may do in a repository, as one of `ROLES`; an App and Actions may write where they are let in."""
    token = caller.token
    if token is None:
        return "none"
    if token.repositories is not None and repository.name.casefold() not in token.repositories:
        return "none" if repository.private else "read"
    return "write" if token.kind != "user" else role_of_login(world, caller.login, repository)


def role_of_login(world: World, login: str, repository: Repository) -> str:
    """What an account may do in a repository; everybody may read a public one."""
    user = world.user(login)
    role = repository.roles.get(login.casefold()) or (user.role if user else "none")
    return "read" if role == "none" and not repository.private else role


def reaches(role: str, needed: str) -> bool:
    """Whether a role includes another."""
    return ROLES.index(role) >= ROLES.index(needed)


def _secret(header: str) -> str:
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() in {"token", "bearer"}:
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[2]
        except ValueError:
            return "not decoded"
    return header.strip()


def _app(world: World, secret: str) -> Caller:
    """The App that signed this token; its time is the real one, as its maker knows no other."""
    claimed = claims(secret)
    app = world.apps.get(int(claimed["iss"])) if str(claimed.get("iss", "")).isdecimal() else None
    if app is None or not signed_by(secret, app.public_key):
        raise Refusal(401, "A JSON web token could not be decoded")
    issued, expires, now = claimed.get("iat"), claimed.get("exp"), time.time()
    if not isinstance(issued, int) or not isinstance(expires, int) or issued > now + _SKEW:
        raise Refusal(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if expires < now or expires > now + _LONGEST + _SKEW:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future or past")
    return Caller("app", bucket=f"app {app.id}", app=app.id)
