"""Files in every record format, written by the simplest code there is, so that nothing of lrecl judges itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from shared.errors import InputError
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, Framing

Records = Sequence[bytes]


def word(length: int, order: str = "big", low: int = 0) -> bytes:
    """A descriptor word; ``little`` is the whole word reversed."""
    big = length.to_bytes(2, "big") + low.to_bytes(2, "big")
    return big if order == "big" else big[::-1]


def rdw(record: bytes, order: str = "big", counted: bool = True, adjustment: int = 0, control: int = 0) -> bytes:
    """A record or segment behind its descriptor."""
    return word(len(record) + (4 if counted else 0) - adjustment, order, control << 8) + record


def block(body: bytes, order: str = "big", counted: bool = True, extended: bool = False) -> bytes:
    """A block behind its BDW."""
    length = len(body) + (4 if counted else 0)
    if extended:
        big = (length | 1 << 31).to_bytes(4, "big")
        return (big if order == "big" else big[::-1]) + body
    return word(length, order) + body


def blocks(records: Records, per_block: int, **options: object) -> bytes:
    """Records with RDWs in blocks."""
    groups = [records[at : at + per_block] for at in range(0, len(records), per_block)]
    return b"".join(block(b"".join(map(rdw, group)), **options) for group in groups)


def segments(record: bytes, sizes: Sequence[int]) -> list[bytes]:
    """The record's segments with their SDWs; ``sizes`` are those of all but the last."""
    parts, at = [], 0
    for size in sizes:
        parts.append(record[at : at + size])
        at += size
    parts.append(record[at:])
    if len(parts) == 1:
        return [rdw(record)]
    codes = [1, *[3] * (len(parts) - 2), 2]
    return [rdw(part, control=code) for part, code in zip(parts, codes, strict=True)]


def rows(records: Sequence[Sequence[str]]) -> list[bytes]:
    """Rows as the csv module writes them, each without its line end."""
    out = []
    for values in records:
        text = io.StringIO(newline="")
        csv.writer(text).writerow(values)
        out.append(text.getvalue().removesuffix("\r\n").encode("latin-1"))
    return out


def cut(
    framing: Framing, text: bytes, batch_records: int = 3, batch_bytes: int = MAX_BATCH_BYTES, start: int = 0
) -> list[Batch]:
    """All batches of ``text``."""
    return list(framing.cut(io.BytesIO(text), start, len(text), batch_records, 1, batch_bytes))


def payloads(batches: Sequence[Batch]) -> list[bytes]:
    """The records, taken apart by the lengths."""
    found = []
    for batch in batches:
        at = 0
        for length in batch.lengths:
            found.append(batch.data[at : at + length])
            at += length
        assert at == len(batch.data)
        assert len(batch.offsets) == batch.records
    return found


def frame(framing: Framing, text: bytes, **options: int) -> list[bytes]:
    """The records of ``text``."""
    return payloads(cut(framing, text, **options))


def attempt(framing: Framing, text: bytes) -> list[Batch] | InputError:
    """The batches of ``text``, or the error that it leads to."""
    try:
        return cut(framing, text)
    except InputError as error:
        return error


def refusal(framing: Framing, text: bytes) -> InputError:
    """The error that ``text`` leads to."""
    outcome = attempt(framing, text)
    assert isinstance(outcome, InputError), f"no error, but {payloads(outcome)}"
    return outcome
