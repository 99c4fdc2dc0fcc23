"""DISPLAY numbers with fewer digits than their picture, and blanks or low-values before or after them."""

from __future__ import annotations

import pytest

from shared.codec import Decoder, FieldSpec, Kind, Sign
from shared.errors import JobError
from tests.unit.codec import oracle


def decoded(raws: list[bytes], sign: Sign = Sign.NONE, digits: int = 4, **options: object) -> list[int | None]:
    length = digits + sign.separate
    spec = FieldSpec("N", Kind.DISPLAY, 2, length, digits, sign=sign, **{"padded": True, **options})
    records = oracle.batch(raws, 2, length + 2)
    (column,) = Decoder([spec], length + 2).decode(records)
    valid = [True] * len(column) if column.valid is None else column.valid.tolist()
    return [value if good else None for value, good in zip(column.values.tolist(), valid, strict=True)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0012", 12),
        ("  12", 12),
        ("12  ", 12),
        (" 12 ", 12),
        ("12\0\0", 12),
        ("\0  7", 7),
        ("1 2 ", None),
        ("    ", None),
        ("\0\0\0\0", None),
        (" x1 ", None),
    ],
)
def test_padding_around_the_digits_is_ignored(text: str, value: int | None) -> None:
    raw = text.encode("cp037")
    assert decoded([raw, "1234".encode("cp037")]) == [value, 1234]
    assert decoded([text.encode()], code_page="ascii") == [value]


@pytest.mark.parametrize(
    ("sign", "text", "value"),
    [
        (Sign.TRAILING, " 1K ", -12),
        (Sign.TRAILING_SEPARATE, "12-  ", -12),
        (Sign.LEADING_SEPARATE, " -12 ", -12),
        (Sign.LEADING_SEPARATE, "  -  ", None),
        (Sign.TRAILING_SEPARATE, "  +  ", None),
        (Sign.LEADING, "K2  ", None),
    ],
)
def test_padded_numbers_with_signs(sign: Sign, text: str, value: int | None) -> None:
    assert decoded([text.encode("cp037")], sign) == [value]


def test_without_the_policy_blanks_are_faults() -> None:
    assert decoded(["  12".encode("cp037")], padded=False) == [None]


def test_only_display_has_padding() -> None:
    with pytest.raises(JobError) as caught:
        FieldSpec("N", Kind.PACKED, 0, 2, 3, padded=True)
    assert caught.value.code == "LRD906"
