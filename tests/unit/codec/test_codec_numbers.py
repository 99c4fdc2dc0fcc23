"""DISPLAY, packed and binary numbers against the slow oracle."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.codec import Decoder, FieldSpec, Kind, Null, Sign, encode, explain
from tests.unit.codec import oracle

EMBEDDED = [Sign.NONE, Sign.TRAILING, Sign.LEADING]
SEPARATE = [Sign.TRAILING_SEPARATE, Sign.LEADING_SEPARATE]


@st.composite
def number_specs(draw: st.DrawFn) -> tuple[FieldSpec, int]:
    """A numeric field and the length of its record; the field is often at the start or the end."""
    kind = draw(st.sampled_from([Kind.DISPLAY, Kind.PACKED, Kind.BINARY]))
    digits = draw(st.integers(1, 31))
    options: dict = {"scale": draw(st.integers(0, digits)), "strict_sign": draw(st.booleans())}
    options["sign"] = draw(st.sampled_from(EMBEDDED + (SEPARATE if kind is Kind.DISPLAY else [])))
    if kind is Kind.DISPLAY:
        length = digits + (options["sign"] in SEPARATE)
    elif kind is Kind.PACKED:
        options["signless"] = options["sign"] is Sign.NONE and draw(st.booleans())
        length = (digits + 1) // 2 if options["signless"] else digits // 2 + 1
    else:
        length = draw(st.integers(1, 16))
        options["little_endian"] = draw(st.booleans())
        options["native_binary"] = draw(st.booleans())
    before, after = draw(st.sampled_from([(0, 0), (0, 3), (3, 0), (1, 20), (20, 1), (9, 9)]))
    return FieldSpec("N", kind, before, length, digits, **options), before + length + after


def plausible(spec: FieldSpec) -> st.SearchStrategy[bytes]:
    """Valid bytes, and bytes with all kinds of faults."""
    anything = st.binary(min_size=spec.length, max_size=spec.length)
    limit = min(10**spec.value_digits, 2 ** (8 * spec.length - spec.signed) if spec.kind is Kind.BINARY else 10**31)
    edges = [0, 1, limit - 1, limit // 2, 10**17, 10**18 - 1, 10**18, 10**18 + 1]
    inside = sorted({edge for edge in edges if edge < limit})
    sizes = st.integers(0, limit - 1) | st.sampled_from(inside)
    numbers = st.tuples(sizes, st.booleans()).map(lambda pair: -pair[0] if pair[1] and spec.signed else pair[0])
    written = numbers.map(lambda value: encode(wide([value]), spec)[0].tobytes())
    damaged = st.tuples(written, st.integers(0, spec.length - 1), st.integers(0, 255)).map(
        lambda parts: parts[0][: parts[1]] + bytes([parts[2]]) + parts[0][parts[1] + 1 :]
    )
    return written | written | damaged | anything


def wide(values: list[int]) -> np.ndarray:
    pairs = [divmod(abs(value), 10**18) for value in values]
    signs = [-1 if value < 0 else 1 for value in values]
    return np.array([[high * sign, low * sign] for (high, low), sign in zip(pairs, signs, strict=True)], np.int64)


@settings(max_examples=400, deadline=None)
@given(st.data(), number_specs())
def test_numbers_equal_the_oracle(data: st.DataObject, place: tuple[FieldSpec, int]) -> None:
    spec, record_length = place
    raws = data.draw(st.lists(plausible(spec), min_size=1, max_size=12))
    records = oracle.batch(raws, spec.offset, record_length, data.draw(st.sampled_from([0x00, 0x40, 0xF0, 0xFF])))
    (column,) = Decoder([spec], record_length).decode(records)
    assert oracle.integers(column) == oracle.expected(spec, raws)
    assert column.values.ndim == (2 if spec.wide else 1)
    if column.valid is not None:
        assert not column.valid.all()
        assert not column.values[~column.valid].any()
        for raw in np.array(raws, object)[~column.valid]:
            fault = explain(spec, raw)
            assert 0 <= fault.position < spec.length
            assert fault.remedy


@settings(max_examples=200, deadline=None)
@given(st.data(), number_specs())
def test_encode_inverts_decode(data: st.DataObject, place: tuple[FieldSpec, int]) -> None:
    spec, record_length = place
    raws = data.draw(st.lists(plausible(spec), min_size=1, max_size=12))
    (column,) = Decoder([spec], record_length).decode(oracle.batch(raws, spec.offset, record_length))
    values = [value or 0 for value in oracle.integers(column)]
    written = encode(wide(values), spec)
    canonical = oracle.batch([row.tobytes() for row in written], spec.offset, record_length)
    (again,) = Decoder([spec], record_length).decode(canonical)
    assert oracle.integers(again) == values
    assert (encode(again, spec) == written).all()


PACKED_SPECS = [
    FieldSpec("P", Kind.PACKED, 0, length, digits, sign=sign, strict_sign=strict)
    for digits, length in [(1, 1), (4, 3), (5, 3), (15, 8), (17, 9), (18, 10), (31, 16)]
    for sign, strict in product([Sign.NONE, Sign.TRAILING], [False, True])
]


@pytest.mark.parametrize("spec", PACKED_SPECS, ids=lambda spec: f"{spec.digits}{spec.sign}{spec.strict_sign}")
def test_every_byte_at_every_position_of_packed(spec: FieldSpec) -> None:
    every_byte_at_every_position(spec, bytes(spec.length - 1) + b"\x0c")


@pytest.mark.parametrize("sign", list(Sign))
@pytest.mark.parametrize("digits", [1, 7, 8, 9, 17, 18, 19, 31])
@pytest.mark.parametrize("strict", [False, True])
def test_every_byte_at_every_position_of_display(sign: Sign, digits: int, strict: bool) -> None:
    spec = FieldSpec("D", Kind.DISPLAY, 0, digits + (sign in SEPARATE), digits, sign=sign, strict_sign=strict)
    good = bytearray(b"\xf1" * spec.length)
    if sign in SEPARATE:
        good[0 if sign is Sign.LEADING_SEPARATE else -1] = 0x4E
    every_byte_at_every_position(spec, bytes(good))


def every_byte_at_every_position(spec: FieldSpec, good: bytes) -> None:
    places = product(range(spec.length), range(256))
    raws = [good[:place] + bytes([byte]) + good[place + 1 :] for place, byte in places]
    (column,) = Decoder([spec], spec.length).decode(oracle.batch(raws, 0, spec.length))
    expected = oracle.expected(spec, raws)
    assert oracle.integers(column) == expected
    assert None in expected
    assert any(value is not None for value in expected)
    for number, (raw, value) in enumerate(zip(raws, expected, strict=True)):
        if value is None:
            assert explain(spec, raw).position == number // 256 or spec.kind is Kind.PACKED


ASCII_SIGNS = [
    (b"123", 123), (b"12{", 120), (b"12A", 121), (b"12I", 129), (b"12}", -120), (b"12J", -121), (b"12R", -129),
    (b"12p", -120), (b"12y", -129), (b"12z", None), (b"1 3", None), (b"12@", None), (b"\xf1\xf2\xf3", None),
]  # fmt: skip


def test_ascii_zoned_signs() -> None:
    spec = FieldSpec("A", Kind.DISPLAY, 0, 3, 3, sign=Sign.TRAILING, code_page="latin-1")
    (column,) = Decoder([spec], 3).decode(oracle.batch([raw for raw, _ in ASCII_SIGNS], 0, 3))
    assert oracle.integers(column) == [value for _, value in ASCII_SIGNS]


def test_an_unsigned_ascii_number_allows_a_plus_only_when_lenient() -> None:
    raws = [b"123", b"12C", b"12L"]
    for strict, expected in [(False, [123, 123, None]), (True, [123, None, None])]:
        spec = FieldSpec("A", Kind.DISPLAY, 0, 3, 3, code_page="ascii", strict_sign=strict)
        (column,) = Decoder([spec], 3).decode(oracle.batch(raws, 0, 3))
        assert oracle.integers(column) == expected


@pytest.mark.parametrize("sign", SEPARATE)
def test_ascii_separate_signs(sign: Sign) -> None:
    spec = FieldSpec("A", Kind.DISPLAY, 0, 4, 3, sign=sign, code_page="cp1252")
    raws = [b"+123", b"-123", b" 123"] if sign is Sign.LEADING_SEPARATE else [b"123+", b"123-", b"123 "]
    (column,) = Decoder([spec], 4).decode(oracle.batch(raws, 0, 4))
    assert oracle.integers(column) == [123, -123, None]
    assert encode(np.array([123, -123]), spec).tobytes() == raws[0] + raws[1]


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("sign", [Sign.NONE, Sign.TRAILING])
@pytest.mark.parametrize("little", [False, True])
@pytest.mark.parametrize("native", [False, True])
def test_every_short_binary(length: int, sign: Sign, little: bool, native: bool) -> None:
    digits = 2 * length
    spec = FieldSpec("B", Kind.BINARY, 0, length, digits, sign=sign, little_endian=little, native_binary=native)
    raws = [number.to_bytes(length, "big") for number in range(256**length)]
    records = np.frombuffer(b"".join(raws), np.uint8).reshape(-1, length).copy()
    (column,) = Decoder([spec], length).decode(records)
    assert oracle.integers(column) == oracle.expected(spec, raws)


FAULTS = [
    (FieldSpec("F", Kind.PACKED, 0, 3, 5, sign=Sign.TRAILING), "12A45C", "LRD001", 1),
    (FieldSpec("F", Kind.PACKED, 0, 3, 5, sign=Sign.TRAILING), "123450", "LRD002", 2),
    (FieldSpec("F", Kind.PACKED, 0, 3, 5), "12345D", "LRD002", 2),
    (FieldSpec("F", Kind.PACKED, 0, 3, 4, sign=Sign.TRAILING), "12345C", "LRD007", 0),
    (FieldSpec("F", Kind.PACKED, 0, 2, 4, signless=True), "123F", "LRD001", 1),
    (FieldSpec("F", Kind.DISPLAY, 0, 3, 3), "F140F3", "LRD003", 1),
    (FieldSpec("F", Kind.DISPLAY, 0, 3, 3), "F1F2D3", "LRD004", 2),
    (FieldSpec("F", Kind.DISPLAY, 0, 3, 3, sign=Sign.LEADING), "FAF2F3", "LRD003", 0),
    (FieldSpec("F", Kind.DISPLAY, 0, 3, 3, sign=Sign.LEADING), "91F2F3", "LRD004", 0),
    (FieldSpec("F", Kind.DISPLAY, 0, 4, 3, sign=Sign.TRAILING_SEPARATE), "F1F2F340", "LRD005", 3),
    (FieldSpec("F", Kind.BINARY, 0, 2, 4), "2710", "LRD006", 0),
    (FieldSpec("F", Kind.BINARY, 0, 2, 4, sign=Sign.TRAILING), "2710", "LRD006", 0),
    (FieldSpec("F", Kind.BINARY, 0, 2, 4, sign=Sign.TRAILING), "D8F0", "LRD006", 0),
]


@pytest.mark.parametrize(("spec", "raw", "code", "position"), FAULTS)
def test_explain_names_the_byte(spec: FieldSpec, raw: str, code: str, position: int) -> None:
    data = bytes.fromhex(raw)
    (column,) = Decoder([spec], spec.length).decode(oracle.batch([data], 0, spec.length))
    assert oracle.integers(column) == [None]
    fault = explain(spec, data)
    assert (fault.code, fault.position) == (code, position)


NULLS = [
    (Kind.DISPLAY, Null.SPACES, "404040"),
    (Kind.DISPLAY, Null.LOW_VALUES, "000000"),
    (Kind.DISPLAY, Null.HIGH_VALUES, "FFFFFF"),
    (Kind.DISPLAY, Null.ZEROS, "F0F0F0"),
    (Kind.PACKED, Null.LOW_VALUES, "000000"),
    (Kind.PACKED, Null.SPACES, "404040"),
    (Kind.PACKED, Null.ZEROS, "00000C"),
]


@pytest.mark.parametrize(("kind", "null", "raw"), NULLS)
def test_null_fillings(kind: Kind, null: Null, raw: str) -> None:
    digits = 3 if kind is Kind.DISPLAY else 5
    good = "F1F2F3" if kind is Kind.DISPLAY else "00123C"
    raws = [bytes.fromhex(text) for text in (good, raw, "C1C1C1")]
    spec = FieldSpec("N", kind, 2, 3, digits, sign=Sign.TRAILING, null_when=(null,))
    (column,) = Decoder([spec], 20).decode(oracle.batch(raws, 2, 20))
    assert column.null is not None
    assert column.null.tolist() == [False, True, False]
    assert column.valid is not None
    assert column.valid.tolist() == [True, True, False]
    assert column.values.tolist() == [123, 0, 0]


def test_no_null_and_no_fault_leave_no_masks() -> None:
    spec = FieldSpec("N", Kind.DISPLAY, 0, 3, 3, null_when=(Null.SPACES,))
    (column,) = Decoder([spec], 3).decode(oracle.batch([b"\xf1\xf2\xf3"], 0, 3))
    assert column.null is None
    assert column.valid is None
    (column,) = Decoder([spec], 3).decode(oracle.batch([b"\x40\x40\x40"], 0, 3))
    assert column.null is not None
    assert column.valid is None
