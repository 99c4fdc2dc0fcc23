"""Entries, levels and clauses → the tree."""

import json

import pytest

from shared.copybook import FILLER, LiteralKind, SignPosition, Usage, lay_out, merge_copybooks, parse_copybook
from shared.errors import CopybookError


def parse(text, **options):
    return parse_copybook(text, **{"reference_format": "free", **options})


def item(clauses):
    return parse(f"01 REC. 05 A {clauses}.").records[0].children[0]


def failure(text):
    with pytest.raises(CopybookError) as caught:
        lay_out(parse(text))
    return caught.value


def test_levels_make_the_tree():
    record = parse("01 R. 05 A. 10 B PIC X. 10 C. 15 D PIC X. 05 E PIC X. 03 F PIC X.").records[0]
    assert [(one.level, one.name, len(one.children)) for one in record.walk()] == [
        (1, "R", 3), (5, "A", 2), (10, "B", 0), (10, "C", 1), (15, "D", 0), (5, "E", 0), (3, "F", 0),
    ]  # fmt: skip


def test_several_records_and_77s():
    copybook = parse("01 A. 05 X PIC X. 77 B PIC 9(4). 1 C PIC X(3).")
    assert copybook.record_names == ("A", "B", "C")
    assert lay_out(copybook, record="b").length == 4
    assert lay_out(copybook).name == "A"
    with pytest.raises(CopybookError) as caught:
        lay_out(copybook, record="D")
    assert caught.value.code == "LRC029"
    assert "A, B, C" in caught.value.message


def test_items_without_an_01_get_one_named_after_the_source():
    copybook = parse("05 A PIC X. 05 B PIC X.\n01 OTHER. 05 C PIC X.", source="lib/cust-01.cpy")
    assert copybook.record_names == ("CUST-01", "OTHER")
    assert [record.implicit for record in copybook.records] == [True, False]
    assert lay_out(copybook).length == 2


def test_copybooks_merge_but_names_stay_unique():
    one, other = parse("01 A PIC X."), parse("01 B PIC XX.", source="b")
    merged = merge_copybooks(one, other)
    assert merged.record_names == ("A", "B")
    assert merged.source == "copybook + b"
    for wrong, code in (((one, one), "LRC033"), ((), "LRC028")):
        with pytest.raises(CopybookError) as caught:
            merge_copybooks(*wrong)
        assert caught.value.code == code


def test_whole_programs_give_their_data_division():
    text = """IDENTIFICATION DIVISION. DATA DIVISION. FILE SECTION. FD CUSTOMER RECORDING MODE IS F. 01 R PIC X.
      WORKING-STORAGE SECTION. 01 W PIC X."""
    assert parse(text).record_names == ("R", "W")


@pytest.mark.parametrize(
    "text",
    ["05 PIC X", "05 FILLER PIC X", "05 filler pic x", "05 REDEFINES Z PIC X", "05 COMP PIC 9", "05 OCCURS 2 PIC X"],
)
def test_unnamed_items_are_fillers(text):
    assert parse(f"01 R. 05 Z PIC X. {text}.").records[0].children[1].name == FILLER


@pytest.mark.parametrize(
    "name",
    [
        "COUNT",
        "GROUP",
        "DATE",
        "INDEX",
        "POINTER",
        "VALUE",
        "SIGN",
        "COMPANY_NAME",
        "1ST-BYTE",
        "A-B--C",
        "X",
        "TITLE",
        "FIELD",
        "Ä-1",
        "GLOBAL",
    ],
)
def test_reserved_words_as_names(name):
    assert parse(f"01 R. 05 {name} PIC X.").records[0].children[0].name == name


@pytest.mark.parametrize("name", ["-A", "A-", "123", "A:B", "'A'", "A" * 129, "_?"])
def test_invalid_names(name):
    assert failure(f"01 R. 05 {name} PIC X.").code in ("LRC013", "LRC014")


