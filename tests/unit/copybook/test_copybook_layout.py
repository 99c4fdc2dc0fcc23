"""Bytes: sizes, offsets, tables, redefinitions, slack."""

import json

import pytest
from copybook_texts import layout_of, offsets, under_01

from shared.copybook import Category, SignPosition, Usage, elementary, lay_out, lay_out_together, parse_copybook
from shared.errors import CopybookError


def failure(text):
    with pytest.raises(CopybookError) as caught:
        layout_of(text)
    return caught.value


def code(text):
    return failure(text).code


@pytest.mark.parametrize(
    ("clauses", "length"),
    [
        *((f"PIC S9({n}) COMP", size) for n, size in ((1, 2), (4, 2), (5, 4), (9, 4), (10, 8), (18, 8))),
        # More than IBM's 18 digits: the bytes in existing files of other dialects.
        *((f"PIC S9({n}) COMP", size) for n, size in ((19, 9), (20, 9), (28, 12), (37, 16))),
        ("PIC 9(4) COMP-5", 2), ("PIC 9(10) COMP-9", 8), ("PIC 9(5)V9(4) BINARY", 4),
        *((f"PIC S9({n}) COMP-3", size) for n, size in ((1, 1), (2, 2), (3, 2), (18, 10), (31, 16))),
        ("PIC 9(1) COMP-6", 1), ("PIC 9(2) COMP-6", 1), ("PIC 9(5) COMP-6", 3),
        ("COMP-1", 4), ("COMP-2", 8), ("INDEX", 4), ("POINTER", 4), ("PROCEDURE-POINTER", 8),
        ("PIC S9(5)", 5), ("PIC S9(5) SIGN LEADING SEPARATE", 6), ("PIC S9(5)V99", 7),
        ("PIC 9(5)PPP", 5), ("PIC PPP9(5) COMP-3", 3), ("PIC S9PPP COMP", 2),
        ("PIC N(5)", 10), ("PIC G(5)", 10), ("PIC 9(5) NATIONAL", 10),
        ("PIC S9(5) NATIONAL SIGN TRAILING SEPARATE", 12),
        ("PIC ZZ,ZZ9.99CR", 11), ("PIC X(3)BX", 5), ("PIC +9.9(3)E+99", 10),
    ],
)  # fmt: skip
def test_sizes(clauses, length):
    assert layout_of(f"01 R. 05 A {clauses}.").length == length


def test_all_attributes_of_a_field():
    text = under_01("05 G OCCURS 2.", "10 A PIC S9(5)V99 SIGN LEADING SEPARATE JUST.", "88 NONE VALUE 0.")
    group, field = layout_of(text).fields[1:]
    assert (group.is_group, group.category, group.length, group.picture) == (True, Category.GROUP, 8, None)
    assert (field.name, field.path, field.level, field.offset, field.length) == ("A", ("REC", "G", "A"), 10, 0, 8)
    assert (field.category, field.usage, field.digits, field.scale) == (Category.NUMERIC, Usage.DISPLAY, 7, 2)
    assert (field.signed, field.sign, field.picture) == (True, SignPosition.LEADING_SEPARATE, "S9(5)V99")
    assert [(d.minimum, d.maximum, d.stride, d.depending_on) for d in field.occurs] == [(2, 2, 8, None)]
    assert (field.redefines, field.in_redefinition, field.justified, field.blank_when_zero) == (
        None,
        False,
        True,
        False,
    )
    assert (field.conditions[0].name, field.line) == ("NONE", 3)


def test_offsets_run_through_groups_and_tables():
    found = layout_of(
        under_01("05 A PIC X(3).", "05 T OCCURS 4.", "10 B PIC XX.", "10 C OCCURS 3 PIC 9(2).", "05 D PIC X.")
    )
    assert offsets(found) == {"REC": (0, 36), "A": (0, 3), "T": (3, 8), "B": (3, 2), "C": (5, 2), "D": (35, 1)}
    assert [d.stride for d in found.find("C").occurs] == [8, 2]
    assert (found.length, found.minimum_length, found.is_variable) == (36, 36, False)


