"""Records of cells to rows of delimited files: the inverse of ``shared.transform.rows``."""

from __future__ import annotations

from shared.framing.delimited import DelimitedFraming
from shared.transform.delimited import Cell, RowForm


class CellWriter:
    """Writes rows of one form."""

    def __init__(self, form: RowForm) -> None:
        self._cells = form.cells
        self._framing = DelimitedFraming.from_dict(form.framing)

    def row(self, record: bytes) -> bytes:
        """The values of a record's cells, without the spaces that fill these. LRF043 for what no row can hold."""
        return self._framing.row_of([_value(record, cell) for cell in self._cells])

    def heading(self) -> bytes:
        """The header line: the items' names."""
        return self._framing.row_of([cell.name.encode() for cell in self._cells])


def _value(record: bytes, cell: Cell) -> bytes:
    raw = record[cell.offset : cell.offset + cell.length]
    return raw.strip(b" ") if cell.number else raw.rstrip(b" ")