@pytest.mark.parametrize(
    ("clauses", "usage"),
    [
        ("PIC 9", Usage.DISPLAY),
        ("PIC 9 DISPLAY", Usage.DISPLAY),
        ("PIC 9 USAGE IS DISPLAY", Usage.DISPLAY),
        *((f"PIC 9 {word}", Usage.COMP) for word in ("COMP", "COMP-0", "COMP-4", "BINARY", "usage computational")),
        *((f"PIC 9 {word}", Usage.COMP_3) for word in ("COMP-3", "packed-decimal", "USAGE IS COMPUTATIONAL-3")),
        ("PIC 9 COMP-5", Usage.COMP_5),
        ("PIC 9 COMPUTATIONAL-6", Usage.COMP_6),
        ("PIC 9 COMP-9", Usage.COMP_9),
        ("COMP-1", Usage.COMP_1),
        ("USAGE COMPUTATIONAL-2", Usage.COMP_2),
        ("PIC N", Usage.NATIONAL),
        ("PIC 9 NATIONAL", Usage.NATIONAL),
        ("PIC G DISPLAY-1", Usage.DISPLAY_1),
        ("PIC G", Usage.DISPLAY_1),
        ("PIC N DISPLAY-1", Usage.DISPLAY_1),
        ("INDEX", Usage.INDEX),
        ("USAGE IS POINTER", Usage.POINTER),
        ("FUNCTION-POINTER", Usage.POINTER),
        ("PROCEDURE-POINTER", Usage.PROCEDURE_POINTER),
        ("COMP PIC 9", Usage.COMP),
    ],
)  # fmt: skip
def test_usages(clauses, usage):
    assert item(clauses).usage is usage


def test_items_inherit_usage_sign_and_sync_from_groups():
    text = """01 R. 05 G COMP-3 SYNC. 10 A PIC 9. 10 H. 15 B PIC 9. 10 C PIC 9 COMP.
      05 D SIGN LEADING SEPARATE. 10 E PIC S9. 10 F PIC 9. 10 I PIC X."""
    found = {one.name: one for one in parse(text).records[0].walk()}
    assert [found[name].usage for name in "ABC"] == [Usage.COMP_3, Usage.COMP_3, Usage.COMP]
    assert [found[name].synchronized for name in "ABCE"] == [True, True, True, False]
    assert [found[name].sign for name in "EFI"] == [SignPosition.LEADING_SEPARATE, SignPosition.NONE, SignPosition.NONE]


@pytest.mark.parametrize(
    ("clauses", "sign", "signed"),
    [
        ("PIC S9", SignPosition.TRAILING, True),
        ("PIC 9", SignPosition.NONE, False),
        ("PIC S9 SIGN IS LEADING", SignPosition.LEADING, True),
        ("PIC S9 SIGN TRAILING SEPARATE CHARACTER", SignPosition.TRAILING_SEPARATE, True),
        ("PIC S9 LEADING SEPARATE", SignPosition.LEADING_SEPARATE, True),
        ("PIC 9 SIGN IS LEADING SEPARATE", SignPosition.LEADING_SEPARATE, True),
        ("PIC S9 COMP-3", SignPosition.NONE, True),
        ("PIC S9 COMP SIGN LEADING", SignPosition.NONE, True),
        ("PIC S9(3).99", SignPosition.TRAILING, True),
        ("PIC +9(3)", SignPosition.NONE, True),
        ("COMP-1", SignPosition.NONE, True),
        ("PIC X", SignPosition.NONE, False),
    ],
)
def test_signs(clauses, sign, signed):
    assert (item(clauses).sign, item(clauses).signed) == (sign, signed)


