"""The limits of a copybook. A copybook beyond them is a mistake or an attack, and gets a coded error.

They are checked before the memory is allocated, so that a hostile text cannot exhaust the process.
"""

from __future__ import annotations

from typing import Final

MAX_TEXT: Final = 2 * 1024 * 1024
"""Characters in one source text (about 26,000 full card images)."""

MAX_LINE: Final = 4_096
"""Characters in one line."""

MAX_TOKENS: Final = 250_000
"""Words and punctuation after the expansion of all COPY statements."""

MAX_ITEMS: Final = 20_000
"""Data description entries, condition names included."""

MAX_COPY_DEPTH: Final = 16
"""Nested COPY statements."""

MAX_COPIES: Final = 500
"""COPY statements of one copybook."""

MAX_COPIED: Final = 4 * MAX_TEXT
"""Characters in all copied members, including comments."""

MAX_REPLACING: Final = 100
"""Words to be replaced in one REPLACING phrase."""

MAX_DIGITS: Final = 38
"""Digit positions of a number: 31 under IBM's ARITH(EXTEND), up to 38 in other dialects."""

MAX_COUNT_DIGITS: Final = 9
"""Digits of an integer in OCCURS, or in a repetition count of a picture."""

MAX_REFERENCES: Final = 500
"""References of one record to other items (DEPENDING ON and RENAMES)."""

MAX_ELEMENTS: Final = 1_000_000
"""Occurrences of one item in all its tables, and single elements of one record."""

MAX_RECORD: Final = 16 * 1024 * 1024
"""Bytes in one record: the largest LRECL of a data set label (z/OS DFSMS, LRECL=16384K for spanned records)."""
