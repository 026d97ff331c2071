"""Issue templates from files: those that ship with the bot, and over them those of an installation's own folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.model import Problem

SUFFIX = ".md.j2"
MAX_BYTES = 262_144  # four bodies: what is larger is not a template

_PACKAGE = Path(__file__).resolve().parent.parent
_SHIPPED = (_PACKAGE / "templates", _PACKAGE.parent / "templates")  # in a wheel, in a checkout


@dataclass(frozen=True, slots=True)
class Templates:
    """Sources by the names that rules give them, the paths they came from, and what could not be read."""

    texts: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def load_templates(folder: Path | None = None) -> Templates:
    """The shipped templates; those of `folder` are added and take the place of shipped ones of the same name."""
    texts: dict[str, str] = {}
    places: dict[str, str] = {}
    problems: list[Problem] = []
    for each in (shipped_folder(), folder):
        for name, place, text in _read(each) if each is not None else ():
            places[name] = place
            if isinstance(text, Problem):
                problems.append(text)
                texts.pop(name, None)  # never the shipped text in place of what was asked for
            else:
                texts[name] = text
    return Templates(texts, {name: places[name] for name in texts}, tuple(problems))


def shipped_folder() -> Path:
    """Where the bot's own templates lie: inside of the package when it is installed, beside it in a checkout."""
    return next((each for each in _SHIPPED if each.is_dir()), _SHIPPED[0])


def _read(folder: Path) -> Iterator[tuple[str, str, str | Problem]]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX))
    except OSError as error:
        message = f"{error.strerror or error}: name a folder of *{SUFFIX} files that can be read"
        yield "", str(folder), Problem("templates_unreadable", str(folder), message)
        return
    for path in paths:
        place = _place(path)
        yield path.name, place, _text(path, place)


def _text(path: Path, place: str) -> str | Problem:
    if path.exists() and not path.is_file():  # opening a pipe would wait for whoever writes into it
        return Problem("template_unreadable", place, "this is no file: rename it, or move it away")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"{error.strerror or error}: let the bot's user read it"
        return Problem("template_unreadable", place, message)
    if len(data) > MAX_BYTES:
        return Problem("template_unreadable", place, f"a template has at most {MAX_BYTES:,} bytes: make it shorter")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Problem("template_unreadable", f"{place}:{line}", "not UTF-8: save the file as UTF-8")


def _place(path: Path) -> str:
    """The path as given, and for a shipped template the one it has in the repository."""
    return f"templates/{path.name}" if path.parent in _SHIPPED else str(path)