def test_other_clauses():
    found = item(
        "PIC Z9 BLANK WHEN ZEROES JUST RIGHT SYNCHRONIZED LEFT IS GLOBAL EXTERNAL VOLATILE DATE FORMAT IS YYXXXX"
    )
    assert found.blank_when_zero
    assert found.justified
    assert found.synchronized
    assert parse("01 R GROUP-USAGE IS NATIONAL. 05 A PIC 9.").records[0].children[0].usage is Usage.NATIONAL


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("OCCURS 5", (5, 5, ())),
        ("OCCURS 5 TIMES", (5, 5, ())),
        ("OCCURS 005 TIMES INDEXED BY I1, I2", (5, 5, ())),
        ("OCCURS 5 ASCENDING KEY IS K1 K2 DESCENDING KEY K3 INDEXED I", (5, 5, ())),
        ("OCCURS 1 TO 5 TIMES DEPENDING ON N", (1, 5, ("N",))),
        ("OCCURS 0 TO 5 DEPENDING N OF G IN H INDEXED BY I", (0, 5, ("N", "G", "H"))),
        ("OCCURS 80 DEPENDING ON N", (0, 80, ("N",))),
        ("OCCURS 1 TO 5 TIMES INDEXED BY I DEPENDING ON N", (1, 5, ("N",))),
    ],
)
def test_occurs(clauses, expected):
    for text in (f"{clauses} PIC X", f"PIC X {clauses}"):
        occurs = item(text).occurs
        assert (occurs.minimum, occurs.maximum, occurs.depending_on) == expected


@pytest.mark.parametrize(
    ("clauses", "kind", "text", "repeated"),
    [
        ("VALUE 'A''B'", LiteralKind.TEXT, "A'B", False),
        ('VALUE IS "A.B"', LiteralKind.TEXT, "A.B", False),
        ("VALUE ALL '*'", LiteralKind.TEXT, "*", True),
        ("VALUE -1.50", LiteralKind.NUMBER, "-1.50", False),
        ("VALUE +.5", LiteralKind.NUMBER, "+.5", False),
        ("VALUE 1.5E3", LiteralKind.NUMBER, "1.5E3", False),
        ("VALUE ZEROES", LiteralKind.FIGURATIVE, "ZERO", False),
        ("VALUE LOW-VALUES", LiteralKind.FIGURATIVE, "LOW-VALUE", False),
        ("VALUE X'FF00'", LiteralKind.HEX, "FF00", False),
        ("VALUE N'AB'", LiteralKind.NATIONAL, "AB", False),
        ("VALUE ''", LiteralKind.TEXT, "", False),
    ],
)
def test_values(clauses, kind, text, repeated):
    value = item(f"PIC X(9) {clauses}").value
    assert (value.kind, value.text, value.repeated) == (kind, text, repeated)


