"""Types for values that come in from outside: texts bounded in bytes, integers of 64 bits, decimals that can be sums.

Models of requests use nothing wider. Db2 counts the length of a column in bytes of UTF-8, Derby in UTF-16 units, of
which a text never has more than bytes: a text bounded in bytes fits its column in both.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from shared.scaled_decimals import bounded_decimal

MOST_INTEGER: Final = 2**63 - 1
"""The largest BIGINT."""


def in_bytes(most: int) -> AfterValidator:
    """Makes a ``str`` one of at most ``most`` bytes in UTF-8, without NUL and lone surrogates."""

    def check(text: str) -> str:
        if "\0" in text:
            raise ValueError("a text cannot hold NUL")
        try:
            size = len(text.encode())
        except UnicodeEncodeError as error:
            raise ValueError("a text cannot hold half of a surrogate pair") from error
        if size > most:
            raise ValueError(f"the text has {size} bytes in UTF-8, more than {most}")
        return text

    return AfterValidator(check)


RunId = Annotated[str, Field(max_length=32), in_bytes(32)]
JobName = Annotated[str, Field(min_length=1, max_length=128), in_bytes(128)]
FieldName = Annotated[str, Field(max_length=256), in_bytes(256)]
FilePath = Annotated[str, Field(min_length=1, max_length=1_024), in_bytes(1_024)]
ErrorCode = Annotated[str, Field(max_length=6), in_bytes(6)]
Actor = Annotated[str, Field(min_length=1, max_length=128), in_bytes(128)]
"""Who asks: the columns ACTOR and REQUESTED_BY."""
Note = Annotated[str, Field(max_length=500), in_bytes(2_000)]
"""Why somebody asks: a part of the JSON in the audit trail, which is shortened where it is too long."""

Count = Annotated[int, Field(ge=0, le=MOST_INTEGER)]
Figure = Annotated[Decimal, AfterValidator(bounded_decimal)]
"""A control total: no exponent of it fills the memory when it is written out."""
