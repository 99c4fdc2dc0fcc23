"""One batch of records through a plan: match types, decode, check rules, and make rows, rejects and totals.

batch_records    where the records of a batch are
type_matching    which type each of them has
decoding         which columns are decoded, and the records of one type as columns (``decoded_columns``)
row_splitter     delimited rows as the matrix that the decoder takes
field_offsets    where a field is in a record whose tables are not full
parents          the records above each record, and the columns inherited from them
loading          the records of one type as rows (``sql_columns``), rejects (``rejects``) and totals
rule_kernels     which rows break a rule
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.batch.columns import RowBatch
from shared.batch.rejects import Reject
from shared.scaled_decimals import Total
from shared.shaping.counters import ALL, Rows
from shared.transform.batch_records import BatchRecords, bad_parts, frame_fixed, frame_parts
from shared.transform.decoding import ColumnsToDecode, DecodedRecords, TypeDecoder
from shared.transform.loading import Loader, LoadResult
from shared.transform.parents import ParentFinder, parents_of
from shared.transform.plan import Plan
from shared.transform.rejects import to_reject
from shared.transform.type_matching import NO_TYPE, TypeMatcher, TypeNumbers

Data = bytes | memoryview
Part = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a batch. Each record that was read is a row of a loaded type's table, a reject, or skipped."""

    tables: list[RowBatch]
    rejects: list[Reject]
    totals: list[Total]
    skipped: int = 0

    @property
    def valid(self) -> int:
        """The number of rows of all tables."""
        return sum(map(len, self.tables))


class Transformer:
    """Applies a plan to batches. It has no state between them.

    A record of a type with a parent needs an open record of that type before it. The parent itself may be skipped or
    rejected, as long as the columns that are inherited from it have values.

    >>> from shared.batch.types import SqlType, TargetColumn
    >>> from shared.codec import FieldSpec, Kind
    >>> from shared.transform.plan import PlanColumn, Rule, RuleKind
    >>> amount = FieldSpec("AMOUNT", Kind.PACKED, 2, 2, digits=3, scale=0)
    >>> columns = [
    ...     PlanColumn(FieldSpec("ID", Kind.TEXT, 0, 2, code_page="cp037"), TargetColumn("ID", SqlType.CHAR, 2)),
    ...     PlanColumn(amount, TargetColumn("AMOUNT", SqlType.INTEGER)),
    ... ]
    >>> plan = Plan.fixed(4, columns, [Rule(RuleKind.RANGE, "AMOUNT", maximum=500)], staging_table="S.STAGING")
    >>> data = bytes.fromhex("C1F1 123F" "C1F2 999F" "C1F3 12AF")
    >>> outcome = Transformer(plan).run(data, offset=0, first_record_no=1)
    >>> outcome.tables[0].columns[1].values.tolist()
    [123]
    >>> [(reject.record_no, reject.field, reject.code) for reject in outcome.rejects]
    [(2, 'AMOUNT', 'LRV002'), (3, 'AMOUNT', 'LRD001')]
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._matcher, self._parents = TypeMatcher(plan.types), ParentFinder(plan.types)
        columns = ColumnsToDecode(plan)
        self._decoders = {
            number: TypeDecoder(plan, record, columns.by_type[number])
            for number, record in enumerate(plan.records)
            if number in columns.by_type
        }
        self._loaders = {
            number: Loader(record, columns.inherited_by(record))
            for number, record in enumerate(plan.records)
            if record.staging_table
        }

    def run(
        self,
        data: bytes | memoryview,
        offset: int,
        first_record_no: int,
        *,
        offsets: Part | None = None,
        lengths: Part | None = None,
        open_records: int = 0,
    ) -> Outcome:
        """Transform the records in ``data``, which follow each other.

        Without ``offsets`` and ``lengths``, (n,) integers, records have the length of the plan and follow each other in
        the input from the byte ``offset``. The first ``open_records`` come from earlier batches, and can only be
        parents. LRP020 when ``data`` is not a whole number of records, LRP021 when offsets and lengths do not fit
        ``data``.
        """
        batch = self._framed(data, offset, first_record_no, (offsets, lengths), open_records)
        types = self._matcher.match(batch)
        decoded = {number: one.decode(batch, _rows_of(types, number)) for number, one in self._decoders.items()}
        loaded = [self._load(number, decoded, types) for number in self._loaders]
        rejects = [reject for one in loaded for reject in one.rejects]
        skipped, unknown = self._not_loaded(types[batch.open_records :])
        if len(loaded) > 1 or len(unknown):
            rejects += [self._reject_unknown(batch, row + batch.open_records) for row in unknown.tolist()]
            rejects.sort(key=lambda reject: reject.record_no)
        totals = [total for one in loaded for total in one.totals]
        return Outcome([one.rows for one in loaded], rejects, totals, skipped)

    def _framed(
        self, data: Data, offset: int, first_record_no: int, parts: tuple[Part | None, Part | None], open_records: int
    ) -> BatchRecords:
        length, (offsets, lengths) = self.plan.record_length, parts
        if offsets is not None and lengths is not None:
            return frame_parts(data, length, first_record_no, (offsets, lengths), open_records)
        if offsets is not None or lengths is not None or open_records:
            raise bad_parts(
                "a batch has offsets without lengths, lengths without offsets, or open records without both"
            )
        if length is None:
            raise bad_parts("the records of the plan vary in length, but a batch has no offsets and lengths")
        return frame_fixed(data, length, offset, first_record_no)

    def _load(self, number: int, decoded: Mapping[int, DecodedRecords], types: TypeNumbers) -> LoadResult:
        loader, own = self._loaders[number], decoded[number]
        parents = {}
        for name in loader.ancestors:
            last = self._parents.last_open(name, types)
            parents[name] = parents_of(own, name, decoded[self._parents.numbers[name]], last)
        return loader.load(own, parents)

    def _not_loaded(self, types: TypeNumbers) -> tuple[int, npt.NDArray[np.intp]]:
        """The number of these records that are skipped, and the rows of those that are rejected for having no type."""
        count = len(types) - sum(int(np.count_nonzero(types == number)) for number in self._loaders)
        unknown = np.flatnonzero(types == NO_TYPE) if count and not self.plan.skip_unmatched else np.zeros(0, np.intp)
        return count - len(unknown), unknown

    def _reject_unknown(self, batch: BatchRecords, row: int) -> Reject:
        return to_reject(batch, row, self._matcher.explain(batch.record(row)))


def _rows_of(types: TypeNumbers, number: int) -> Rows:
    rows = np.flatnonzero(types == number)
    return ALL if len(rows) == len(types) else rows
