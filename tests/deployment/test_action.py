"""The GitHub action: its files follow their schemas, its shell steps do what they say, and no text of others is ever run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.sandbox.server import Sandbox
from tests.deployment.compose_file import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
SCRIPT = ROOT / "contrib" / "action" / "summary.py"
WORKFLOWS = [ROOT / "contrib" / "action" / "frictionbot.yml", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]


def step(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in STEPS if each.get("id") == name)
    return found


def run(name: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A step's shell as GitHub runs it: `bash` with errexit and pipefail."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(name)["run"]],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def given(name: str, expressions: dict[str, str]) -> dict[str, str]:
    """The environment of a step with its expressions filled in."""

    def fill(found: re.Match[str]) -> str:
        return expressions.get(found[1], "")

    return {key: re.sub(r"\$\{\{ (.+?) \}\}", fill, str(value)) for key, value in step(name)["env"].items()}


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """What the steps find on a runner, with this environment where `Install` would have made one."""
    (tmp_path / "temp" / "frictionbot").mkdir(parents=True)
    programs = tmp_path / "temp" / "frictionbot" / "venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("frictionbot", "python"):
        (programs / name).write_text(f'#!/bin/sh\nexec "{Path(sys.executable).parent / name}" "$@"\n')
        (programs / name).chmod(0o755)
    return {
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "HOME": str(tmp_path),
    }


@pytest.mark.parametrize(
    ("schema", "files"),
    [("vendor.github-actions", [ROOT / "action.yml"]), ("vendor.github-workflows", WORKFLOWS)],
    ids=["action", "workflows"],
)
def test_the_files_follow_the_schemas_of_github(schema: str, files: list[Path]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_expression_ever_stands_in_a_shell_script() -> None:
    scripts = [each["run"] for each in STEPS if "run" in each]
    assert len(scripts) == 4
    assert not any("${{" in script for script in scripts)
    assert all(each["shell"] == "bash" for each in STEPS if "run" in each)


def test_the_example_asks_for_the_permissions_that_the_action_names_and_no_others() -> None:
    example = yaml.safe_load(WORKFLOWS[0].read_text())
    named = dict(re.findall(r"^#   ([a-z-]+): (read|write)", (ROOT / "action.yml").read_text(), re.MULTILINE))
    assert example["permissions"] == named == {"contents": "read", "issues": "write", "pull-requests": "read"}
    [job] = example["jobs"].values()
    assert job["steps"][-1]["with"].keys() <= ACTION["inputs"].keys()
    assert job["timeout-minutes"]


def test_every_input_and_output_is_described_and_every_input_used() -> None:
    text = json.dumps(STEPS)
    for name, one in {**ACTION["inputs"], **ACTION["outputs"]}.items():
        assert one["description"].endswith("."), name
    assert all(f"inputs.{name}" in text for name in ACTION["inputs"])


def test_the_state_is_kept_under_a_new_key_and_found_by_the_old_ones() -> None:
    uses = {each["uses"].split("@")[0]: each for each in STEPS if "uses" in each}
    restore, save = uses["actions/cache/restore"], uses["actions/cache/save"]
    assert restore["with"]["path"] == save["with"]["path"]
    assert restore["with"]["key"] == save["with"]["key"]
    assert restore["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert save["if"].startswith("always()")


def test_packages_are_installed_by_their_hashes_alone() -> None:
    installs = [line for line in step("install")["run"].splitlines() if " install " in line]
    assert [("--require-hashes" in line or "--no-build-isolation" in line) for line in installs] == [True] * 3
    assert all("--no-deps" in line for line in installs)
    for name in re.findall(r"\$ACTION/(\S+\.lock)", step("install")["run"]):
        assert (ROOT / name).is_file()


def test_a_run_writes_its_report_outputs_and_summary(runner: dict[str, str], tmp_path: Path) -> None:
    assert run("place", runner).returncode == 0
    places = dict(line.split("=", 1) for line in Path(runner["GITHUB_OUTPUT"]).read_text().splitlines())
    assert Path(places["memory"]).is_dir()
    (tmp_path / "my sessions").mkdir()
    expressions = {f"steps.place.outputs.{name}": value for name, value in places.items()} | {
        "inputs.source": f"{tmp_path}/my sessions\n\n{tmp_path}/$(touch {tmp_path}/hacked)\n",
        "inputs.post": "true",
        "inputs.repository": "acme/agents",
        "inputs.token": "friction-bot-token",
        "github.action_path": str(ROOT),
    }
    with Sandbox() as box:
        box.add_repository("acme/agents")
        done = run("run", {**runner, **given("run", expressions), "GITHUB_API_URL": box.url})
    assert done.returncode == 1, done.stderr  # the second source is not there
    assert "hacked)" in done.stderr
    assert not (tmp_path / "hacked").exists()
    assert (Path(places["memory"]) / "frictionbot.db").is_file()
    report = json.loads(Path(places["report"]).read_text())
    assert (report["posted"], len(report["problems"])) == (True, 1)
    told = run("summary", {**runner, **given("summary", expressions)})
    assert told.returncode == 0, told.stderr
    assert Path(runner["GITHUB_OUTPUT"]).read_text().splitlines()[3:] == [
        "opened=0",
        "changed=0",
        "problems=1",
        "findings=0",
    ]
    assert Path(runner["GITHUB_STEP_SUMMARY"]).read_text().startswith("## frictionbot\n0 sessions in 0 files")


def summary_of(report: object, tmp_path: Path) -> tuple[int, str, str]:
    (tmp_path / "report.json").write_text(report if isinstance(report, str) else json.dumps(report))
    environ = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    done = subprocess.run([sys.executable, SCRIPT, tmp_path / "report.json"], env=environ, check=False)
    return done.returncode, (tmp_path / "summary").read_text(), (tmp_path / "output").read_text()


def test_a_title_from_a_transcript_becomes_no_markup_and_no_output(tmp_path: Path) -> None:
    title = "pip | <img src=x>\n::set-output name=opened::9 @ada [x](http://y)"
    report = {
        "posted": True,
        "sessions": {"sessions": 3, "files": 4},
        "findings": [{}],
        "problems": [],
        "plan": [{"fingerprint": "f", "title": title, "action": "open", "repository": "a/b", "issue": None}],
        "outcomes": [{"fingerprint": "f", "action": "open", "repository": "a/b", "issue": 7, "error": None}],
    }
    code, summary, output = summary_of(report, tmp_path)
    assert code == 0
    assert output == "opened=1\nchanged=0\nproblems=0\nfindings=1\n"
    assert summary.splitlines()[-1] == (
        r"| a/b\#7 | open | pip \| \<img src=x\> ::set\-output name=opened::9 \@ada \[x\]\(http://y\) |  |"
    )


def test_a_run_that_left_no_report_says_so_and_fails(tmp_path: Path) -> None:
    code, summary, output = summary_of("", tmp_path)
    assert code == 1
    assert summary == "## frictionbot\nThe run ended without a report: the log of the step says why.\n"
    assert output == "opened=0\nchanged=0\nproblems=0\nfindings=0\n"
