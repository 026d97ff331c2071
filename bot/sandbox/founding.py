"""Making what GitHub's own API does not make here: accounts, tokens, Apps and repositories."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.records import ROLES, App, Repository, Token, User, World

ACTIONS = "github-actions[bot]"

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}(\[bot\])?")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/(?!\.\.?$)[A-Za-z0-9._-]{1,100}")
_TOKEN = re.compile(r"[!-~]+")


def add_user(world: World, login: str, now: str, token: str = "", role: str = "read") -> User:
    """An account with this role in every repository, and perhaps a token; one that was there gets the new role."""
    if not _LOGIN.fullmatch(login):
        raise ValueError(f"{login!r} is no login: letters, digits and hyphens")
    if token and (not _TOKEN.fullmatch(token) or token.count(".") == 2):
        raise ValueError(f"the token of {login} holds characters that no token has")
    old = world.user(login)
    made = (
        replace(old, role=known_role(role))
        if old
        else User(world.next_id(), login, _kind(login), known_role(role), now)
    )
    world.users[login.casefold()] = made
    if token:
        world.tokens[token] = Token(made.login)
    return made


def add_actions_token(world: World, token: str, repository: str, now: str) -> None:
    """The token of a workflow in one repository: it acts as github-actions[bot] and may not ask who it is."""
    if not world.user(ACTIONS):
        add_user(world, ACTIONS, now)
    world.tokens[token] = Token(ACTIONS, "actions", (repository.casefold(),))


def add_app(world: World, slug: str, public_key: str, now: str, repositories: tuple[str, ...] | None = None) -> App:
    """An App known by the public half of its key (PEM), installed in these repositories, None for all."""
    number = world.next_id()
    add_user(world, f"{slug}[bot]", now, role="none")
    names = None if repositories is None else tuple(name.casefold() for name in repositories)
    app = world.apps[number] = App(number, slug, public_key, world.next_id(), now, names)
    return app


def add_repository(
    world: World,
    name: str,
    now: str,
    *,
    private: bool = False,
    has_issues: bool = True,
    files: Mapping[str, str] | None = None,
) -> Repository:
    """A repository, OWNER/NAME, with these files on its default branch; one that was there stays as it is."""
    if not _REPOSITORY.fullmatch(name):
        raise ValueError(f"{name!r} is no repository: write OWNER/NAME")
    found = world.repository(name)
    if found is None:
        found = Repository(world.next_id(), name, now, private=private, has_issues=has_issues)
        world.keep(found)
    found.files.update(files or {})
    return found


def rename_repository(world: World, name: str, new_name: str) -> Repository:
    """The repository under another name; the old one answers 301."""
    old = world.repositories.pop(name.casefold())
    world.renamed[name.casefold()] = new_name
    world.keep(replace(old, name=new_name))
    return world.repositories[new_name.casefold()]


def known_role(role: str) -> str:
    """The role; raises `ValueError` where there is no such role."""
    if role not in ROLES:
        raise ValueError(f"{role!r} is no permission: one of {', '.join(ROLES)}")
    return role


def _kind(login: str) -> str:
    return "Bot" if login.endswith("[bot]") else "User"
