"""Shapes: what they refuse, their dictionaries, and corner cases of copying."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from shared.codec import FieldSpec, Kind, Sign
from shared.codec.copying import copy_spans
from shared.errors import JobError
from shared.shaping import CounterField, Shape, Table
from tests.unit.shaping.oracle import Bytes, Many, shape_of_tree

COUNT = CounterField(FieldSpec("N", Kind.DISPLAY, 0, 2, 2))
OUTER = Table(2, 6, 0, 3, 0, None, "OUTER")
INNER = Table(4, 2, 1, 2, 0, 0, "INNER")
GOOD = Shape(20, 2, True, (OUTER, INNER), (COUNT,))


def test_json_and_back():
    text = CounterField(FieldSpec("C", Kind.TEXT, 2, 1), {"A": 1})
    packed = CounterField(FieldSpec("P", Kind.PACKED, 3, 2, 3, sign=Sign.TRAILING))
    shape = replace(GOOD, counters=(COUNT, text, packed), strict_length=True)
    assert Shape.from_dict(json.loads(json.dumps(shape.to_dict()))) == shape


def test_how_often_a_table_is_in_the_layout():
    assert GOOD.around(1) == (0, 1)
    assert (GOOD.occurrences_around(0), GOOD.occurrences_around(1)) == (1, 3)
    assert (INNER.size, INNER.end) == (4, 8)


def test_which_shapes_have_moving_items():
    assert GOOD.moving
    assert not replace(GOOD, shifting=False).moving
    assert not shape_of_tree([Many("T", 2, 2, "", [Bytes(1)])], shifting=True).moving


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"length": 0, "minimum_length": 0}, "0 to 0 bytes"),
        ({"minimum_length": 21}, "21 to 20 bytes"),
        ({"tables": (replace(OUTER, stride=0),)}, "occurrences of 0 bytes"),
        ({"tables": (replace(OUTER, minimum=4),)}, "4 to 3 occurrences"),
        ({"tables": (replace(OUTER, minimum=0, maximum=0),)}, "0 to 0 occurrences"),
        ({"length": 19}, r"OUTER is at \[2, 20\), outside \[0, 19\)"),
        ({"tables": (OUTER, replace(INNER, offset=6))}, r"INNER is at \[6, 10\), outside \[2, 8\)"),
        ({"tables": (replace(OUTER, parent=1), INNER)}, "before the table around it"),
        ({"tables": (OUTER, replace(OUTER, offset=19, maximum=1, stride=1, name="X"))}, "X overlaps OUTER"),
        ({"tables": (replace(OUTER, counter=1),)}, "no counter 1"),
        ({"tables": (replace(OUTER, offset=1),)}, "before the end of its counter N"),
    ],
)
def test_parts_that_do_not_fit(change, says):
    with pytest.raises(JobError, match=says) as error:
        replace(GOOD, **change)
    assert error.value.code == "LRD940"
    assert error.value.remedy


def test_a_counter_in_a_table_cannot_count_a_table_outside():
    inside = CounterField(FieldSpec("M", Kind.DISPLAY, 2, 2, 2))
    assert replace(GOOD, tables=(OUTER, replace(INNER, counter=1)), counters=(COUNT, inside))
    other = Table(20, 1, 0, 2, 1, None, "X")
    with pytest.raises(JobError, match="counter M of table X is inside table OUTER"):
        replace(GOOD, length=22, tables=(OUTER, other), counters=(COUNT, inside))


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        (FieldSpec("N", Kind.TEXT, 0, 2), None),
        (FieldSpec("N", Kind.DISPLAY, 0, 2, 2), {"01": 1}),
        (FieldSpec("N", Kind.DISPLAY, 0, 2, 2, scale=1), None),
        (FieldSpec("N", Kind.DISPLAY, 0, 19, 19), None),
    ],
)
def test_invalid_counters(spec, values):
    with pytest.raises(JobError) as error:
        CounterField(spec, values)
    assert error.value.code == "LRD940"


@pytest.mark.parametrize("widest", [0, 1, 2, 3, 8, 9, 70])
def test_spans_of_any_width(widest):
    dice = random.Random(widest)
    source = dice.randbytes(500)
    widths = [dice.randint(0, widest) for _ in range(60)]
    starts = [dice.randint(0, 500 - width) for width in widths]
    target, expected = np.zeros(60 * 71, np.uint8), bytearray(60 * 71)
    places = [71 * row for row in range(60)]
    for place, start, width in zip(places, starts, widths, strict=True):
        expected[place : place + width] = source[start : start + width]
    arrays = (np.array(values, np.int64) for values in (starts, places, widths))
    first, to, sizes = arrays
    copy_spans(np.frombuffer(source, np.uint8), first, target, to, sizes)
    assert target.tobytes() == bytes(expected)


def test_spans_of_few_widths_that_are_very_wide():
    source = np.random.default_rng(1).integers(0, 256, 200_000, np.uint8)
    target = np.zeros(160_000, np.uint8)
    copy_spans(source, np.array([7, 90_000]), target, np.array([1, 80_000]), np.array([70_000, 5]))
    assert (target[1:70_001] == source[7:70_007]).all()
    assert (target[80_000:80_005] == source[90_000:90_005]).all()
    assert not target[70_001:80_000].any()
