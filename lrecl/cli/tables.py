"""Tables of plain lines that fit the terminal: ids stay whole, other columns are cut or left out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size

_GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and what may happen to it where the terminal is too narrow.

    It is cut to ``least`` cells, with an ellipsis; None: never. ``optional`` columns are left out, the rightmost first.
    """

    heading: str
    right: bool = False
    least: int | None = None
    optional: bool = False


def terminal_width() -> int | None:
    """Cells of a line on the terminal; None where standard output is not a terminal, and lines may have any length."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """The lines of the table, its headings first, none of them longer than ``width`` cells where that is possible."""
    texts = [[column.heading for column in columns], *([printable(cell) for cell in row] for row in rows)]
    widths = [max(cell_len(row[number]) for row in texts) for number in range(len(columns))]
    kept = list(range(len(columns)))
    if width is not None:
        kept = _fitting(columns, widths, width)
        _shrink(columns, widths, kept, width)
    for row in texts:
        yield (" " * _GAP).join(_cell(row[number], widths[number], columns[number]) for number in kept).rstrip()


def printable(text: str) -> str:
    """The text on one line, without what would move the cursor or change colours."""
    return (
        text
        if text.isprintable()
        else "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    )


def _fitting(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    """The numbers of the columns that are shown."""
    kept = list(range(len(columns)))
    least = [min(size, column.least or size) for column, size in zip(columns, widths, strict=True)]
    for number in reversed(range(len(columns))):
        if sum(least[one] + _GAP for one in kept) - _GAP <= width:
            break
        if columns[number].optional:
            kept.remove(number)
    return kept


def _shrink(columns: Sequence[Column], widths: list[int], kept: list[int], width: int) -> None:
    """Take what is too much from the widest columns that shrink, a cell at a time."""
    excess = sum(widths[number] + _GAP for number in kept) - _GAP - width
    while excess > 0:
        spare = {number: widths[number] - (columns[number].least or widths[number]) for number in kept}
        widest = max(kept, key=lambda number: (spare[number] > 0, widths[number]))
        if spare[widest] <= 0:
            return
        widths[widest] -= 1
        excess -= 1


def _cell(text: str, width: int, column: Column) -> str:
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…"
    padding = " " * (width - size)
    return padding + text if column.right else text + padding
