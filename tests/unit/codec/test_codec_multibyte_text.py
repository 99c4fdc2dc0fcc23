"""Text of more than one byte a character against slow decoding: Python's codecs, and a loop over shifts."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.codec import Column, Decoder, FieldSpec, Kind, Null, Trim, code_page, encode, explain
from shared.codec.charset_forms import DOUBLE, MIXED
from shared.codec.double_byte_pages import double_page
from shared.codec.page_tables import UNDEFINED
from shared.codec.single_byte_pages import characters
from shared.errors import InputError, JobError
from tests.unit.codec import oracle

SHIFTED = re.compile(rb"((?:[^\x0e\x0f]|\x0e(?:[^\x0e\x0f]{2})*\x0f)*)", re.DOTALL)
PIECE = re.compile(rb"\x0e([^\x0e\x0f]*)\x0f|([^\x0e\x0f]+)", re.DOTALL)


def decode(spec: FieldSpec, raws: list[bytes]) -> Column:
    return Decoder([spec], spec.end + 3).decode(oracle.batch(raws, spec.offset, spec.end + 3))[0]


def double_text(table: str, raw: bytes) -> str:
    page = double_page(table)
    return "".join(page.text(int.from_bytes(raw[place : place + 2], "big")) for place in range(0, len(raw), 2))


def mixed_text(page: str, raw: bytes) -> str | None:
    if not SHIFTED.fullmatch(raw):
        return None
    single, table = characters(page), MIXED[page][1]
    parts = (
        double_text(table, match[1]) if match[1] is not None else "".join(single[byte] for byte in match[2])
        for match in PIECE.finditer(raw)
    )
    text = "".join(parts)
    return None if "\ufffd" in text else text


def slow(page: str, raw: bytes) -> str | None:
    if page in MIXED:
        return mixed_text(page, raw)
    if page in DOUBLE:
        text = double_text(page, raw)
        return None if "\ufffd" in text else text
    try:
        return raw.decode(page)
    except UnicodeDecodeError:
        return None


def cut(text: str | None, trim: Trim, blank: str) -> str | None:
    if text is None or trim is Trim.NONE:
        return text
    strip = {Trim.LEFT: text.lstrip, Trim.RIGHT: text.rstrip, Trim.BOTH: text.strip}
    return strip[trim](blank)


def codes_of(page: str) -> list[int]:
    found = double_page(page)
    return [code for code in range(65536) if found.points[code] != UNDEFINED]


DEFINED = {page: codes_of(page) for page in DOUBLE}


def pairs(page: str, most: int) -> st.SearchStrategy[bytes]:
    usual = st.sampled_from(DEFINED[page]) | st.just(0x4040)
    return st.lists(usual, max_size=most).map(lambda codes: b"".join(code.to_bytes(2, "big") for code in codes))


@st.composite
def raw_texts(draw: st.DrawFn, page: str, width: int) -> bytes:
    """Texts of the page as in files, some of them damaged."""
    blank = b"\x40"
    if page in DOUBLE:
        blank, raw = b"\x40\x40", draw(pairs(page, width // 2))
    elif page in MIXED:
        single = st.text("AB 19-", max_size=4).map(lambda text: text.encode("cp037"))
        double = pairs(MIXED[page][1], 3).map(lambda raw: b"\x0e" + raw + b"\x0f")
        raw = b"".join(draw(st.lists(single | double, max_size=5)))
    else:
        letters = st.text(st.characters(exclude_categories=("Cs",)), max_size=width) | st.text("ab ", max_size=width)
        blank, raw = " ".encode(page), draw(letters).encode(page)
    raw = (raw + blank * width)[:width]
    if draw(st.integers(0, 4)):
        return raw
    place = draw(st.integers(0, width - 1))
    return raw[:place] + bytes([draw(st.sampled_from([0x0E, 0x0F, 0x00, 0xD8, 0xDC, 0xFF, 0x41]))]) + raw[place + 1 :]


PAGES = [*MIXED, *DOUBLE, "utf-8", "utf-16-be", "utf-16-le"]


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(PAGES), st.sampled_from([2, 4, 6, 12, 20]), st.sampled_from(list(Trim)))
def test_texts_equal_the_slow_reading(data: st.DataObject, page: str, width: int, trim: Trim) -> None:
    spec = FieldSpec("T", Kind.TEXT, 3, width, code_page=page, trim=trim)
    raws = data.draw(st.lists(raw_texts(page, width), max_size=6))
    column = decode(spec, raws)
    blank = "\u3000" if page in DOUBLE else " "
    assert oracle.texts(column) == [cut(slow(page, raw), trim, blank) for raw in raws]
    assert column.values.shape[0] == len(raws)
    assert column.values.flags.c_contiguous
    if column.valid is not None:
        assert not column.valid.all()
        for raw in np.array(raws, object)[~column.valid]:
            fault = explain(spec, raw)
            assert fault.code in ("LRD008", "LRD010", "LRD011")
            assert 0 <= fault.position < width
            assert fault.remedy


@settings(max_examples=80, deadline=None)
@given(st.data(), st.sampled_from(PAGES), st.sampled_from([4, 12, 20]))
def test_encoded_texts_decode_to_the_same(data: st.DataObject, page: str, width: int) -> None:
    spec = FieldSpec("T", Kind.TEXT, 3, width, code_page=page)
    raws = [raw for raw in data.draw(st.lists(raw_texts(page, width), max_size=6)) if slow(page, raw) is not None]
    column = decode(spec, raws)
    try:
        written = encode(column, spec)
    except InputError:  # without its empty or repeated shifts, the text needs other shifts than the field has space for
        assert page in MIXED
        return
    assert oracle.texts(decode(spec, [row.tobytes() for row in written])) == oracle.texts(column)


def test_japanese_as_glibc_writes_it() -> None:
    raw = bytes.fromhex("C10E456245660FC24040")  # A日本B through iconv -t IBM930, and two spaces
    assert oracle.texts(decode(FieldSpec("T", Kind.TEXT, 0, len(raw), code_page="cp930"), [raw])) == ["A日本B"]


def test_a_code_of_two_characters() -> None:
    """か with the mark of a nasal (JIS X 0213) is one code in 1390 and two characters in Unicode."""
    table = double_page("cp16684")
    code = table.codes["か\u309a"]
    spec = FieldSpec("T", Kind.TEXT, 0, 6, code_page="cp1390")
    raw = b"\x0e" + code + b"\x40\x40\x0f"
    column = decode(spec, [raw])
    assert oracle.texts(column) == ["か\u309a\u3000"]
    assert encode(column, spec).tobytes() == raw


FAULTS = [
    ("cp930", "0E4562", "LRD010", 0),
    ("cp930", "C10F40", "LRD010", 1),
    ("cp930", "0E0E0F", "LRD010", 0),
    ("cp930", "0E450F", "LRD010", 1),
    ("cp930", "C1C157", "LRD008", 2),
    ("cp930", "0E40410F", "LRD008", 1),
    ("cp300", "40404041", "LRD008", 2),
    ("utf-8", "4142C3", "LRD011", 2),
    ("utf-8", "C0AF20", "LRD011", 0),
    ("utf-8", "EDA080", "LRD011", 0),
    ("utf-16", "0041D800", "LRD011", 2),
    ("utf-16", "DC000041", "LRD011", 0),
]


@pytest.mark.parametrize(("page", "digits", "code", "position"), FAULTS)
def test_faults_and_their_positions(page: str, digits: str, code: str, position: int) -> None:
    raw = bytes.fromhex(digits)
    spec = FieldSpec("T", Kind.TEXT, 0, len(raw), code_page=page)
    good = encode(np.full((1, 1), ord(" "), np.uint8), spec)[0].tobytes() if page != "cp300" else b"\x40" * len(raw)
    column = decode(spec, [good, raw, good])
    assert column.valid is not None
    assert column.valid.tolist() == [True, False, True]
    fault = explain(spec, raw)
    assert (fault.code, fault.position) == (code, position)


@pytest.mark.parametrize("page", ["cp930", "cp300", "utf-8", "utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("null", list(Null))
def test_null_texts_come_back(page: str, null: Null) -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, 6, code_page=page, null_when=(null,))
    text = "\u65e5\u65e5" if page == "cp300" else "ab"
    values = np.frombuffer(text.encode() * 2, np.uint8).reshape(2, -1)
    column = Column(values, np.full(2, values.shape[1], np.int32), null=np.array([False, True]))
    written = encode(column, spec)
    found = decode(spec, [row.tobytes() for row in written])
    assert found.null is not None
    assert found.null.tolist() == [False, True]
    assert found.valid is None
    assert oracle.texts(found) == [text, ""]


def test_the_filling_of_zeros_is_the_page_s_zero() -> None:
    full_width = FieldSpec("T", Kind.TEXT, 0, 2, code_page="cp300", null_when=(Null.ZEROS,))
    assert oracle.texts(decode(FieldSpec("T", Kind.TEXT, 0, 2, code_page="cp300"), [b"\x42\xf0"])) == ["０"]
    assert decode(full_width, [b"\x42\xf0"]).null is not None


@pytest.mark.parametrize(
    ("page", "text"),
    [("cp930", "日本語文"), ("cp930", "\U0001f600"), ("cp300", "A"), ("utf-8", "日本語"), ("utf-16", "abcde")],
)
def test_texts_that_do_not_fit_are_refused(page: str, text: str) -> None:
    values = np.frombuffer(text.encode(), np.uint8).reshape(1, -1)
    with pytest.raises(InputError, match="LRD912"):
        encode(values, FieldSpec("T", Kind.TEXT, 0, 8, code_page=page))


def test_single_byte_columns_of_multibyte_pages_use_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the slow way was taken")

    monkeypatch.setattr("shared.codec.multibyte_text.decode_multibyte", never)
    for page in ("cp930", "utf-8"):
        raw = encode(np.frombuffer(b"ABC 12", np.uint8).reshape(1, 6), FieldSpec("T", Kind.TEXT, 0, 6, code_page=page))
        assert oracle.texts(decode(FieldSpec("T", Kind.TEXT, 0, 6, code_page=page), [raw.tobytes()])) == ["ABC 12"]


def test_numbers_in_multibyte_pages_are_single_bytes() -> None:
    specs = [FieldSpec("N", Kind.DISPLAY, 0, 3, 3, code_page=page) for page in ("cp930", "cp300", "utf-8")]
    raws = [b"\xf1\xf2\xf3", b"\xf1\xf2\xf3", b"123"]
    assert [oracle.integers(decode(spec, [raw])) for spec, raw in zip(specs, raws, strict=True)] == [[123]] * 3
    assert code_page("cp930").ebcdic


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("LRD905", {"kind": Kind.TEXT, "length": 3, "code_page": "utf-16"}),
        ("LRD905", {"kind": Kind.TEXT, "length": 5, "code_page": "cp300"}),
        ("LRD906", {"kind": Kind.DISPLAY, "length": 4, "digits": 4, "code_page": "utf-16"}),
    ],
)
def test_invalid_fields_in_multibyte_pages(code: str, options: dict) -> None:
    with pytest.raises(JobError, match=code):
        FieldSpec(**({"name": "T", "offset": 0} | options))


def test_other_kinds_are_allowed_in_utf16() -> None:
    assert FieldSpec("R", Kind.RAW, 0, 3, code_page="utf-16").length == 3


@pytest.mark.parametrize("digits", ["0e76bb5268c6a847a278600f", "9f4040404040404040404040"])
def test_a_character_of_both_tables_is_encoded_in_the_shorter_way(digits: str) -> None:
    """cp1371 has the euro sign in both tables: as one byte between double bytes it needs two more shifts."""
    raw = bytes.fromhex(digits)
    spec = FieldSpec("F", Kind.TEXT, 0, len(raw), code_page="cp1371")
    column = decode(spec, [raw])
    again = encode(column, spec)
    assert decode(spec, [again[0].tobytes()]).values.tobytes() == column.values.tobytes()
