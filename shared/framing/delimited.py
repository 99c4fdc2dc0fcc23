"""DELIMITED (CSV): each record is one row, which may have line ends within quotes.

The rules are those of Python's ``csv`` module, which also finds the ends of rows: a quote opens a quoted field only at
the start of the field; a doubled quote or an escaped character within quotes does not close it. The payload is the row
as it is in the file, without its line end; ``fields_of`` splits it. Blank lines are not records, as in DictReader.
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
from shared.framing.cutting import cut_chain
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, wrong_option
from shared.framing.window import Window

LONGEST_ROW: Final = 128_000
"""The longest row in bytes: the csv module accepts no field longer than 128 KiB."""
_HIDE: Final = {ord("\r"): 0xE000, ord("\n"): 0xE001}
_SHOW: Final = {hidden: line_end for line_end, hidden in _HIDE.items()}
_LINE_END: Final = "\r\n"
_STEP_BYTES: Final = 4096
_ROW_BYTES: Final = 128
_APART: Final = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class DelimitedFraming:
    """Framing of delimited files. The characters are single and below X'80'; LRF040 otherwise.

    With an empty ``quote``, quotes are ordinary characters; with an empty ``escape`` there is no escape. ``header``:
    the file's last header record names the values. Each value has a tuple of the names that are allowed for it, in the
    form of ``plain_name``; an empty tuple allows any name.
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
            raise wrong_option(
                f"delimiter, quote and escape must differ, and a delimiter must be given; they are {used}"
            )

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages."""
        options = {"format": "DELIMITED", "delimiter": self.delimiter, "quote": self.quote, "escape": self.escape}
        return options | ({"header": [list(names) for names in self.header]} if self.header else {})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DelimitedFraming:
        """The reverse of ``to_dict``; LRF040 for invalid options."""
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
        """The values of one record, without quotes and escapes."""
        (row,) = self.rows_of([record])
        return [value.encode("latin-1") for value in row]

    def rows_of(self, records: Sequence[bytes]) -> list[list[str]]:
        """The values of several records, with one character for each byte."""
        lines = [record.decode("latin-1") for record in records]
        if any("\n" in line or "\r" in line for line in lines):  # line ends within a row are data here
            hidden = self._parsed([line.translate(_HIDE) for line in lines])
            return [[value.translate(_SHOW) for value in row] for row in hidden]
        return self._parsed(lines)

    def _parsed(self, lines: list[str]) -> list[list[str]]:
        rows = list(csv.reader(lines, **self.dialect()))
        if len(rows) == len(lines):
            return rows
        return [next(csv.reader([line], **self.dialect())) for line in lines]  # an open quote takes the next row

    def row_of(self, values: Sequence[bytes]) -> bytes:
        """The record with these values, the reverse of ``fields_of``.

        LRF043 for values that need a quote or an escape when the format has none.
        """
        text = io.StringIO()
        try:
            csv.writer(text, lineterminator=_LINE_END, **self.dialect()).writerow(
                [value.decode("latin-1") for value in values]
            )
        except csv.Error as error:
            message = f"the values {values!r} cannot be written as a row: {error}"
            raise InputError("LRF043", message, remedy="Give the format a quote or an escape.") from error
        return text.getvalue().removesuffix(_LINE_END).encode("latin-1")

    def check_header(self, line: bytes) -> None:
        """LRF047 unless the header line names the values in their order. A byte order mark at its start is ignored."""
        names = [plain_name(value) for value in self.fields_of(line.removeprefix(codecs.BOM_UTF8))]
        pairs = zip(self.header, names, strict=False)
        wrong = next((at for at, (known, name) in enumerate(pairs) if known and name not in known), None)
        if wrong is None and len(names) == len(self.header):
            return
        if wrong is None:
            message = f"the header line has {len(names)} names, but a row has {len(self.header)} values"
        else:
            known = " or ".join(self.header[wrong])
            message = f"the header line calls value {wrong + 1} {names[wrong]}, but the copybook calls it {known}"
        raise InputError(
            "LRF047", message, remedy="Put the items of the copybook in the order of the file; FILLER allows any name."
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
        """See ``protocol.Framing.cut``. LRF036 when a quote is not closed, LRF037 when a row is too long."""
        del block_end
        specials = (self.quote + self.escape).encode()
        chain = RowChain(self.dialect(), specials, LONGEST_ROW)
        return cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)


def plain_name(name: str | bytes) -> str:
    """A name in the form in which headers are compared: capitals and digits, with _ for everything in between."""
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    return _APART.sub("_", text.upper()).strip("_")


class RowChain:
    """Rows one after the other. Unless a line has one of the bytes ``specials``, it is a row."""

    block_end = 0

    def __init__(self, dialect: dict[str, Any], specials: bytes, longest: int) -> None:
        self._dialect = dialect
        self._specials = specials
        self._longest = longest

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``. Blank lines are skipped."""
        full = len(pieces) + count
        step = _STEP_BYTES + _ROW_BYTES * count  # what is not taken would be split again
        while len(pieces) < full and window.pos < limit:
            before, reach = window.pos, min(limit, window.pos + step)
            if not self._take(window, reach, full - len(pieces), starts, pieces):
                return
            if window.pos == before:
                if reach == limit:
                    return
                step *= 2

    def _take(self, window: Window, reach: int, count: int, starts: list[int], pieces: list[bytes]) -> bool:
        """Take the rows up to ``reach``; False when one is too long."""
        for stop in self._ends(window, reach):
            row = _bare(window.data[window.pos : stop])
            if len(row) > self._longest:
                return False
            if row:
                starts.append(window.pos)
                pieces.append(row)
                count -= 1
            window.pos = stop
            if not count:
                break
        return True

    def measure(self, window: Window) -> int | None:
        """See ``cutting.Chain``."""
        reach = min(window.pos + self._longest + 2, len(window.data))
        stop = next(self._ends(window, reach), None)
        if stop is not None:
            size = stop - window.pos
            if size > self._longest and len(_bare(window.data[window.pos : stop])) > self._longest:
                raise self._too_long(window)
            return size
        if reach == len(window.data) and not window.complete:
            return None
        if b"\n" in window.data[window.pos : reach] or reach - window.pos <= self._longest:
            raise window.fault(
                "LRF036",
                f"a row whose quote is not closed within {reach - window.pos} bytes",
                "A quote is missing, or the file has another quote or escape. Check the options of the format.",
            )
        raise self._too_long(window)

    def _too_long(self, window: Window) -> Exception:
        return window.fault(
            "LRF037",
            f"a row of more than {self._longest} bytes",
            "The file is probably not delimited. Compare its format with what lrecl inspect prints.",
        )

    def close(self, window: Window) -> None:
        """Nothing to check: a last row without line end is a record."""

    def _ends(self, window: Window, limit: int) -> Iterator[int]:
        """The end positions of the complete rows between ``window.pos`` and ``limit``."""
        chunk = window.data[window.pos : limit]
        lines = chunk.split(b"\n")
        rest = lines.pop()
        position = window.pos
        for size in self._sizes(chunk, [*lines, rest] if rest and _is_last(window, limit) else lines):
            position += size
            yield min(position, limit)  # the last row of the file may lack its line feed

    def _sizes(self, chunk: bytes, lines: list[bytes]) -> Iterator[int]:
        if any(special in chunk for special in self._specials):
            yield from self._sizes_by_csv(lines)
        else:
            yield from (len(line) + 1 for line in lines)

    def _sizes_by_csv(self, lines: list[bytes]) -> Iterator[int]:
        """The sizes of rows. A row that includes the blank line added at the end is incomplete, and left out."""
        texts = [*(line.decode("latin-1").replace("\r", " ") + "\n" for line in lines), "\n"]
        reader = csv.reader(iter(texts), **self._dialect)
        first = 0
        while first < len(lines):
            try:
                next(reader)
            except csv.Error:  # the field is longer than any row may be
                return
            if reader.line_num > len(lines):
                return
            yield sum(map(len, lines[first : reader.line_num])) + reader.line_num - first
            first = reader.line_num


def _is_last(window: Window, limit: int) -> bool:
    return window.complete and limit == len(window.data)


def _bare(row: bytes) -> bytes:
    return row.removesuffix(b"\n").removesuffix(b"\r")
