"""Bytes of mainframe records to typed columns, and back: ``Decoder``, ``encode``, ``explain``.

Columns, never objects: a batch is one 2-D array of bytes, a field a slice of its columns, a decoded field one
array.
"""

from shared.codec.catalogue import REMEDIES, Fault
from shared.codec.code_pages import CodePage, code_page
from shared.codec.columns import NARROW_DIGITS, WIDE_BASE, Column
from shared.codec.dates import DateForm, parse_date
from shared.codec.decimals import format_decimal
from shared.codec.decoder import Decoder, explain
from shared.codec.encoder import encode
from shared.codec.fields import FieldSpec, Kind, Null, Sign, Trim

__all__ = [
    "NARROW_DIGITS",
    "REMEDIES",
    "WIDE_BASE",
    "CodePage",
    "Column",
    "DateForm",
    "Decoder",
    "Fault",
    "FieldSpec",
    "Kind",
    "Null",
    "Sign",
    "Trim",
    "code_page",
    "encode",
    "explain",
    "format_decimal",
    "parse_date",
]
