"""What is said, and to whom: whole JSON objects, one line a problem, and silence when nobody listens any more."""

from __future__ import annotations

from io import StringIO

from bot.commands.output import exit_code, say, say_json, say_problems
from bot.commands.progress import watching
from bot.core.model import Problem
from tests.shells import Terminal


class Deaf(StringIO):
    """The stream of a reader that went away."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_went_away_is_no_error() -> None:
    stream = Deaf()
    say(stream, "one")
    say(stream, "two")
    assert stream.closed


def test_json_is_one_line_with_its_keys_in_order() -> None:
    stream = StringIO()
    say_json(stream, {"b": [1, None], "a": "ü"})
    assert stream.getvalue() == '{"a":"ü","b":[1,null]}\n'


def test_a_file_name_that_is_no_text_does_not_break_json() -> None:
    stream = StringIO()
    say_json(stream, {"problems": [{"place": "bad\udcff.jsonl"}]})
    assert stream.getvalue() == '{"problems":[{"place":"bad?.jsonl"}]}\n'


def test_a_problem_is_one_line_without_terminal_codes() -> None:
    stream = StringIO()
    say_problems(stream, [Problem("unreadable", "a\x1b[2J\n.jsonl", "two\nlines")])
    assert stream.getvalue() == "a .jsonl: two lines [unreadable]\n"


def test_notes_leave_the_exit_code_alone() -> None:
    assert exit_code([Problem("unsupported_format", "x", "")]) == 0
    assert exit_code([Problem("unsupported_format", "x", ""), Problem("unreadable", "x", "")]) == 1


def test_progress_is_shown_on_a_terminal_only() -> None:
    quiet, loud = StringIO(), Terminal()
    for stream in (quiet, loud):
        with watching(stream) as watch:
            watch.begin("reading sessions", 10)
            watch.advance(10)
            watch.end()
    assert quiet.getvalue() == ""
    assert "reading sessions" in loud.getvalue()