def test_redefinitions_share_the_offset_and_the_longest_counts():
    text = under_01(
        "05 A PIC X(4).", "05 B REDEFINES A.", "10 B1 PIC X(2).", "10 B2 PIC X(5).", "05 C REDEFINES A PIC 9(2).",
        "05 D REDEFINES B PIC X(3).", "05 E PIC X.", "05 FILLER REDEFINES E.", "10 F PIC X.",
    )  # fmt: skip
    found = layout_of(text)
    assert [(one.name, one.offset, one.in_redefinition) for one in found.fields] == [
        ("REC", 0, False), ("A", 0, False), ("B", 0, True), ("B1", 0, True), ("B2", 2, True), ("C", 0, True),
        ("D", 0, True), ("E", 7, False), ("FILLER", 7, True), ("F", 7, True),
    ]  # fmt: skip
    assert found.length == 8
    assert found.find("D").redefines == "B"


def test_redefinition_inside_a_redefinition_and_a_table():
    text = under_01("05 A PIC X(6).", "05 T REDEFINES A OCCURS 2.", "10 B PIC X(3).", "10 C REDEFINES B PIC 9(3).")
    found = layout_of(text)
    assert [(one.name, one.offset) for one in elementary(found)] == [
        ("A", 0), ("B(1)", 0), ("C(1)", 0), ("B(2)", 3), ("C(2)", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        ("05 B REDEFINES A PIC X.",),
        ("05 A PIC X.", "05 B REDEFINES NOPE PIC X."),
        ("05 A PIC X.", "05 X PIC X.", "05 B REDEFINES A PIC X."),
        ("05 G.", "10 A PIC X.", "05 B REDEFINES A PIC X."),
        ("05 FILLER PIC X.", "05 B REDEFINES FILLER PIC X."),
        ("05 B REDEFINES B PIC X.",),
    ],
)
def test_invalid_redefinitions(lines):
    error = failure(under_01(*lines))
    assert (error.code, error.line) == ("LRC023", len(lines) + 1)


def test_a_record_that_redefines_a_record_is_laid_out_from_zero():
    copybook = parse_copybook("01 A PIC X(4). 01 B REDEFINES A. 05 C PIC X(2).", reference_format="free")
    assert [one.offset for one in lay_out(copybook, record="B").fields] == [0, 0]


def test_variable_tables():
    text = under_01(
        "05 N PIC 9.", "05 G.", "10 M PIC S9(4) COMP.",
        "05 T OCCURS 0 TO 3 DEPENDING ON N.", "10 K PIC 9.", "10 U OCCURS 1 TO 2 DEPENDING ON K PIC X(4).",
        "05 MIDDLE PIC X(2).", "05 V OCCURS 2 TO 5 DEPENDING ON M OF G PIC X(3).",
    )  # fmt: skip
    found = layout_of(text)
    assert found.is_variable
    assert found.length == 1 + 2 + 3 * 9 + 2 + 15
    assert found.minimum_length == 1 + 2 + 0 + 2 + 6
    assert found.find("MIDDLE").offset == 30
    assert [(d.minimum, d.maximum, d.stride, d.depending_on) for d in found.find("U").occurs] == [
        (0, 3, 9, ("REC", "N")),
        (1, 2, 4, ("REC", "T", "K")),
    ]
    assert found.find("V").occurs[0].depending_on == ("REC", "G", "M")
    assert found.find("U").is_variable


