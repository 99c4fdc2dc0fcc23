"""How a valid record is made bad in exactly one field, and the reject code that it must get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from shared.codec import Column, FieldSpec, Kind, Sign, code_page, encode
from shared.codec.columns import Bytes
from shared.errors import InputError
from shared.sample.choosing import Subject
from shared.sample.fillings import rows_of, rows_of_integers
from shared.transform.plan import RuleKind
from shared.transform.rejects import NOT_A_DATE, NOT_IN_LIST, OUT_OF_RANGE, REQUIRED


class BadKind(StrEnum):
    """What is wrong with a bad record. Bad records take turns in this order."""

    PACKED_DIGIT = "packed-digit"
    PACKED_SIGN = "packed-sign"
    PACKED_SPARE = "packed-spare"
    ZONED_DIGIT = "zoned-digit"
    ZONED_SIGN = "zoned-sign"
    BINARY_DIGITS = "binary-digits"
    NO_CHARACTER = "no-character"
    IMPOSSIBLE_DATE = "impossible-date"
    NOT_IN_LIST = "not-in-list"
    REQUIRED_BLANK = "required-blank"
    OUT_OF_RANGE = "out-of-range"


CODES: Final = {
    BadKind.PACKED_DIGIT: "LRD001",
    BadKind.PACKED_SIGN: "LRD002",
    BadKind.PACKED_SPARE: "LRD007",
    BadKind.ZONED_DIGIT: "LRD003",
    BadKind.ZONED_SIGN: "LRD004",
    BadKind.BINARY_DIGITS: "LRD006",
    BadKind.NO_CHARACTER: "LRD008",
    BadKind.IMPOSSIBLE_DATE: NOT_A_DATE,
    BadKind.NOT_IN_LIST: NOT_IN_LIST,
    BadKind.REQUIRED_BLANK: REQUIRED,
    BadKind.OUT_OF_RANGE: OUT_OF_RANGE,
}

_SEPARATE_SIGN: Final = "LRD005"
_NO_SIGN: Final = 0x15
"""A control character, which is neither a digit with a sign nor + nor -, in EBCDIC and in ASCII."""


@dataclass(frozen=True, slots=True, eq=False)
class Spoil:
    """One way to make a field bad: mask its bytes with ``keep`` and or them with ``put``, both (length,) uint8."""

    spec: FieldSpec
    kind: BadKind
    code: str
    keep: Bytes
    put: Bytes

    def apply(self, records: Bytes, rows: list[int]) -> None:
        """Change the field in these rows of (n, record length) bytes."""
        span = slice(self.spec.offset, self.spec.end)
        records[rows, span] = (records[rows, span] & self.keep) | self.put


def spoils_of(subject: Subject) -> Iterator[Spoil]:
    """All ways to make the field bad."""
    spec = subject.column.spec
    match spec.kind:
        case Kind.PACKED:
            yield from _packed(spec)
        case Kind.DISPLAY:
            yield from _zoned(spec)
        case Kind.BINARY:
            yield from _binary(spec)
        case Kind.TEXT:
            yield from _text(spec)
    for kind, row in _ruled(subject):
        # With several rules, another rule can reject the value first, or the value can be null.
        if subject.codes(row) == {0: CODES[kind]}:
            yield _whole(spec, kind, row[0])


def _packed(spec: FieldSpec) -> Iterator[Spoil]:
    digit = 1 if spec.length > 1 else 0
    yield _nibble(spec, BadKind.PACKED_DIGIT, digit, 0xA)
    if not spec.signless:
        yield _nibble(spec, BadKind.PACKED_SIGN, 2 * spec.length - 1, 0x5)
        if spec.digits % 2 == 0:
            yield _nibble(spec, BadKind.PACKED_SPARE, 0, 0x1)


def _zoned(spec: FieldSpec) -> Iterator[Spoil]:
    leading = spec.sign.leading
    if spec.digits > 1 or spec.sign.separate:
        (mark,) = rows_of(["?"], replace(_as_text(spec), length=1))[0].tolist()
        yield _byte(spec, BadKind.ZONED_DIGIT, spec.length - 1 if leading else 0, mark)
    if spec.sign is not Sign.NONE:
        spoil = _byte(spec, BadKind.ZONED_SIGN, 0 if leading else spec.length - 1, _NO_SIGN)
        yield replace(spoil, code=_SEPARATE_SIGN) if spec.sign.separate else spoil


def _binary(spec: FieldSpec) -> Iterator[Spoil]:
    value = 10**spec.value_digits
    if value < 2 ** (8 * spec.length - spec.signed):
        raw = value.to_bytes(spec.length, "little" if spec.little_endian else "big")
        yield _whole(spec, BadKind.BINARY_DIGITS, np.frombuffer(raw, np.uint8))


def _text(spec: FieldSpec) -> Iterator[Spoil]:
    undefined = np.flatnonzero(code_page(spec.code_page).utf8_lengths == 0)
    if len(undefined):
        yield _byte(spec, BadKind.NO_CHARACTER, 0, int(undefined[0]))


def _ruled(subject: Subject) -> Iterator[tuple[BadKind, Bytes]]:
    """Values that break the field's rules or are not dates, as (1, length) bytes."""
    spec = subject.column.spec
    if subject.date_form:
        yield BadKind.IMPOSSIBLE_DATE, rows_of([subject.date_form.impossible], spec)
    for rule in subject.rules:
        if rule.kind is RuleKind.REQUIRED:
            yield from ((BadKind.REQUIRED_BLANK, row) for row in _blanks(spec))
        elif rule.kind is RuleKind.IN_LIST and spec.is_number:
            yield from ((BadKind.NOT_IN_LIST, row) for row in _fitting(_unlisted(rule.values), spec))
        elif rule.kind is RuleKind.IN_LIST:
            yield BadKind.NOT_IN_LIST, rows_of(["?" * spec.length], spec)
        elif rule.kind is RuleKind.RANGE:
            beyond = [bound + step for bound, step in ((rule.maximum, 1), (rule.minimum, -1)) if bound is not None]
            yield from ((BadKind.OUT_OF_RANGE, row) for row in _fitting(beyond, spec))


