"""The values that the columns of a compiled job can have, from its plan: a table must accept them without loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from shared.batch.types import SqlType, TargetColumn
from shared.codec import FieldSpec, Invalid, Kind
from shared.codec.charset_forms import Form, charset
from shared.codec.single_byte_pages import characters
from shared.transform.plan import Plan, PlanColumn, RecordPlan

_DIGITS: Final = {SqlType.SMALLINT: 4, SqlType.INTEGER: 9, SqlType.BIGINT: 18}
"""The digits that every number of a type has room for, and that a column of the type is made for."""

_WIDEST: Final = 3
"""Bytes of UTF-8 for each character that ``FieldSpec.most_characters`` counts in text of double bytes or UTF-16: those
that have four are two units of UTF-16, or count twice."""

LONGEST_CHAR: Final = 254
"""Of a CHAR in Derby; Db2 has one more."""

_UNDEFINED: Final = "\ufffd"


class ValueKind(StrEnum):
    """What the values are."""

    NUMBER = "number"
    FLOAT = "float"
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """The values of one column.

    Of numbers ``whole`` and ``fraction`` are the most digits before and after the decimal point. Of text ``characters``
    is the longest value, ``utf16`` the most units of UTF-16 and ``octets`` the most bytes of UTF-8 that a value takes.
    ``nullable``: a value may be NULL.
    """

    name: str
    kind: ValueKind
    whole: int = 0
    fraction: int = 0
    characters: int = 0
    utf16: int = 0
    octets: int = 0
    nullable: bool = False


def loaded_values(plan: Plan, record_type: str) -> tuple[ColumnValues, ...]:
    """The values of the columns that come from records of the type, in the order of ``RecordPlan.targets``."""
    records = {record.type.name: record for record in plan.records}
    record = records[record_type]
    inherited = [(records[one.ancestor], one.column) for one in record.inherited]
    columns = [*inherited, *((record, column) for column in record.columns)]
    return tuple(_values(plan, holder, column) for holder, column in columns)


def in_utf16(plan: Plan, record_type: str, targets: Sequence[TargetColumn]) -> list[TargetColumn]:
    """The columns for Derby, which counts text in units of UTF-16: as long as the values are in its count.

    Otherwise a text of supplementary characters would not fit, and the database would refuse its whole batch.
    """
    pairs = zip(loaded_values(plan, record_type), targets, strict=True)
    return [_of_length(target, values.utf16) if values.kind is ValueKind.TEXT else target for values, target in pairs]


def _of_length(target: TargetColumn, length: int) -> TargetColumn:
    kind = SqlType.VARCHAR if length > LONGEST_CHAR else target.sql_type
    return replace(target, length=length, sql_type=kind)


def own_values(target: TargetColumn) -> ColumnValues:
    """The values of a column that lrecl fills itself: integers, or text in ASCII; never NULL."""
    if target.sql_type in _DIGITS:
        return ColumnValues(target.name, ValueKind.NUMBER, whole=_DIGITS[target.sql_type])
    length = target.length
    return ColumnValues(target.name, ValueKind.TEXT, characters=length, utf16=length, octets=length)


def _values(plan: Plan, record: RecordPlan, column: PlanColumn) -> ColumnValues:
    target, spec, nullable = column.target, column.spec, _nullable(plan, record, column)
    if target.sql_type is SqlType.DATE:
        return ColumnValues(target.name, ValueKind.DATE, nullable=nullable)
    if target.sql_type is SqlType.DOUBLE:
        return ColumnValues(target.name, ValueKind.FLOAT, nullable=nullable)
    if target.sql_type in (SqlType.CHAR, SqlType.VARCHAR):
        utf16, octets = _lengths(spec, target.length)
        return ColumnValues(
            target.name, ValueKind.TEXT, characters=target.length, utf16=utf16, octets=octets, nullable=nullable
        )
    precision, scale = spec.decimal
    return ColumnValues(target.name, ValueKind.NUMBER, whole=precision - scale, fraction=scale, nullable=nullable)


def _nullable(plan: Plan, record: RecordPlan, column: PlanColumn) -> bool:
    """Whether a value may be NULL: the job says when, the field may be missing, or an empty value means so."""
    if not column.target.nullable:
        return False
    spec = column.spec
    asked = bool(spec.null_when) or spec.invalid is Invalid.NULL or column.shows_raw
    everywhere = plan.record_length is not None and spec.end <= plan.record_length and not record.shape.tables
    return asked or not everywhere or plan.rows is not None


def _lengths(spec: FieldSpec, length: int) -> tuple[int, int]:
    """Units of UTF-16 and bytes of UTF-8 of a text of ``length`` characters."""
    if spec.kind is not Kind.TEXT:  # hexadecimal digits, or the digits of a long number
        return length, length
    if charset(spec.code_page).form is Form.UTF8:  # a character of four bytes is two units
        return min(2 * length, spec.length), spec.length
    return length, length * _most_octets(spec.code_page)


@lru_cache(maxsize=64)
def _most_octets(code_page: str) -> int:
    """The most bytes of UTF-8 that one character of the page takes."""
    if charset(code_page).form is not Form.SINGLE:
        return _WIDEST
    return max(len(character.encode()) for character in characters(code_page) if character != _UNDEFINED)