def test_the_minimum_length_is_that_of_the_longest_redefinition():
    text = under_01("05 N PIC 9.", "05 A PIC X(3).", "05 B REDEFINES A.", "10 C OCCURS 0 TO 9 DEPENDING ON N PIC X.")
    assert (layout_of(text).minimum_length, layout_of(text).length) == (4, 10)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("05 T OCCURS 1 TO 2 DEPENDING ON NOPE PIC X.",), "LRC025"),
        (("05 T OCCURS 1 TO 2 DEPENDING ON N PIC X.", "05 N PIC 9."), "LRC024"),
        (("05 N PIC Z9.", "05 T OCCURS 1 TO 2 DEPENDING ON N PIC X."), "LRC024"),
        (("05 N PIC 9V9.", "05 T OCCURS 1 TO 2 DEPENDING ON N PIC X."), "LRC024"),
        (("05 N.", "10 A PIC 9.", "05 T OCCURS 1 TO 2 DEPENDING ON N PIC X."), "LRC024"),
        (("05 S OCCURS 2.", "10 N PIC 9.", "05 T OCCURS 1 TO 2 DEPENDING ON N PIC X."), "LRC024"),
        (("05 T OCCURS 1 TO 2 DEPENDING ON N.", "10 N PIC 9."), "LRC024"),
        (("05 G.", "10 N PIC 9.", "05 H.", "10 N PIC 9.", "05 T OCCURS 1 TO 2 DEPENDING ON N PIC X."), "LRC026"),
    ],
)
def test_invalid_counters(lines, expected):
    assert code(under_01(*lines)) == expected


def test_a_counter_can_be_text():
    found = layout_of(under_01("05 N PIC X.", "05 T OCCURS 1 TO 2 DEPENDING ON N PIC X."))
    assert found.find("T").occurs[0].depending_on == ("REC", "N")


def test_records_laid_out_together_share_their_bytes():
    text = "01 A. 05 N PIC X(3). 05 M PIC X. 01 B. 05 N PIC 9(6). 01 C PIC X."
    found = lay_out_together(parse_copybook(text, reference_format="free"))
    assert (found.name, found.length) == ("A", 6)
    assert [(one.name, one.offset, one.redefines) for one in found.fields if one.level == 1] == [
        ("A", 0, None),
        ("A", 0, None),
        ("B", 0, "A"),
        ("C", 0, "A"),
    ]
    assert [one.name for one in elementary(found)] == ["N", "M", "N", "C"]
    alone = parse_copybook("01 A PIC X.", reference_format="free")
    assert lay_out_together(alone) == lay_out(alone)


def test_slack_bytes_follow_ibms_examples():
    """Enterprise COBOL Language Reference, "Slack bytes within records" and "between records"."""
    one = layout_of("01 FIELD-A. 05 FIELD-B PIC X(5). 05 FIELD-C. 10 FIELD-D PIC XX. 10 FIELD-E COMP PIC S9(6) SYNC.")
    assert offsets(one)["FIELD-E"] == (8, 4)
    assert offsets(one)["FIELD-C"] == (5, 7)
    other = layout_of("01 L. 05 M PIC X(5). 05 N PIC XX. 05 O. 10 P COMP PIC S9(6) SYNC.")
    assert offsets(other)["O"] == (8, 4)
    comp = layout_of(
        "01 R. 05 A PIC X(11). 05 B1 PIC S9999 COMP SYNC. 05 B2 PIC S99999 COMP SYNC. 05 B3 PIC S9999 COMP SYNC."
    )
    assert [offsets(comp)[name][0] for name in ("B1", "B2", "B3")] == [12, 16, 20]
    assert comp.length == 22


def test_slack_bytes_at_the_end_of_each_occurrence():
    text = """01 WORK-RECORD. 05 WORK-CODE PIC X. 05 COMP-TABLE OCCURS 10 TIMES. 10 COMP-TYPE PIC X.
      10 COMP-PAY PIC S9(4)V99 COMP SYNC. 10 COMP-HRS PIC S9(3) COMP SYNC. 10 COMP-NAME PIC X(5)."""
    found = layout_of(text)
    assert offsets(found) == {
        "WORK-RECORD": (0, 161), "WORK-CODE": (0, 1), "COMP-TABLE": (1, 16), "COMP-TYPE": (1, 1), "COMP-PAY": (4, 4),
        "COMP-HRS": (8, 2), "COMP-NAME": (10, 5),
    }  # fmt: skip
    assert all(one.offset % 4 == 0 for one in elementary(found) if one.field.name == "COMP-PAY")


