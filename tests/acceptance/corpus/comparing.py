"""Decoded rows against expected ones: exact, as far as the expected form can be."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

_DOUBLE_DIGITS = 15
"""From so many digits on, a JSON number has passed through a binary double at its source."""


def differences(found: Any, expected: Any, at: str = "row") -> Iterator[str]:
    """Where the two differ, by the way there."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in [*expected, *(name for name in found if name not in expected)]:
            if name not in found:
                yield f"{at}.{name}: missing, expected {expected[name]!r}"
            elif name not in expected:
                yield f"{at}.{name}: {found[name]!r}, expected none"
            else:
                yield from differences(found[name], expected[name], f"{at}.{name}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(found) != len(expected):
            yield f"{at}: {len(found)} items, expected {len(expected)}"
        for number, (one, other) in enumerate(zip(found, expected, strict=False)):
            yield from differences(one, other, f"{at}[{number}]")
    elif not _same(found, expected):
        yield f"{at}: {found!r}, expected {expected!r}"


def _same(found: Any, expected: Any) -> bool:
    if isinstance(found, str) or isinstance(expected, str) or found is None or expected is None:
        return bool(found == expected)
    if isinstance(found, float):
        return float(expected) == found or _single(float(expected)) == found
    if Decimal(found) == Decimal(expected):
        return True
    shortened = len(Decimal(expected).as_tuple().digits) >= _DOUBLE_DIGITS
    return shortened and float(found) == float(expected)


def _single(number: float) -> float:
    """The nearest float of four bytes: what a COMP-1 holds of which fewer digits are printed."""
    return float(struct.unpack("f", struct.pack("f", number))[0])
