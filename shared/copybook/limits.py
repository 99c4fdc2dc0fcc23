"""How much a copybook may ask for. Beyond these a copybook is an accident or an attack, and gets a coded error.

They are checked before the memory they guard is taken, so that a hostile text costs a moment and never the process.
"""

from __future__ import annotations

from typing import Final

MAX_TEXT: Final = 2 * 1024 * 1024
"""Characters in one source text (about 26,000 full card images)."""

MAX_LINE: Final = 4_096
"""Characters in one line."""

MAX_TOKENS: Final = 250_000
"""Words and punctuation after every COPY is expanded."""

MAX_ITEMS: Final = 20_000
"""Data description entries, condition names included."""

MAX_COPY_DEPTH: Final = 16
"""COPY inside COPY."""

MAX_COPIES: Final = 500
"""COPY statements carried out for one copybook."""

MAX_COPIED: Final = 4 * MAX_TEXT
"""Characters in all members copied, however few of them are code."""

MAX_REPLACING: Final = 100
"""Words to look for in one REPLACING phrase."""

MAX_DIGITS: Final = 38
"""Digit positions of a number: 31 under IBM's ARITH(EXTEND), 38 in the largest other dialects."""

MAX_COUNT_DIGITS: Final = 9
"""Digits of an integer in OCCURS or in a picture's repetition."""

MAX_REFERENCES: Final = 500
"""Names one record looks up (DEPENDING ON and RENAMES)."""

MAX_ELEMENTS: Final = 1_000_000
"""Occurrences of one item over all its tables, and single elements of one record."""

MAX_RECORD: Final = 16 * 1024 * 1024
"""Bytes in one record: the largest LRECL data set labels know (z/OS DFSMS, LRECL=16384K for spanned records)."""
