"""Rows of one record type to the bytes of its records: by columns, because rows come in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.copybook import LayoutField
from shared.jobs.records import RecordKind
from shared.rows.cells import empty, encoded, encoded_column, null
from shared.rows.fields import Field, Fields
from shared.rows.flattening import Key, RowFault, Taken, nested_row, taken_apart
from shared.shaping import Shape


class RecordWriter:
    """Writes records of ``length`` bytes, or as long as the row says where it is None; ``space`` fills what is over."""

    def __init__(self, kind: RecordKind, fields: Fields, space: int, length: int | None) -> None:
        self._fields = fields
        self._shape: Shape = kind.shape
        self._space = space
        self._length = length
        self._by_path = {item.path: item for item in kind.layout.fields}
        self._items = {id(item): item for item in kind.layout.fields}
        self._mapped = {one.spec.name: one.values for one in kind.shape.counters if one.values is not None}
        self._flat = frozenset(fields.columns.values())
        self._empty: dict[Key, bytes] = {}

    def records(self, rows: Sequence[Mapping[str, Any]]) -> list[bytes | RowFault]:
        """A record for each row, or why there is none."""
        done: list[bytes | RowFault] = []
        taken: list[Taken | None] = []
        for row in rows:
            try:
                taken.append(self._taken(row))
                done.append(b"")
            except RowFault as fault:
                taken.append(None)
                done.append(fault)
        raws = self._encoded(taken, done)
        for place, one in enumerate(taken):
            if one is not None and not isinstance(done[place], RowFault):
                try:
                    done[place] = self._record(one, raws[place])
                except RowFault as fault:
                    done[place] = fault
        return done

    def _taken(self, row: Mapping[str, Any]) -> Taken:
        if set(row) <= self._flat:
            row = nested_row(self._fields.tree, self._fields.columns, row)
        taken = taken_apart(self._fields.tree, row)
        for (field, subscripts), size in taken.sizes.items():
            self._count(taken, self._items[field], subscripts, size)
        return taken

    def _count(self, taken: Taken, table: LayoutField, subscripts: tuple[int, ...], size: int) -> None:
        """Hold the table's counter to its size; one that the row leaves out gets it."""
        path = table.occurs[-1].depending_on
        if path is None:
            return
        counter = self._by_path[path]
        key = (id(counter), subscripts[: len(counter.occurs)])
        counts = self._mapped.get(counter.name)
        said = taken.values.get(key)
        if said is None:
            taken.values[key] = size if counts is None else next((k for k, v in counts.items() if v == size), None)
        elif (counts.get(str(said)) if counts else _whole(said)) != size:
            raise RowFault(counter.name, f"it says {said!r}, but {table.name} has {size} items")

    def _encoded(self, taken: Sequence[Taken | None], done: list[bytes | RowFault]) -> list[dict[Key, bytes]]:
        """The bytes of every element that the rows give a value, a column at a time; faults go to ``done``."""
        raws: list[dict[Key, bytes]] = [{} for _ in taken]
        for key, field in self._fields.of.items():
            rows = [
                place
                for place, one in enumerate(taken)
                if one is not None and one.values.get(key) is not None and not isinstance(done[place], RowFault)
            ]
            values = [_value(one, key) for place in rows if (one := taken[place]) is not None]
            column = encoded_column(field.spec, values, field.date_form) if rows else None
            for number, place in enumerate(rows):
                if column is not None:
                    raws[place][key] = column[number].tobytes()
                    continue
                try:
                    raws[place][key] = encoded(field.spec, values[number], field.date_form)
                except RowFault as fault:
                    done[place] = fault
        return raws

    def _record(self, taken: Taken, raws: dict[Key, bytes]) -> bytes:
        record = bytearray([self._space]) * self._shape.length
        end, missing = 0, self._shape.length
        lacking = ""
        for key in taken.values:
            field = self._fields.of[key]
            raw = raws.get(key)
            if raw is None:
                raw = self._instead(key, field)
            if raw is None:
                if field.spec.offset < missing:
                    missing, lacking = field.spec.offset, field.spec.name
                continue
            record[field.spec.offset : field.spec.end] = raw
            end = max(end, field.spec.end)
        if lacking and (self._length is not None or end > missing):
            raise RowFault(lacking, "the row gives no value, and the field knows no null (see null_when)")
        return self._of_length(self._without_gaps(bytes(record[:end]), taken))

    def _instead(self, key: Key, field: Field) -> bytes | None:
        """The bytes of an element that has no value; None where it needs one."""
        filling = null(field.spec)
        if filling is not None:
            return filling
        if not field.optional and field.fixed is None:
            return None
        if key not in self._empty:
            fixed = field.fixed
            self._empty[key] = empty(field.spec) if fixed is None else encoded(field.spec, fixed)
        return self._empty[key]

    def _without_gaps(self, record: bytes, taken: Taken) -> bytes:
        """The record without the occurrences that are not there, where items move up."""
        if not self._shape.shifting:
            return record
        gaps = []
        for (field, subscripts), size in taken.sizes.items():
            item = self._items[field]
            own = item.occurs[-1]
            if own.depending_on is not None and size < own.maximum:
                around = zip(subscripts, item.occurs, strict=False)
                begin = item.offset + sum((number - 1) * one.stride for number, one in around)
                gaps.append((begin + size * own.stride, begin + own.maximum * own.stride))
        for begin, stop in sorted(gaps, reverse=True):
            record = record[:begin] + record[stop:]
        return record

    def _of_length(self, record: bytes) -> bytes:
        return record if self._length is None else record.ljust(self._length, bytes((self._space,)))


def _value(taken: Taken, key: Key) -> Any:
    return taken.values[key]


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
