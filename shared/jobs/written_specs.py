"""From the copybook's elements to the fields of cells, where the values of delimited rows are."""

from __future__ import annotations

from typing import Final

from shared.codec import Controls, FieldSpec, FloatForm, Invalid, Kind, Null, Sign, Trim
from shared.codec.fields import MAX_DIGITS
from shared.copybook import Category, Element
from shared.errors import JobError
from shared.jobs.model import FieldOptions
from shared.jobs.written import FLOATS, not_in_rows

_NUMERIC_TYPES: Final = {"smallint", "integer", "bigint", "decimal"}


def written_spec(element: Element, name: str, code_page: str, options: FieldOptions, point: str) -> FieldSpec:
    """The field of an element's cell: text, or a number written out; an empty number or date is NULL.

    LRJ030 for pointers, LRJ088 for policies that rows cannot have.
    """
    _check(name, options)
    field = element.field
    kind = _kind(element, name, options)
    number = kind in (Kind.TEXT_NUMBER, Kind.LONG)
    nulls = [Null(word) for word in options.null_when or () if kind is not Kind.LONG or word != "zeros"]
    if kind is not Kind.TEXT or options.type == "date":
        nulls = [Null.SPACES, *(null for null in nulls if null is not Null.SPACES)]
    return FieldSpec(
        name,
        kind,
        element.offset,
        field.length,
        digits=field.digits if number else 0,
        scale=field.scale if number else 0,
        sign=Sign.TRAILING if number and field.signed else Sign.NONE,
        code_page=code_page,
        float_form=FloatForm.TEXT if kind is Kind.FLOAT else FloatForm.IBM,
        decimal_comma=kind is not Kind.TEXT and point == ",",
        trim=Trim(options.trim or "right"),
        controls=Controls(options.controls or "keep") if kind is Kind.TEXT else Controls.KEEP,
        null_when=tuple(nulls),
        long_encoding=Kind.TEXT_NUMBER if kind is Kind.LONG else Kind.DISPLAY,
        invalid=Invalid.REJECT if options.invalid in (None, "reject") else Invalid.NULL,
    )


def _check(name: str, options: FieldOptions) -> None:
    if options.trim in ("none", "left"):
        remedy = "Say trim: right or both."
        raise not_in_rows(f"{name}: spaces behind a value cannot be kept, because cells are filled with them", remedy)
    if options.code_page is not None:
        raise not_in_rows(f"{name}: all values of a row have the file's code page")


def _kind(element: Element, name: str, options: FieldOptions) -> Kind:
    field = element.field
    if field.category is Category.POINTER:
        raise not_decoded(element, name, f"Leave it out: fields: {{{name}: {{skip: true}}}}.")
    if field.usage in FLOATS:
        return Kind.FLOAT
    edited = field.category is Category.NUMERIC_EDITED and as_number(options)
    if field.category is not Category.NUMERIC and not edited:
        return Kind.TEXT
    long = max(field.digits, field.scale, field.digits - field.scale) > MAX_DIGITS
    return Kind.LONG if long else Kind.TEXT_NUMBER


def as_number(options: FieldOptions) -> bool:
    """Whether an edited number shall be a number."""
    return options.type in _NUMERIC_TYPES or (options.edited == "number" and options.type is None)


def not_decoded(element: Element, name: str, remedy: str) -> JobError:
    """LRJ030: an item whose bytes no column can show."""
    field = element.field
    what = f"{field.usage.value} {field.picture or ''}".strip()
    return JobError(
        "LRJ030",
        f"field {name} ({what}) is of category {field.category.value}, which is not decoded",
        remedy=remedy,
    )
