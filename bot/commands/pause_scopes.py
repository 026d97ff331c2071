"""What can be paused and how it is said: the scopes of `frictionbot pause` and `resume`, and the pauses that hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click

from bot import wiring
from bot.commands.options import Decorator
from bot.commands.tables import Draw, Table, columns
from bot.commands.wording import moment, rfc3339, several
from bot.settings import Settings
from bot.upkeep import Pause

ALL = "all"
_TABLE = columns("paused", "since", "until", "by", "because", fixed=("paused",))
_NEVER = "resumed"
_SOME = 5  # names in an error

everything: Decorator = click.argument(
    "everything", metavar="[all]", required=False, type=click.Choice([ALL], case_sensitive=False)
)
repositories: Decorator = click.option(
    "--repository", "--repo", "repositories", multiple=True, metavar="OWNER/NAME", help="A repository; several times."
)
rules: Decorator = click.option("--rule", "rules", multiple=True, metavar="ID", help="A rule; several times.")


def scopes(
    settings: Settings,
    everything: str | None,
    repositories: Sequence[str],
    rules: Sequence[str],
    held: Iterable[str] = (),
) -> tuple[str, ...]:
    """The scopes that a command line names; raises a usage error with a suggestion where one is not known.

    What is in `held` is known, also where the settings no longer name it.
    """
    named = [ALL] if everything else []
    named += _known("repository", repositories, _receivers(settings), held)
    named += _known("rule", rules, wiring.rule_paths(settings), held)
    if not named:
        raise click.UsageError("say what: all, --repository OWNER/NAME or --rule ID; pause --list shows what is paused")
    return tuple(dict.fromkeys(named))


def pauses_json(pauses: Iterable[Pause]) -> list[Mapping[str, Any]]:
    """Pauses for programs; times are RFC 3339 in Z."""
    return [{**pause._asdict(), "at": rfc3339(pause.at), "until": rfc3339(pause.until)} for pause in pauses]


def pauses_text(pauses: Sequence[Pause], draw: Draw) -> str:
    """One row a pause, and how many hold."""
    if not pauses:
        return "Nothing is paused.\n"
    rows = tuple(
        (pause.scope, moment(pause.at), moment(pause.until) or _NEVER, pause.by, pause.because) for pause in pauses
    )
    return f"{draw(Table(_TABLE, rows))}\n{several(len(pauses), 'pause')}; ingesting goes on.\n"


def _known(kind: str, names: Iterable[str], known: Iterable[str], held: Iterable[str]) -> Iterator[str]:
    """The scope of each name as the settings spell it."""
    spelled = {name.lower(): name for name in known}
    spelled |= {
        scope.removeprefix(f"{kind}:").lower(): scope.removeprefix(f"{kind}:") for scope in held if ":" in scope
    }
    for name in names:
        if name.lower() not in spelled:
            raise click.UsageError(f"no {kind} {name!r} is known: {_instead(name, spelled)}")
        yield f"{kind}:{spelled[name.lower()]}"


def _instead(name: str, spelled: Mapping[str, str]) -> str:
    near = get_close_matches(name.lower(), sorted(spelled), n=1)
    if near:
        return f"did you mean {spelled[near[0]]}?"
    some = sorted(spelled.values())[:_SOME]
    return f"there are {', '.join(some)}{', …' if len(spelled) > _SOME else ''}" if some else "the settings name none"


def _receivers(settings: Settings) -> Iterable[str]:
    return {settings.repository or "", *(route.repository for route in settings.routes)} - {""}
