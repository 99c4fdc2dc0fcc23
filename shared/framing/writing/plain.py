"""Writers of formats in which nothing is written but the record, or the record and what ends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice

from shared.errors import InputError
from shared.framing.counted import CountedFraming
from shared.framing.delimited import LONGEST_ROW, DelimitedFraming
from shared.framing.length_field import LengthFieldFraming
from shared.framing.protocol import Framing
from shared.framing.text import LineEnd, TextFraming
from shared.framing.writing.refusal import refused

_LINE = "A record with a line end in it can be written in another format only, such as V."
_ROWS = "A record is one row, without its line end, quoted as the options of the format say."


def write_fixed(records: Iterable[bytes], length: int) -> Iterator[bytes]:
    """F and FB; blocks leave no mark in the data."""
    for number, record in enumerate(records, 1):
        if len(record) != length:
            raise refused(number, f"it has {len(record)} bytes instead of {length}", "Check the record length (LRECL).")
        yield record


def write_lines(records: Iterable[bytes], framing: TextFraming) -> Iterator[bytes]:
    """TEXT; under ``any`` lines end with a line feed."""
    mark = framing.line_end.mark
    drops = framing.line_end is LineEnd.ANY
    for number, record in enumerate(records, 1):
        if mark in record or (drops and record.endswith(b"\r")):
            raise refused(number, f"it holds the line end X'{mark.hex()}', or ends as one begins", _LINE)
        yield record + mark


def write_rows(records: Iterable[bytes], framing: DelimitedFraming) -> Iterator[bytes]:
    """DELIMITED; a record is one row as it stands in the file."""
    for number, record in enumerate(records, 1):
        if not record or len(record) > LONGEST_ROW:
            raise refused(number, f"a row of {len(record)} bytes", f"A row has 1 to {LONGEST_ROW} bytes.")
        if (b"\n" in record or b"\r" in record) and not _is_one(record + b"\n", record, framing):
            raise refused(number, "its line end lies outside of quotes", _ROWS)
        yield record + b"\n"


def _is_one(text: bytes, record: bytes, framing: Framing) -> bool:
    """Whether ``text`` reads as this record and nothing else."""
    try:
        first = next(framing.cut(BytesIO(text), 0, len(text), 1, 1))
    except InputError:
        return False
    return first.data == record and first.end == len(text)


def write_counted(records: Iterable[bytes], framing: CountedFraming) -> Iterator[bytes]:
    """COUNTED: the records as they are, whose own counters must tell their length."""
    for number, record in enumerate(records, 1):
        if not _is_one(record, record, framing):
            remedy = "The items that the counters count must be there, and nothing behind them."
            raise refused(number, f"its counters do not tell its length of {len(record)} bytes", remedy)
        yield record


def write_self_describing(records: Iterable[bytes], framing: LengthFieldFraming) -> Iterator[bytes]:
    """LENGTH_FIELD: the records as they are, whose own fields must tell their length."""
    for number, record in enumerate(records, 1):
        size = framing.size_of(record)
        if size != len(record):
            told = "tell no length" if size is None else f"tell {size}"
            fields = ", ".join(islice(framing.fields, 5))
            remedy = "Give the fields the values that belong to a record of this length."
            raise refused(number, f"it has {len(record)} bytes, but its fields ({fields}) {told}", remedy)
        yield record
