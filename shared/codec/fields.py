"""What a field of a record is: kind, place, picture, and the policies for reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from shared.codec.catalogue import bad_field
from shared.codec.characters import require
from shared.codec.charsets import Form, charset

NARROW_DIGITS = 18
"""Scaled numbers of up to this many digits are (n,) int64; longer ones are (n, 2) int64."""

MAX_DIGITS = 31
"""The longest number: COBOL under ARITH(EXTEND), and Db2's DECIMAL(31). Longer ones are LONG, and text."""

BINARY_LENGTHS = tuple(range(1, 17))
FLOAT_LENGTHS = (4, 8)


class Kind(StrEnum):
    """How the bytes of a field are to be read; each has its own module, see ``registry``."""

    TEXT = "text"
    DISPLAY = "display"
    PACKED = "packed"
    BINARY = "binary"
    EDITED = "edited"
    FLOAT = "float"
    LONG = "long"
    WRITTEN = "written"
    RAW = "raw"


class FloatForm(StrEnum):
    """How a floating-point number is stored: IBM's hexadecimal form, IEEE 754's binary one, or written out."""

    IBM = "ibm"
    IEEE = "ieee"
    WRITTEN = "written"


class Sign(StrEnum):
    """Where the sign of a number stands. PACKED, BINARY, EDITED and WRITTEN ask only for one."""

    NONE = "none"
    TRAILING = "trailing"
    LEADING = "leading"
    TRAILING_SEPARATE = "trailing_separate"
    LEADING_SEPARATE = "leading_separate"

    @property
    def separate(self) -> bool:
        return self in (Sign.TRAILING_SEPARATE, Sign.LEADING_SEPARATE)

    @property
    def leading(self) -> bool:
        return self in (Sign.LEADING, Sign.LEADING_SEPARATE)


class Trim(StrEnum):
    """Which spaces of a text do not count."""

    NONE = "none"
    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Controls(StrEnum):
    """What becomes of control characters (Unicode's category Cc) in text: they stay, become spaces, or are left out."""

    KEEP = "keep"
    SPACE = "space"
    DROP = "drop"


class Null(StrEnum):
    """Fillings of a whole field that mean "no value".

    SPACES, LOW_VALUES (X'00') and HIGH_VALUES (X'FF') look at the bytes; ZEROS is a number that decodes to
    zero, or a text of the digit 0 only.
    """

    SPACES = "spaces"
    LOW_VALUES = "low_values"
    HIGH_VALUES = "high_values"
    ZEROS = "zeros"


class Invalid(StrEnum):
    """What becomes of a value that does not decode: its record is rejected, or the value is null."""

    REJECT = "reject"
    NULL = "null"


class DateForm(StrEnum):
    """How a date is written; the value is the form itself, Y, M and D standing for digits."""

    ISO = "YYYY-MM-DD"
    YYYYMMDD = "YYYYMMDD"
    EUR = "DD.MM.YYYY"
    USA = "MM/DD/YYYY"
    JULIAN = "YYYYDDD"
    YYMMDD = "YYMMDD"


LONG_FORMS = frozenset({Kind.DISPLAY, Kind.PACKED, Kind.BINARY, Kind.WRITTEN})
"""What a LONG number can be stored as."""

