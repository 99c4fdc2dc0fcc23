"""The SQL column of a field: with the type that the picture implies, or the type that the job states."""

from __future__ import annotations

from typing import Final

from shared.batch.types import INTEGER_TYPES, STAGING_COLUMNS, SqlType, TargetColumn, identifier
from shared.codec import FieldSpec, Kind
from shared.errors import JobError
from shared.jobs.model import FieldOptions

_INTEGERS: Final = ((4, SqlType.SMALLINT), (9, SqlType.INTEGER), (18, SqlType.BIGINT))
_RESERVED: Final = {column.name for column in STAGING_COLUMNS} | {"SUPERSEDED", "MERGED_AT"}
_DATE_LENGTH: Final = 10


def target_column(spec: FieldSpec, options: FieldOptions, *, nullable: bool) -> TargetColumn:
    """The column for ``spec``; LRJ031 or LRJ032 when the type that the job states cannot hold it."""
    name = _column_name(spec.name, options)
    kind = SqlType(options.type.upper()) if options.type else _implied(spec)
    if kind is SqlType.DATE:
        return TargetColumn(name, kind, _DATE_LENGTH, nullable=nullable)
    if spec.kind is Kind.LONG:
        _check_long(spec, kind)
        return TargetColumn(name, kind, spec.most_characters, nullable=nullable)
    if spec.kind in (Kind.TEXT, Kind.RAW):
        if kind not in (SqlType.CHAR, SqlType.VARCHAR):
            message = f"the field {spec.name} is text, which {kind.value} cannot hold"
            raise JobError("LRJ031", message, remedy="Remove the type, or state char or varchar.", key=spec.name)
        length = 2 * spec.length if spec.kind is Kind.RAW else spec.most_characters  # raw bytes are in hex
        return TargetColumn(name, kind, length, nullable=nullable)
    if spec.kind is Kind.FLOAT:
        if kind is not SqlType.DOUBLE:
            message = f"the field {spec.name} is a floating-point number, which {kind.value} cannot hold"
            raise JobError("LRJ031", message, remedy="Remove the type, or state double.", key=spec.name)
        return TargetColumn(name, kind, nullable=nullable)
    precision, scale = spec.decimal
    _check_number(spec, kind, precision, scale)
    if kind in INTEGER_TYPES:
        return TargetColumn(name, kind, nullable=nullable)
    return TargetColumn(name, kind, precision, scale, nullable=nullable)


def _implied(spec: FieldSpec) -> SqlType:
    if spec.kind in (Kind.TEXT, Kind.RAW, Kind.LONG):
        return SqlType.VARCHAR
    if spec.kind is Kind.FLOAT:
        return SqlType.DOUBLE
    precision, _ = spec.decimal
    if spec.scale == 0:
        for digits, kind in _INTEGERS:
            if precision <= digits:
                return kind
    return SqlType.DECIMAL


def _check_long(spec: FieldSpec, kind: SqlType) -> None:
    if kind not in (SqlType.CHAR, SqlType.VARCHAR):
        raise JobError(
            "LRJ032",
            f"the field {spec.name} has {spec.digits} digits with scale {spec.scale}, which no {kind.value} can hold",
            remedy="Remove the type: the column becomes a VARCHAR with the exact number as text.",
            key=spec.name,
        )


def _check_number(spec: FieldSpec, kind: SqlType, precision: int, scale: int) -> None:
    limit = {integer: digits for digits, integer in _INTEGERS}.get(kind)
    fits = kind is SqlType.DECIMAL or (limit is not None and spec.scale == 0 and precision <= limit)
    if not fits:
        raise JobError(
            "LRJ032",
            f"the field {spec.name} has {precision} digits with scale {scale}, which {kind.value} cannot hold",
            remedy="Remove the type, or state decimal.",
            key=spec.name,
        )


def _column_name(field: str, options: FieldOptions) -> str:
    text = options.column or field.replace("-", "_").replace(".", "_").replace("(", "_").replace(",", "_").rstrip(")")
    return free_name(text, field)


def free_name(text: str, field: str) -> str:
    """The name of the column for ``field``; LRJ020 when it is not a name, LRJ033 when lrecl needs it itself."""
    name = identifier(text)
    if name in _RESERVED:
        raise JobError(
            "LRJ033",
            f"the field {field} would become the column {name}, which lrecl needs itself",
            remedy=f"State another name: fields: {{{field}: {{column: …}}}}.",
            key=field,
        )
    return name