@pytest.mark.parametrize(
    ("clauses", "offset"),
    [
        ("PIC 9(4) COMP", 2), ("PIC 9(9) COMP-5", 4), ("PIC 9(18) COMP", 4), ("COMP-1", 4), ("COMP-2", 8), ("INDEX", 4),
        ("POINTER", 4), ("PIC 9(5) COMP-3", 1), ("PIC X", 1), ("PIC 9(4)", 1),
    ],
)  # fmt: skip
def test_boundaries(clauses, offset):
    assert layout_of(f"01 R. 05 A PIC X. 05 B {clauses} SYNC.").find("B").offset == offset
    assert layout_of(f"01 R SYNC. 05 A PIC X. 05 B {clauses}.").find("B").offset == offset
    assert layout_of(f"01 R. 05 A PIC X. 05 B {clauses}.").find("B").offset == 1


def test_renames():
    text = """01 R. 05 A PIC X. 05 G. 10 B PIC XX. 10 C PIC X(3).
      66 S RENAMES B THRU C. 66 T RENAMES G. 66 U RENAMES A THROUGH B OF G."""
    assert [(one.name, one.offset, one.length) for one in layout_of(text).renames] == [
        ("S", 1, 5),
        ("T", 1, 5),
        ("U", 0, 3),
    ]


@pytest.mark.parametrize("clause", ["C THRU A", "T", "A THRU T"])
def test_invalid_renames(clause):
    assert code(f"01 R. 05 A PIC X. 05 C PIC X. 05 T PIC X OCCURS 2. 66 S RENAMES {clause}.") == "LRC027"


def test_fields_are_found_by_name():
    found = layout_of("01 R. 05 G. 10 A PIC X. 05 H. 10 A PIC X. 10 CUSTOMER PIC X. 05 FILLER PIC X.")
    assert found.find("a of h").offset == found.find("H.A").offset == found.find("A IN H IN R").offset == 1
    assert found.find("R").is_group
    for name, expected in (
        ("A", "LRC026"),
        ("CUSTMER", "LRC025"),
        ("FILLER", "LRC025"),
        ("A OF X", "LRC025"),
        ("", "LRC025"),
    ):
        with pytest.raises(CopybookError) as caught:
            found.find(name)
        assert caught.value.code == expected
    with pytest.raises(CopybookError, match="CUSTOMER"):
        found.find("CUSTMER")


def test_elements_have_subscripts_in_storage_order():
    text = "01 R. 05 T OCCURS 2. 10 A PIC X. 10 B OCCURS 3 PIC XX. 05 C PIC X."
    assert [(one.name, one.subscripts, one.offset) for one in elementary(layout_of(text))] == [
        ("A(1)", (1,), 0), ("B(1,1)", (1, 1), 1), ("B(1,2)", (1, 2), 3), ("B(1,3)", (1, 3), 5),
        ("A(2)", (2,), 7), ("B(2,1)", (2, 1), 8), ("B(2,2)", (2, 2), 10), ("B(2,3)", (2, 3), 12), ("C", (), 14),
    ]  # fmt: skip


def test_an_elementary_record_is_its_own_element():
    assert [(one.name, one.offset) for one in elementary(layout_of("77 A PIC X."))] == [("A", 0)]


def test_layouts_are_json():
    text = "01 R. 05 N PIC 9. 88 E VALUE 1. 05 T OCCURS 1 TO 2 DEPENDING ON N PIC S9V9 VALUE 1. 66 X RENAMES N."
    layout = layout_of(text)
    found = json.loads(json.dumps(layout.to_dict()))
    assert (found["name"], found["length"], found["minimum_length"], found["is_variable"]) == ("R", 5, 3, True)
    assert found["fields"][2]["occurs"] == [{"minimum": 1, "maximum": 2, "stride": 2, "depending_on": ["R", "N"]}]
    assert found["fields"][2]["sign"] == "TRAILING"
    assert found["renames"][0]["offset"] == 0
    assert json.dumps([one.to_dict() for one in elementary(layout)])
