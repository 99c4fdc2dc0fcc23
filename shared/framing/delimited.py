"""Delimited files (CSV): one record a row, which may have line ends within quotes.

The rules are those of Python's ``csv`` module, because it is asked where the rows end: a quote opens a quoted field
only at the field's beginning, a doubled quote or an escaped character within quotes does not close it. The payload is
the row as it stands, without its line end; ``fields_of`` takes it apart. Blank lines hold no record, as in DictReader.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from shared.errors import InputError
from shared.framing.batch import MAX_BATCH_BYTES, Batch
from shared.framing.cutting import cut_chain
from shared.framing.faults import wrong_option
from shared.framing.rows import RowChain

LONGEST_ROW: Final = 128_000
"""The longest row in bytes, because the csv module takes no field longer than 128 KiB."""
_HIDE: Final = {ord("\r"): 0xE000, ord("\n"): 0xE001}
_SHOW: Final = {hidden: line_end for line_end, hidden in _HIDE.items()}
_LINE_END: Final = "\r\n"
_APART: Final = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class DelimitedFraming:
    """Framing of delimited files. The characters are single and below X'80'; LRF040 otherwise.

    An empty ``quote`` means that quotes are ordinary characters, an empty ``escape`` that there is no escape.
    ``header``: the file's last header record names the values, for each of which these are the names it may have, as
    ``plain_name`` writes them; none where any name will do.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    header: tuple[tuple[str, ...], ...] = ()

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
        options = {"format": "DELIMITED", "delimiter": self.delimiter, "quote": self.quote, "escape": self.escape}
        return options | ({"header": [list(names) for names in self.header]} if self.header else {})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DelimitedFraming:
        """What ``to_dict`` described; LRF040 for options that cannot be."""
        header = tuple(map(tuple, data.get("header", ())))
        return cls(data.get("delimiter", ","), data.get("quote", '"'), data.get("escape", ""), header)

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
        (row,) = self.rows_of([record])
        return [value.encode("latin-1") for value in row]

    def rows_of(self, records: Sequence[bytes]) -> list[list[str]]:
        """The values of records, each byte a character."""
        lines = [record.decode("latin-1") for record in records]
        if any("\n" in line or "\r" in line for line in lines):  # line ends within a row are data now
            hidden = self._parsed([line.translate(_HIDE) for line in lines])
            return [[value.translate(_SHOW) for value in row] for row in hidden]
        return self._parsed(lines)

    def _parsed(self, lines: list[str]) -> list[list[str]]:
        rows = list(csv.reader(lines, **self.dialect()))
        if len(rows) == len(lines):
            return rows
        return [next(csv.reader([line], **self.dialect())) for line in lines]  # one whose quote stays open took others

    def row_of(self, values: Sequence[bytes]) -> bytes:
        """The record of these values: the inverse of ``fields_of``. LRF043 for what needs a quote or escape to be told
        from what separates values, where the format has none."""
        text = io.StringIO()
        try:
            csv.writer(text, lineterminator=_LINE_END, **self.dialect()).writerow(
                [value.decode("latin-1") for value in values]
            )
        except csv.Error as error:
            message = f"the values {values!r} do not go into a row: {error}"
            raise InputError("LRF043", message, remedy="Give the format a quote or an escape.") from error
        return text.getvalue().removesuffix(_LINE_END).encode("latin-1")

    def check_header(self, line: bytes) -> None:
        """LRF047 unless the header line names the values in their order; a byte order mark before them is no name."""
        names = [plain_name(value) for value in self.fields_of(line.removeprefix(codecs.BOM_UTF8))]
        pairs = zip(self.header, names, strict=False)
        wrong = next((at for at, (known, name) in enumerate(pairs) if known and name not in known), None)
        if wrong is None and len(names) == len(self.header):
            return
        if wrong is None:
            message = f"the header line names {len(names)} values, and a row has {len(self.header)}"
        else:
            known = " or ".join(self.header[wrong])
            message = f"the header line calls value {wrong + 1} {names[wrong]}, which is {known} in the copybook"
        raise InputError(
            "LRF047", message, remedy="Put the copybook's items in the order of the file; FILLER stands for any name."
        )

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


def plain_name(name: str | bytes) -> str:
    """A name as headers are compared: capitals and digits, with a _ for whatever is between them."""
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    return _APART.sub("_", text.upper()).strip("_")
