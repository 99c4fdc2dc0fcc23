"""Data faults of a batch: found for many records at once, explained for one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.codec import Kind, explain
from shared.codec.catalogue import bad_values
from shared.codec.columns import Bytes, Ints, Mask
from shared.shaping.faults import NO_COUNT
from shared.shaping.shape import CounterField, Table


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows, ascending, with one fault, and for each of them where in the data it lies.

    ``of`` are the table and its counter, None when the record itself is at fault; ``values`` what the counter says.
    """

    code: str
    rows: NDArray[np.intp]
    places: Ints
    of: tuple[Table, CounterField] | None
    values: Ints


class Explanation(NamedTuple):
    """Why a record is rejected; ``field`` is the counter's name, or "" when the fault is the record's own.

    ``offset`` is in bytes from the start of the record as it lies in the file.
    """

    code: str
    message: str
    field: str
    offset: int


class Findings:
    """The first fault of each of n records; ``bad`` (n,) says which have one."""

    __slots__ = ("_data", "_found", "_lengths", "_numbers", "_starts", "bad")

    def __init__(self, data: Bytes, starts: Ints, lengths: Ints) -> None:
        self._data, self._starts, self._lengths = data, starts, lengths
        self._found: list[Finding] = []
        self._numbers = np.zeros(len(starts), np.int32)
        self.bad: Mask = np.zeros(len(starts), np.bool_)

    def add(self, finding: Finding) -> None:
        """Rows that have a fault already keep it."""
        new = finding.rows[~self.bad[finding.rows]]
        self._numbers[new] = len(self._found)
        self.bad[new] = True
        self._found.append(finding)

    def explain(self, row: int) -> Explanation:
        """Raises InputError LRD910 when the row has no fault."""
        if not self.bad[row]:
            raise bad_values("LRD910", f"record {row} has no fault in its counters or its length", row=row)
        found = self._found[int(self._numbers[row])]
        place = int(np.searchsorted(found.rows, row))
        at = int(found.places[place])
        offset, length = at - int(self._starts[row]), int(self._lengths[row])
        if found.of is None:
            message = f"the record has {length} bytes, {length - offset} more than its layout takes"
            return Explanation(found.code, message, "", offset)
        table, counter = found.of
        raw = self._data[at : at + min(counter.spec.length, length - offset)].tobytes()
        reason, position = _reason(found.code, table, counter, raw, int(found.values[place]))
        of_table = f" of table {table.name}" if table.name else ""
        message = f"counter {counter.spec.name}{of_table}: {reason}"
        return Explanation(found.code, message, counter.spec.name, offset + position)


def _reason(code: str, table: Table, counter: CounterField, raw: bytes, value: int) -> tuple[str, int]:
    """What is wrong with a counter, and the byte that shows it."""
    if code == NO_COUNT:
        return _unreadable(counter, raw)
    bounds = f"{table.minimum} to {table.maximum} occurrences"
    return f"X'{raw.hex().upper()}' is {value}, but the table has {bounds}", 0


def _unreadable(counter: CounterField, raw: bytes) -> tuple[str, int]:
    """Why bytes are no count, and the byte that shows it."""
    spec = counter.spec
    if len(raw) < spec.length:
        return f"the record ends after {len(raw)} of its {spec.length} bytes", 0
    if spec.kind is Kind.TEXT:
        return f"X'{raw.hex().upper()}' is none of {', '.join(counter.values or ())}", 0
    fault = explain(spec, raw)
    return fault.message, fault.position
