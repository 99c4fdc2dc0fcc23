"""The records of one type held to their rules, and made into rows, rejects and totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from shared.batch.columns import RowBatch
from shared.batch.rejects import Reject
from shared.codec import Column, FieldSpec
from shared.codec.columns import Mask
from shared.scaled_decimals import Total
from shared.shaping import RecordFault
from shared.transform.cells import Cells
from shared.transform.columns import to_batch_column
from shared.transform.decoding import Decoded
from shared.transform.inheriting import Parents
from shared.transform.plan import RecordPlan, Rule, RuleKind, SummedField
from shared.transform.rejecting import THE_RECORD, Finding, reject_records
from shared.transform.rules import CODES, broken, describe
from shared.transform.totals import total
from shared.transform.values import shown

_SHAPE_FIRST: Final = -2_000_000
_PARENT_FIRST: Final = -1_000_000
"""What is said of a record with several faults: the counters, without which nothing else is sure, then whom it belongs
to, then its fields, inherited ones before its own."""


class Source(Protocol):
    """The records that a column comes from, asked about one row of the type's records."""

    def offset_of(self, row: int, spec: FieldSpec, /) -> int: ...

    def bytes_of(self, row: int, spec: FieldSpec, /) -> bytes: ...

    def fault(self, place: int, row: int, /) -> RecordFault: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """A column on its way, and where it comes from: the column ``place`` of ``source``."""

    cells: Cells
    source: Source
    place: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one type's records."""

    rows: RowBatch
    rejects: list[Reject]
    totals: list[Total]


class Loader:
    """One loaded type; keeps nothing between batches."""

    def __init__(self, record: RecordPlan, inherited_places: Sequence[int]) -> None:
        """``inherited_places``: for each inherited column its place among those decoded of its ancestor.

        The type's rules are about its own fields; of inherited ones those must have a value that cannot be NULL.
        """
        self.record = record
        self._inherited = list(zip(record.inherited, inherited_places, strict=True))
        self._columns = (*(one.column for one in record.inherited), *record.columns)
        first = len(record.inherited)
        self._places = {column.spec.name: place for place, column in enumerate(record.columns, first)}
        keys = [place for place, one in enumerate(record.inherited) if not one.column.target.nullable]
        self._rules = [(place, Rule(RuleKind.REQUIRED, self._columns[place].spec.name)) for place in keys]
        self._rules += [(self._places[rule.field], rule) for rule in record.rules]

    @property
    def ancestors(self) -> tuple[str, ...]:
        """The types of which each record needs one above it, the parent first."""
        names = (self.record.type.parent, *(one.ancestor for one in self.record.inherited))
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def load(self, decoded: Decoded, parents: Mapping[str, Parents]) -> Loaded:
        """The type's records of a batch; ``parents`` has an entry for each of ``ancestors``."""
        taken = [self._inherit(parents[one.ancestor], place) for one, place in self._inherited]
        taken += [Taken(decoded.cells[place], decoded, place) for place in range(len(self.record.columns))]
        findings = list(_judged(decoded, self._findings(taken, parents)))
        bad = np.zeros(len(decoded), np.bool_)
        for finding in findings:
            bad[finding.rows] = True
        rows = None if isinstance(decoded.rows, slice) else decoded.rows
        rejects = reject_records(findings, decoded.framed, rows)
        totals = [self._total(summed, taken, bad, decoded.context) for summed in self.record.totals]
        bad[: decoded.context] = True
        return Loaded(self._rows(decoded, taken, bad), rejects, totals)

    def _inherit(self, parents: Parents, place: int) -> Taken:
        return Taken(parents.cells(place), parents, place)

    def _findings(self, taken: list[Taken], parents: Mapping[str, Parents]) -> Iterator[Finding]:
        for one in parents.values():
            yield Finding(THE_RECORD, _PARENT_FIRST, np.flatnonzero(one.missing), one.nobody)
        for place, column in enumerate(taken):
            if column.cells.value.valid is not None:
                yield self._finding(place, ~column.cells.value.valid, _fault_of(column))
        for place, rule in self._rules:
            mask = _breaks(rule, taken[place].cells)
            if mask.any():
                yield self._finding(place, mask, self._breach(rule, place, taken[place]))

    def _finding(self, place: int, mask: Mask, explain: Callable[[int], RecordFault]) -> Finding:
        own = place - len(self._inherited)
        order = own if own < 0 else self._columns[place].spec.offset
        return Finding(place, order, np.flatnonzero(mask), explain)

    def _breach(self, rule: Rule, place: int, taken: Taken) -> Callable[[int], RecordFault]:
        spec, source, column = self._columns[place].spec, taken.source, taken.cells.decoded

        def explain(row: int) -> RecordFault:
            raw = source.bytes_of(row, spec)
            # From the batch's column: decoding a field again costs fifty times as much, and a rule may reject all.
            message = describe(rule, shown(column, row, spec.scale), spec.scale)
            there = f" (X'{raw.hex().upper()}')" if raw else ", the record ends before it"
            return RecordFault(CODES[rule.kind], message + there, spec.name, source.offset_of(row, spec))

        return explain

    def _total(self, summed: SummedField, taken: list[Taken], bad: Mask, context: int) -> Total:
        place = self._places[summed.field]
        column = _behind(taken[place].cells.decoded, context)
        return total(summed.name, self._columns[place].spec.scale, column, bad[context:])

    def _rows(self, decoded: Decoded, taken: list[Taken], bad: Mask) -> RowBatch:
        pairs = zip(self._columns, taken, strict=True)
        made = [to_batch_column(plan, column.cells.value) for plan, column in pairs]
        offsets, dropped = decoded.framed.offsets[decoded.rows], np.flatnonzero(bad)
        if not len(dropped):
            return RowBatch(offsets, made)
        return RowBatch(np.delete(offsets, dropped), [column.without(dropped) for column in made])


def _judged(decoded: Decoded, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Those about records of the batch itself; where a counter is at fault it is the only one."""
    shaped, context = decoded.shaped, decoded.context
    faulty = shaped is not None and bool(shaped.bad.any())
    if shaped is not None and faulty:
        rows = np.flatnonzero(shaped.bad)
        yield Finding(THE_RECORD, _SHAPE_FIRST, rows[rows >= context], shaped.explain)
    for finding in findings:
        rows = finding.rows
        if context:
            rows = rows[rows >= context]
        if shaped is not None and faulty:
            rows = rows[~shaped.bad[rows]]
        yield Finding(finding.place, finding.order, rows, finding.explain)


def _fault_of(column: Taken) -> Callable[[int], RecordFault]:
    return lambda row: column.source.fault(column.place, row)


def _breaks(rule: Rule, cells: Cells) -> Mask:
    """The rows that break ``rule``, of those that have a value; what a table does not have is not required either."""
    mask = broken(rule, cells.decoded)
    if cells.value.valid is not None:
        mask &= cells.value.valid
    if rule.kind is RuleKind.REQUIRED and cells.beyond is not None:
        mask &= ~cells.beyond
    return mask


def _behind(column: Column, context: int) -> Column:
    """The column without its first ``context`` rows."""
    if not context:
        return column
    behind = slice(context, None)
    lengths = None if column.lengths is None else column.lengths[behind]
    valid = None if column.valid is None else column.valid[behind]
    null = None if column.null is None else column.null[behind]
    return Column(column.values[behind], lengths, valid, null)
