"""The records of one type decoded, all those of a batch at once, after the shaper where their layout varies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from shared.codec import Column, Decoder, FieldSpec, Invalid, explain
from shared.codec.columns import Bytes
from shared.errors import PoisonError
from shared.shaping import RecordFault, ShapedBatch, Shaper
from shared.shaping.counters import Rows
from shared.transform.batch_records import BatchRecords
from shared.transform.decoded_columns import DecodedColumn, decoded_column, raw_column
from shared.transform.field_offsets import SplitRows, offset_in_record
from shared.transform.plan import Plan, PlanColumn, RecordPlan
from shared.transform.rejects import CUT_OFF, NOT_A_DATE
from shared.transform.rule_kernels import not_a_date
from shared.transform.sql_columns import value_text

if TYPE_CHECKING:
    from shared.transform.row_splitter import RowSplitter


@dataclass(frozen=True, slots=True, eq=False)
class DecodedRecords:
    """m records of one type: their ``rows`` in the batch, and one of ``columns`` for each of ``plans``.

    ``matrix`` (m, length) uint8 is the input of the decoder. ``shaped`` is None if the records did not need the shaper.
    """

    batch: BatchRecords
    rows: Rows
    matrix: Bytes
    shaped: ShapedBatch | None
    plans: Sequence[PlanColumn]
    columns: Sequence[DecodedColumn]

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def open_records(self) -> int:
        """The number of these records that come from earlier batches."""
        before = self.batch.open_records
        return before if isinstance(self.rows, slice) else int(np.searchsorted(self.rows, before))

    def offset_of(self, row: int, spec: FieldSpec) -> int:
        """Bytes from the start of the record, as it was framed, to the field."""
        return offset_in_record(self.shaped, row, spec.offset)

    def bytes_of(self, row: int, spec: FieldSpec) -> bytes:
        """The bytes of the field that the record has."""
        end = spec.end
        if self.shaped is not None and self.shaped.reach is not None:
            end = max(spec.offset, min(end, int(self.shaped.reach[row])))
        raw = self.matrix[row, spec.offset : end].tobytes()
        if isinstance(self.shaped, SplitRows):  # without the spaces that fill the cell; an empty value is one space
            return raw.strip(b" ") or raw[:1]
        return raw

    def fault(self, number: int, row: int) -> RecordFault:
        """Why the column ``number`` has no valid value in a row."""
        plan, column = self.plans[number], self.columns[number]
        spec, raw = plan.spec, self.bytes_of(row, plan.spec)
        offset = self.offset_of(row, spec)
        if column.cut is not None and column.cut[row]:
            there = f"the record ends after {len(raw)} of the field's {spec.length} bytes (X'{raw.hex().upper()}')"
            return RecordFault(CUT_OFF, there, spec.name, offset)
        if self.shaped is not None and column.unplaced is not None and column.unplaced[row]:
            return self.shaped.explain(row)
        if column.decoded.valid is None or column.decoded.valid[row]:
            message = not_a_date(value_text(column.decoded, row, spec.scale), plan.date_form)
            return RecordFault(NOT_A_DATE, f"{message} (X'{raw.hex().upper()}')", spec.name, offset)
        found = explain(spec, self.matrix[row, spec.offset : spec.end].tobytes())
        return RecordFault(found.code, found.message, spec.name, offset + found.position)


class TypeDecoder:
    """Decodes the columns of one type's records. It has no state between batches."""

    def __init__(self, plan: Plan, record: RecordPlan, columns: Sequence[PlanColumn]) -> None:
        shape, length = record.shape, plan.record_length
        as_framed = length is not None and length >= shape.length and not shape.tables and not shape.strict_length
        self._plans = columns
        self._shaper = None if as_framed else shaper_of(plan, record)
        specs = [replace(column.spec, invalid=Invalid.REJECT) for column in columns]
        self._decoder = Decoder(specs, length if as_framed and length is not None else shape.length)
        self._raw_of = {number: _value_column(columns, number) for number, one in enumerate(columns) if one.shows_raw}

    def decode(self, batch: BatchRecords, rows: Rows) -> DecodedRecords:
        """The records ``rows`` of a batch."""
        shaped = None
        if self._shaper is None:
            matrix = batch.matrix(rows)
        else:
            shaped = self._shaper.run(batch.data, batch.starts[rows], batch.lengths[rows])
            matrix = shaped.records
        columns = self._columns(self._decoder.decode(matrix), shaped)
        return DecodedRecords(batch, rows, matrix, shaped, self._plans, columns)

    def _columns(self, decoded: list[Column], shaped: ShapedBatch | None) -> list[DecodedColumn]:
        pairs = zip(self._plans, decoded, strict=True)
        columns = [decoded_column(plan, column, None if plan.shows_raw else shaped) for plan, column in pairs]
        for number, of in self._raw_of.items():
            columns[number] = raw_column(decoded[number], columns[of])
        return columns


