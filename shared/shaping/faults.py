"""Faults of the counters and lengths of a batch's records: found for many at once, explained one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.codec import Kind, explain
from shared.codec.catalogue import bad_values
from shared.codec.columns import Bytes, Ints, Mask
from shared.shaping.shape import NO_COUNT, CounterField, Table


class RecordFault(NamedTuple):
    """Why a record is rejected.

    ``field`` is the field at fault, "" when it is the record itself. ``offset`` is that of the field, in bytes from the
    start of the record as it is in the file.
    """

    code: str
    message: str
    field: str
    offset: int


class Faults(Protocol):
    """Which of n records have a fault, (n,) bool, and why."""

    bad: Mask

    def explain(self, row: int) -> RecordFault: ...


@dataclass(frozen=True, slots=True)
class ShapeFault:
    """One fault of several rows, in ascending order.

    ``places`` are the offsets in the data where each of them has it. ``source`` are the table and its counter, None
    when the fault is the record's length. ``values`` are the counters' values.
    """

    code: str
    rows: NDArray[np.intp]
    places: Ints
    source: tuple[Table, CounterField] | None
    values: Ints


class ShapeFaults:
    """The first fault of each of n records; ``bad`` (n,) says which have one."""

    __slots__ = ("_data", "_faults", "_lengths", "_numbers", "_starts", "bad")

    def __init__(self, data: Bytes, starts: Ints, lengths: Ints) -> None:
        self._data, self._starts, self._lengths = data, starts, lengths
        self._faults: list[ShapeFault] = []
        self._numbers = np.zeros(len(starts), np.int32)
        self.bad: Mask = np.zeros(len(starts), np.bool_)

    def add(self, fault: ShapeFault) -> None:
        """Add a fault. Rows that already have one keep their first."""
        new = fault.rows[~self.bad[fault.rows]]
        self._numbers[new] = len(self._faults)
        self.bad[new] = True
        self._faults.append(fault)

    def explain(self, row: int) -> RecordFault:
        """Raises InputError LRD910 when the row has no fault."""
        if not self.bad[row]:
            raise bad_values("LRD910", f"record {row} has no fault in its counters or its length", row=row)
        fault = self._faults[int(self._numbers[row])]
        index = int(np.searchsorted(fault.rows, row))
        place = int(fault.places[index])
        offset, length = place - int(self._starts[row]), int(self._lengths[row])
        if fault.source is None:
            message = f"the record has {length} bytes, {length - offset} more than its layout"
            return RecordFault(fault.code, message, "", offset)
        table, counter = fault.source
        raw = self._data[place : place + min(counter.spec.length, length - offset)].tobytes()
        reason, position = _reason(fault.code, table, counter, raw, int(fault.values[index]))
        of_table = f" of table {table.name}" if table.name else ""
        message = f"counter {counter.spec.name}{of_table}: {reason}"
        return RecordFault(fault.code, message, counter.spec.name, offset + position)


def _reason(code: str, table: Table, counter: CounterField, raw: bytes, value: int) -> tuple[str, int]:
    """What is wrong with a counter, and the offset of the faulty byte in it."""
    if code == NO_COUNT:
        return _unreadable(counter, raw)
    bounds = f"{table.minimum} to {table.maximum} occurrences"
    return f"X'{raw.hex().upper()}' is {value}, but the table has {bounds}", 0


def _unreadable(counter: CounterField, raw: bytes) -> tuple[str, int]:
    """Why bytes are not a count, and the offset of the faulty byte in them."""
    spec = counter.spec
    if len(raw) < spec.length:
        return f"the record ends after {len(raw)} of its {spec.length} bytes", 0
    if spec.kind is Kind.TEXT:
        return f"X'{raw.hex().upper()}' is not one of {', '.join(counter.values or ())}", 0
    fault = explain(spec, raw)
    return fault.message, fault.position
