"""The command line as a whole: help that teaches, exit codes, completion, interruption, broken pipes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from bot.commands.command_help import command_help
from bot.main import COMMANDS, cli, main
from tests.shells import RememberedWork, typed

ROOT = Path(__file__).parent.parent
PROGRAM = [sys.executable, "-c", "import sys; from bot.main import main; sys.exit(main())"]


def test_every_command_is_in_its_table_under_its_name() -> None:
    names = [command.name for command in COMMANDS]
    assert sorted(names) == [
        "completion", "db", "demo", "docs", "doctor", "history", "metrics", "pause", "prune", "rebuild", "resume", "rules",
        "run", "sandbox", "serve", "sessions", "silences", "status", "up", "why",
    ]  # fmt: skip
    assert set(cli.commands) == set(names)


def test_every_option_and_command_says_what_it_is_for() -> None:
    def everything(command: click.Command) -> list[click.Command]:
        below = command.commands.values() if isinstance(command, click.Group) else ()
        return [command, *(each for one in below for each in everything(one))]

    for command in everything(cli):
        assert command.help, command.name
        for param in command.params:
            assert isinstance(param, click.Argument) or getattr(param, "help", ""), (command.name, param.name)


def test_the_help_teaches_examples_variables_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for word in ("Examples:", "Environment:", "GITHUB_TOKEN", "FRICTIONBOT_CONFIG", "Exit codes:"):
        assert word in said


def test_the_help_is_the_same_on_every_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    first = command_help(cli)
    monkeypatch.setenv("COLUMNS", "40")
    assert command_help(cli) == first
    assert max(map(len, first.splitlines())) <= 100


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"frictionbot {version('frictionbot')}\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nope"], "No such command 'nope'"),
        (["run", "--nope"], "No such option"),
        (["run", "--format", "xml"], "'xml' is not one of 'text', 'json'"),
        (["run", "--now", "2026-02-15T23:00:00"], "write 2026-02-15T23:00:00Z"),
        (["run", "--repo", "agents"], "--repo: write OWNER/NAME, such as acme/agents"),
        (["run", "--config", "/nonexistent/bot.toml"], "/nonexistent/bot.toml: "),
        ([], "Usage: frictionbot"),
    ],
)
def test_usage_and_configuration_exit_with_two(argv: list[str], said: str) -> None:
    told = typed(*argv)
    assert (told.code, told.out) == (2, "")
    assert said in told.err


@pytest.mark.parametrize(
    ("shell", "sign"), [("bash", "complete "), ("zsh", "#compdef frictionbot"), ("fish", "complete --no-files")]
)
def test_completion_is_a_script_for_the_shell(shell: str, sign: str) -> None:
    said = typed("completion", shell)
    assert said.code == 0
    assert sign in said.out
    assert "_FRICTIONBOT_COMPLETE" in said.out


def test_a_shell_is_told_what_completes_a_word() -> None:
    environ = {
        **os.environ,
        "_FRICTIONBOT_COMPLETE": "bash_complete",
        "COMP_WORDS": "frictionbot ses",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(PROGRAM, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert re.fullmatch(r"plain,sessions\n?", done.stdout)


def test_an_interruption_exits_as_shells_count_it() -> None:
    said = typed("run", work=RememberedWork(KeyboardInterrupt()))
    assert (said.code, said.out, said.err) == (130, "", "frictionbot: stopped\n")


SLOW = """
import sys, time
from tests.shells import NOW, Path, RememberedWork, Shell, main

class Slow(RememberedWork):
    def run(self, *args, **named):
        print("begun", flush=True)
        time.sleep(60)

sys.exit(main(["run"], Shell(sys.stdout, sys.stderr, {}, Path("/nonexistent"), lambda: NOW, Slow())))
"""


def test_control_c_ends_long_work_with_one_line() -> None:
    argv = [sys.executable, "-c", SLOW]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err.strip()) == (130, "frictionbot: stopped")


def test_a_reader_that_has_enough_ends_the_program_quietly() -> None:
    argv = [*PROGRAM, "rules", "list"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
