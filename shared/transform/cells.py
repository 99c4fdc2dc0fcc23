"""One column of a batch on its way from bytes to rows: values that are there, that are not, and that are none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.codec import Column, Invalid, Kind, charset, parse_date
from shared.codec.columns import Bytes, Lengths, Mask
from shared.codec.nulls import null_invalid
from shared.shaping.shaped import Shaped
from shared.transform.plan import PlanColumn


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A column of n records.

    ``decoded`` is what the codec read and rules look at, ``value`` what the column holds: a date where it is one.
    Rows where ``value`` is not valid are at fault. Masks, (n,), None where they would mark none: ``cut``, the record
    ends amid the field; ``lost``, a counter that is at fault leaves open where it lies; ``beyond``, the record does not
    have this occurrence of a table; ``failed``, there was no value before the column's policy made it null.
    """

    decoded: Column
    value: Column
    cut: Mask | None = None
    lost: Mask | None = None
    beyond: Mask | None = None
    failed: Mask | None = None

    def taken(self, rows: npt.NDArray[np.intp], missing: Mask) -> Cells:
        """The cells of ``rows``, for children that inherit them; NULL, and not required, where ``missing``."""
        decoded = _taken(self.decoded, rows, missing)
        value = decoded if self.value is self.decoded else _taken(self.value, rows, missing)
        return Cells(decoded, value, beyond=missing if missing.any() else None)


def to_cells(plan: PlanColumn, column: Column, shaped: Shaped | None) -> Cells:
    """The cells of a column as decoded with the policy REJECT, from records that ``shaped`` laid out, if it had to."""
    cut = lost = beyond = None
    if shaped is not None and (plan.occurrence or shaped.reach is not None):
        column, cut, lost = _without_missing(plan, column, shaped)
        beyond = shaped.missing(0, 0, plan.occurrence)
    value = column if plan.date_form is None else parse_date(column, plan.date_form)
    failed = None if value.valid is None else ~value.valid
    if failed is None or plan.spec.invalid is Invalid.REJECT:
        return Cells(column, value, cut, lost, beyond, failed)
    nulled = null_invalid(replace(column, valid=value.valid))
    return Cells(nulled, nulled if value is column else null_invalid(value), None, None, beyond, failed)


def raw_cells(column: Column, of: Cells) -> Cells:
    """The bytes of values that there are none of: NULL elsewhere. What a record does not have of them is the filler."""
    shown = np.zeros(len(column), np.bool_) if of.failed is None else of.failed
    hidden = Column(column.values, null=~shown)
    return Cells(hidden, hidden)


def _without_missing(plan: PlanColumn, column: Column, shaped: Shaped) -> tuple[Column, Mask | None, Mask | None]:
    """The column with NULL where a record does not have the field and no value where it has a part of it; cut and lost.

    Text is read as far as it goes, as if the spaces behind it had been written; but half a character of two bytes,
    and UTF-16, of which the filler is no space, are cut like numbers.
    """
    spec = plan.spec
    short = shaped.missing(spec.offset, spec.length, plan.occurrence)
    if short is None:
        return column, None, None
    if shaped.reach is None and not shaped.bad.any():
        return _null(column, short), None, None
    none = shaped.missing(spec.offset, 1, plan.occurrence)
    lost = short & shaped.bad
    gone: Mask = np.zeros(len(column), np.bool_) if none is None else none & ~lost
    cut = short & ~gone & ~lost
    if spec.kind is Kind.TEXT and not charset(spec.code_page).form.paired:
        cut[:] = False
    told = _invalid(_null(column, gone), cut | lost)
    return told, cut if cut.any() else None, lost if lost.any() else None


def _null(column: Column, rows: Mask) -> Column:
    """The column with these rows made null."""
    valid = None if column.valid is None else column.valid | rows
    null = rows if column.null is None else column.null | rows
    return Column(*_emptied(column, rows), None if valid is None or valid.all() else valid, null)


def _invalid(column: Column, rows: Mask) -> Column:
    """The column with these rows made to have no value."""
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


def _taken(column: Column, rows: npt.NDArray[np.intp], missing: Mask) -> Column:
    if not len(column):
        column = _one_null(column)
    valid = None if column.valid is None else column.valid[rows] | missing
    null = missing if column.null is None else column.null[rows] | missing
    lengths = None if column.lengths is None else column.lengths[rows]
    return Column(column.values[rows], lengths, valid, null if null.any() else None)


def _one_null(column: Column) -> Column:
    """One row, for children without any parent to take something from."""
    values: Bytes = np.zeros((1, *column.values.shape[1:]), column.values.dtype)
    return Column(values, None if column.lengths is None else np.zeros(1, np.int32))
