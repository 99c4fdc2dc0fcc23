"""Customers, orders and items in one file, each below the one before it: as a job, and in a loop.

One customer has 1 to 4 orders, an order 1 to 6 items. Their first byte tells them apart; orders take the customer's
number along, items the number of both.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.batch.types import SqlType, TargetColumn
from shared.codec import FieldSpec, Kind, Sign
from shared.records.conditions import Condition, RecordType
from shared.shaping import Shape
from shared.transform.plan import Inherited, Plan, PlanColumn, RecordPlan
from tests.benchmarks import naive
from tests.benchmarks.layouts import Builder, sample

_INTEGER_DIGITS: Final = 9
_LETTERS: Final = ("C", "O", "I")
_PAGE: Final = "cp037"


def _customer() -> list[FieldSpec]:
    fields = Builder(1)
    fields.add(Kind.DISPLAY, 9, 9)
    fields.text(30, 30, 20, 2)
    fields.packed(9, 11)
    return fields.specs


def _order() -> list[FieldSpec]:
    fields = Builder(1)
    fields.add(Kind.DISPLAY, 9, 9)
    fields.text(10, 12)
    fields.packed(7, 9)
    fields.add(Kind.BINARY, 4, 9, Sign.TRAILING)
    return fields.specs


def _item() -> list[FieldSpec]:
    fields = Builder(1)
    fields.text(12, 4)
    fields.add(Kind.DISPLAY, 5, 5)
    fields.packed(9, 7)
    fields.add(Kind.BINARY, 4, 9, Sign.TRAILING)
    return fields.specs


SPECS: Final = {"C": _customer(), "O": _order(), "I": _item()}
PARENTS: Final = {"C": None, "O": "C", "I": "O"}


@dataclass(frozen=True)
class Batch:
    """Records back to back; offsets as if each had an RDW."""

    data: bytes
    ends: list[int]
    offsets: NDArray[np.uint64]
    lengths: NDArray[np.uint32]


def column(spec: FieldSpec) -> PlanColumn:
    """What the job makes of a field when nobody says otherwise."""
    if spec.kind is Kind.TEXT:
        return PlanColumn(spec, TargetColumn(spec.name, SqlType.VARCHAR, spec.length))
    if spec.scale:
        return PlanColumn(spec, TargetColumn(spec.name, SqlType.DECIMAL, spec.digits, spec.scale))
    kind = SqlType.INTEGER if spec.digits <= _INTEGER_DIGITS else SqlType.BIGINT
    return PlanColumn(spec, TargetColumn(spec.name, kind))


def plan() -> Plan:
    """Three types, three tables."""
    inherited = {"C": (), "O": ("C",), "I": ("C", "O")}
    records = []
    for letter in _LETTERS:
        specs = SPECS[letter]
        length = specs[-1].end
        condition = Condition("KIND", 0, frozenset({letter.encode(_PAGE)}), naive_space())
        taken = tuple(Inherited(name, column(SPECS[name][0])) for name in inherited[letter])
        records.append(
            RecordPlan(
                RecordType(letter, (condition,), PARENTS[letter]),
                Shape(length, length, shifting=False),
                tuple(map(column, specs)),
                (),
                (),
                f"BENCH.{letter}",
                taken,
            )
        )
    return Plan(None, tuple(records))


def naive_space() -> int:
    return " ".encode(_PAGE)[0]


def batch(count: int, seed: int) -> Batch:
    """``count`` records of random values."""
    dice = random.Random(seed)
    made = {
        letter: [row.tobytes() for row in sample(specs, 499, seed, specs[-1].end)] for letter, specs in SPECS.items()
    }
    letters: list[str] = []
    while len(letters) < count:
        letters.append("C")
        for _ in range(dice.randint(1, 4)):
            letters += ["O", *("I" * dice.randint(1, 6))]
    records = [letter.encode(_PAGE) + dice.choice(made[letter])[1:] for letter in letters[:count]]
    lengths = np.array([len(record) for record in records], np.uint32)
    ends = np.cumsum(lengths, dtype=np.uint64)
    return Batch(
        b"".join(records), ends.tolist(), ends - lengths + 4 * np.arange(1, count + 1, dtype=np.uint64), lengths
    )


def naive_rows(found: Batch) -> dict[str, list[tuple[Any, ...]]]:
    """Record by record: the numbers of those above are carried along."""
    steps = {letter.encode(_PAGE): (letter, naive.plan(specs)) for letter, specs in SPECS.items()}
    rows: dict[str, list[tuple[Any, ...]]] = {letter: [] for letter in _LETTERS}
    customer = order = None
    start = 0
    for end in found.ends:
        record = found.data[start:end]
        letter, fields = steps[record[:1]]
        row = [function(record[first:stop], scale) for first, stop, function, scale in fields]
        if letter == "C":
            customer, order = row[0], None
        elif letter == "O":
            order = row[0]
            row = [customer, *row]
        else:
            row = [customer, order, *row]
        rows[letter].append(tuple(row))
        start = end
    return rows
