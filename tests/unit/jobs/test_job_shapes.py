"""Shapes from real copybooks with OCCURS DEPENDING ON."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.copybook import Category, Layout, elementary, lay_out, parse_copybook
from shared.errors import CopybookError, JobError
from shared.jobs.layout_tree import Tree
from shared.jobs.shapes import shape_of
from shared.shaping import Shape, ShapedBatch, Shaper


def layout_of(*lines: str) -> Layout:
    return lay_out(parse_copybook("01 REC.\n" + "\n".join(lines), reference_format="free"))


def ascii_shape(layout: Layout, **options: object) -> Shape:
    redefinitions = options.pop("redefinitions", ())
    return shape_of(Tree(layout, redefinitions), "latin-1", **{"shifting": True, **options})


def shaped(shape: Shape, *records: bytes) -> ShapedBatch:
    lengths = np.array([len(record) for record in records], np.int64)
    return Shaper(shape, filler=ord(".")).run(b"".join(records), np.cumsum(lengths) - lengths, lengths)


def rows(found: ShapedBatch) -> list[bytes]:
    return [row.tobytes() for row in found.records]


def brief(shape: Shape) -> list[tuple[str, int, int, int, int, int | None, int | None]]:
    return [(t.name, t.offset, t.stride, t.minimum, t.maximum, t.counter, t.parent) for t in shape.tables]


def test_a_table_at_the_end():
    layout = layout_of(
        "05 K PIC X(4).", "05 N PIC S999 COMP-3.", "05 T OCCURS 1 TO 10 DEPENDING ON N.", "10 A PIC X(9)."
    )
    shape = shape_of(Tree(layout), "cp037", shifting=True)
    assert (shape.length, shape.minimum_length, shape.shifting) == (96, 15, True)
    assert brief(shape) == [("T", 6, 9, 1, 10, 0, None)]
    assert (shape.counters[0].spec.name, shape.counters[0].spec.offset, shape.counters[0].values) == ("N", 4, None)


def test_a_table_in_the_middle_moves_what_is_behind_it():
    layout = layout_of("05 N PIC 9.", "05 T PIC X(2) OCCURS 0 TO 3 DEPENDING ON N.", "05 Z PIC X(2).")
    found = shaped(ascii_shape(layout), b"0yz", b"2aabbyz", b"3aabbccyz")
    assert rows(found) == [b"0......yz", b"2aabb..yz", b"3aabbccyz"]
    assert found.counts[0].tolist() == [[0], [2], [3]]


def test_a_table_in_the_middle_that_does_not_move_anything():
    layout = layout_of("05 N PIC 9.", "05 T PIC X(2) OCCURS 0 TO 3 DEPENDING ON N.", "05 Z PIC X(2).")
    shape = ascii_shape(layout, shifting=False)
    assert shape.minimum_length == shape.length == 9
    found = shaped(shape, b"0______yz", b"2aabb__yz")
    assert rows(found) == [b"0______yz", b"2aabb__yz"]
    assert found.missing(1, 2, ((0, 1),)).tolist() == [True, False]


def test_nested_tables_without_anything_between_the_records():
    """The counter of the inner table is one of the same occurrence of the outer one."""
    layout = layout_of(
        "02 CNT PIC 9(1).", "02 G OCCURS 0 TO 2 TIMES DEPENDING ON CNT.", "03 INNER PIC 9(1).",
        "03 H OCCURS 0 TO 3 TIMES DEPENDING ON INNER.", "04 F PIC X.",
    )  # fmt: skip
    shape = ascii_shape(layout)
    assert brief(shape) == [("G", 1, 4, 0, 2, 0, None), ("H", 2, 1, 0, 3, 1, 0)]
    found = shaped(shape, b"0", b"10", b"12AB", b"21A2BC", b"21A1B")
    assert rows(found) == [b"0........", b"10.......", b"12AB.....", b"21A..2BC.", b"21A..1B.."]
    assert found.counts[1].tolist() == [[0, 0], [0, 0], [2, 0], [1, 2], [1, 1]]
    assert found.missing(7, 1, ((0, 2), (1, 2))).tolist() == [True, True, True, False, True]
    assert found.used.tolist() == [1, 2, 4, 6, 5]


def test_a_counter_in_another_group_and_one_behind_a_table():
    layout = layout_of(
        "05 HEAD.", "10 N PIC 9.", "05 A OCCURS 0 TO 2 DEPENDING ON N OF HEAD.", "10 X PIC X.",
        "05 TAIL.", "10 N PIC 9.", "05 B OCCURS 1 TO 3 DEPENDING ON N OF TAIL.", "10 Y PIC X.",
    )  # fmt: skip
    shape = ascii_shape(layout)
    assert brief(shape) == [("A", 1, 1, 0, 2, 0, None), ("B", 4, 1, 1, 3, 1, None)]
    assert [counter.spec.offset for counter in shape.counters] == [0, 3]
    assert rows(shaped(shape, b"01x", b"2ab3xyz")) == [b"0..1x..", b"2ab3xyz"]


def test_two_tables_with_one_counter():
    layout = layout_of("05 N PIC 99.", *(f"05 {name} PIC X OCCURS 0 TO 3 DEPENDING ON N." for name in "AB"))
    shape = ascii_shape(layout)
    assert [table.counter for table in shape.tables] == [0, 0]
    assert len(shape.counters) == 1
    assert rows(shaped(shape, b"00", b"02aabb")) == [b"00......", b"02aa.bb."]


def test_a_fixed_table_matters_only_around_one_that_varies():
    layout = layout_of(
        "05 PLAIN PIC X OCCURS 3.", "05 N PIC 9.", "05 OUTER OCCURS 2.", "10 OTHER PIC X OCCURS 2.",
        "10 M PIC 9.", "10 INNER PIC X OCCURS 0 TO 2 DEPENDING ON M.",
    )  # fmt: skip
    shape = ascii_shape(layout)
    assert brief(shape) == [("OUTER", 4, 5, 2, 2, None, None), ("INNER", 7, 1, 0, 2, 0, 0)]
    assert rows(shaped(shape, b"ppp9oo1aoo2bc")) == [b"ppp9oo1a.oo2bc"]


def test_every_element_of_a_layout_can_be_asked_for():
    layout = layout_of(
        "05 N PIC 9.", "05 G OCCURS 0 TO 2 DEPENDING ON N.", "10 A PIC X.", "10 B PIC X OCCURS 2.", "05 Z PIC X."
    )
    found = shaped(ascii_shape(layout), b"1abbz")
    by_name = {
        one.name: found.missing(one.offset, one.field.length, tuple((0, s) for s in one.subscripts[:1]))
        for one in elementary(layout)
    }
    missing = {name for name, mask in by_name.items() if mask is not None}
    assert missing == {"A(2)", "B(2,1)", "B(2,2)"}


def test_text_counters():
    layout = layout_of("05 N PIC XX.", "05 T PIC X OCCURS 0 TO 2 DEPENDING ON N.", "05 Z PIC X.")
    found = shaped(ascii_shape(layout, counter_values={"n": {"NO": 0, "B": 2}}), b"NOz", b"B xyz", b"C xyz")
    assert rows(found)[:2] == [b"NO..z", b"B xyz"]
    assert found.bad.tolist() == [False, False, True]
    assert found.explain(2) == ("LRD040", "counter N of table T: X'4320' is not one of NO, B", "N", 0)


def test_a_text_counter_that_two_tables_read_differently():
    layout = layout_of(
        "05 N PIC X.", "05 T PIC X OCCURS 0 TO 2 DEPENDING ON N.", "05 U PIC X OCCURS 0 TO 2 DEPENDING ON N."
    )
    values = {"T": {"A": 0, "B": 1}, "U": {"A": 1, "B": 2}}
    shape = ascii_shape(layout, counter_values=values)
    assert rows(shaped(shape, b"Au", b"Btuu")) == [b"A..u.", b"Bt.uu"]


@pytest.mark.parametrize(
    ("values", "code"),
    [(None, "LRJ071"), ({"Z": {"A": 1}}, "LRJ070"), ({"NOPE": {"A": 1}}, "LRC025")],
)
def test_text_counters_need_their_counts(values, code):
    layout = layout_of("05 N PIC A.", "05 T PIC X OCCURS 0 TO 2 DEPENDING ON N.", "05 Z PIC X.")
    with pytest.raises((JobError, CopybookError)) as error:
        ascii_shape(layout, counter_values=values)
    assert error.value.code == code


def test_counts_for_a_counter_that_is_a_number():
    layout = layout_of("05 N PIC 9.", "05 T PIC X OCCURS 0 TO 2 DEPENDING ON N.")
    with pytest.raises(JobError) as error:
        ascii_shape(layout, counter_values={"N": {"A": 1}})
    assert error.value.code == "LRD940"


SEGMENTS = (
    "05 ID PIC X.", "05 DETAILS.", "10 N PIC 9.", "10 T PIC X OCCURS 0 TO 3 DEPENDING ON N.", "10 Z PIC X.",
    "05 CONTACTS REDEFINES DETAILS.", "10 FILLER PIC X.", "10 M PIC 9.", "10 U PIC X OCCURS 0 TO 2 DEPENDING ON M.",
    "05 OTHER REDEFINES DETAILS PIC X(5).", "05 TAIL PIC X.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("redefinitions", "tables", "record", "row"),
    [
        ((), ["T"], b"D1tz!", b"D1t..z!"),
        (("contacts",), ["U"], b"C#1u_!", b"C#1u._!"),
        (("OTHER",), [], b"O12345!", b"O12345!"),
    ],
)
def test_of_items_that_share_storage_one_holds(redefinitions, tables, record, row):
    shape = ascii_shape(layout_of(*SEGMENTS), redefinitions=redefinitions)
    assert [table.name for table in shape.tables] == tables
    assert rows(shaped(shape, record)) == [row]


def test_a_layout_of_fixed_length():
    shape = ascii_shape(layout_of("05 A PIC X(3).", "05 B PIC X OCCURS 4."), strict_length=True)
    assert (shape.length, shape.tables, shape.counters, shape.strict_length) == (7, (), (), True)
    assert shape.moving is False


def test_a_counter_in_a_spot_that_cannot_be_decoded():
    layout = layout_of("05 N PIC 9.", "05 T PIC X OCCURS 0 TO 2 DEPENDING ON N.")
    fields = tuple(replace(one, category=Category.NATIONAL) if one.name == "N" else one for one in layout.fields)
    with pytest.raises(JobError) as error:
        ascii_shape(replace(layout, fields=fields))
    assert error.value.code == "LRJ030"
