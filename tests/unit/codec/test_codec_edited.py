"""Edited numbers against an independent, slow MOVE, and against the examples of the COBOL manual."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.codec import Column, Decoder, FieldSpec, Kind, Null, Sign, encode, explain
from shared.errors import JobError
from tests.unit.codec import oracle
from tests.unit.codec.test_codec_numbers import wide


def field(picture: str, scale: int = 0, **options: object) -> FieldSpec:
    """The field of a picture without repetition factors, counted here without the codec."""
    stored = [symbol for symbol in picture if symbol not in "SV"]
    floating = next((symbol for symbol in "+-$" if picture.count(symbol) > 1), "")
    digits = sum(symbol in "9Z*" for symbol in picture) + max(picture.count(floating) - 1, 0) * bool(floating)
    signed = any(symbol in "S+-CD" for symbol in picture)
    sign = Sign.TRAILING if signed else Sign.NONE
    return FieldSpec("E", Kind.EDITED, 2, len(stored), digits, scale, sign, picture=picture, **options)


def decode(spec: FieldSpec, texts: list[str]) -> Column:
    raws = [text.encode(spec.code_page) for text in texts]
    return Decoder([spec], spec.end + 9).decode(oracle.batch(raws, 2, spec.end + 9))[0]


def edit(value: int, picture: str, scale: int) -> str:
    """MOVE of a number to an edited item, one character after the other."""
    floating = next((symbol for symbol in "+-$" if picture.count(symbol) > 1), "")
    stored = picture.replace("V", "").replace("CR", "cr").replace("DB", "db")
    places = [place for place, symbol in enumerate(stored) if symbol in "9Z*" or (floating and symbol == floating)]
    places = places[1:] if floating else places
    digits = str(abs(value)).rjust(len(places), "0")
    minus = value < 0
    plain = {"+": "-" if minus else "+", "-": "-" if minus else " "}
    out: list[str] = []
    suppressing, seen = True, 0
    for place, symbol in enumerate(stored):
        if place in places:
            digit = digits[seen]
            if symbol == "9" or digit != "0" or seen >= len(places) - scale:
                suppressing = False
            out.append("?" if suppressing else digit)
            seen += 1
        elif symbol == floating:
            out.append("?")
        elif symbol in "crdb":
            out.append(symbol.upper() if minus else " ")
        elif symbol in plain:
            out.append(plain[symbol])
        elif symbol == "." and scale:
            suppressing = False
            out.append(".")
        elif "?" in out and suppressing and symbol in "B0/,.":
            out.append("?")
        else:
            out.append({"B": " "}.get(symbol, symbol))
    if value == 0 and "9" not in picture:
        return "".join("." if symbol == "." and "*" in picture else "*" if "*" in picture else " " for symbol in stored)
    if floating:
        last = max(place for place, char in enumerate(out) if char == "?")
        out[last] = plain.get(floating, floating)
    return "".join(out).replace("?", "*" if "*" in picture else " ")


MANUAL = [  # picture, scale, value, field: Enterprise COBOL Language Reference, "PICTURE clause editing"
    ("99,999", 0, 12345, "12,345"),
    ("99,999.00", 0, 12345, "12,345.00"),
    ("999.99", 2, 123, "001.23"),
    ("999.99+", 2, 123456 - 117777, "056.79+"),
    ("+999.99", 2, 1234, "+012.34"),
    ("-999.99", 2, -1234, "-012.34"),
    ("999.99-", 2, 1234, "012.34 "),
    ("$99.99CR", 2, -1234, "$12.34CR"),
    ("$99.99DB", 2, 1234, "$12.34  "),
    ("$$$$.99", 2, 12, "   $.12"),
    ("$$$9.99", 2, 12, "  $0.12"),
    ("$$,$$$,$$9.00", 0, 1234567, "$1,234,567.00"),
    ("++,+++,+++.99", 2, -12345678, "  -123,456.78"),
    ("****.**", 2, 0, "****.**"),
    ("ZZZZ.ZZ", 2, 0, "       "),
    ("ZZZZ.99", 2, 0, "    .00"),
    ("****.99", 2, 0, "****.00"),
    ("ZZ99.99", 2, 0, "  00.00"),
    ("Z,ZZZ.ZZ+", 2, 12345, "  123.45+"),
    ("*,***.**-", 2, -12345, "**123.45-"),
    ("$Z,ZZZ,ZZZ.ZZCR", 2, 1234567, "$   12,345.67  "),
    ("99B999B000", 0, 12345, "12 345 000"),
    ("99/99/99", 0, 241231, "24/12/31"),
]


@pytest.mark.parametrize(("picture", "scale", "value", "text"), MANUAL)
def test_examples(picture: str, scale: int, value: int, text: str) -> None:
    spec = field(picture, scale)
    assert edit(value, picture, scale) == text, "the oracle"
    assert encode(wide([value])[:, 1], spec).tobytes().decode("cp037") == text
    assert oracle.integers(decode(spec, [text])) == [value]


@st.composite
def pictures(draw: st.DrawFn) -> tuple[str, int]:
    """An edited picture and its scale."""
    kind = draw(st.sampled_from(["9", "Z", "*", "+", "-", "$"]))
    some = draw(st.integers(1 + (kind in "+-$"), 9))
    nines = draw(st.integers(0 if kind != "9" else 1, 6))
    whole = kind * some + "9" * nines
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(1, len(whole)))
        if 0 < at < len(whole) and whole[at - 1] not in ",B/" and whole[at] not in ",B/":
            whole = whole[:at] + draw(st.sampled_from(",B/")) + whole[at:]
    scale = draw(st.integers(0, 4))
    after = "9" if nines or draw(st.booleans()) else kind
    fraction = draw(st.sampled_from([".", "V"])) + after * scale if scale else ""
    if kind not in "+-":
        front, back = draw(
            st.sampled_from([("", ""), ("+", ""), ("-", ""), ("", "+"), ("", "-"), ("", "CR"), ("", "DB")])
        )
        return front + whole + fraction + back, scale
    return whole + fraction, scale


@settings(max_examples=300, deadline=None)
@given(st.data(), pictures(), st.sampled_from(["cp037", "cp273", "latin-1"]))
def test_numbers_are_edited_and_read_back(data: st.DataObject, form: tuple[str, int], page: str) -> None:
    picture, scale = form
    spec = field(picture, scale, code_page=page)
    limit = 10**spec.digits - 1
    values = data.draw(st.lists(st.integers(-limit if spec.signed else 0, limit) | st.integers(0, min(limit, 11))))
    pairs = wide(values).reshape(-1, 2)
    written = encode(pairs if spec.wide else pairs[:, 1], spec)
    texts = [row.tobytes().decode(page) for row in written]
    assert texts == [edit(value, picture, scale) for value in values]
    assert oracle.integers(decode(spec, texts)) == values


@settings(max_examples=250, deadline=None)
@given(st.data(), pictures())
def test_damaged_fields_are_decoded_or_refused(data: st.DataObject, form: tuple[str, int]) -> None:
    """An accepted field differs from its number edited again only in zeros, blanks and signs."""
    picture, scale = form
    spec = field(picture, scale)
    value = data.draw(st.integers(0, 10**spec.digits - 1))
    text = bytearray(
        encode(wide([value]) if spec.wide else wide([value])[:, 1], spec)[0].tobytes().decode("cp037").encode()
    )
    text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.sampled_from(b"0123456789 *+-,./$CRDBxZ"))
    shown = text.decode()
    column = decode(spec, [shown])
    (found,) = oracle.integers(column)
    if found is None:
        fault = explain(spec, shown.encode("cp037"))
        assert fault.code == "LRD012"
        assert 0 <= fault.position < spec.length
        return
    without = str.maketrans("", "", " *+-,./$CRDB")
    assert int(shown.translate(without) or "0") == abs(found)
    assert "x" not in shown
    assert (found < 0) <= any(mark in shown for mark in ("-", "CR", "DB"))


REFUSED = [("ZZ9", "1 3"), ("ZZ9", "12 "), ("999", "1A3"), ("ZZ9.99", "12,345"), ("$$$9", "$ $1"), ("99CR", "12C "),
           ("999", "   "), ("9,999", "12345"), ("Z99", " 1 "), ("--9", "--1"),
           ("*.*", "*1*"), ("*.*CR", "*.1**")]  # fmt: skip


@pytest.mark.parametrize(("picture", "text"), REFUSED)
def test_fields_that_do_not_follow_the_picture(picture: str, text: str) -> None:
    spec = field(picture, picture[::-1].find(".") if "." in picture else 0)
    assert oracle.integers(decode(spec, [text])) == [None]
    fault = explain(spec, text.encode("cp037"))
    assert (fault.code, repr(text) in fault.message) == ("LRD012", True)


ACCEPTED = [
    ("Z(8)-", 8, 0, "30503932-", -30503932),
    ("Z(8)-", 8, 0, "78449737+", 78449737),
    ("-9(8)", 8, 0, "+78449737", 78449737),
    ("Z(6)VZZ-", 8, 2, "30503932-", -30503932),
    ("9(6).99-", 8, 2, "784497.37+", 78449737),
    ("S9(3).99", 5, 2, "305.0L", -30503),
    ("S9(3).99", 5, 2, "784.4I", 78449),
]


@pytest.mark.parametrize(("picture", "digits", "scale", "text", "value"), ACCEPTED)
def test_fields_of_other_compilers(picture: str, digits: int, scale: int, text: str, value: int) -> None:
    spec = FieldSpec("E", Kind.EDITED, 2, len(text), digits, scale, Sign.TRAILING, picture=picture)
    assert oracle.integers(decode(spec, [text])) == [value]
    assert oracle.integers(decode(spec, [encode(np.array([value]), spec).tobytes().decode("cp037")])) == [value]


def test_blank_when_zero() -> None:
    spec = field("Z99.99", 2, blank_when_zero=True)
    written = encode(np.array([0, 5]), spec)
    assert [row.tobytes().decode("cp037") for row in written] == ["      ", " 00.05"]
    assert oracle.integers(decode(spec, ["      ", " 00.05"])) == [0, 5]
    assert oracle.integers(decode(field("Z99.99", 2), ["      "])) == [None]


def test_null_edited_numbers() -> None:
    spec = field("ZZ9", null_when=(Null.SPACES,))
    column = decode(spec, ["   ", " 12"])
    assert column.null is not None
    assert (column.null.tolist(), column.values.tolist(), column.valid) == ([True, False], [0, 12], None)


@pytest.mark.parametrize(
    ("picture", "length", "digits", "sign"),
    [("ZZ9", 4, 3, Sign.NONE), ("ZZ9", 3, 2, Sign.NONE), ("ZZ9-", 4, 3, Sign.NONE), ("ZZ9", 3, 3, Sign.TRAILING),
     ("XX9", 3, 1, Sign.NONE), ("", 3, 3, Sign.NONE)],
)  # fmt: skip
def test_pictures_that_do_not_fit_the_field(picture: str, length: int, digits: int, sign: Sign) -> None:
    with pytest.raises(JobError, match="LRD905"):
        FieldSpec("E", Kind.EDITED, 0, length, digits, sign=sign, picture=picture)


def test_only_edited_numbers_have_a_picture() -> None:
    with pytest.raises(JobError, match="LRD906"):
        FieldSpec("D", Kind.DISPLAY, 0, 3, 3, picture="ZZ9")


def test_an_empty_batch() -> None:
    assert len(decode(field("ZZ9.99", 2), [])) == 0
    assert encode(np.zeros(0, np.int64), field("$$9")).shape == (0, 3)
