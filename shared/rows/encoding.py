"""A job's rows, as ``lrecl decode`` prints them, back to the records of its file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from shared.errors import InputError
from shared.framing.registry import fixed_length, framing_from_dict
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.jobs.records import record_kinds
from shared.records.conditions import type_of
from shared.rows.cell_writer import CellWriter
from shared.rows.fields import fields_of
from shared.rows.flattening import RowFault
from shared.rows.hierarchy import child_keys
from shared.rows.writer import RecordWriter
from shared.transform.plan import Plan

TYPE: Final = "_type"
"""The key under which a row says which type of records it is of."""

_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    place: int
    row: Mapping[str, Any]


class JobEncoder:
    """Writes the records of one job. LRF044 when the file has more than its rows say.

    ``heading`` are the records that stand before those of rows: the header line of a delimited file.
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
                f"the job's files have {', '.join(compiled.edges)} around their records, which no row says",
                remedy="Write the records with a job that has no header and trailer, and add these yourself.",
            )

    def _heading(self, compiled: CompiledJob) -> list[bytes]:
        """The header line of delimited rows, where it is all that stands around them."""
        if self._rows_of is None or compiled.edges != {"header_records": 1} or not compiled.job.input.header:
            return []
        return [self._rows_of.heading()]

    def records(self, lines: Iterable[str]) -> Iterator[bytes | InputError]:
        """A record for each line of JSON, and for each row in it, or what is wrong with it (LRF045, LRF046)."""
        batch: list[_Row] = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                batch += self._rows(number, self._parsed(number, line))
            except InputError as error:
                yield from self._written(batch)
                batch = []
                yield error
            if len(batch) >= _BATCH:
                yield from self._written(batch)
                batch = []
        yield from self._written(batch)

    def _written(self, batch: list[_Row]) -> Iterator[bytes | InputError]:
        found: list[bytes | InputError | None] = [None] * len(batch)
        for place, writer in enumerate(self._writers):
            mine = [number for number, row in enumerate(batch) if row.place == place]
            records = writer.records([batch[number].row for number in mine])
            for number, record in zip(mine, records, strict=True):
                found[number] = self._checked(batch[number], record)
        yield from (one for one in found if one is not None)

    def _checked(self, row: _Row, record: bytes | RowFault) -> bytes | InputError:
        """The record, unless reading it would take it for another type's."""
        if isinstance(record, RowFault):
            return _wrong(row.line, record)
        place = type_of(self._types, record)
        if place == row.place:
            return self._as_written(row, record)
        other = "none" if place is None else self._names[place]
        return _wrong(row.line, RowFault(TYPE, f"a record of type {self._names[row.place]} that reads as {other}"))

    def _as_written(self, row: _Row, record: bytes) -> bytes | InputError:
        """The record as it stands in the file."""
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
            raise InputError("LRF045", f"line {number}: no JSON: {error}", line=number) from error
        if not isinstance(row, dict):
            raise InputError("LRF045", f"line {number}: {line.strip()[:40]!r} is no object", line=number)
        return row

    def _rows(self, line: int, row: dict[str, Any]) -> Iterator[_Row]:
        """The row and, in a hierarchy, all rows below it, in the order of the types."""
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
                raise _wrong(line, RowFault(keys[child], "records of the type below stand in a list of objects"))
            for one in children:
                yield from self._below(line, child, one)


def _wrong(line: int, fault: RowFault) -> InputError:
    return InputError(
        "LRF046",
        f"line {line}, {fault.item}: {fault.why}",
        remedy="Correct the row; lrecl layout shows what the copybook says.",
        line=line,
        field=fault.item,
    )