def test_condition_names_have_values_and_ranges():
    text = """01 R. 05 A PIC 9(3).
      88 LOW VALUE 1.
      88 MANY VALUES ARE 1, 3 THRU 5, 9 THROUGH 12 WHEN SET TO FALSE IS 0.
    05 B PIC X.
      88 YES VALUE 'Y','y' X'E8' FALSE 'N'."""
    first, second = parse(text).records[0].children
    low, many = first.conditions
    assert low.values[0].low.text == "1"
    assert [(v.low.text, v.high.text if v.high else None) for v in many.values] == [
        ("1", None),
        ("3", "5"),
        ("9", "12"),
    ]
    assert [v.low.text for v in second.conditions[0].values] == ["Y", "y", "E8"]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "LRC028", 0, 0),
        ("* only a comment", "LRC028", 0, 0),
        ("01 A PIC X", "LRC011", 1, 10),
        ("HELLO WORLD.", "LRC010", 1, 1),
        ("01 R.\n50 A PIC X.", "LRC012", 2, 1),
        ("01 R.\n00 A PIC X.", "LRC012", 2, 1),
        ("01 R.\n005 A PIC X.", "LRC012", 2, 1),
        ("88 A VALUE 1.", "LRC012", 1, 1),
        ("01 R.\n78 A VALUE 1.", "LRC012", 2, 1),
        ("66 A RENAMES B.", "LRC012", 1, 1),
        ("77 A PIC X. 05 B PIC X.", "LRC012", 1, 13),
        ("01 R. 05 A PIC X. 66 B RENAMES A. 05 C PIC X.", "LRC012", 1, 35),
        ("01 R. 05 A PIC X. 66 B RENAMES A. 88 C VALUE 1.", "LRC012", 1, 35),
        ("01 R.\n  05 A PIC X\n  05 B PIC X.", "LRC014", 3, 3),
        ("01 R. 05 A BOGUS.", "LRC014", 1, 12),
        ("01 R. 05 A PIC X PIC X.", "LRC015", 1, 18),
        ("01 R. 05 A PIC.", "LRC016", 1, 15),
        ("01 R. 05 A PIC 9 USAGE.", "LRC016", 1, 23),
        ("01 R. 05 A PIC 9 USAGE FOO.", "LRC016", 1, 24),
        ("01 R. 05 A PIC X BLANK WHEN ZERO.", "LRC016", 1, 7),
        ("01 R. 05 A OCCURS X PIC X.", "LRC016", 1, 19),
        ("01 R. 05 A OCCURS 9999999999 PIC X.", "LRC016", 1, 19),
        ("01 R. 05 A PIC X. 88 B VALUE 1 THRU.", "LRC034", 1, 36),
        ("01 R. 05 A PIC X VALUE NOTHING.", "LRC034", 1, 24),
        ("01 R. 05 A PIC X VALUE 'OPEN.", "LRC004", 1, 24),
        ("01 R. 05 A PIC X COMP.", "LRC019", 1, 7),
        ("01 R. 05 A PIC X COMP-3.", "LRC019", 1, 7),
        ("01 R. 05 A PIC 9 COMP-1.", "LRC019", 1, 7),
        ("01 R. 05 A PIC S9 COMP-6.", "LRC019", 1, 7),
        ("01 R. 05 A PIC X NATIONAL.", "LRC019", 1, 7),
        ("01 R. 05 A PIC X DISPLAY-1.", "LRC019", 1, 7),
        ("01 R. 05 A.", "LRC020", 1, 7),
        ("01 R. 05 A COMP-3.", "LRC020", 1, 7),
        ("01 R PIC X. 05 A PIC X.", "LRC021", 1, 13),
        ("01 R OCCURS 2. 05 A PIC X.", "LRC022", 1, 1),
        ("77 R PIC X OCCURS 2.", "LRC022", 1, 1),
        ("01 R. 05 A OCCURS 0 PIC X.", "LRC022", 1, 19),
        ("01 R. 05 A OCCURS 1 TO 5 PIC X.", "LRC022", 1, 19),
        ("01 R. 05 N PIC 9. 05 A OCCURS 5 TO 3 DEPENDING ON N PIC X.", "LRC022", 1, 31),
        ("01 R. 05 N PIC 9. 05 A OCCURS 1 TO UNBOUNDED DEPENDING ON N PIC X.", "LRC022", 1, 31),
        ("01 R. 05 :TAG:-A PIC X.", "LRC013", 1, 10),
        ("01 R. 05 A USAGE OBJECT REFERENCE.", "LRC014", 1, 25),
    ],
)
def test_faults_and_their_positions(text, code, line, column):
    error = failure(text)
    assert (error.code, error.line, error.column) == (code, line, column)
    assert error.remedy


def test_the_tree_is_json():
    text = "01 R. 05 N PIC 9. 05 T OCCURS 1 TO 3 DEPENDING ON N. 10 A PIC S9V9 VALUE 1. 88 B VALUE 1 THRU 2."
    found = json.loads(json.dumps(parse(text).to_dict()))
    table = found["records"][0]["children"][1]
    assert table["occurs"] == {"minimum": 1, "maximum": 3, "depending_on": "N"}
    assert table["children"][0]["picture"] == "S9V9"
    assert table["children"][0]["conditions"][0]["values"][0]["high"]["text"] == "2"
