"""Rows of a delimited file to columns, raced against the csv module with Decimal; see ``transform``."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import numpy as np

from shared.batch.types import TargetColumn
from shared.codec import FieldSpec, Kind, Null, Sign
from shared.framing.delimited import DelimitedFraming
from shared.jobs.column_types import target_column
from shared.jobs.model import FieldOptions
from shared.records.conditions import RecordType
from shared.shaping import Shape
from shared.transform.plan import Cell, Plan, PlanColumn, RecordPlan, RowForm
from shared.transform.sql_columns import python_values
from shared.transform.transformer import Outcome, Transformer

Contestant = Callable[[int], object]
_FRAMING: Final = DelimitedFraming()
_FIELDS: Final = (("ID", 9, 0), ("NAME", 30, -1), ("CITY", 20, -1), ("LIMIT", 9, 2), ("BALANCE", 13, 2),
                  ("COUNT", 4, 0), ("RATE", 7, 4), ("NOTE", 40, -1), ("PAID", 11, 2), ("CODE", 3, -1))  # fmt: skip
"""Names, digits or characters, and decimal places; -1 for text."""


def plan() -> Plan:
    """A column for each value."""
    columns, cells, offset = [], [], 0
    for name, size, scale in _FIELDS:
        number = scale >= 0
        length = size + 6 if number else size
        spec = FieldSpec(
            name,
            Kind.TEXT_NUMBER if number else Kind.TEXT,
            offset,
            length,
            digits=size if number else 0,
            scale=max(scale, 0),
            sign=Sign.TRAILING if number else Sign.NONE,
            code_page="latin-1",
            null_when=(Null.SPACES,) if number else (),
        )
        target: TargetColumn = target_column(spec, FieldOptions(), nullable=True)
        columns.append(PlanColumn(spec, target))
        cells.append(Cell(name, offset, length, length, number))
        offset += length
    shape = Shape(offset, offset, shifting=False)
    record = RecordPlan(RecordType(""), shape, tuple(columns), (), (), "BENCH.T")
    return Plan(None, (record,), filler=0x20, rows=RowForm(_FRAMING.to_dict(), tuple(cells)))


def rows(count: int, seed: int, quoted: float) -> list[bytes]:
    """Rows of which the share ``quoted`` has quotes around a text with a delimiter in it."""
    dice = random.Random(seed)
    return [_FRAMING.row_of([_value(dice, size, scale, quoted) for _, size, scale in _FIELDS]) for _ in range(count)]


def _value(dice: random.Random, size: int, scale: int, quoted: float) -> bytes:
    if scale >= 0:
        return f"{Decimal(dice.randrange(-(10 ** (size - 2)), 10 ** (size - 2))).scaleb(-scale)}".encode()
    text = "".join(dice.choices("abcdefgh ", k=dice.randrange(size - 1))).strip() + "x"
    return (text[:-1] + ",").encode() if size == 40 and dice.random() < quoted else text.encode()


def naive(file: str) -> list[tuple[Any, ...]]:
    """What a script does: a row at a time, a value at a time."""
    done = []
    for row in csv.reader(io.StringIO(file)):
        values: list[Any] = []
        for value, (_, size, scale) in zip(row, _FIELDS, strict=True):
            values.append(_number(value, size, scale) if scale >= 0 else _text(value, size))
        done.append(tuple(values))
    return done


def _text(value: str, size: int) -> str:
    if len(value) > size:
        raise ValueError(value)
    return value.rstrip()


def _number(value: str, size: int, scale: int) -> int | Decimal:
    number = Decimal(value)
    if number.as_tuple()[2] != -scale or abs(number) >= 10 ** (size - scale):
        raise ValueError(value)
    return int(number) if scale == 0 else number


class _Batches:
    """Four batches, as the reader sends them and as a file."""

    def __init__(self, count: int, quoted: float) -> None:
        self._rows = [rows(count, seed, quoted) for seed in range(4)]
        self._files = [(b"\n".join(one) + b"\n").decode("latin-1") for one in self._rows]
        self._lengths = [np.array([len(row) for row in one], np.uint32) for one in self._rows]
        self._data = [b"".join(one) for one in self._rows]
        self._transformer = Transformer(plan())

    def naive(self, number: int) -> list[tuple[Any, ...]]:
        """The rows of a file by the loop."""
        return naive(self._files[number % 4])

    def transform(self, number: int) -> Outcome:
        """The same by the plan."""
        lengths = self._lengths[number % 4]
        offsets = np.cumsum(lengths, dtype=np.uint64)
        return self._transformer.run(self._data[number % 4], 0, 1, offsets=offsets, lengths=lengths)


def contestants(batch: int) -> dict[str, Contestant]:
    """Rows without quotes, and rows of which a tenth has some."""
    racing: dict[str, Contestant] = {}
    for name, quoted in (("rows", 0.0), ("quoted", 0.1)):
        batches = _Batches(batch, quoted)
        found = batches.transform(0)
        assert not found.rejects
        assert list(zip(*map(python_values, found.tables[0].columns), strict=True)) == batches.naive(0)
        racing |= {f"naive_{name}": batches.naive, name: batches.transform}
    return racing
