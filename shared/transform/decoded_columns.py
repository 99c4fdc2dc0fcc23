"""One column of a batch after decoding, with the reasons for which records have no value in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.codec import Column, Invalid, Kind, charset, parse_date
from shared.codec.columns import Bytes, Lengths, Mask
from shared.codec.nulls import null_invalid
from shared.shaping.shaped_batch import ShapedBatch
from shared.transform.plan import PlanColumn


@dataclass(frozen=True, slots=True, eq=False)
class DecodedColumn:
    """A column of n records.

    ``decoded`` is the output of the codec, which rules examine. ``value`` is the content of the column: the date, if it
    is a date, else the same. A record is at fault if its ``value`` is not valid.

    The masks are (n,), or None if they mark no record. ``cut``: the record ends within the field. ``unplaced``: the
    field has no known offset, because a counter is at fault. ``absent``: the record does not have this occurrence of a
    table. ``failed``: there was no value before the policy of the column made it NULL.
    """

    decoded: Column
    value: Column
    cut: Mask | None = None
    unplaced: Mask | None = None
    absent: Mask | None = None
    failed: Mask | None = None

    def for_children(self, rows: npt.NDArray[np.intp], missing: Mask) -> DecodedColumn:
        """The column of the parents ``rows``, one for each child. Where ``missing``, it is NULL and not required."""
        decoded = _rows_of(self.decoded, rows, missing)
        value = decoded if self.value is self.decoded else _rows_of(self.value, rows, missing)
        return DecodedColumn(decoded, value, absent=missing if missing.any() else None)


def decoded_column(plan: PlanColumn, column: Column, shaped: ShapedBatch | None) -> DecodedColumn:
    """The column for the output of the codec under the policy REJECT. ``shaped`` is None for records of one layout."""
    cut = unplaced = absent = None
    if shaped is not None and (plan.occurrence or shaped.reach is not None):
        column, cut, unplaced = _without_missing(plan, column, shaped)
        absent = shaped.missing(0, 0, plan.occurrence)
    value = column if plan.date_form is None else parse_date(column, plan.date_form)
    failed = None if value.valid is None else ~value.valid
    if failed is None or plan.spec.invalid is Invalid.REJECT:
        return DecodedColumn(column, value, cut, unplaced, absent, failed)
    nulled = null_invalid(replace(column, valid=value.valid))
    return DecodedColumn(nulled, nulled if value is column else null_invalid(value), None, None, absent, failed)


def raw_column(column: Column, of: DecodedColumn) -> DecodedColumn:
    """The bytes of the values of ``of`` that failed, and NULL elsewhere. Bytes that a record lacks are the filler."""
    shown = np.zeros(len(column), np.bool_) if of.failed is None else of.failed
    hidden = Column(column.values, null=~shown)
    return DecodedColumn(hidden, hidden)


def _without_missing(plan: PlanColumn, column: Column, shaped: ShapedBatch) -> tuple[Column, Mask | None, Mask | None]:
    """The column, NULL where a record lacks the field, and invalid where it has a part of it; ``cut``; ``unplaced``.

    Incomplete text is read up to its end, as if spaces followed. But incomplete double-byte characters and UTF-16, for
    which the filler is not a space, are cut like numbers.
    """
    spec = plan.spec
    short = shaped.missing(spec.offset, spec.length, plan.occurrence)
    if short is None:
        return column, None, None
    if shaped.reach is None and not shaped.bad.any():
        return _null(column, short), None, None
    none = shaped.missing(spec.offset, 1, plan.occurrence)
    unplaced = short & shaped.bad
    gone: Mask = np.zeros(len(column), np.bool_) if none is None else none & ~unplaced
    cut = short & ~gone & ~unplaced
    if spec.kind is Kind.TEXT and not charset(spec.code_page).form.paired:
        cut[:] = False
    changed = _invalid(_null(column, gone), cut | unplaced)
    return changed, cut if cut.any() else None, unplaced if unplaced.any() else None


def _null(column: Column, rows: Mask) -> Column:
    """The column with NULL in these rows."""
    valid = None if column.valid is None else column.valid | rows
    null = rows if column.null is None else column.null | rows
    return Column(*_emptied(column, rows), None if valid is None or valid.all() else valid, null)


def _invalid(column: Column, rows: Mask) -> Column:
    """The column without a valid value in these rows."""
    valid: Mask = ~rows if column.valid is None else column.valid & ~rows
    null = None if column.null is None else column.null & ~rows
    return Column(*_emptied(column, rows), None if valid.all() else valid, null)


def _emptied(column: Column, rows: Mask) -> tuple[npt.NDArray[Any], Lengths | None]:
    """Values and lengths with 0 in these rows."""
    if column.lengths is not None:
        return column.values, np.where(rows, np.int32(0), column.lengths)
    if column.values.dtype == np.uint8:
        return column.values, None
    zeros = column.values.dtype.type(0)
    return np.where(rows if column.values.ndim == 1 else rows[:, np.newaxis], zeros, column.values), None


def _rows_of(column: Column, rows: npt.NDArray[np.intp], missing: Mask) -> Column:
    if not len(column):
        column = _one_null(column)
    valid = None if column.valid is None else column.valid[rows] | missing
    null = missing if column.null is None else column.null[rows] | missing
    lengths = None if column.lengths is None else column.lengths[rows]
    return Column(column.values[rows], lengths, valid, null if null.any() else None)


def _one_null(column: Column) -> Column:
    """A column of one row, for children when the batch has no parents."""
    values: Bytes = np.zeros((1, *column.values.shape[1:]), column.values.dtype)
    return Column(values, None if column.lengths is None else np.zeros(1, np.int32))
