"""Which column a field becomes: the type that the picture implies, or the one that the job asks for."""

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
    """The column for ``spec``; LRJ031–LRJ032 when the job asks for what cannot hold it."""
    name = _column_name(spec.name, options)
    kind = SqlType(options.type.upper()) if options.type else _implied(spec)
    if kind is SqlType.DATE:
        return TargetColumn(name, kind, _DATE_LENGTH, nullable=nullable)
    if spec.kind is Kind.LONG:
        _check_long(spec, kind)
        return TargetColumn(name, kind, spec.most_characters, nullable=nullable)
    if spec.kind in (Kind.TEXT, Kind.RAW):
        if kind not in (SqlType.CHAR, SqlType.VARCHAR):
            raise JobError("LRJ031", f"field {spec.name} is text and cannot become {kind.value}", key=spec.name)
        places = 2 * spec.length if spec.kind is Kind.RAW else spec.most_characters  # raw bytes are shown in hex
        return TargetColumn(name, kind, places, nullable=nullable)
    if spec.kind is Kind.FLOAT:
        if kind is not SqlType.DOUBLE:
            message = f"field {spec.name} is a floating-point number and cannot become {kind.value}"
            raise JobError("LRJ031", message, remedy="Leave the type out.", key=spec.name)
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
            f"field {spec.name} has {spec.digits} digits with scale {spec.scale}, more than any {kind.value} can hold",
            remedy="Leave the type out: it becomes a VARCHAR with the exact number as text.",
            key=spec.name,
        )


def _check_number(spec: FieldSpec, kind: SqlType, precision: int, scale: int) -> None:
    limit = {integer: digits for digits, integer in _INTEGERS}.get(kind)
    fits = kind is SqlType.DECIMAL or (limit is not None and spec.scale == 0 and precision <= limit)
    if not fits:
        raise JobError(
            "LRJ032",
            f"field {spec.name} has {precision} digits with scale {scale}, which {kind.value} cannot hold",
            remedy="Choose decimal, or leave the type out.",
            key=spec.name,
        )


def _column_name(field: str, options: FieldOptions) -> str:
    text = options.column or field.replace("-", "_").replace(".", "_").replace("(", "_").replace(",", "_").rstrip(")")
    return free_name(text, field)


def free_name(text: str, field: str) -> str:
    """The name of a column for ``field``; LRJ020 when it is none, LRJ033 when lrecl uses it itself."""
    name = identifier(text)
    if name in _RESERVED:
        raise JobError(
            "LRJ033",
            f"field {field} would become the column {name}, which lrecl uses itself",
            remedy=f"Give it another name: fields: {{{field}: {{column: …}}}}.",
            key=field,
        )
    return name
