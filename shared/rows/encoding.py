"""A job's rows, as ``lrecl decode`` prints them, to the records of its file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from shared.errors import InputError
from shared.framing.delimited import DelimitedFraming
from shared.framing.registry import fixed_length, framing_from_dict
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.jobs.record_types import record_kinds
from shared.records.conditions import type_of
from shared.rows.elements import fields_of
from shared.rows.flattening import RowFault
from shared.rows.hierarchy import child_keys
from shared.rows.writer import RecordWriter
from shared.transform.plan import Cell, Plan, RowForm

TYPE: Final = "_type"
"""The key of a row's record type."""

_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    place: int
    row: Mapping[str, Any]


class CellWriter:
    """Writes records of cells as rows of a delimited file, the inverse of ``shared.transform.row_splitter``."""

    def __init__(self, form: RowForm) -> None:
        self._cells = form.cells
        self._framing = DelimitedFraming.from_dict(form.framing)

    def row(self, record: bytes) -> bytes:
        """A record's cells without padding as a row. Raises InputError LRF043 for values that no row can hold."""
        return self._framing.row_of([_cell_value(record, cell) for cell in self._cells])

    def heading(self) -> bytes:
        """The header row: the names of the items."""
        return self._framing.row_of([cell.name.encode() for cell in self._cells])


def _cell_value(record: bytes, cell: Cell) -> bytes:
    raw = record[cell.offset : cell.offset + cell.length]
    return raw.strip(b" ") if cell.number else raw.rstrip(b" ")


class JobEncoder:
    """Encodes the rows of one job. Raises InputError LRF044 when the job's files have headers or trailers.

    ``heading`` are the records before those of the rows: the header row of a delimited file.
    """

    def __init__(self, source: JobSource, compiled: CompiledJob) -> None:
        plan = Plan.from_dict(compiled.plan)
        kinds = record_kinds(source)
        self.framing = framing_from_dict(compiled.framing)
        self._rows_of = None if plan.rows is None else CellWriter(plan.rows)
        length = fixed_length(self.framing) if plan.rows is None else plan.records[0].shape.length
        self._types = plan.types
        self._names = [one.name for one in self._types]
        fields = [fields_of(source, kind, record) for kind, record in zip(kinds, plan.records, strict=True)]
        self._writers = [RecordWriter(kind, own, plan.filler, length) for kind, own in zip(kinds, fields, strict=True)]
        self._inherited = [{one.column.target.name for one in record.inherited} for record in plan.records]
        self._raw = [{c.target.name for c in record.columns if c.shows_raw} for record in plan.records]
        self._keys = child_keys(self._types, [[child.name for child in own.tree.children] for own in fields])
        self.heading = self._heading(compiled)
        if compiled.edges and not self.heading:
            raise InputError(
                "LRF044",
                f"the job's files have {', '.join(compiled.edges)}, which rows do not contain",
                remedy="Encode the records with a job without header and trailer, and add these yourself.",
            )

    def _heading(self, compiled: CompiledJob) -> list[bytes]:
        """The header row of a delimited file, when the file has nothing else around its rows."""
        if self._rows_of is None or compiled.edges != {"header_records": 1} or not compiled.job.input.header:
            return []
        return [self._rows_of.heading()]

    def records(self, lines: Iterable[str]) -> Iterator[bytes | InputError]:
        """A record for each row of each line of JSON, or the error of the line or the row (LRF045, LRF046)."""
        batch: list[_Row] = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                batch += self._rows(number, self._parsed(number, line))
            except InputError as error:
                yield from self._encoded(batch)
                batch = []
                yield error
            if len(batch) >= _BATCH:
                yield from self._encoded(batch)
                batch = []
        yield from self._encoded(batch)

    def _encoded(self, batch: list[_Row]) -> Iterator[bytes | InputError]:
        found: list[bytes | InputError | None] = [None] * len(batch)
        for place, writer in enumerate(self._writers):
            mine = [number for number, row in enumerate(batch) if row.place == place]
            records = writer.records([batch[number].row for number in mine])
            for number, record in zip(mine, records, strict=True):
                found[number] = self._checked(batch[number], record)
        yield from (one for one in found if one is not None)

    def _checked(self, row: _Row, record: bytes | RowFault) -> bytes | InputError:
        """The record as it is in the file, if its bytes identify it as a record of its type."""
        if isinstance(record, RowFault):
            return _wrong(row.line, record)
        place = type_of(self._types, record)
        if place == row.place:
            return self._in_file(row, record)
        other = "no type" if place is None else f"type {self._names[place]}"
        message = f"the record of type {self._names[row.place]} would be recognised as {other}"
        return _wrong(row.line, RowFault(TYPE, message))

    def _in_file(self, row: _Row, record: bytes) -> bytes | InputError:
        if self._rows_of is None:
            return record
        try:
            return self._rows_of.row(record)
        except InputError as error:
            return _wrong(row.line, RowFault(self._names[row.place], error.message))

    @staticmethod
    def _parsed(number: int, line: str) -> dict[str, Any]:
        try:
            row = json.loads(line, parse_float=Decimal)
        except ValueError as error:
            raise InputError("LRF045", f"line {number} is not JSON: {error}", line=number) from error
        if not isinstance(row, dict):
            raise InputError("LRF045", f"line {number} is not an object: {line.strip()[:40]!r}", line=number)
        return row

    def _rows(self, line: int, row: dict[str, Any]) -> Iterator[_Row]:
        """The row and, in a hierarchy, all rows below it."""
        name = row.pop(TYPE, None)
        if name is None:
            roots = [one.name for one in self._types if one.parent is None]
            name = roots[0] if len(roots) == 1 else self._names[0] if len(self._names) == 1 else None
        if name not in self._names:
            known = ", ".join(self._names)
            message = f"line {line}: {TYPE} is {name!r}; the types are {known}"
            raise InputError("LRF045", message, line=line)
        yield from self._below(line, self._names.index(name), row)

    def _below(self, line: int, place: int, row: Mapping[str, Any]) -> Iterator[_Row]:
        keys = self._keys[place]
        below = [child for child, one in enumerate(self._types) if one.parent == self._names[place]]
        dropped = self._inherited[place] | self._raw[place] | {keys[child] for child in below}
        yield _Row(line, place, {name: item for name, item in row.items() if name not in dropped})
        for child in below:
            children = row.get(keys[child]) or []
            if not isinstance(children, list) or not all(isinstance(one, dict) for one in children):
                raise _wrong(
                    line, RowFault(keys[child], "its value must be a list of objects, the records of this type")
                )
            for one in children:
                yield from self._below(line, child, one)


def _wrong(line: int, fault: RowFault) -> InputError:
    return InputError(
        "LRF046",
        f"line {line}, {fault.item}: {fault.why}",
        remedy="Correct the row; lrecl layout shows the items of the copybook.",
        line=line,
        field=fault.item,
    )
