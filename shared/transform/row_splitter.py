"""Delimited rows to the matrix of cells, one column of values at a time.

Rows without quotes and escapes are split at their delimiters, all rows of a batch at once. The others are split by the
csv module. In both cases the values are spans of bytes, which are copied to their cells.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from shared.codec.columns import Bytes, Ints, Mask
from shared.codec.copying import copy_spans
from shared.framing.delimited import DelimitedFraming
from shared.shaping import RecordFault, Shape
from shared.transform.field_offsets import SplitRows
from shared.transform.plan import Cell, RowForm
from shared.transform.rejects import OTHER_VALUES, TOO_LONG

_BLANKS = b" "


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """The values of ``rows``: (cells, m) starts and lengths in ``flat``."""

    rows: Ints
    flat: Bytes
    starts: Ints
    lengths: Ints


class SplitFaults:
    """The rows that have another number of values than there are cells, or too long a value. See ``shaping.Faults``."""

    def __init__(self, framing: DelimitedFraming, form: RowForm, flat: Bytes, starts: Ints, lengths: Ints) -> None:
        self._framing, self._cells = framing, form.cells
        self._flat, self._starts, self._lengths = flat, starts, lengths
        self.bad: Mask = np.zeros(len(starts), np.bool_)

    def explain(self, row: int) -> RecordFault:
        """The first fault of a bad row."""
        values = self._values(self._row(row))
        if len(values) != len(self._cells):
            return RecordFault(OTHER_VALUES, f"the row has {len(values)} values instead of {len(self._cells)}", "", 0)
        pairs = zip(self._cells, values, strict=True)
        place = next(at for at, (cell, value) in enumerate(pairs) if _is_too_long(cell, value))
        cell, value = self._cells[place], _text(self._cells[place], values[place])
        shown = f"{_size(cell, value)} characters (X'{value.hex().upper()}')"
        message = f"the value has {shown}, but at most {cell.characters} fit"
        return RecordFault(TOO_LONG, message, cell.name, self.offset_of(row, cell.offset))

    def offset_of(self, row: int, place: int) -> int:
        """Bytes from the start of the row to the value whose cell contains ``place``, including its quote.

        A shorter part of the row never has more values than a longer one. So the value starts where the shortest part
        ends that has it.
        """
        number = next(at for at, cell in enumerate(self._cells) if place < cell.offset + cell.length)
        if not number:
            return 0
        raw = self._row(row)
        return bisect_left(range(len(raw) + 1), number + 1, key=lambda end: len(self._values(raw[:end])))

    def _row(self, row: int) -> bytes:
        start = int(self._starts[row])
        return self._flat[start : start + int(self._lengths[row])].tobytes()

    def _values(self, raw: bytes) -> list[bytes]:
        return self._framing.fields_of(raw)


class RowSplitter:
    """Splits batches of rows. It has no state between them."""

    def __init__(self, form: RowForm, shape: Shape, *, filler: int) -> None:
        self._form = form
        self._framing = DelimitedFraming.from_dict(form.framing)
        self._delimiter = ord(self._framing.delimiter)
        self._specials = (self._framing.quote + self._framing.escape).encode()
        self._shape = shape
        self._filler = filler

    def run(self, data: bytes | memoryview, starts: Ints, lengths: Ints) -> SplitRows:
        """The rows as a matrix. They have ``lengths`` bytes from ``starts``, both (n,) int64; starts are ascending."""
        flat = np.frombuffer(data, np.uint8) if len(data) else np.zeros(0, np.uint8)
        faults = SplitFaults(self._framing, self._form, flat, starts, lengths)
        records = np.full((len(starts), self._shape.length), self._filler, np.uint8)
        faults.bad[:] = True
        for values in self._split(flat, starts, lengths):
            faults.bad[values.rows] = self._fill(records, values)
        records[faults.bad] = self._filler
        used = np.full(len(starts), self._shape.length, np.int64)
        return SplitRows(self._shape, records, [], None, used, faults)

    def _split(self, flat: Bytes, starts: Ints, lengths: Ints) -> Sequence[_Values]:
        """The values of the rows that have as many values as there are cells."""
        special = self._special(flat, starts)
        found = [self._plain(flat, starts, lengths, ~special)]
        rows = np.flatnonzero(special)
        return [*found, self._quoted(flat, starts, lengths, rows)] if len(rows) else found

    def _special(self, flat: Bytes, starts: Ints) -> Mask:
        """Which rows have a quote or an escape."""
        special = np.zeros(len(starts), np.bool_)
        for byte in self._specials:
            special[np.searchsorted(starts, np.flatnonzero(flat == byte), "right") - 1] = True
        return special

    def _plain(self, flat: Bytes, starts: Ints, lengths: Ints, plain: Mask) -> _Values:
        inner = len(self._form.cells) - 1
        delimiters = np.flatnonzero(flat == self._delimiter)
        first = np.searchsorted(delimiters, starts)
        counts = np.searchsorted(delimiters, starts + lengths) - first
        rows = np.flatnonzero(plain & (counts == inner) & (lengths > 0))
        bounds = np.empty((inner + 2, len(rows)), np.int64)
        bounds[0], bounds[-1] = starts[rows] - 1, starts[rows] + lengths[rows]
        for number in range(inner):
            bounds[number + 1] = delimiters[first[rows] + number]
        return _Values(rows, flat, bounds[:-1] + 1, np.diff(bounds, axis=0) - 1)

    def _quoted(self, flat: Bytes, starts: Ints, lengths: Ints, rows: Ints) -> _Values:
        ends = starts + lengths
        found = self._framing.rows_of([flat[starts[row] : ends[row]].tobytes() for row in rows.tolist()])
        count = len(self._form.cells)
        kept = np.array([len(values) == count for values in found], np.bool_)
        fitting = [values for values in found if len(values) == count]
        sizes = np.fromiter(map(len, chain.from_iterable(fitting)), np.int64, count * len(fitting))
        text = "".join(chain.from_iterable(fitting)).encode("latin-1")
        begins = np.cumsum(sizes) - sizes
        return _Values(
            rows[kept],
            np.frombuffer(text, np.uint8),
            np.ascontiguousarray(begins.reshape(-1, count).T),
            np.ascontiguousarray(sizes.reshape(-1, count).T),
        )

    def _fill(self, records: Bytes, values: _Values) -> Mask:
        """Copy the values to their cells. Returns (m,) which rows have a value that is too long."""
        too_long = np.zeros(len(values.rows), np.bool_)
        places = values.rows * records.shape[1]
        for cell, starts, lengths in zip(self._form.cells, values.starts, values.lengths, strict=True):
            over = lengths > cell.characters  # a character has at least one byte
            widths = lengths
            if over.any():
                starts, widths = starts.copy(), lengths.copy()
                for row in np.flatnonzero(over).tolist():
                    raw = values.flat[starts[row] : starts[row] + lengths[row]].tobytes()
                    over[row] = _is_too_long(cell, raw)
                    starts[row] += len(raw) - len(raw.lstrip(_BLANKS)) if cell.number else 0
                    widths[row] = _width(cell, raw)
                too_long |= over
            at = places + cell.offset + (cell.length - widths if cell.number else 0)
            copy_spans(values.flat, starts, records.reshape(-1), at, widths)
        return too_long


def _text(cell: Cell, value: bytes) -> bytes:
    """The value for the cell: without the spaces around a number."""
    return value.strip(_BLANKS) if cell.number else value


def _size(cell: Cell, value: bytes) -> int:
    """The number of characters; the text is UTF-8 if characters may have several bytes in the cell."""
    return len(value.decode("utf-8", "replace")) if cell.length > cell.characters else len(value)


def _width(cell: Cell, value: bytes) -> int:
    """The number of bytes of the value that are copied to the cell."""
    width = len(_text(cell, value))
    return width if width <= cell.length else 0 if cell.number else cell.length


def _is_too_long(cell: Cell, value: bytes) -> bool:
    text = _text(cell, value)
    return cell.loaded and (len(text) > cell.length or _size(cell, text) > cell.characters)