NUMBERS = frozenset({*LONG_FORMS, Kind.EDITED})


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One elementary field, as the copybook and the job define it.

    offset, length: bytes within the record. digits, scale: of the picture; the value is the integer ×
    10^-scale, and the scale may be negative or beyond the digits (P in the picture). little_endian: COMP-9,
    and COMP-5 of Intel compilers. native_binary: COMP-5, limited by its bytes and not by its digits.
    signless: COMP-6. strict_sign: only the signs C, D (and F) that the Principles of Operation prefer; else
    A, C, E, F are plus and B, D minus. A minus in a field without a sign is an error under either policy.
    padded: a DISPLAY number may have fewer digits than its picture, with spaces or X'00' before or behind them.
    stored: how a LONG number, of more than 31 digits, lies in its bytes; to all others it means nothing.
    float_form: of COMP-1 and COMP-2, whose value is a float64 and has neither digits nor scale.
    decimal_comma: numbers that are written out have a comma, not a point, before their decimal places.
    controls: what becomes of control characters in text, before it is trimmed.
    picture, blank_when_zero: of an edited number, whose ``sign`` says only whether the picture has one. invalid: what
    becomes of values that do not decode.

    Raises JobError LRD901 to LRD907 when the parts do not fit each other.
    """

    name: str
    kind: Kind
    offset: int
    length: int
    digits: int = 0
    scale: int = 0
    sign: Sign = Sign.NONE
    little_endian: bool = False
    native_binary: bool = False
    signless: bool = False
    code_page: str = "cp037"
    strict_sign: bool = False
    padded: bool = False
    float_form: FloatForm = FloatForm.IBM
    decimal_comma: bool = False
    picture: str = ""
    blank_when_zero: bool = False
    trim: Trim = Trim.RIGHT
    controls: Controls = Controls.KEEP
    null_when: tuple[Null, ...] = ()
    invalid: Invalid = Invalid.REJECT
    stored: Kind = Kind.DISPLAY

    def __post_init__(self) -> None:
        _check_place(self)
        require(self.code_page)
        _check_options(self)
        if self.is_number or self.kind is Kind.LONG:
            _check_picture(self)
        if self.kind is Kind.EDITED:
            _check_edited(self)
        _check_length(self)

    @property
    def end(self) -> int:
        """The offset of the first byte after the field."""
        return self.offset + self.length

    @property
    def form(self) -> Kind:
        """How the bytes lie: the kind, or what a LONG number is stored as."""
        return self.stored if self.kind is Kind.LONG else self.kind

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def most_characters(self) -> int:
        """The most characters that the field's text can have: pairs of bytes are one each, but for 16684's of two."""
        if self.kind is Kind.LONG:
            return max(self.value_digits - min(self.scale, 0), self.scale + 1) + self.signed + (self.scale > 0)
        page = charset(self.code_page)
        return self.length // 2 if page.form.paired and page.double != "cp16684" else self.length

    @property
    def signed(self) -> bool:
        return self.sign is not Sign.NONE

    @property
    def value_digits(self) -> int:
        """The most digits that the decoded integer can have; beyond the picture's only for COMP-5."""
        if not (self.form is Kind.BINARY and self.native_binary):
            return self.digits
        bits = 8 * self.length - self.signed
        return len(str(2**bits)) if self.kind is Kind.LONG else min(len(str(2**bits)), MAX_DIGITS)

    @property
    def wide(self) -> bool:
        """Whether the values are (n, 2) int64."""
        return self.value_digits > NARROW_DIGITS

    @property
    def decimal(self) -> tuple[int, int]:
        """Precision and scale of the SQL DECIMAL that holds every value of the field."""
        scale = max(self.scale, 0)
        return max(self.value_digits - min(self.scale, 0), scale), scale

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe form that holds only what differs from the defaults."""
        pairs = ((f, getattr(self, f.name)) for f in fields(self))
        kept = {f.name: value for f, value in pairs if value != f.default}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in kept.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FieldSpec:
        """The inverse of ``to_dict``. Raises JobError LRD909 for unknown keys, words or missing parts."""
        try:
            plain = {key: value for key, value in data.items() if key not in _ENUMS}
            words = {key: make(data[key]) for key, make in _ENUMS.items() if key in data}
            return cls(**plain, **words)
        except (TypeError, ValueError) as cause:
            raise bad_field("LRD909", f"not the form of a field: {cause}", field=str(data)) from cause


def _nulls(words: list[str]) -> tuple[Null, ...]:
    return tuple(Null(word) for word in words)


_ENUMS: dict[str, Any] = {
    "kind": Kind,
    "sign": Sign,
    "trim": Trim,
    "controls": Controls,
    "float_form": FloatForm,
    "null_when": _nulls,
    "invalid": Invalid,
    "stored": Kind,
}


def _check_place(spec: FieldSpec) -> None:
    if spec.offset < 0 or spec.length < 1:
        message = f"field {spec.name} lies at offset {spec.offset} with length {spec.length}"
        raise bad_field("LRD902", message, field=spec.name)


def _check_options(spec: FieldSpec) -> None:
    only_for = {
        "sign": (spec.signed, NUMBERS),
        "separate sign": (spec.sign.separate, {Kind.DISPLAY}),
        "little_endian": (spec.little_endian, {Kind.BINARY, Kind.FLOAT}),
        "native_binary": (spec.native_binary, {Kind.BINARY}),
        "float_form": (spec.float_form is not FloatForm.IBM, {Kind.FLOAT}),
        "decimal_comma": (spec.decimal_comma, {Kind.WRITTEN, Kind.FLOAT}),
        "picture": (spec.picture != "" or spec.blank_when_zero, {Kind.EDITED}),
        "signless": (spec.signless, {Kind.PACKED}),
        "padded": (spec.padded, {Kind.DISPLAY}),
        "controls": (spec.controls is not Controls.KEEP, {Kind.TEXT}),
        "code_page UTF-16": (
            charset(spec.code_page).form is Form.UTF16,
            set(Kind) - {Kind.DISPLAY, Kind.EDITED, Kind.WRITTEN},
        ),
        "null_when zeros": (Null.ZEROS in spec.null_when, NUMBERS | {Kind.TEXT, Kind.FLOAT}),
        "null_when zeros of more than 31 digits": (Null.ZEROS in spec.null_when and spec.kind is Kind.LONG, set()),
    }
    for option, (used, kinds) in only_for.items():
        if used and spec.form not in kinds:
            message = f"field {spec.name}: {option} has no meaning for a {spec.kind} field"
            raise bad_field("LRD906", message, field=spec.name)
    if spec.signless and spec.signed:
        raise bad_field("LRD906", f"field {spec.name} is signed and signless at once", field=spec.name)


def _check_picture(spec: FieldSpec) -> None:
    short = max(spec.digits, spec.scale, spec.digits - spec.scale) <= MAX_DIGITS
    fits = short if spec.kind is not Kind.LONG else not short and spec.stored in LONG_FORMS
    if spec.digits < 1 or not fits:
        message = f"field {spec.name} has {spec.digits} digits with scale {spec.scale}"
        raise bad_field("LRD904", message, field=spec.name)


def _check_edited(spec: FieldSpec) -> None:
    from shared.codec.pictures import edited_picture  # few definitions have any

    picture = edited_picture(spec.picture)
    found = (len(picture.symbols), len(picture.digits), picture.signed)
    if found != (spec.length, spec.digits, spec.signed):
        message = (
            f"field {spec.name}: PIC {spec.picture} is no edited number of {spec.digits} digits and sign {spec.sign}"
        )
        raise bad_field("LRD905", f"{message} in {spec.length} bytes", field=spec.name)


def _check_length(spec: FieldSpec) -> None:
    lengths = {
        Kind.DISPLAY: (spec.digits + spec.sign.separate,),
        Kind.PACKED: ((spec.digits + 1) // 2 if spec.signless else spec.digits // 2 + 1,),
        Kind.BINARY: BINARY_LENGTHS,
        Kind.FLOAT: FLOAT_LENGTHS if spec.float_form is not FloatForm.WRITTEN else None,
    }.get(spec.form)
    if spec.kind is Kind.TEXT and charset(spec.code_page).form.paired and spec.length % 2:
        message = f"field {spec.name}: {spec.length} bytes are no whole number of pairs of {spec.code_page}"
        raise bad_field("LRD905", message, field=spec.name)
    if lengths is not None and spec.length not in lengths:
        digits = f"{spec.digits} digits as " if spec.is_number else ""
        message = f"field {spec.name}: {digits}{spec.kind} cannot take {spec.length} bytes"
        raise bad_field("LRD905", message, field=spec.name, expected=lengths)
