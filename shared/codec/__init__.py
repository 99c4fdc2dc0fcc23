"""Bytes of mainframe records to typed columns, and back: ``Decoder``, ``encode``, ``explain``.

A batch is one 2-D array of bytes, a field is a slice of its columns, and a decoded field is one array. There is no
Python object per value.

    fields               ``FieldSpec``: what a field is; date_forms: the forms of dates
    registry             the module of each kind of field, and RAW
    decoder, encoder     all fields of a batch, and one field of a batch
    text                 TEXT; multibyte_text, multibyte_encoding: pages of more than one byte a character
    display, packed, binary, floats, edited, text_numbers, long_numbers: the kinds of numbers
    charset_forms        what the name of a code page stands for
    single_byte_pages    the characters of single-byte pages; generated_pages: those that Python lacks
    page_tables          single-byte pages as NumPy tables; double_byte_pages: tables of two bytes a character
    dates, decimals      decoded columns to ISO dates and to decimal text
    catalogue            the codes LRDnnn with their remedies

Names are imported when they are first used: a process that only defines fields (``FieldSpec`` and its enums) does not
load NumPy, which is a quarter of a small service's memory.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.codec.catalogue import REMEDIES, FieldFault
    from shared.codec.charset_forms import Charset, Form, charset
    from shared.codec.columns import WIDE_BASE, Column
    from shared.codec.date_forms import DateForm
    from shared.codec.dates import parse_date
    from shared.codec.decimals import format_decimal
    from shared.codec.decoder import Decoder, explain
    from shared.codec.encoder import column_of, encode
    from shared.codec.fields import (
        NARROW_DIGITS,
        Controls,
        FieldSpec,
        FloatForm,
        Invalid,
        Kind,
        Null,
        Sign,
        Trim,
    )
    from shared.codec.page_tables import CodePage, code_page

_EXPORTS = {
    "catalogue": ("REMEDIES", "FieldFault"),
    "charset_forms": ("Charset", "Form", "charset"),
    "columns": ("WIDE_BASE", "Column"),
    "date_forms": ("DateForm",),
    "dates": ("parse_date",),
    "decimals": ("format_decimal",),
    "decoder": ("Decoder", "explain"),
    "encoder": ("column_of", "encode"),
    "fields": (
        "NARROW_DIGITS",
        "Controls",
        "FieldSpec",
        "FloatForm",
        "Invalid",
        "Kind",
        "Null",
        "Sign",
        "Trim",
    ),
    "page_tables": ("CodePage", "code_page"),
}
"""The public names by their module."""

__all__ = [
    "NARROW_DIGITS",
    "REMEDIES",
    "WIDE_BASE",
    "Charset",
    "CodePage",
    "Column",
    "Controls",
    "DateForm",
    "Decoder",
    "FieldFault",
    "FieldSpec",
    "FloatForm",
    "Form",
    "Invalid",
    "Kind",
    "Null",
    "Sign",
    "Trim",
    "charset",
    "code_page",
    "column_of",
    "encode",
    "explain",
    "format_decimal",
    "parse_date",
]


def __getattr__(name: str) -> Any:
    for module, names in _EXPORTS.items():
        if name in names:
            value = getattr(import_module(f"shared.codec.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"shared.codec has no {name}")
