"""The record formats by name, as they stand in messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from shared.errors import InputError
from shared.framing.counted import CountedFraming
from shared.framing.delimited import DelimitedFraming
from shared.framing.faults import wrong_option
from shared.framing.fixed import FixedFraming
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.header import HeaderFraming
from shared.framing.length_field import LengthFieldFraming
from shared.framing.protocol import Framing
from shared.framing.shaping import KEYS, ShapedFraming
from shared.framing.spanned import SpannedFraming
from shared.framing.text import TextFraming
from shared.framing.variable import VariableFraming

FORMATS: Final[dict[str, Callable[[dict[str, Any]], Framing]]] = {
    "F": FixedFraming.from_dict,
    "FB": FixedBlockedFraming.from_dict,
    "V": VariableFraming.from_dict,
    "VB": VariableFraming.from_dict,
    "VS": SpannedFraming.from_dict,
    "VBS": SpannedFraming.from_dict,
    "TEXT": TextFraming.from_dict,
    "DELIMITED": DelimitedFraming.from_dict,
    "LENGTH_FIELD": LengthFieldFraming.from_dict,
    "HEADER": HeaderFraming.from_dict,
    "COUNTED": CountedFraming.from_dict,
}


def framing_from_dict(data: dict[str, Any]) -> Framing:
    """The framing that ``to_dict`` described. LRF009 for an unknown format, LRF040 for options that cannot be."""
    read = FORMATS.get(str(data.get("format")))
    if read is None:
        raise InputError(
            "LRF009",
            f"record format {data.get('format')!r} is not supported",
            remedy=f"The formats are {', '.join(FORMATS)}.",
        )
    try:
        inner = read(data)
        shape = {key: data[key] for key in KEYS if key in data}
        return ShapedFraming(inner, **shape) if shape else inner
    except (KeyError, TypeError, ValueError) as error:
        raise wrong_option(f"options of record format {data['format']} are missing or not valid: {error!r}") from error


def bare(framing: Framing) -> Framing:
    """The format alone, without lengths to be left out and edges to be cut off."""
    return framing.inner if isinstance(framing, ShapedFraming) else framing


def fixed_length(framing: Framing) -> int | None:
    """LRECL in bytes where all records have the same length in the input, which can then be split by arithmetic."""
    inner = bare(framing)
    return inner.record_length if isinstance(inner, FixedFraming | FixedBlockedFraming) else None