def shaper_of(plan: Plan, record: RecordPlan) -> Shaper | RowSplitter:
    """The shaper for the records of a type."""
    if plan.rows is not None:
        # Imported here because it needs the csv module and the framing, which other pool children do not load.
        from shared.transform.row_splitter import RowSplitter

        return RowSplitter(plan.rows, record.shape, filler=plan.filler)
    return Shaper(record.shape, filler=plan.filler)


def _value_column(columns: Sequence[PlanColumn], number: int) -> int:
    """The column with the values of the raw column ``number``: the nearest with the same bytes, first those before."""
    own = columns[number].spec
    others: list[int] = [*range(number - 1, -1, -1), *range(number + 1, len(columns))]
    for other in others:
        spec = columns[other].spec
        if (spec.offset, spec.length) == (own.offset, own.length) and not columns[other].shows_raw:
            return other
    message = f"the plan has a column for the bytes of {own.name}, but none for its value"
    raise PoisonError("LRP022", message, remedy="Report this as a bug.")


class ColumnsToDecode:
    """The columns of each type that have to be decoded: those of its table, and those that other types inherit.

    ``by_type``: by the type's number, first the columns of its own table, then the others that are inherited. A type
    without a table and without descendants is not in it. A type that only has to be present has no columns.
    """

    def __init__(self, plan: Plan) -> None:
        self._records = plan.records
        self._numbers = {record.type.name: number for number, record in enumerate(plan.records)}
        self.by_type: dict[int, list[PlanColumn]] = {
            number: list(record.columns) for number, record in enumerate(plan.records) if record.staging_table
        }
        for record in plan.loaded:
            if record.type.parent is not None:
                self._of(record.type.parent)
            for one in record.inherited:
                self._add(one.ancestor, one.column)

    def inherited_by(self, record: RecordPlan) -> list[int]:
        """For each inherited column of the type, its number among the columns of the ancestor."""
        return [self._find(one.ancestor, one.column) for one in record.inherited]

    def _of(self, name: str) -> list[PlanColumn]:
        return self.by_type.setdefault(self._numbers[name], [])

    def _add(self, name: str, column: PlanColumn) -> None:
        if any(_same(column, other) for other in self._of(name)):
            return
        self._of(name).append(column)
        for other in self._records[self._numbers[name]].columns:
            if column.shows_raw and not other.shows_raw and _same_bytes(column, other):
                self._add(name, other)

    def _find(self, name: str, column: PlanColumn) -> int:
        return next(number for number, other in enumerate(self._of(name)) if _same(column, other))


def _same_bytes(one: PlanColumn, other: PlanColumn) -> bool:
    return (one.spec.offset, one.spec.length) == (other.spec.offset, other.spec.length)


def _same(one: PlanColumn, other: PlanColumn) -> bool:
    """Whether both decode to the same values, whatever their target columns are."""
    return replace(one, target=other.target) == other
