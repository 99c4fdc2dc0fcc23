"""Properties of every copybook; and any text gives a layout or a coded error."""

from itertools import islice

import pytest
from copybook_texts import copybooks, in_fixed_format, layout_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.copybook import elementary, lay_out, parse_copybook
from shared.copybook.errors import CATALOGUE
from shared.errors import CopybookError

FEW = settings(max_examples=60, deadline=None)


@FEW
@given(copybooks())
def test_sizes_add_up(node):
    layout = layout_of("\n".join(node.lines()))
    by_name = {one.name: one for one in layout.fields}
    assert layout.length == node.one
    for one in node.walk():
        assert by_name[one.name].length == one.one
        cursor = by_name[one.name].offset
        for child in one.children:
            field = by_name[child.name]
            start = by_name[child.redefines.name].offset if child.redefines else cursor
            assert field.offset == start
            assert field.redefines == (child.redefines.name if child.redefines else None)
            cursor = max(cursor, start + child.one * child.times)


@FEW
@given(copybooks())
def test_elements_without_redefinitions_tile_the_record(node):
    layout = layout_of("\n".join(node.lines()))
    own = [one for one in elementary(layout) if not one.field.in_redefinition]
    covered = set()
    for one in own:
        place = set(range(one.offset, one.offset + one.field.length))
        assert not place & covered
        covered |= place
    everything = {byte for one in elementary(layout) for byte in range(one.offset, one.offset + one.field.length)}
    assert everything == set(range(layout.length))


@FEW
@given(copybooks())
def test_every_reference_format_gives_the_same_layout(node):
    lines = node.lines()
    free = lay_out(parse_copybook("\n".join(lines), source="s"))
    fixed_text = in_fixed_format(lines)
    copybook = parse_copybook(fixed_text, source="s")
    assert copybook.reference_format == "fixed"
    fixed = lay_out(copybook)
    assert _without_lines(free.to_dict()) == _without_lines(fixed.to_dict())


@FEW
@given(copybooks())
def test_a_copybook_made_from_a_layout_gives_the_same_layout(node):
    layout = layout_of("\n".join(node.lines()))
    again = layout_of("\n".join(_written(layout)))
    assert _without_lines(again.to_dict()) == _without_lines(layout.to_dict())


def _written(layout):
    for field in layout.fields:
        words = [f"{field.level:02}", field.name]
        words += ["REDEFINES", field.redefines] if field.redefines else []
        words += ["PIC", field.picture] if field.picture else []
        words += ["USAGE", field.usage.value] if not field.is_group else []
        words += ["SIGN", field.sign.value] if field.sign.value != "NONE" else []
        own = len(field.occurs) > len(layout.find(".".join(field.path[:-1])).occurs) if len(field.path) > 1 else False
        words += ["OCCURS", str(field.occurs[-1].maximum)] if own else []
        yield " ".join(words) + "."


def _without_lines(found):
    return {
        **found,
        "fields": [{key: value for key, value in field.items() if key != "line"} for field in found["fields"]],
    }


SEED = """\
000100 01  CUSTOMER-REC.                                                CUST0001
000200     05  CUST-ID               PIC S9(9)  COMP SYNC.              CUST0002
      *    comment
000300     05  CUST-NAME             PIC X(30) VALUE 'O''BRIEN'.        CUST0003
000400     05  CUST-BAL              PIC S9(7)V99 COMP-3.
000500         88  BROKE             VALUE -9.99 THRU ZERO, 1.
000600     05  CUST-N                PIC 9(2).
000700     05  ORDERS OCCURS 1 TO 10 TIMES DEPENDING ON CUST-N
000800                INDEXED BY I.
000900         10  ITEM              PIC X(5) OCCURS 3.
001000         10  ITEM-R REDEFINES ITEM PIC 9(5) SIGN LEADING SEPARATE.
001100     05  LONG-NAME-THAT-GOES-
      -        ON                    PIC ZZ,ZZ9.99CR BLANK WHEN ZERO.
001200     66  PART RENAMES CUST-ID THRU CUST-NAME.
"""
PIECES = [
    "", " ", "\n", ".", "'", '"', "(", ")", "-", "==", "*>", "*", "01 ", "05 ", "88 ", "66 ", "PIC ", "OCCURS ", "9(",
    "99999999999", "REDEFINES ", "COPY X.", "EXEC ", "VALUE ", "\t", "\x00", "\u00a0", "\uffff", "COMP-3", ":", "+",
    ",", "S9(4)", "TO ", "ALL ",
]  # fmt: skip
EDIT = st.tuples(st.integers(0, len(SEED)), st.integers(0, 40), st.sampled_from(PIECES))
EDITS = st.lists(EDIT, min_size=1, max_size=6)


