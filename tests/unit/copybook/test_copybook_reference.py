"""The reference format of a text, and the columns of COBOL text in each line."""

import pytest

from shared.copybook import lay_out, parse_copybook
from shared.errors import CopybookError

NUMBERED = """\
000100 01  REC.                                                         CUST0001
000200*    A COMMENT                                                    CUST0002
000300     05  A                 PIC X(5).                              CUST0003
000400D    05  DEBUGGING         PIC X(5).                              CUST0004
000500/    A NEW PAGE
000600     05  B                 PIC 9(3).                              CUST0006
"""

UNNUMBERED = """\
      * comment
       01  rec.
           05  a  pic x(5). *> an inline comment isn't code
\t   05  b  pic 9(3).
      / page
     * a star that slipped to column 6
         * a star that slipped to the right
"""

FREE = """\
* comment
01 rec.
05 a pic x(5). *> it's inline
     05 b
pic 9(3).
"""

LONG_LINES = (
    "       01  REC.\n"
    + "           05  A".ljust(90)
    + "PIC X(5).\n"
    + "      * comment\n"
    + "           05  B PIC 9(3).\n"
)

LEVEL_IN_COLUMN_7 = "      * comment\n      01 REC.\n         05 A PIC X(5).\n         05 B PIC 9(3).\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NUMBERED, "fixed"),
        (UNNUMBERED, "fixed"),
        (FREE, "free"),
        (LONG_LINES, "variable"),
        (LEVEL_IN_COLUMN_7, "free"),
        (">>SOURCE FORMAT IS FREE\n" + FREE, "free"),
        ("      $SET SOURCEFORMAT(VARIABLE)\n" + UNNUMBERED, "variable"),
        ("\ufeff" + NUMBERED.replace("\n", "\r\n"), "fixed"),
        (UNNUMBERED.replace("\n", "\r") + "\x1a\x00garbage", "fixed"),
    ],
)
def test_format_is_detected_and_read(text, expected):
    copybook = parse_copybook(text)
    layout = lay_out(copybook)
    assert copybook.reference_format == expected
    assert [(one.name, one.offset, one.length) for one in layout.fields] == [("REC", 0, 8), ("A", 0, 5), ("B", 5, 3)]


def test_a_literal_continued_at_column_72_does_not_make_the_identification_code():
    first = "       01  REC PIC X(30) VALUE 'a literal that goes on".ljust(71) + "o"
    text = f"{first}CUST0001\n      -    'n here'.".ljust(10) + "\n"
    copybook = parse_copybook(text)
    assert copybook.reference_format == "fixed"
    assert copybook.records[0].value.text.endswith("on here")


def test_a_placeholder_after_the_level_means_free_format():
    with pytest.raises(CopybookError) as caught:
        parse_copybook("05 :P:-STREET PIC X(20).\n")
    assert caught.value.code == "LRC013"


@pytest.mark.parametrize("last", ["05 A PIC X(5).", "        05 B PIC X(5)", "    10 C PIC X."])
def test_a_free_text_stays_free_with_indented_lines(last):
    assert parse_copybook("01 REC.\n" + last.rstrip(".") + ".").reference_format == "free"


def test_the_choice_is_the_users():
    assert parse_copybook(LONG_LINES, reference_format="variable").reference_format == "variable"
    with pytest.raises(CopybookError) as caught:
        parse_copybook(LONG_LINES, reference_format="fixed")
    assert (caught.value.code, caught.value.line) == ("LRC014", 4)
    assert "no period" in caught.value.remedy


def test_text_after_column_72_is_not_code_in_fixed_format():
    card = "           05  A PIC X(5).".ljust(72) + "COMP-3  "
    assert lay_out(parse_copybook(f"       01  R.\n{card}\n")).length == 5


def test_an_identification_that_touches_column_72_does_not_look_like_long_lines():
    card = ("           05  A" + "PIC X(5).".rjust(56)) + "00010000"
    assert len(card) == 80
    copybook = parse_copybook(f"000100 01  R.\n000200{card[6:]}\n")
    assert copybook.reference_format == "fixed"
    assert lay_out(copybook).length == 5


def test_an_invalid_indicator_is_an_error_with_its_position():
    with pytest.raises(CopybookError) as caught:
        parse_copybook("000100 01  R.\n000200?    05 A PIC X.\n", reference_format="fixed")
    assert (caught.value.code, caught.value.line, caught.value.column) == ("LRC002", 2, 7)


def test_a_word_is_continued_after_a_hyphen_in_column_7():
    text = "       01  REC.\n           05  CUSTOMER-\n      * between\n      -        NAME PIC X(7).\n"
    assert lay_out(parse_copybook(text)).find("CUSTOMER-NAME").length == 7


def test_a_literal_continues_to_column_72_with_its_blanks():
    first = "           05  A PIC X(80) VALUE 'ABC"
    text = f"       01  REC.\n{first}\n      -    'DEF'.\n"
    value = parse_copybook(text, reference_format="fixed").records[0].children[0].value
    assert value.text == "ABC" + " " * (72 - len(first)) + "DEF"


def test_a_literal_over_three_lines_counts_each_lines_own_columns():
    text = "       01  REC.\n           05  A PIC X(99) VALUE\n" + "'A".rjust(72) + "\n      -    'B\n      -    'C'.\n"
    value = parse_copybook(text, reference_format="fixed").records[0].children[0].value
    assert value.text == "AB" + " " * 59 + "C"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("      -    01 A PIC X.\n", 1, 12),
        ("       01 A PIC X(9) VALUE 'AB\n      -    CD'.\n", 2, 12),
    ],
)
def test_continuing_nothing_or_without_a_quotation_mark_is_an_error(text, line, column):
    with pytest.raises(CopybookError) as caught:
        parse_copybook(text, reference_format="fixed")
    assert (caught.value.code, caught.value.line, caught.value.column) == ("LRC003", line, column)


def test_listing_statements_are_ignored():
    text = """\
       CBL APOST
       TITLE 'CUSTOMER'
       01  REC.
           EJECT
           SKIP1
           05  A PIC X.
           SKIP3.
      *CONTROL NOLIST
           *CBL NOMAP
           05  B PIC X.
"""
    assert lay_out(parse_copybook(text)).length == 2


def test_positions_are_those_of_the_users_text():
    text = "000100 01  REC.\n000200     05  A    PIC X(3)  BOGUS.\n"
    with pytest.raises(CopybookError) as caught:
        parse_copybook(text, source="CUST.cpy")
    error = caught.value
    assert (error.code, error.line, error.column) == ("LRC014", 2, 31)
    assert str(error).startswith("LRC014: CUST.cpy, line 2, column 31: 'BOGUS'")
    assert error.remedy
    assert error.context["source"] == "CUST.cpy"
