"""Pictures: category, size, digits, scale and sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.copybook import Category
from shared.copybook.errors import Position
from shared.copybook.picture import parse_picture
from shared.errors import CopybookError

AT = Position("test", 3, 20)
NUMERIC, EDITED = Category.NUMERIC, Category.NUMERIC_EDITED


@pytest.mark.parametrize(
    ("text", "category", "size", "digits", "scale", "signed"),
    [
        ("9", NUMERIC, 1, 1, 0, False),
        ("S9(5)V99", NUMERIC, 7, 7, 2, True),
        ("s9(3)v9(2)", NUMERIC, 5, 5, 2, True),
        ("V9(5)", NUMERIC, 5, 5, 5, False),
        ("9(3)V", NUMERIC, 3, 3, 0, False),
        ("S999V", NUMERIC, 3, 3, 0, True),
        ("9(31)", NUMERIC, 31, 31, 0, False),
        ("PPP9(5)", NUMERIC, 5, 5, 8, False),
        ("SPPP9", NUMERIC, 1, 1, 4, True),
        ("VPP99", NUMERIC, 2, 2, 4, False),
        ("9(5)PPP", NUMERIC, 5, 5, -3, False),
        ("S9PPPV", NUMERIC, 1, 1, -3, True),
        ("9P(10)", NUMERIC, 1, 1, -10, False),
        ("99(3)9", NUMERIC, 5, 5, 0, False),
        ("Z(5)9.99", EDITED, 9, 8, 2, False),
        ("ZZ,ZZ9.99CR", EDITED, 11, 7, 2, True),
        ("ZZ9DB", EDITED, 5, 3, 0, True),
        ("+9(8)", EDITED, 9, 8, 0, True),
        ("9(8)+", EDITED, 9, 8, 0, True),
        ("-9(6)V99", EDITED, 9, 8, 2, True),
        ("Z(6)VZZ-", EDITED, 9, 8, 2, True),
        ("--,---,--9.99", EDITED, 13, 9, 2, True),
        ("++++.++", EDITED, 7, 5, 2, True),
        ("$$,$$9.99", EDITED, 9, 6, 2, False),
        ("$9(3).99", EDITED, 7, 5, 2, False),
        ("€ZZ9".replace(" ", ""), EDITED, 4, 3, 0, False),
        ("***9", EDITED, 4, 4, 0, False),
        ("99/99/9999", EDITED, 10, 8, 0, False),
        ("9(3)B9(3)", EDITED, 7, 6, 0, False),
        ("9(3)000", EDITED, 6, 3, 0, False),
        ("S9(3).99", EDITED, 6, 5, 2, True),
        ("Z.ZZZ.ZZ9,99", EDITED, 12, 9, 2, False),
        ("ZZZPP", EDITED, 3, 3, -2, False),
        ("X", Category.ALPHANUMERIC, 1, 0, 0, False),
        ("XX(3)", Category.ALPHANUMERIC, 4, 0, 0, False),
        ("A9X", Category.ALPHANUMERIC, 3, 0, 0, False),
        ("A(10)", Category.ALPHABETIC, 10, 0, 0, False),
        ("XXBXX/XX0", Category.ALPHANUMERIC_EDITED, 9, 0, 0, False),
        ("AAB", Category.ALPHANUMERIC_EDITED, 3, 0, 0, False),
        ("N(4)", Category.NATIONAL, 4, 0, 0, False),
        ("NN/NN", Category.NATIONAL, 5, 0, 0, False),
        ("G(4)", Category.DBCS, 4, 0, 0, False),
        ("GGBGG", Category.DBCS, 5, 0, 0, False),
        ("+9.99E+99", Category.FLOAT, 9, 0, 0, True),
    ],
)
def test_pictures(text, category, size, digits, scale, signed):
    found = parse_picture(text, AT)
    assert (found.category, found.size, found.digits, found.scale, found.signed) == (
        category,
        size,
        digits,
        scale,
        signed,
    )


@pytest.mark.parametrize(
    "text",
    ["Q", "9S", "9V9V9", "V", "S", "P", "9P9", "P9P", "PP", "X(0)", "X()", "X(", "X(1", "X)", "9(1234567890)",
     "XS", "NX",
     "GX", "9.9.9", "9..9", "S(2)9", "ZCRCR", "9(5)X.", "X(-1)", "X(1.5)", "$", "CR", "E", ":TAG:", "Z*9", "SS9", "PV9",
     "B", "X(17000000)", "*>"],
)  # fmt: skip
def test_strings_that_are_not_pictures(text):
    with pytest.raises(CopybookError) as caught:
        parse_picture(text, AT)
    assert caught.value.code == "LRC017"
    assert (caught.value.line, caught.value.column >= 20) == (3, True)


@pytest.mark.parametrize("text", ["9(39)", "9(30)P(9)", "S9(20)V9(19)", "Z(39)"])
def test_too_many_digits(text):
    with pytest.raises(CopybookError) as caught:
        parse_picture(text, AT)
    assert caught.value.code == "LRC018"


def test_the_error_has_the_column_of_the_bad_symbol():
    with pytest.raises(CopybookError) as caught:
        parse_picture("S9(4)Q", AT)
    assert caught.value.column == 25


@given(st.integers(0, 15), st.integers(0, 15), st.booleans())
def test_long_and_short_spelling_mean_the_same(whole, fraction, signed):
    if whole + fraction == 0:
        return
    sign = "S" if signed else ""
    short = sign + (f"9({whole})" if whole else "") + "V" + (f"9({fraction})" if fraction else "")
    long = sign + "9" * whole + "V" + "9" * fraction
    one, other = parse_picture(short, AT), parse_picture(long, AT)
    assert (one.size, one.digits, one.scale, one.signed) == (other.size, other.digits, other.scale, other.signed)
    assert (one.digits, one.scale) == (whole + fraction, fraction)


@given(st.text("X9SVPZAN(),.+-$*B0/ECRDG12345", max_size=30))
def test_any_string_is_a_picture_or_an_error(text):
    try:
        size, code = parse_picture(text, AT).size, ""
    except CopybookError as error:
        size, code = 0, error.code
    assert size > 0 or code in ("LRC017", "LRC018")
