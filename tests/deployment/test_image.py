"""The image: what its build copies is there, its packages are those that were tested, and none of them is a tool."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deployment.compose_file import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]


def pins(lock: str) -> dict[str, str]:
    """Package → version and hashes, as a lock file says it."""
    text = (ROOT / lock).read_text().replace(" \\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    found: dict[str, str] = {}
    for line in lines:
        name, rest = line.split("==", 1)
        version = re.split(r"[ ;]", rest, maxsplit=1)[0]
        found[canonicalize_name(name)] = " ".join([version, *sorted(re.findall(r"sha256:[0-9a-f]{64}", rest))])
    return found


def test_the_image_has_the_packages_that_the_tests_ran_with() -> None:
    tested = pins("requirements.lock")
    for lock in ("requirements-runtime.lock", "requirements-build.lock"):
        assert pins(lock).items() <= tested.items(), f"{lock} is old: run `make lock`"


def test_the_image_has_every_package_that_is_needed_and_no_tool() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime = pins("requirements-runtime.lock")
    needed = {canonicalize_name(Requirement(each).name) for each in said["dependencies"]}
    tools = {canonicalize_name(Requirement(each).name) for each in said["optional-dependencies"]["dev"]}
    assert needed <= runtime.keys()
    assert not (tools - needed) & runtime.keys()


def test_what_the_build_copies_is_there_and_sent_to_it() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in lines if line.startswith("!")]
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    ]
    assert lines[1] == "*"
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied)
    assert not any(fnmatch(".git", name) for name in allowed)


def test_the_wheel_finds_all_its_files_among_what_is_copied() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build = said["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*build["packages"], *build["force-include"], said["project"]["readme"], *said["project"]["license-files"]}
    assert all(f"COPY {name}" in DOCKERFILE or f" {name}" in DOCKERFILE for name in wanted)


def test_the_last_stage_builds_nothing_and_is_nobodys_root() -> None:
    last = STAGES[-1]
    assert len(STAGES) == 2
    assert "pip" not in last
    assert re.search(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert last.index("USER") < last.index("CMD")
    assert not re.search(r"^USER (0|root)", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "org.opencontainers.image.licenses" in last


def test_every_install_of_the_build_checks_hashes() -> None:
    installs = re.findall(r"pip install ([^\\\n]+)", STAGES[0])
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)
