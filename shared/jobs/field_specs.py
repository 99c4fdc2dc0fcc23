"""From the elements of the copybook to the fields of the codec."""

from __future__ import annotations

from typing import Final

from shared.codec import Controls, FieldSpec, FloatForm, Form, Invalid, Kind, Null, Sign, Trim, charset
from shared.codec.fields import LONG_ENCODINGS, MAX_DIGITS
from shared.copybook import Category, Element, LayoutField, SignPosition, Usage
from shared.jobs.delimited_layout import as_number, cell_spec, not_decoded
from shared.jobs.model import FieldOptions

_SIGNS: Final = {
    SignPosition.TRAILING: Sign.TRAILING,
    SignPosition.LEADING: Sign.LEADING,
    SignPosition.TRAILING_SEPARATE: Sign.TRAILING_SEPARATE,
    SignPosition.LEADING_SEPARATE: Sign.LEADING_SEPARATE,
}
_BINARY: Final = {Usage.COMP, Usage.COMP_5, Usage.COMP_9}
_PACKED: Final = {Usage.COMP_3, Usage.COMP_6}
_FLOATS: Final = {Usage.COMP_1, Usage.COMP_2}
_NATIONAL_PAGE: Final = "utf-16-be"
_KINDS: Final = {
    Category.ALPHANUMERIC: Kind.TEXT,
    Category.ALPHABETIC: Kind.TEXT,
    Category.ALPHANUMERIC_EDITED: Kind.TEXT,
    Category.NUMERIC_EDITED: Kind.TEXT,
    Category.NATIONAL: Kind.TEXT,
    Category.DBCS: Kind.TEXT,
    Category.FLOAT: Kind.TEXT,
    Category.POINTER: Kind.RAW,
}
"""The kinds of categories that do not depend on the usage. FLOAT is a number with a picture such as +9(5)E+99."""


def field_spec(element: Element, name: str, code_page: str, options: FieldOptions, point: str = "") -> FieldSpec:
    """The codec's field for an element; LRJ030 for a type that cannot be decoded.

    ``code_page`` is that of the file, ``options`` are those of ``options_of``. Edited numbers are text unless the job
    states numbers, but plain digits with BLANK WHEN ZERO are a number. NATIONAL is big-endian UTF-16 in every code
    page; DISPLAY-1 is the double-byte part of the code page, which must have one. Numbers of more than 31 digits are
    decimal text. With ``invalid: raw``, a value that does not decode is NULL in its own column. ``point`` is the
    decimal point of delimited rows, and empty for records that COBOL stores.
    """
    field = element.field
    if point:
        return cell_spec(element, name, code_page, options, point)
    kind = _kind(element, name, options)
    number = kind not in (Kind.TEXT, Kind.RAW, Kind.FLOAT)
    edited, raw = kind is Kind.EDITED, kind is Kind.RAW
    long = kind in LONG_ENCODINGS and max(field.digits, field.scale, field.digits - field.scale) > MAX_DIGITS
    return FieldSpec(
        name,
        Kind.LONG if long else kind,
        element.offset,
        field.length,
        digits=field.digits if number else 0,
        scale=field.scale if number else 0,
        sign=_sign(element) if number else Sign.NONE,
        little_endian=kind in (Kind.BINARY, Kind.FLOAT) and _little(field, options),
        native_binary=kind is Kind.BINARY and (field.usage is Usage.COMP_5 or options.binary == "native"),
        signless=field.usage is Usage.COMP_6,
        code_page=_code_page(element, name, options.code_page or code_page),
        strict_sign=bool(options.strict_sign),
        padded=kind is Kind.DISPLAY and not long and bool(options.padded_digits),
        float_form=FloatForm(options.float_form or "ibm") if kind is Kind.FLOAT else FloatForm.IBM,
        picture=(field.picture or "") if edited else "",
        blank_when_zero=edited and field.blank_when_zero,
        trim=Trim(options.trim or "right"),
        controls=Controls(options.controls or "keep") if kind is Kind.TEXT else Controls.KEEP,
        null_when=tuple(Null(word) for word in options.null_when or () if not (raw or long) or word != "zeros"),
        long_encoding=kind if long else Kind.DISPLAY,
        invalid=Invalid.REJECT if options.invalid in (None, "reject") else Invalid.NULL,
    )


def _little(field: LayoutField, options: FieldOptions) -> bool:
    return field.usage is Usage.COMP_9 or options.byte_order == "little"


def _kind(element: Element, name: str, options: FieldOptions) -> Kind:
    field = element.field
    if (field.category is Category.NATIONAL) != (field.usage is Usage.NATIONAL):  # numbers with digits of two bytes
        raise not_decoded(element, name, f"Skip it: fields: {{{name}: {{skip: true}}}}.")
    if field.usage in _FLOATS:
        return Kind.FLOAT
    if field.category is Category.NUMERIC_EDITED and as_number(options):
        return Kind.EDITED
    if _is_blank_when_zero(field):
        return Kind.EDITED
    if field.category in _KINDS:
        return _KINDS[field.category]
    if field.usage in _BINARY:
        return Kind.BINARY
    return Kind.PACKED if field.usage in _PACKED else Kind.DISPLAY


def _is_blank_when_zero(field: LayoutField) -> bool:
    """Whether the item is plain digits, or spaces for zero: COBOL treats it as numeric-edited."""
    plain = field.category is Category.NUMERIC and field.usage is Usage.DISPLAY and not field.signed
    return plain and field.blank_when_zero


def _code_page(element: Element, name: str, code_page: str) -> str:
    if element.field.category is Category.NATIONAL:
        return _NATIONAL_PAGE
    if element.field.category is not Category.DBCS:
        return code_page
    page = charset(code_page)
    if page.form not in (Form.MIXED, Form.DOUBLE):
        remedy = f"{code_page} has no double-byte characters. State a page that has, such as cp939, or skip the field."
        raise not_decoded(element, name, remedy)
    return page.double


def _sign(element: Element) -> Sign:
    if not element.field.signed:
        return Sign.NONE
    return _SIGNS.get(element.field.sign, Sign.TRAILING)
