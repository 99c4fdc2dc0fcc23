"""The records of one type checked against its rules, and made into rows, rejects and control totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from shared.batch.columns import RowBatch
from shared.batch.rejects import Reject
from shared.codec import WIDE_BASE, Column, FieldSpec
from shared.codec.columns import Mask
from shared.scaled_decimals import Total
from shared.shaping import RecordFault
from shared.transform.decoded_columns import DecodedColumn
from shared.transform.decoding import DecodedRecords
from shared.transform.parents import Parents
from shared.transform.plan import RecordPlan, Rule, RuleKind, SummedField
from shared.transform.rejects import WHOLE_RECORD, FailedCheck, reject_records
from shared.transform.rule_kernels import CODES, breaking_rows, describe
from shared.transform.sql_columns import to_batch_column, value_text

_COUNTERS_FIRST: Final = -2_000_000
_PARENTS_NEXT: Final = -1_000_000
"""The order of a record's faults: its counters, on which everything else depends, then its parents, then its columns
in the order of their fields, with inherited columns first."""
_HALF_BITS: Final = 32


class Source(Protocol):
    """The records that a column comes from. Rows are those of the type that is loaded."""

    def offset_of(self, row: int, spec: FieldSpec, /) -> int: ...

    def bytes_of(self, row: int, spec: FieldSpec, /) -> bytes: ...

    def fault(self, number: int, row: int, /) -> RecordFault: ...


@dataclass(frozen=True, slots=True)
class LoadedColumn:
    """A column of the rows, which is the column ``number`` of ``source``."""

    decoded: DecodedColumn
    source: Source
    number: int

    def fault(self, row: int) -> RecordFault:
        """Why the column has no valid value in a row."""
        return self.source.fault(self.number, row)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Rows, rejects and totals of one type's records."""

    rows: RowBatch
    rejects: list[Reject]
    totals: list[Total]


class Loader:
    """Loads the records of one type. It has no state between batches."""

    def __init__(self, record: RecordPlan, inherited_numbers: Sequence[int]) -> None:
        """``inherited_numbers``: for each inherited column, its number among the columns of its ancestor.

        The rules of the type are about its own fields. Inherited columns that cannot be NULL are required.
        """
        self.record = record
        self._inherited = list(zip(record.inherited, inherited_numbers, strict=True))
        self._columns = (*(one.column for one in record.inherited), *record.columns)
        first = len(record.inherited)
        self._numbers = {column.spec.name: number for number, column in enumerate(record.columns, first)}
        keys = [number for number, one in enumerate(record.inherited) if not one.column.target.nullable]
        self._rules = [(number, Rule(RuleKind.REQUIRED, self._columns[number].spec.name)) for number in keys]
        self._rules += [(self._numbers[rule.field], rule) for rule in record.rules]

    @property
    def ancestors(self) -> tuple[str, ...]:
        """The types of which each record needs one above it, its parent first."""
        names = (self.record.type.parent, *(one.ancestor for one in self.record.inherited))
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def load(self, decoded: DecodedRecords, parents: Mapping[str, Parents]) -> LoadResult:
        """The type's records of a batch. ``parents`` has an entry for each of ``ancestors``."""
        columns = [self._inherit(parents[one.ancestor], number) for one, number in self._inherited]
        columns += [LoadedColumn(column, decoded, number) for number, column in enumerate(self._own(decoded))]
        checks = list(_own_checks(decoded, self._checks(columns, parents)))
        bad = np.zeros(len(decoded), np.bool_)
        for check in checks:
            bad[check.rows] = True
        rows = None if isinstance(decoded.rows, slice) else decoded.rows
        rejects = reject_records(checks, decoded.batch, rows)
        totals = [self._total(summed, columns, bad, decoded.open_records) for summed in self.record.totals]
        bad[: decoded.open_records] = True
        return LoadResult(self._rows(decoded, columns, bad), rejects, totals)

    def _own(self, decoded: DecodedRecords) -> Sequence[DecodedColumn]:
        return decoded.columns[: len(self.record.columns)]

    def _inherit(self, parents: Parents, number: int) -> LoadedColumn:
        return LoadedColumn(parents.column(number), parents, number)

    def _checks(self, columns: list[LoadedColumn], parents: Mapping[str, Parents]) -> Iterator[FailedCheck]:
        for one in parents.values():
            yield FailedCheck(WHOLE_RECORD, _PARENTS_NEXT, np.flatnonzero(one.missing), one.missing_parent)
        for number, column in enumerate(columns):
            if column.decoded.value.valid is not None:
                yield self._check(number, ~column.decoded.value.valid, column.fault)
        for number, rule in self._rules:
            mask = _breaking(rule, columns[number].decoded)
            if mask.any():
                yield self._check(number, mask, self._explain(rule, number, columns[number]))

    def _check(self, number: int, mask: Mask, explain: Callable[[int], RecordFault]) -> FailedCheck:
        own = number - len(self._inherited)
        order = own if own < 0 else self._columns[number].spec.offset
        return FailedCheck(number, order, np.flatnonzero(mask), explain)

    def _explain(self, rule: Rule, number: int, loaded: LoadedColumn) -> Callable[[int], RecordFault]:
        spec, source, column = self._columns[number].spec, loaded.source, loaded.decoded.decoded

        def explain(row: int) -> RecordFault:
            raw = source.bytes_of(row, spec)
            # From the decoded column: decoding single fields takes fifty times as long, and a rule may reject all.
            message = describe(rule, value_text(column, row, spec.scale), spec.scale)
            there = f" (X'{raw.hex().upper()}')" if raw else ", the record ends before it"
            return RecordFault(CODES[rule.kind], message + there, spec.name, source.offset_of(row, spec))

        return explain

    def _total(self, summed: SummedField, columns: list[LoadedColumn], bad: Mask, open_records: int) -> Total:
        number = self._numbers[summed.field]
        column = _without_first(columns[number].decoded.decoded, open_records)
        return total(summed.name, self._columns[number].spec.scale, column, bad[open_records:])

    def _rows(self, decoded: DecodedRecords, columns: list[LoadedColumn], bad: Mask) -> RowBatch:
        pairs = zip(self._columns, columns, strict=True)
        made = [to_batch_column(plan, column.decoded.value) for plan, column in pairs]
        offsets, dropped = decoded.batch.offsets[decoded.rows], np.flatnonzero(bad)
        if not len(dropped):
            return RowBatch(offsets, made)
        return RowBatch(np.delete(offsets, dropped), [column.without(dropped) for column in made])


