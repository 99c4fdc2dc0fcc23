"""The record formats by the names that they have in messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from shared.errors import InputError
from shared.framing.counted import CountedFraming
from shared.framing.delimited import DelimitedFraming
from shared.framing.fixed import FixedFraming
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.header import HeaderFraming
from shared.framing.length_field import LengthFieldFraming
from shared.framing.protocol import Framing, wrong_option
from shared.framing.record_bounds import RECORD_BOUNDS, BoundedFraming
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
    """The reverse of ``Framing.to_dict``. LRF009 for an unknown format, LRF040 for invalid options."""
    read = FORMATS.get(str(data.get("format")))
    if read is None:
        raise InputError(
            "LRF009",
            f"record format {data.get('format')!r} is not supported",
            remedy=f"The formats are {', '.join(FORMATS)}.",
        )
    try:
        inner = read(data)
        bounds = {key: data[key] for key in RECORD_BOUNDS if key in data}
        return BoundedFraming(inner, **bounds) if bounds else inner
    except (KeyError, TypeError, ValueError) as error:
        raise wrong_option(f"options of record format {data['format']} are missing or invalid: {error!r}") from error


def bare(framing: Framing) -> Framing:
    """The format itself, without the bounds of its records."""
    return framing.inner if isinstance(framing, BoundedFraming) else framing


def fixed_length(framing: Framing) -> int | None:
    """LRECL in bytes if all records of the input have it, so that arithmetic can divide the input; else None."""
    inner = bare(framing)
    return inner.record_length if isinstance(inner, FixedFraming | FixedBlockedFraming) else None
