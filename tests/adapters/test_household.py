"""A household of real processes: started in order, shown, started again, stopped in the opposite order, or at once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from bot.adapters.household import Household, Patience, Program
from tests.real_servers import until

LASTING = "import signal, sys, time; print('here', flush=True)\nsignal.sigwait([signal.SIGTERM])"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True)\nwhile True: signal.pause()"
QUICK = Patience(first=0.05, most=0.1, lives=60, tries=3, ready=10)


class Lines(list[tuple[str, str]]):
    """What was said, with who said it."""

    def tell(self, who: str, what: str) -> None:
        self.append((who, what))

    def of(self, who: str) -> list[str]:
        return [what for name, what in self if name == who]


def program(name: str, code: str, **named: object) -> Program:
    return Program(name, (sys.executable, "-c", code), {}, **named)  # type: ignore[arg-type]


def started(
    programs: Sequence[Program], lines: Lines, patience: Patience = QUICK
) -> tuple[Household, threading.Thread, list[int]]:
    household = Household(programs, lines.tell, patience)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(household.run()))
    thread.start()
    return household, thread, codes


def test_programs_are_stopped_in_the_opposite_order() -> None:
    lines = Lines()
    household, thread, codes = started([program("first", LASTING), program("second", LASTING)], lines)
    until(lambda: ("first", "here") in lines and ("second", "here") in lines, "both run")
    household.stop()
    thread.join()
    asked = [who for who, what in lines if what == "is asked to stop"]
    assert (asked, codes, household.hurried) == (["second", "first"], [0], False)


def test_the_next_one_starts_when_the_one_before_is_ready(tmp_path: Path) -> None:
    lines, ready = Lines(), threading.Event()
    first = program("first", LASTING, ready=ready.is_set)
    household, thread, _ = started([first, program("second", LASTING)], lines)
    until(lambda: ("first", "here") in lines, "the first runs")
    assert lines.of("second") == []
    ready.set()
    until(lambda: ("second", "here") in lines, "the second runs")
    household.stop()
    thread.join()


def test_one_that_is_never_ready_ends_everything() -> None:
    lines = Lines()
    patience = Patience(ready=0.2)
    assert Household([program("first", LASTING, ready=lambda: False)], lines.tell, patience).run() == 1
    assert "not ready after 0 s" in lines.of("first")


def test_one_that_dies_is_started_again_and_it_is_said(tmp_path: Path) -> None:
    lines, mark = Lines(), tmp_path / "mark"
    code = f"import pathlib, sys\nmark = pathlib.Path({str(mark)!r})\nif not mark.exists(): mark.touch(); sys.exit(3)\n{LASTING}"
    household, thread, codes = started([program("one", code)], lines)
    until(lambda: "here" in lines.of("one"), "it runs the second time")
    household.stop()
    thread.join()
    assert lines.of("one")[0] == "ended with code 3: started again in 0.05 s"
    assert codes == [0]


def test_one_that_will_not_live_ends_the_others_too() -> None:
    lines = Lines()
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert Household([program("well", LASTING), program("ill", code)], lines.tell, QUICK).run() == 1
    assert lines.of("ill") == [
        "was killed by SIGKILL: started again in 0.05 s",
        "was killed by SIGKILL: started again in 0.1 s",
        "was killed by SIGKILL 3 times in a row: everything ends",
    ]
    assert lines.of("well")[-1] == "is asked to stop"


def test_a_command_that_is_not_there_counts_as_one_that_ended() -> None:
    lines = Lines()
    assert Household([Program("one", ("/nonexistent/program",), {})], lines.tell, QUICK).run() == 1
    assert lines.of("one")[0] == "cannot be started: No such file or directory"


def test_one_that_does_not_stop_in_time_is_killed() -> None:
    lines = Lines()
    household, thread, codes = started([program("deaf", DEAF, stops=0.2)], lines)
    until(lambda: "here" in lines.of("deaf"), "it runs")
    household.stop()
    thread.join()
    assert (lines.of("deaf")[-2:], codes) == (["is asked to stop", "is killed"], [1])


def test_asked_again_it_waits_for_nobody() -> None:
    lines = Lines()
    household, thread, codes = started([program("deaf", DEAF, stops=3600)], lines)
    until(lambda: "here" in lines.of("deaf"), "it runs")
    household.stop()
    until(lambda: "is asked to stop" in lines.of("deaf"), "it was asked")
    household.stop()
    thread.join()
    assert (lines.of("deaf")[-1], codes, household.hurried) == ("is killed", [1], True)


def test_nothing_of_a_program_is_left_behind(tmp_path: Path) -> None:
    lines = Lines()
    code = "import signal; print('child', flush=True); signal.pause()"
    child = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {code!r}])\n"
    household, thread, _ = started([program("parent", child + LASTING)], lines)
    until(lambda: {"child", "here"} <= set(lines.of("parent")), "both run")
    household.stop()
    thread.join(30)
    assert not thread.is_alive()  # the pipe is closed by the last of them only


def test_signals_of_the_terminal_do_not_reach_the_programs() -> None:
    lines = Lines()
    code = "import os; print('group', os.getpgid(0) == os.getpid(), flush=True)\n" + LASTING
    household, thread, _ = started([program("one", code)], lines)
    until(lambda: "group True" in lines.of("one"), "it runs in a group of its own")
    household.stop()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
