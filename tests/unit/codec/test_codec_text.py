"""Text, raw bytes and code pages against Python's own codecs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.codec import Column, Decoder, FieldSpec, Kind, Null, Trim, code_page, encode, explain
from shared.errors import InputError, JobError
from tests.unit.codec import oracle

PYTHON_PAGES = ["cp037", "cp424", "cp500", "cp875", "cp1026", "cp1140", "ascii", "latin-1", "cp1252"]

# What distinguishes IBM-1047 from IBM-037 (CDRA, code page 1047).
CP1047 = {0x5F: "^", 0xAD: "[", 0xB0: "¬", 0xBA: "Ý", 0xBB: "¨", 0xBD: "]"}


def decode_one(spec: FieldSpec, raws: list[bytes], record_length: int = 0) -> Column:
    length = record_length or spec.end
    return Decoder([spec], length).decode(oracle.batch(raws, spec.offset, length))[0]


@pytest.mark.parametrize("page", PYTHON_PAGES)
def test_every_byte_of_every_page(page: str) -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, 1, code_page=page, trim=Trim.NONE)
    raws = [bytes([byte]) for byte in range(256)]
    column = decode_one(spec, raws)
    expected = [oracle.text(spec, raw) for raw in raws]
    assert oracle.texts(column) == expected
    for raw, char in zip(raws, expected, strict=True):
        if char is None:
            assert explain(spec, raw).code == "LRD008"


@pytest.mark.parametrize("page", PYTHON_PAGES)
def test_every_byte_in_a_batch_of_its_own(page: str) -> None:
    """Covers both the path for ASCII only and the path for other characters."""
    spec = FieldSpec("T", Kind.TEXT, 0, 9, code_page=page, trim=Trim.NONE)
    blank = code_page(page).space
    for byte in range(256):
        raw = bytes([blank, byte]) + bytes([blank]) * 7
        assert oracle.texts(decode_one(spec, [raw])) == [oracle.text(spec, raw)]


def test_cp273_has_the_characters_of_latin_1() -> None:
    found = [chr(point) for point in code_page("cp273").code_points]
    assert sorted(found) == [chr(point) for point in range(256)]
    expected = list(bytes(range(256)).decode("cp273"))
    expected[0xBC] = "¯"
    assert found == expected


def test_cp1047_differs_from_cp037_in_six_places() -> None:
    expected = [CP1047.get(byte, char) for byte, char in enumerate(bytes(range(256)).decode("cp037"))]
    assert [chr(point) for point in code_page("IBM-1047").code_points] == expected


@pytest.mark.parametrize("name", ["037", "37", "cp037", "CP037", "IBM037", "ibm-37", " cp37 "])
def test_names_of_one_page(name: str) -> None:
    assert code_page(name) is code_page("cp037")


@pytest.mark.parametrize("name", ["cp0370", "cp9999", "utf-7", "shift_jis", "utf-32", "rot13", "", "cp932", "punycode"])
def test_errors_for_unknown_pages_have_similar_names(name: str) -> None:
    with pytest.raises(JobError) as caught:
        code_page(name)
    assert caught.value.code == "LRD901"
    assert caught.value.context["near"]


WIDTHS = st.sampled_from([1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 30, 119, 120, 121, 127, 128, 240, 241, 300])
ASCII = "ABC xyz09 "


@settings(max_examples=300, deadline=None)
@given(st.data(), WIDTHS, st.sampled_from(list(Trim)), st.sampled_from(["cp037", "cp1140", "cp875", "cp1252"]))
def test_texts_equal_the_oracle(data: st.DataObject, width: int, trim: Trim, page: str) -> None:
    before, after = data.draw(st.sampled_from([(0, 0), (0, 5), (5, 0), (3, 11)]))
    spec = FieldSpec("T", Kind.TEXT, before, width, code_page=page, trim=trim)
    letters = st.text(ASCII, max_size=width).map(lambda text: text.encode(page))
    blank = bytes([code_page(page).space])
    padded = letters.map(lambda raw: raw.ljust(width, blank)) | letters.map(lambda raw: raw.rjust(width, blank))
    anything = st.binary(min_size=width, max_size=width)
    raws = data.draw(st.lists(padded, max_size=8) | st.lists(padded | padded | anything, max_size=8))
    column = decode_one(spec, raws, before + width + after)
    expected = [oracle.text(spec, raw) for raw in raws]
    assert oracle.texts(column) == expected
    assert column.values.flags.c_contiguous
    assert column.values.shape[0] == len(raws)
    assert column.values.shape[1] >= width
    longest = max((len(raw.decode(page, "replace").encode()) for raw in raws), default=0)
    assert column.values.shape[1] <= max(width, longest)
    if None not in expected:
        padded_rows = [bytes(row[length:]) for row, length in zip(column.values, column.lengths, strict=True)]
        assert all(not rest.strip(b" ") for rest in padded_rows)


@settings(max_examples=200, deadline=None)
@given(st.data(), WIDTHS, st.sampled_from(["cp037", "cp1047", "cp1140", "cp273", "latin-1"]))
def test_encode_inverts_decode(data: st.DataObject, width: int, page: str) -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, width, code_page=page)
    raws = data.draw(st.lists(st.binary(min_size=width, max_size=width), max_size=8))
    column = decode_one(spec, raws)
    assert column.valid is None
    assert [row.tobytes() for row in encode(column, spec)] == raws


def test_several_pages_and_fields_share_a_batch() -> None:
    specs = [
        FieldSpec("A", Kind.TEXT, 0, 3, code_page="cp500"),
        FieldSpec("B", Kind.TEXT, 3, 4, code_page="cp037", trim=Trim.NONE),
        FieldSpec("C", Kind.TEXT, 7, 3, code_page="cp500"),
        FieldSpec("D", Kind.RAW, 0, 10),
        FieldSpec("E", Kind.TEXT, 3, 4),
    ]
    record = "[! ".encode("cp500") + "ab  ".encode("cp037") + "é]A".encode("cp500")
    columns = Decoder(specs, 10).decode(oracle.batch([record] * 3, 0, 10))
    found = [oracle.texts(columns[place])[2] for place in (0, 1, 2, 4)]
    assert found == ["[!", "ab  ", "é]A", "ab"]
    assert columns[3].values.tobytes() == record * 3


def test_columns_stay_valid_after_their_batch() -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, 8)
    records = oracle.batch(["ABCDEFGH".encode("cp037")], 0, 8)
    decoder = Decoder([spec], 8)
    (column,) = decoder.decode(records)
    records[:] = 0x40
    decoder.decode(records)
    assert oracle.texts(column) == ["ABCDEFGH"]


@pytest.mark.parametrize(("null", "byte"), [("spaces", 0x40), ("low_values", 0), ("high_values", 255), ("zeros", 0xF0)])
@pytest.mark.parametrize("width", [1, 5, 8, 11, 20])
def test_null_text(null: str, byte: int, width: int) -> None:
    spec = FieldSpec("T", Kind.TEXT, 4, width, null_when=(Null(null),))
    almost = [bytearray([byte] * width) for _ in range(width)]
    for place, raw in enumerate(almost):
        raw[place] = 0xC1
    column = decode_one(spec, [bytes([byte] * width), *map(bytes, almost)], 40)
    assert column.null is not None
    assert column.null.tolist() == [True] + [False] * width
    assert column.lengths is not None
    assert column.lengths[0] == 0


def test_null_rows_are_encoded_as_their_filling() -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, 3, null_when=(Null.LOW_VALUES, Null.SPACES))
    raws = [b"\0\0\0", "ABC".encode("cp037"), b"\x40\x40\x40"]
    written = encode(decode_one(spec, raws), spec)
    assert [row.tobytes() for row in written] == [raws[0], raws[1], raws[0]]


@pytest.mark.parametrize("text", ["ABCD", "A€", "A漢", "A😀"])
def test_text_that_does_not_fit_is_refused(text: str) -> None:
    data = text.encode()
    with pytest.raises(InputError) as caught:
        encode(np.frombuffer(data, np.uint8).reshape(1, -1), FieldSpec("T", Kind.TEXT, 0, 3))
    assert caught.value.code == "LRD912"
    assert caught.value.context["row"] == 0


def test_a_page_without_some_ascii_refuses_only_these_characters() -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, 3, code_page="cp864")
    assert encode(np.frombuffer(b"A-1", np.uint8).reshape(1, 3), spec).tobytes() == "A-1".encode("cp864")
    with pytest.raises(InputError, match="LRD912"):
        encode(np.frombuffer(b"A%1", np.uint8).reshape(1, 3), spec)


def test_raw_bytes_keep_their_width() -> None:
    spec = FieldSpec("R", Kind.RAW, 1, 2)
    column = decode_one(spec, [b"\x00\xff"], 5)
    assert column.values.tolist() == [[0, 255]]
    assert encode(column, spec).tobytes() == b"\x00\xff"
    with pytest.raises(InputError, match="LRD912"):
        encode(np.zeros((1, 3), np.uint8), spec)