def _own_checks(decoded: DecodedRecords, checks: Iterator[FailedCheck]) -> Iterator[FailedCheck]:
    """The checks without open records. For a record with a faulty counter, that fault is the only one."""
    shaped, open_records = decoded.shaped, decoded.open_records
    faulty = shaped is not None and bool(shaped.bad.any())
    if shaped is not None and faulty:
        rows = np.flatnonzero(shaped.bad)
        yield FailedCheck(WHOLE_RECORD, _COUNTERS_FIRST, rows[rows >= open_records], shaped.explain)
    for check in checks:
        rows = check.rows
        if open_records:
            rows = rows[rows >= open_records]
        if shaped is not None and faulty:
            rows = rows[~shaped.bad[rows]]
        yield FailedCheck(check.column, check.order, rows, check.explain)


def _breaking(rule: Rule, column: DecodedColumn) -> Mask:
    """The rows with a valid value that break the rule. Occurrences that a table does not have are not required."""
    mask = breaking_rows(rule, column.decoded)
    if column.value.valid is not None:
        mask &= column.value.valid
    if rule.kind is RuleKind.REQUIRED and column.absent is not None:
        mask &= ~column.absent
    return mask


def _without_first(column: Column, count: int) -> Column:
    """The column without its first ``count`` rows."""
    if not count:
        return column
    rest = slice(count, None)
    lengths = None if column.lengths is None else column.lengths[rest]
    valid = None if column.valid is None else column.valid[rest]
    null = None if column.null is None else column.null[rest]
    return Column(column.values[rest], lengths, valid, null)


def total(name: str, scale: int, column: Column, bad: npt.NDArray[np.bool_]) -> Total:
    """The control total of a column; ``bad`` marks the rejected rows. NULL counts as zero, the codec's value for it."""
    readable = bad if column.valid is None else bad & column.valid
    unreadable = 0 if column.valid is None else int(np.count_nonzero(~column.valid))
    everything = column.values if column.valid is None else column.values[column.valid]
    rejected = exact_sum(column.values[readable]) if readable.any() else 0
    return Total(name, scale, exact_sum(everything) - rejected, rejected, unreadable)


def exact_sum(values: npt.NDArray[Any]) -> int:
    """The sum as an integer of any size. Halves are summed separately, so that int64 does not overflow (n < 2**31)."""
    if values.ndim == 2:  # wide numbers: (n, 2), high and low
        return exact_sum(values[:, 0]) * int(WIDE_BASE) + exact_sum(values[:, 1])
    high = int((values >> _HALF_BITS).sum(dtype=np.int64))
    low = int((values & ((1 << _HALF_BITS) - 1)).sum(dtype=np.int64))
    return (high << _HALF_BITS) + low
