"""The records of one type decoded: those of a batch at once, laid out first where they vary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from shared.codec import Column, Decoder, FieldSpec, Invalid, explain
from shared.codec.columns import Bytes
from shared.errors import PoisonError
from shared.shaping import RecordFault, Shaped, Shaper
from shared.shaping.counters import Rows
from shared.transform.cells import Cells, raw_cells, to_cells
from shared.transform.faults import CUT_OFF, NO_DATE
from shared.transform.framed import Framed
from shared.transform.lying import offset_in_record
from shared.transform.plan import Plan, PlanColumn, RecordPlan
from shared.transform.rules import no_date
from shared.transform.split_rows import SplitRows
from shared.transform.values import shown

if TYPE_CHECKING:
    from shared.transform.rows import RowSplitter


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """m records of one type: their ``rows`` in the batch, and the cells of ``columns``.

    ``records`` (m, length) uint8 are as the decoder took them; ``shaped`` is None where they lay like that.
    """

    framed: Framed
    rows: Rows
    records: Bytes
    shaped: Shaped | None
    columns: Sequence[PlanColumn]
    cells: Sequence[Cells]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def context(self) -> int:
        """How many of them lie before the batch."""
        before = self.framed.context
        return before if isinstance(self.rows, slice) else int(np.searchsorted(self.rows, before))

    def offset_of(self, row: int, spec: FieldSpec) -> int:
        """Bytes from the record's start, as it was framed, to the field."""
        if isinstance(self.shaped, SplitRows):
            return self.shaped.faults.offset_of(row, spec.offset)
        return offset_in_record(self.shaped, row, spec.offset)

    def bytes_of(self, row: int, spec: FieldSpec) -> bytes:
        """What the record has of the field."""
        end = spec.end
        if self.shaped is not None and self.shaped.reach is not None:
            end = max(spec.offset, min(end, int(self.shaped.reach[row])))
        raw = self.records[row, spec.offset : end].tobytes()
        if isinstance(self.shaped, SplitRows):  # what fills a cell is not in the row; an empty value is one space
            return raw.strip(b" ") or raw[:1]
        return raw

    def fault(self, place: int, row: int) -> RecordFault:
        """Why the column ``place`` has no value in a row where it is not valid."""
        plan, cells = self.columns[place], self.cells[place]
        spec, raw = plan.spec, self.bytes_of(row, plan.spec)
        offset = self.offset_of(row, spec)
        if cells.cut is not None and cells.cut[row]:
            there = f"the record ends after {len(raw)} of the field's {spec.length} bytes (X'{raw.hex().upper()}')"
            return RecordFault(CUT_OFF, there, spec.name, offset)
        if self.shaped is not None and cells.lost is not None and cells.lost[row]:
            return self.shaped.explain(row)
        if cells.decoded.valid is None or cells.decoded.valid[row]:
            value = no_date(shown(cells.decoded, row, spec.scale), plan.date_form)
            return RecordFault(NO_DATE, f"{value} (X'{raw.hex().upper()}')", spec.name, offset)
        found = explain(spec, self.records[row, spec.offset : spec.end].tobytes())
        return RecordFault(found.code, found.message, spec.name, offset + found.position)


class TypeDecoder:
    """Decodes ``columns`` of one type's records; keeps nothing between batches."""

    def __init__(self, plan: Plan, record: RecordPlan, columns: Sequence[PlanColumn]) -> None:
        shape, length = record.shape, plan.record_length
        as_framed = length is not None and length >= shape.length and not shape.tables and not shape.strict_length
        self._columns = columns
        self._shaper = None if as_framed else shaper_of(plan, record)
        specs = [replace(column.spec, invalid=Invalid.REJECT) for column in columns]
        self._decoder = Decoder(specs, length if as_framed and length is not None else shape.length)
        self._raw_of = {place: _shown_by(columns, place) for place, one in enumerate(columns) if one.shows_raw}

    def decode(self, framed: Framed, rows: Rows) -> Decoded:
        """The records ``rows`` of a batch."""
        shaped = None
        if self._shaper is None:
            records = framed.matrix(rows)
        else:
            shaped = self._shaper.run(framed.data, framed.starts[rows], framed.lengths[rows])
            records = shaped.records
        cells = self._cells(self._decoder.decode(records), shaped)
        return Decoded(framed, rows, records, shaped, self._columns, cells)

    def _cells(self, decoded: list[Column], shaped: Shaped | None) -> list[Cells]:
        pairs = zip(self._columns, decoded, strict=True)
        cells = [to_cells(plan, column, None if plan.shows_raw else shaped) for plan, column in pairs]
        for place, of in self._raw_of.items():
            cells[place] = raw_cells(decoded[place], cells[of])
        return cells


def shaper_of(plan: Plan, record: RecordPlan) -> Shaper | RowSplitter:
    """What lays out the records of a type."""
    if plan.rows is not None:
        from shared.transform.rows import RowSplitter  # see split_rows

        return RowSplitter(plan.rows, record.shape, filler=plan.filler)
    return Shaper(record.shape, filler=plan.filler)


def _shown_by(columns: Sequence[PlanColumn], place: int) -> int:
    """The column whose bytes the column ``place`` shows: the nearest before it, else behind it, over the same bytes."""
    own = columns[place].spec
    others: list[int] = [*range(place - 1, -1, -1), *range(place + 1, len(columns))]
    for other in others:
        spec = columns[other].spec
        if (spec.offset, spec.length) == (own.offset, own.length) and not columns[other].shows_raw:
            return other
    raise PoisonError("LRP022", f"the plan shows the bytes of {own.name}, but has no column of its value")
