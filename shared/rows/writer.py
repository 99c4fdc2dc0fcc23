"""Rows of one record type to the bytes of its records, by columns, because rows come in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.copybook import LayoutField
from shared.jobs.record_types import RecordKind
from shared.rows.elements import Field, Fields
from shared.rows.flattening import ElementValues, Key, RowFault, element_values, nested_row
from shared.rows.value_encoding import empty, encode_value, encode_values, null
from shared.shaping import Shape


class RecordWriter:
    """Makes records of ``length`` bytes, padded with ``space``, or of the length of the row's items when it is None."""

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
        found: list[ElementValues | None] = []
        for row in rows:
            try:
                found.append(self._values(row))
                done.append(b"")
            except RowFault as fault:
                found.append(None)
                done.append(fault)
        raws = self._encoded(found, done)
        for place, one in enumerate(found):
            if one is not None and not isinstance(done[place], RowFault):
                try:
                    done[place] = self._record(one, raws[place])
                except RowFault as fault:
                    done[place] = fault
        return done

    def _values(self, row: Mapping[str, Any]) -> ElementValues:
        if set(row) <= self._flat:
            row = nested_row(self._fields.tree, self._fields.columns, row)
        found = element_values(self._fields.tree, row)
        for (field, subscripts), size in found.sizes.items():
            self._count(found, self._items[field], subscripts, size)
        return found

    def _count(self, found: ElementValues, table: LayoutField, subscripts: tuple[int, ...], size: int) -> None:
        """Check that the table's counter is its size; a counter without a value is set to it."""
        path = table.occurs[-1].depending_on
        if path is None:
            return
        counter = self._by_path[path]
        key = (id(counter), subscripts[: len(counter.occurs)])
        counts = self._mapped.get(counter.name)
        value = found.values.get(key)
        if value is None:
            found.values[key] = size if counts is None else next((k for k, v in counts.items() if v == size), None)
        elif (counts.get(str(value)) if counts else _whole(value)) != size:
            raise RowFault(counter.name, f"it is {value!r}, but {table.name} has {size} items")

    def _encoded(self, found: Sequence[ElementValues | None], done: list[bytes | RowFault]) -> list[dict[Key, bytes]]:
        """The bytes of all elements with a value, one column at a time. Faults are stored in ``done``."""
        raws: list[dict[Key, bytes]] = [{} for _ in found]
        for key, field in self._fields.of.items():
            rows = [
                place
                for place, one in enumerate(found)
                if one is not None and one.values.get(key) is not None and not isinstance(done[place], RowFault)
            ]
            values = [_value(one, key) for place in rows if (one := found[place]) is not None]
            column = encode_values(field.spec, values, field.date_form) if rows else None
            for number, place in enumerate(rows):
                if column is not None:
                    raws[place][key] = column[number].tobytes()
                    continue
                try:
                    raws[place][key] = encode_value(field.spec, values[number], field.date_form)
                except RowFault as fault:
                    done[place] = fault
        return raws

    def _record(self, found: ElementValues, raws: dict[Key, bytes]) -> bytes:
        record = bytearray([self._space]) * self._shape.length
        end, missing = 0, self._shape.length
        lacking = ""
        for key in found.values:
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
            raise RowFault(lacking, "the row has no value for it, and the field cannot be null (see null_when)")
        return self._of_length(self._without_gaps(bytes(record[:end]), found))

    def _instead(self, key: Key, field: Field) -> bytes | None:
        """The bytes of an element without a value; None when it must have one."""
        filling = null(field.spec)
        if filling is not None:
            return filling
        if not field.optional and field.fixed is None:
            return None
        if key not in self._empty:
            fixed = field.fixed
            self._empty[key] = empty(field.spec) if fixed is None else encode_value(field.spec, fixed)
        return self._empty[key]

    def _without_gaps(self, record: bytes, found: ElementValues) -> bytes:
        """The record without missing occurrences, if items move up after tables that are not full."""
        if not self._shape.shifting:
            return record
        gaps = []
        for (field, subscripts), size in found.sizes.items():
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


def _value(found: ElementValues, key: Key) -> Any:
    return found.values[key]


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
