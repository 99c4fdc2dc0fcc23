"""Delimited files (CSV): one record a row, which may have line ends within quotes.

The rules are those of Python's ``csv`` module, because it is asked where the rows end: a quote opens a quoted field
only at the field's beginning, a doubled quote or an escaped character within quotes does not close it. The payload is
the row as it stands, without its line end; ``fields_of`` takes it apart. Blank lines hold no record, as in DictReader.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from shared.framing.batch import MAX_BATCH_BYTES, Batch
from shared.framing.cutting import cut_chain
from shared.framing.faults import wrong_option
from shared.framing.rows import RowChain

LONGEST_ROW: Final = 128_000
"""The longest row in bytes, because the csv module takes no field longer than 128 KiB."""
_HIDE: Final = {ord("\r"): 0xE000, ord("\n"): 0xE001}
_SHOW: Final = {hidden: line_end for line_end, hidden in _HIDE.items()}


@dataclass(frozen=True, slots=True)
class DelimitedFraming:
    """Framing of delimited files. The characters are single and below X'80'; LRF040 otherwise.

    An empty ``quote`` means that quotes are ordinary characters, an empty ``escape`` that there is no escape.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""

    def __post_init__(self) -> None:
        for name in ("delimiter", "quote", "escape"):
            value = getattr(self, name)
            if len(value) > 1 or not value.isascii() or value in ("\r", "\n"):
                raise wrong_option(f"{name} {value!r} is not a single ASCII character")
        used = [one for one in (self.delimiter, self.quote, self.escape) if one]
        if not self.delimiter or len(set(used)) < len(used):
            raise wrong_option(f"delimiter, quote and escape must differ, and a delimiter is needed; they are {used}")

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, for messages."""
        return {"format": "DELIMITED", "delimiter": self.delimiter, "quote": self.quote, "escape": self.escape}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DelimitedFraming:
        """What ``to_dict`` described; LRF040 for options that cannot be."""
        return cls(data.get("delimiter", ","), data.get("quote", '"'), data.get("escape", ""))

    def dialect(self) -> dict[str, Any]:
        """The options for the csv module."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote or None,
            "escapechar": self.escape or None,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
        }

    def fields_of(self, record: bytes) -> list[bytes]:
        """The values of one record; quotes and escapes resolved."""
        line = record.decode("latin-1").translate(_HIDE)  # line ends within a row are data now
        return [value.translate(_SHOW).encode("latin-1") for value in next(csv.reader([line], **self.dialect()))]

    def cut(
        self,
        file: BinaryIO,
        start: int,
        end: int,
        batch_records: int,
        first_record_no: int,
        batch_bytes: int = MAX_BATCH_BYTES,
        block_end: int = 0,
    ) -> Iterator[Batch]:
        """See ``protocol.Framing.cut``. LRF036 when a quote is never closed, LRF037 when a row is too long."""
        del block_end
        specials = (self.quote + self.escape).encode()
        chain = RowChain(self.dialect(), specials, LONGEST_ROW)
        return cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)
