"""The kernels of rules: each finds the rows of a column that break a rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.codec import WIDE_BASE, Column, DateForm, parse_date
from shared.scaled_decimals import to_text
from shared.transform.plan import Rule, RuleKind
from shared.transform.rejects import NOT_A_DATE, NOT_IN_LIST, OUT_OF_RANGE, REQUIRED

Mask = npt.NDArray[np.bool_]

CODES: Final = {
    RuleKind.REQUIRED: REQUIRED,
    RuleKind.RANGE: OUT_OF_RANGE,
    RuleKind.IN_LIST: NOT_IN_LIST,
    RuleKind.DATE: NOT_A_DATE,
}


def breaking_rows(rule: Rule, column: Column) -> Mask:
    """(n,) bool: rows that break ``rule``. NULL breaks only REQUIRED. Rows without a valid value are unspecified."""
    mask = _KERNELS[rule.kind](rule, column)
    if rule.kind is not RuleKind.REQUIRED and column.null is not None:
        mask &= ~column.null
    return mask


def describe(rule: Rule, value: str, scale: int) -> str:
    """How ``value`` breaks the rule, for the reject. ``scale`` is the field's, to show bounds as decimals."""
    if rule.kind is RuleKind.REQUIRED:
        return "the field is required and empty"
    if rule.kind is RuleKind.IN_LIST:
        listed = (repr(one) if isinstance(one, str) else to_text(one, scale) for one in rule.values)
        return f"{value!r} is none of {', '.join(listed)}"
    if rule.kind is RuleKind.DATE:
        return not_a_date(value, rule.date_form)
    bounds = ("" if bound is None else to_text(bound, scale) for bound in (rule.minimum, rule.maximum))
    return f"{value} is outside the range {' … '.join(bounds)}"


def not_a_date(value: str, form: DateForm | None) -> str:
    """The message for a value that is not a date of this form."""
    return f"{value!r} is not a date of the form {form.value if form else '?'}"


def _required(_rule: Rule, column: Column) -> Mask:
    empty = np.zeros(len(column), np.bool_) if column.null is None else column.null.copy()
    return empty if column.lengths is None else empty | (column.lengths == 0)


def _range(rule: Rule, column: Column) -> Mask:
    mask = np.zeros(len(column), np.bool_)
    if rule.minimum is not None:
        mask |= _less(column.values, rule.minimum)
    if rule.maximum is not None:
        mask |= _less(-column.values, -rule.maximum)
    return mask


def _less(values: npt.NDArray[Any], bound: int) -> Mask:
    """values < bound, for (n,) int64 and for wide (n, 2) pairs, of which both halves have the sign."""
    if values.ndim == 1:
        return np.asarray(values < max(min(bound, 2**63 - 1), -(2**63)))
    high = abs(bound) // WIDE_BASE * (1 if bound >= 0 else -1)
    low = bound - high * WIDE_BASE
    return np.asarray((values[:, 0] < high) | ((values[:, 0] == high) & (values[:, 1] < low)))


def _in_list(rule: Rule, column: Column) -> Mask:
    found = np.zeros(len(column), np.bool_)
    for value in rule.values:
        found |= _equals_text(column, value.encode()) if isinstance(value, str) else _equals(column.values, value)
    return ~found


def _equals(values: npt.NDArray[Any], value: int) -> Mask:
    return ~(_less(values, value) | _less(-values, -value))


def _equals_text(column: Column, text: bytes) -> Mask:
    if column.lengths is None or len(text) > column.values.shape[1]:
        return np.zeros(len(column), np.bool_)
    same = column.lengths == len(text)
    for position, byte in enumerate(text):
        same &= column.values[:, position] == byte
    return np.asarray(same)


def _date(rule: Rule, column: Column) -> Mask:
    parsed = parse_date(column, rule.date_form or DateForm.ISO)
    return np.zeros(len(column), np.bool_) if parsed.valid is None else ~parsed.valid


_KERNELS: Final[dict[RuleKind, Callable[[Rule, Column], Mask]]] = {
    RuleKind.REQUIRED: _required,
    RuleKind.RANGE: _range,
    RuleKind.IN_LIST: _in_list,
    RuleKind.DATE: _date,
}