def _blanks(spec: FieldSpec) -> Iterator[Bytes]:
    if spec.null_when:
        zero = np.zeros((1, 1) if not spec.is_number else 1, np.uint8 if not spec.is_number else np.int64)
        yield encode(Column(zero, null=np.ones(1, np.bool_)), spec)
    elif not spec.is_number:
        yield rows_of([" "], spec)


def _unlisted(values: tuple[int, ...] | tuple[str, ...]) -> list[int]:
    """The lowest positive number that is not in the list."""
    return [next(number for number in range(1, len(values) + 2) if number not in values)]


def _fitting(values: list[int], spec: FieldSpec) -> Iterator[Bytes]:
    """The values that fit the field."""
    for value in values:
        try:
            row = rows_of_integers([value], spec)
        except InputError:
            continue
        yield row


def _as_text(spec: FieldSpec) -> FieldSpec:
    return FieldSpec(spec.name, Kind.TEXT, spec.offset, spec.length, code_page=spec.code_page)


def _whole(spec: FieldSpec, kind: BadKind, raw: Bytes) -> Spoil:
    return Spoil(spec, kind, CODES[kind], np.zeros(spec.length, np.uint8), raw)


def _byte(spec: FieldSpec, kind: BadKind, position: int, value: int) -> Spoil:
    keep, put = np.full(spec.length, 0xFF, np.uint8), np.zeros(spec.length, np.uint8)
    keep[position], put[position] = 0, value
    return Spoil(spec, kind, CODES[kind], keep, put)


def _nibble(spec: FieldSpec, kind: BadKind, nibble: int, value: int) -> Spoil:
    keep, put = np.full(spec.length, 0xFF, np.uint8), np.zeros(spec.length, np.uint8)
    position, low = divmod(nibble, 2)
    keep[position], put[position] = (0xF0, value) if low else (0x0F, value << 4)
    return Spoil(spec, kind, CODES[kind], keep, put)
