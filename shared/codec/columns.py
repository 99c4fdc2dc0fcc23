"""``Column``: a decoded field of a whole batch as NumPy arrays, without a Python object per value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.codec.fields import NARROW_DIGITS

Bytes: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint64]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Lengths: TypeAlias = NDArray[np.int32]
Mask: TypeAlias = NDArray[np.bool_]

WIDE_BASE = 10**NARROW_DIGITS
"""A wide number is ``high * WIDE_BASE + low``; both halves have the sign of the number."""


@dataclass(frozen=True, slots=True)
class Column:
    """One field of every record of a batch of n records.

    values:  TEXT, RAW: (n, w) uint8, C-contiguous. Text is UTF-8, padded with spaces to the stride w; w is larger than
             the field's length only when some character needs two or three bytes of UTF-8.
             Numbers: (n,) int64 scaled integers of up to 18 digits, else (n, 2) int64 (see ``WIDE_BASE``).
             FLOAT: (n,) float64.
             Rows that are not valid or are null hold 0 (numbers) or unspecified bytes (text).
    lengths: (n,) int32, bytes of text after trimming; None for numbers and RAW.
    valid:   None when every row decoded, else (n,) bool.
    null:    None when no row is null, else (n,) bool. A null row is valid.

    Columns own their arrays, or share read-only ones. They stay valid after the batch and the decoder that they came
    from are deleted or reused.
    """

    values: NDArray[Any]
    lengths: Lengths | None = None
    valid: Mask | None = None
    null: Mask | None = None

    def __len__(self) -> int:
        return len(self.values)
