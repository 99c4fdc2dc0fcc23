"""Where a field lies in a record whose tables are not full, however deep they are."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.transform.field_offsets import offset_in_record
from tests.unit.shaping.oracle import read_record, shape_of_tree
from tests.unit.shaping.test_shaping_properties import batch, generated, shaped


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=100, deadline=None)
def test_elements_are_found_where_the_record_has_them(seed: int, shifting: bool) -> None:
    dice = random.Random(seed)
    items = generated(dice, 0, [], [])
    shape = shape_of_tree(items, shifting=shifting)
    records = batch(items, dice, shifting=shifting, wrong=0.0, cut=0.3)
    found = shaped(shape, records)
    for row, record in enumerate(records):
        if found.bad[row]:
            continue
        for element in read_record(items, shape, record).elements:
            if element.at is not None:
                assert offset_in_record(found, row, element.offset) == element.at


def test_without_a_shaper_everything_lies_at_its_place() -> None:
    assert offset_in_record(None, 3, 17) == 17