@settings(max_examples=400, deadline=None)
@given(EDITS, st.sampled_from(["auto", "fixed", "variable", "free"]))
def test_a_damaged_copybook_gives_a_layout_or_a_coded_error(edits, reference_format):
    text = SEED
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    _layout_or_error(text, reference_format)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))
def test_any_text_gives_a_layout_or_a_coded_error(text):
    _layout_or_error(text, "auto")


def _layout_or_error(text, reference_format):
    try:
        copybook = parse_copybook(text, reference_format=reference_format)
        for record in copybook.record_names:
            list(islice(elementary(lay_out(copybook, record=record)), 100))
    except CopybookError as error:
        spoken = error
    else:
        return
    assert spoken.code in CATALOGUE
    assert spoken.remedy
    assert 0 <= spoken.line <= text.count("\n") + text.count("\r") + 1


def test_the_seed_has_no_errors():
    assert lay_out(parse_copybook(SEED)).length == 4 + 30 + 5 + 2 + 10 * 15 + 11


def test_codes_are_unique_and_have_a_meaning_and_a_remedy():
    assert len(CATALOGUE) >= 30
    assert all(code.startswith("LRC") and len(code) == 6 for code in CATALOGUE)
    assert all(problem.meaning.endswith(".") and problem.remedy.endswith(".") for problem in CATALOGUE.values())


HOSTILE = {
    "a 10 MB line": ("x" * 10_000_000, "LRC001"),
    "a line too long": ("01 A PIC " + "X" * 10_000 + ".", "LRC001"),
    "many empty lines, then an open literal": ("\n" * 500_000 + "01 A PIC X VALUE '", "LRC004"),
    "tables in tables": ("01 R.\n" + "".join(f"{n} A{n} OCCURS 999999.\n" for n in range(2, 49)) + "49 Z PIC X.",
                         "LRC031"),
    "one table far too large": ("01 R. 05 A OCCURS 999999999 PIC X.", "LRC031"),
    "999999 levels": ("".join(f"{n} A.\n" for n in range(1, 80_000)), "LRC012"),
    "many items": ("01 R.\n" + "05 A PIC X.\n" * 40_000, "LRC030"),
    "many words": ("01 R.\n" + "1 " * 900_000, "LRC001"),
    "an endless value list": ("01 R. 05 A PIC X. 88 B VALUE\n" + "1 2 3 4 5 6 7 8 9\n" * 20_000, "LRC011"),
    "a record too long": ("01 R. 05 A PIC X(16777216). 05 B PIC X.", "LRC032"),
    "a record of tables too long": ("01 R. 05 A PIC X(1000) OCCURS 100000.", "LRC032"),
    "a picture of nines": ("01 A PIC 9(999999999).", "LRC017"),
    "an integer of 3,000 digits": (f"01 R. 05 A OCCURS {'9' * 3000} PIC X.", "LRC016"),
    "quotation marks": ("'" * 1_999_999, "LRC001"),
    "an open literal with doubled marks": ("01 A PIC X VALUE '" + "''" * 2_000, "LRC004"),
    "continuation after continuation": ("       01 A PIC X VALUE 'A\n" + "      -    'A\n" * 100_000, "LRC004"),
    "hyphens": ("      -" * 200_000, "LRC001"),
    "counters": ("01 R. 05 N PIC 9.\n" + "05 A OCCURS 1 TO 2 DEPENDING ON N PIC X.\n" * 1_000, "LRC030"),
    "redefinitions": ("01 R. 05 A PIC X.\n" + "05 B REDEFINES A PIC X.\n" * 19_000, None),
    "conditions": ("01 R. 05 A PIC X.\n" + "88 B VALUE 1.\n" * 19_000, None),
    "names that come close": ("01 R.\n" + "".join(f"05 N{n} PIC 9.\n" for n in range(5_000))
                              + "05 A OCCURS 1 TO 2 DEPENDING ON N PIC X.", "LRC025"),
    "parentheses": ("01 A PIC " + "(" * 4_000 + ".", "LRC017"),
}  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_give_coded_errors(name):
    text, code = HOSTILE[name]
    if code is None:
        assert lay_out(parse_copybook(text)).length == 1
        return
    with pytest.raises(CopybookError) as caught:
        lay_out(parse_copybook(text))
    assert caught.value.code == code


def test_too_many_elements_are_refused_before_the_first():
    layout = layout_of("01 R. 05 T OCCURS 600000. 10 A PIC X. 10 B PIC X.")
    with pytest.raises(CopybookError) as caught:
        elementary(layout)
    assert caught.value.code == "LRC031"
