"""Bytes of mainframe records to typed columns, and back: ``Decoder``, ``encode``, ``explain``.

Columns, never objects: a batch is one 2-D array of bytes, a field a slice of its columns, a decoded field one
array.

Names are loaded when they are first used: whoever only defines fields (``FieldSpec`` and its enums) does not pay for
NumPy, which is a quarter of a small service's memory.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.codec.catalogue import REMEDIES, Fault
    from shared.codec.charsets import Charset, Form, charset
    from shared.codec.code_pages import CodePage, code_page
    from shared.codec.columns import WIDE_BASE, Column
    from shared.codec.dates import parse_date
    from shared.codec.decimals import format_decimal
    from shared.codec.decoder import Decoder, explain
    from shared.codec.encoder import encode
    from shared.codec.fields import (
        NARROW_DIGITS,
        Controls,
        DateForm,
        FieldSpec,
        FloatForm,
        Invalid,
        Kind,
        Null,
        Sign,
        Trim,
    )

_HOMES = {
    "catalogue": ("REMEDIES", "Fault"),
    "charsets": ("Charset", "Form", "charset"),
    "code_pages": ("CodePage", "code_page"),
    "columns": ("WIDE_BASE", "Column"),
    "dates": ("parse_date",),
    "decimals": ("format_decimal",),
    "decoder": ("Decoder", "explain"),
    "encoder": ("encode",),
    "fields": (
        "NARROW_DIGITS",
        "Controls",
        "DateForm",
        "FieldSpec",
        "FloatForm",
        "Invalid",
        "Kind",
        "Null",
        "Sign",
        "Trim",
    ),
}

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
    "Fault",
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
    "encode",
    "explain",
    "format_decimal",
    "parse_date",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"shared.codec.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"shared.codec has no {name}")
