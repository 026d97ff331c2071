"""A folder is one household's: also while only a process that it left behind is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.folder_lock import TakenError, locked


def test_a_folder_is_taken_once_and_free_again_afterwards(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(TakenError, match=f"{tmp_path} is in use, by process {os.getpid()}"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass


def test_a_child_that_was_left_behind_holds_the_folder(tmp_path: Path) -> None:
    with locked(tmp_path) as lock:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock])
    with pytest.raises(TakenError), locked(tmp_path):
        pass
    child.communicate()
    with locked(tmp_path):
        pass
