"""Tables: plain and countable in a pipe, framed on a terminal, and never driven by a transcript."""

from __future__ import annotations

import re
from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.tables import Column, Table, columns, drawer, framed, plain
from tests.shells import Terminal

TABLE = Table(
    (*columns("rule", "sessions", right=("sessions",)), Column("key")), (("a", "12", "x y"), ("bcd", "3", ""))
)


def test_a_plain_table_is_one_padded_line_a_row() -> None:
    assert plain(TABLE) == "RULE  SESSIONS  KEY\na           12  x y\nbcd          3  -\n"


def test_a_plain_table_has_neither_frames_nor_colours() -> None:
    assert re.search(r"[\x1b\u2500-\u257f]", drawer(StringIO(), 80, {})(TABLE)) is None


def test_a_terminal_gets_frames_and_colours() -> None:
    drawn = drawer(Terminal(), 80, {"TERM": "xterm-256color"})(TABLE)
    assert "─" in drawn
    assert "\x1b[1m" in drawn


def test_no_color_takes_the_colours_away() -> None:
    table = Table((Column("state", styles={"active": "bold red"}),), (("active",),))
    assert "31m" in framed(table, 80, {"TERM": "xterm-256color"})
    assert "31m" not in framed(table, 80, {"TERM": "xterm-256color", "NO_COLOR": "1"})


def test_a_transcript_cannot_drive_the_terminal_or_the_markup() -> None:
    table = Table(columns("key"), (("\x1b[2J\x1b]0;owned\x07[red]x[/red]\u202e\r\nnext",),))
    assert plain(table) == "KEY\n[red]x[/red] next\n"
    assert "[red]x[/red] next" in framed(table, 80, {})


def test_a_narrow_terminal_folds_and_loses_nothing() -> None:
    table = Table((Column("rule", fixed=True), Column("key")), (("a-rule", "word " * 30),))
    drawn = re.sub(r"\x1b\[[0-9;]*m", "", framed(table, 40, {}))
    assert drawn.count("word") == 30
    assert max(map(len, drawn.splitlines())) <= 40


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20)), max_size=5))
def test_every_plain_row_is_one_line_of_as_many_columns(rows: list[tuple[str, str, str]]) -> None:
    lines = plain(Table(columns("a", "b", "c"), tuple(rows))).split("\n")
    assert len(lines) == len(rows) + 2
    assert all(len(re.split("  +", line)) == 3 for line in lines[:-1])
