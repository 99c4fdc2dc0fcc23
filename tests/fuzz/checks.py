"""What must be true of whatever comes out of framing, shaping and decoding, for any bytes that went in."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np
import pytest

from shared.codec import (
    Column,
    DateForm,
    Decoder,
    FieldSpec,
    Invalid,
    Kind,
    encode,
    explain,
    format_decimal,
    parse_date,
)
from shared.codec.columns import Bytes, Mask
from shared.codec.fields import MAX_DIGITS
from shared.errors import InputError
from shared.framing.protocol import Batch, Framing
from shared.shaping import ShapedBatch

_FEW: Final = 3
_LEAST: Final = 1e-30
_BLANKS: Final = " \u3000"
_LIMITS: Final = ((1, 1 << 20), (7, 300), (1_000, 1 << 20), (5_000, 2_000))


def framed(framing: Framing, data: bytes, dice: random.Random) -> Iterator[Batch]:
    """The batches of ``data``, each checked to lie where the one before ended."""
    most, most_bytes = dice.choice(_LIMITS)
    end, number = 0, 1
    for batch in framing.cut(io.BytesIO(data), 0, len(data), most, 1, most_bytes):
        assert (batch.offset, batch.first_record_no) == (end, number)
        assert batch.records == len(batch.offsets) <= most
        assert sum(batch.lengths) == len(batch.data)
        assert batch.offset < batch.end <= len(data)
        assert batch.records <= 1 or batch.end - batch.offset <= most_bytes
        starts = [*batch.offsets, batch.end]
        assert starts[0] >= batch.offset
        assert all(one < two for one, two in pairwise(starts))
        end, number = batch.end, number + batch.records
        yield batch


def check_resumed(framing: Framing, data: bytes, batches: list[Batch], dice: random.Random) -> None:
    """Cutting again from the end of a batch goes on as if there had been no stop."""
    if not batches:
        return
    number = dice.randrange(len(batches))
    last, rest = batches[number], [one for batch in batches[number + 1 :] for one in payloads(batch)]
    again = framing.cut(
        io.BytesIO(data), last.end, len(data), 50, last.first_record_no + last.records, block_end=last.block_end
    )
    assert [one for batch in again for one in payloads(batch)] == rest


def payloads(batch: Batch) -> list[bytes]:
    """The records of a batch."""
    stops = accumulate(batch.lengths)
    return [batch.data[stop - length : stop] for stop, length in zip(stops, batch.lengths, strict=True)]


def check_shaped(shaped: ShapedBatch, records: list[bytes]) -> Counter[str]:
    """Counts within the tables' bounds, every bad record explained, no good one."""
    outcomes = Counter({"shaped": len(records)})
    assert shaped.records.shape == (len(records), shaped.shape.length)
    for table, counts in zip(shaped.shape.tables, shaped.counts, strict=True):
        assert ((counts >= 0) & (counts <= table.maximum)).all()
    for row in np.flatnonzero(shaped.bad)[:_FEW].tolist():
        why = shaped.explain(row)
        assert why.code in ("LRD040", "LRD041", "LRD042")
        assert 0 <= why.offset <= len(records[row])
        assert why.message.isprintable()
        outcomes[f"reject {why.code}"] += 1
    for row in np.flatnonzero(~shaped.bad)[:_FEW].tolist():
        with pytest.raises(InputError, match="LRD910"):
            shaped.explain(row)
    return outcomes


def check_decoded(specs: list[FieldSpec], records: Bytes) -> Counter[str]:
    """Every column whole, its values in their bounds; rejects explained."""
    bad = np.zeros(len(records), np.bool_)
    for spec, column in zip(specs, Decoder(specs, records.shape[1]).decode(records), strict=True):
        good = _rows(column.valid, len(records), default=True)
        null = _rows(column.null, len(records), default=False)
        assert len(column) == len(records)
        assert (good | ~null).all(), "a null row that is not valid"
        assert spec.invalid is Invalid.REJECT or good.all()
        _check_values(spec, column, good & ~null)
        _check_explained(spec, records, good, null)
        if good.any() and spec.invalid is Invalid.REJECT:
            _check_written(spec, column, np.flatnonzero(good & ~null & _normal(spec, column))[:_FEW])
        bad |= ~good
    return Counter({"rows": int((~bad).sum()), "rejects": int(bad.sum())})


