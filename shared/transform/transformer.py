"""One batch of records through a plan: decode, hold to the rules, sort into rows and rejects, sum the totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.batch.columns import RowBatch
from shared.batch.rejects import Reject
from shared.codec import Column, Decoder, parse_date
from shared.errors import PoisonError
from shared.transform.columns import to_batch_column
from shared.transform.faults import NO_DATE
from shared.transform.plan import Plan, PlanColumn, SummedField
from shared.transform.rejecting import Batch, Finding, reject_records
from shared.transform.rules import CODES, broken
from shared.transform.totals import Total, total

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: rows of each loaded type's table, rejects and ``skipped`` are the records read."""

    tables: list[RowBatch]
    rejects: list[Reject]
    totals: list[Total]
    skipped: int = 0

    @property
    def valid(self) -> int:
        """Rows of all tables."""
        return sum(map(len, self.tables))


class Transformer:
    """A plan made ready; it keeps nothing between batches."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        (self._record,) = plan.records
        self._length = plan.record_length or self._record.shape.length
        self._decoder = Decoder([column.spec for column in self._record.columns], self._length)
        self._places = {column.spec.name: place for place, column in enumerate(self._record.columns)}

    def run(self, data: bytes | memoryview, offset: int, first_record_no: int) -> Outcome:
        """Transform whole records; ``offset`` is the byte offset of the first in the input.

        LRP020 when ``data`` is not a whole number of records (its sender broke the contract).
        """
        length = self._length
        if len(data) % length:
            raise PoisonError("LRP020", f"a batch of {len(data)} bytes is not a whole number of {length}-byte records")
        records = np.frombuffer(data, np.uint8).reshape(-1, length)
        decoded = self._decoder.decode(records)
        columns = [_as_date(plan, column) for plan, column in zip(self._record.columns, decoded, strict=True)]
        findings = list(self._findings(decoded, columns))
        bad = np.zeros(len(records), np.bool_)
        for finding in findings:
            bad[finding.rows] = True
        offsets = offset + np.arange(len(records), dtype=np.int64) * length
        totals = [self._total(summed, decoded, bad) for summed in self._record.totals]
        rejects = reject_records(self._record, findings, Batch(records, decoded, offset, first_record_no))
        return Outcome([self._rows(columns, offsets, np.flatnonzero(bad))], rejects, totals)

    def _findings(self, decoded: list[Column], columns: list[Column]) -> Iterable[Finding]:
        for place, (raw, column) in enumerate(zip(decoded, columns, strict=True)):
            if raw.valid is not None:
                yield Finding(place, np.flatnonzero(~raw.valid), None)
            if column is not raw and column.valid is not None:
                good = True if raw.valid is None else raw.valid
                yield Finding(place, np.flatnonzero(~column.valid & good), NO_DATE)
        for number, rule in enumerate(self._record.rules):
            place = self._places[rule.field]
            mask = broken(rule, decoded[place])
            valid = columns[place].valid
            if valid is not None:
                mask &= valid
            if mask.any():
                yield Finding(place, np.flatnonzero(mask), CODES[rule.kind], number)

    def _total(self, summed: SummedField, decoded: list[Column], bad: Mask) -> Total:
        place = self._places[summed.field]
        return total(summed.name, self._record.columns[place].spec.scale, decoded[place], bad)

    def _rows(self, columns: list[Column], offsets: npt.NDArray[np.int64], bad: npt.NDArray[np.intp]) -> RowBatch:
        made = [to_batch_column(plan, column) for plan, column in zip(self._record.columns, columns, strict=True)]
        if not len(bad):
            return RowBatch(offsets, made)
        return RowBatch(np.delete(offsets, bad), [column.without(bad) for column in made])


def _as_date(plan: PlanColumn, column: Column) -> Column:
    return column if plan.date_form is None else parse_date(column, plan.date_form)
