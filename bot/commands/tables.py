"""Tables: framed and coloured on a terminal, plain lines with stable columns everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from bot.core.text import clean

EMPTY = "-"  # a cell is never empty: then columns can be counted
_GUTTER = "  "  # no cell holds two blanks in a row: `awk -F'  +'` finds the columns


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, numbers to the right, ids that are never folded, and colours of certain values."""

    name: str
    right: bool = False
    fixed: bool = False
    styles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under named columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


Draw = Callable[[Table], str]


def cell(text: str) -> str:
    """A text on one line without control characters, so that a transcript cannot drive the terminal."""
    return " ".join(clean(text).split()) or EMPTY


def plain(table: Table) -> str:
    """One line a row, columns padded to the widest cell, the last one not padded; nothing is cut."""
    lines = [[column.name.upper() for column in table.columns], *([cell(text) for text in row] for row in table.rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(table.columns))]
    padded = (
        [
            text.rjust(width) if column.right else text.ljust(width)
            for text, width, column in zip(line, widths, table.columns, strict=True)
        ]
        for line in lines
    )
    return "".join(f"{_GUTTER.join(line).rstrip()}\n" for line in padded)


def framed(table: Table, width: int, environ: Mapping[str, str]) -> str:
    """A table for a terminal of `width` columns; NO_COLOR and TERM of the environment are respected."""
    rich = RichTable(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
    for column in table.columns:
        rich.add_column(column.name, justify="right" if column.right else "left", overflow="fold", no_wrap=column.fixed)
    for row in table.rows:
        cells = (cell(text) for text in row)
        rich.add_row(
            *(Text(text, column.styles.get(text, "")) for text, column in zip(cells, table.columns, strict=True))
        )
    screen = StringIO()
    Console(file=screen, force_terminal=True, width=width, _environ=dict(environ)).print(rich)
    return screen.getvalue()


def drawer(stream: TextIO, width: int, environ: Mapping[str, str]) -> Draw:
    """How tables are drawn on a stream."""
    if not stream.isatty():
        return plain

    def draw(table: Table) -> str:
        return framed(table, width, environ)

    return draw


def columns(*names: str, right: Sequence[str] = (), fixed: Sequence[str] = ()) -> tuple[Column, ...]:
    """Columns by name."""
    return tuple(Column(name, right=name in right, fixed=name in fixed) for name in names)