def _rows(mask: Mask | None, count: int, *, default: bool) -> Mask:
    if mask is None:
        return np.full(count, default, np.bool_)
    assert mask.shape == (count,)
    return mask


def _check_values(spec: FieldSpec, column: Column, there: Mask) -> None:
    if spec.kind is Kind.TEXT:
        assert column.lengths is not None
        assert ((column.lengths >= 0) & (column.lengths <= column.values.shape[1]))[there].all()
        for row in np.flatnonzero(there)[:_FEW]:
            bytes(column.values[row, : column.lengths[row]]).decode()
        for form in DateForm:
            _check_dates(parse_date(column, form))
    elif spec.is_number:
        _check_number(spec, column)
    elif spec.kind is Kind.FLOAT:
        assert np.isfinite(column.values[there]).all()


def _check_number(spec: FieldSpec, column: Column) -> None:
    """Within its digits, written out as long as any other; a date or none when it could be one."""
    if spec.wide:
        values = [int(high) * 10**18 + int(low) for high, low in column.values.tolist()]
        assert all((high >= 0) == (low >= 0) or 0 in (high, low) for high, low in column.values.tolist())
    else:
        values = column.values.tolist()
    bound = 10**spec.value_digits
    assert all(-bound < value < bound for value in values)
    places = max(spec.value_digits - min(spec.scale, 0), spec.scale)
    if places <= MAX_DIGITS:
        assert format_decimal(column.values, spec.value_digits, spec.scale).shape == (len(values), places + 2)
    if spec.scale == 0 and not spec.wide:
        for form in (DateForm.YYYYMMDD, DateForm.JULIAN, DateForm.YYMMDD):
            _check_dates(parse_date(column, form))


def _check_dates(column: Column) -> None:
    assert column.values.shape == (len(column), len("0000-00-00"))


def _check_explained(spec: FieldSpec, records: Bytes, good: Mask, null: Mask) -> None:
    """A reject has a reason that lies within the field; what is no reject has none."""
    for row in np.flatnonzero(~good)[:_FEW]:
        fault = explain(spec, records[row, spec.offset : spec.end].tobytes())
        assert fault.code.startswith("LRD0")
        assert 0 <= fault.position < spec.length
        assert fault.remedy
        assert fault.message.isprintable()
    if spec.invalid is Invalid.NULL:
        return
    for row in np.flatnonzero(good & ~null)[:_FEW]:
        with pytest.raises(InputError, match="LRD910"):
            explain(spec, records[row, spec.offset : spec.end].tobytes())


def _normal(spec: FieldSpec, column: Column) -> Mask | bool:
    """Floating-point numbers at the ends of their range may be read from forms that are not written."""
    if spec.kind is not Kind.FLOAT:
        return True
    size = np.abs(column.values)
    usual: Mask = (size == 0) | ((size > _LEAST) & (size < 1 / _LEAST))
    return usual


def _check_written(spec: FieldSpec, column: Column, rows: np.ndarray[Any, np.dtype[np.intp]]) -> None:
    """What was read can be written, and reads the same again; a written blank may be a null."""
    spec = replace(spec, null_when=())
    lengths = None if column.lengths is None else column.lengths[rows]
    written = encode(Column(column.values[rows], lengths), spec)
    width = max(spec.end, 8)
    again = np.full((len(rows), width), 0x40, np.uint8)
    again[:, spec.offset : spec.end] = written
    (found,) = Decoder([spec], width).decode(again)
    assert found.valid is None
    if lengths is None:
        assert np.array_equal(found.values, column.values[rows], equal_nan=spec.kind is Kind.FLOAT)
        return
    assert found.lengths is not None
    for row, (length, source) in enumerate(zip(lengths, rows, strict=True)):
        read = bytes(found.values[row, : found.lengths[row]]).decode()
        before = bytes(column.values[source, :length]).decode()
        # What was left out in front of it, or between empty shifts, is written as blanks behind it.
        assert read.rstrip(_BLANKS) == before.rstrip(_BLANKS), (
            f"{before!r} is written as X'{written[row].tobytes().hex()}' and read as {read!r}: {spec}"
        )
