"""Whether this Python and the packages in it are those that frictionbot was made for, as its own metadata says."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from bot.core.diagnosis import Check, failed, ok

_PROGRAM = "frictionbot"
_AGAIN = "install frictionbot again into a fresh environment (`uv tool install frictionbot`)"


def python_checks(running: str = "", wanted: str = "") -> Iterator[Check]:
    """Whether the running version of Python is one that is supported; both are asked for where they are empty."""
    running = running or platform.python_version()
    wanted = wanted or metadata(_PROGRAM)["Requires-Python"] or ""
    if SpecifierSet(wanted).contains(running, prereleases=True):
        yield ok("python", f"Python {running} with frictionbot {version(_PROGRAM)}")
    else:
        yield failed(
            "python", f"Python {running} runs it, but it needs {wanted}", f"install Python {wanted}, then {_AGAIN}"
        )


def package_checks(wanted: Sequence[str] | None = None) -> Iterator[Check]:
    """Whether every package is there in a version of the pinned ranges; a line for each that is not."""
    needed = [Requirement(text) for text in (requires(_PROGRAM) or () if wanted is None else wanted)]
    here = [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    here += [extra for each in here for extra in _extras(each)]
    lines: list[str] = []
    wrong = 0
    for each in here:
        try:
            found = version(each.name)
        except PackageNotFoundError:
            found = ""
        lines.append(f"{each.name} {found or 'missing'} ({each.specifier or 'any'})")
        if not found or not each.specifier.contains(found, prereleases=True):
            wrong += 1
            said = f"is {found}, but {each.specifier} is needed" if found else "is not installed"
            yield failed("packages", f"{each.name} {said}", _AGAIN, each.name)
    if not wrong:
        yield ok("packages", f"{len(here)} packages, all in the versions that are needed", details=sorted(lines))


def _extras(package: Requirement) -> Iterator[Requirement]:
    """What the extras of a package bring along: `psycopg[binary]` is of no use without `psycopg-binary`."""
    try:
        wanted = [Requirement(text) for text in requires(package.name) or ()] if package.extras else []
    except PackageNotFoundError:
        return  # said of the package itself
    for extra in package.extras:
        yield from (each for each in wanted if each.marker and _only_for(each, extra))


def _only_for(package: Requirement, extra: str) -> bool:
    marker = package.marker
    return marker is not None and marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})
