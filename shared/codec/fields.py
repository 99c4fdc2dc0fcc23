"""``FieldSpec``: the kind, position and picture of a field of a record, and the policies for reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from shared.codec.catalogue import bad_field
from shared.codec.charset_forms import Form, charset
from shared.codec.single_byte_pages import require

NARROW_DIGITS = 18
"""Scaled numbers of up to so many digits are (n,) int64; longer ones are (n, 2) int64."""

MAX_DIGITS = 31
"""The digits of the longest number: COBOL under ARITH(EXTEND), and Db2's DECIMAL(31). Longer ones are of kind LONG."""

BINARY_LENGTHS = tuple(range(1, 17))
FLOAT_LENGTHS = (4, 8)


class Kind(StrEnum):
    """How the bytes of a field are read; each kind has its own module, see ``registry``.

    The values stand in compiled jobs and in messages, so they stay as they are: TEXT_NUMBER is "written" there.
    """

    TEXT = "text"
    DISPLAY = "display"
    PACKED = "packed"
    BINARY = "binary"
    EDITED = "edited"
    FLOAT = "float"
    LONG = "long"
    TEXT_NUMBER = "written"
    RAW = "raw"

    @property
    def label(self) -> str:
        """The kind as messages show it."""
        return self.name.lower().replace("_", " ")


class FloatForm(StrEnum):
    """How a floating-point number is stored: in IBM's hexadecimal form, in IEEE 754's binary form, or as text.

    The values stand in compiled jobs, like those of ``Kind``.
    """

    IBM = "ibm"
    IEEE = "ieee"
    TEXT = "written"


class Sign(StrEnum):
    """Where the sign of a number is. For PACKED, BINARY, EDITED and TEXT_NUMBER only NONE or not NONE matters."""

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
    """Which spaces of a text are removed."""

    NONE = "none"
    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Controls(StrEnum):
    """Whether control characters (Unicode's category Cc) in text are kept, replaced by spaces, or removed."""

    KEEP = "keep"
    SPACE = "space"
    DROP = "drop"


class Null(StrEnum):
    """Contents of a whole field that mean "no value".

    SPACES, LOW_VALUES (X'00') and HIGH_VALUES (X'FF') are bytes. ZEROS is a number that decodes to zero, or a text that
    consists of the digit 0 only.
    """

    SPACES = "spaces"
    LOW_VALUES = "low_values"
    HIGH_VALUES = "high_values"
    ZEROS = "zeros"


class Invalid(StrEnum):
    """What happens to a value that does not decode: its record is rejected, or the value becomes null."""

    REJECT = "reject"
    NULL = "null"


LONG_ENCODINGS = frozenset({Kind.DISPLAY, Kind.PACKED, Kind.BINARY, Kind.TEXT_NUMBER})
"""The kinds whose bytes a LONG number can have."""

NUMBERS = frozenset({*LONG_ENCODINGS, Kind.EDITED})


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One elementary field, as the copybook and the job define it.

    offset, length: in bytes, within the record.
    digits, scale: of the picture. The value is the decoded integer × 10^-scale; the scale can be negative or larger
        than the digits (P in the picture).
    little_endian: COMP-9, and COMP-5 of Intel compilers.
    native_binary: COMP-5, which is limited by its bytes and not by its digits.
    signless: COMP-6.
    strict_sign: accept only the signs C, D (and F) that the Principles of Operation prefer. Otherwise A, C, E, F are
        plus and B, D are minus. A minus in a field without a sign is an error under both policies.
    padded: a DISPLAY number can have fewer digits than its picture, with spaces or X'00' before or after them.
    float_form: of COMP-1 and COMP-2, whose value is a float64 without digits and scale.
    decimal_comma: numbers held as text have a decimal comma instead of a decimal point.
    controls: what happens to control characters in text; this comes before trimming.
    picture, blank_when_zero: of an edited number, whose ``sign`` only says whether the picture has a sign.
    invalid: what happens to values that do not decode.
    long_encoding: the kind whose bytes a LONG number (of more than 31 digits) has; ignored for all other kinds.

    Raises JobError LRD901 to LRD907 when these do not fit each other.
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
    long_encoding: Kind = Kind.DISPLAY

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
    def encoding(self) -> Kind:
        """The kind whose bytes the field has: its own kind, or the one of a LONG number's bytes."""
        return self.long_encoding if self.kind is Kind.LONG else self.kind

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def most_characters(self) -> int:
        """The most characters that the field's text can have. Two bytes are one character, except in page 16684."""
        if self.kind is Kind.LONG:
            return max(self.value_digits - min(self.scale, 0), self.scale + 1) + self.signed + (self.scale > 0)
        page = charset(self.code_page)
        return self.length // 2 if page.form.paired and page.double != "cp16684" else self.length

    @property
    def signed(self) -> bool:
        return self.sign is not Sign.NONE

    @property
    def value_digits(self) -> int:
        """The most digits that the decoded integer can have. Only COMP-5 can have more than its picture."""
        if not (self.encoding is Kind.BINARY and self.native_binary):
            return self.digits
        bits = 8 * self.length - self.signed
        return len(str(2**bits)) if self.kind is Kind.LONG else min(len(str(2**bits)), MAX_DIGITS)

    @property
    def wide(self) -> bool:
        """Whether the values are (n, 2) int64."""
        return self.value_digits > NARROW_DIGITS

    @property
    def decimal(self) -> tuple[int, int]:
        """Precision and scale of the SQL DECIMAL that can hold every value of the field."""
        scale = max(self.scale, 0)
        return max(self.value_digits - min(self.scale, 0), scale), scale

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON with the attributes that differ from their defaults."""
        pairs = ((f, getattr(self, f.name)) for f in fields(self))
        changed = {_KEYS.get(f.name, f.name): value for f, value in pairs if value != f.default}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in changed.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FieldSpec:
        """The inverse of ``to_dict``. Raises JobError LRD909 for unknown or missing keys and for unknown words."""
        try:
            named = {_ATTRIBUTES.get(key, key): value for key, value in data.items()}
            words = {key: make(named[key]) for key, make in _ENUMS.items() if key in named}
            return cls(**{**named, **words})
        except (TypeError, ValueError) as cause:
            raise bad_field("LRD909", f"this is not a field's dictionary: {cause}", field=str(data)) from cause


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
    "long_encoding": Kind,
}

_KEYS = {"long_encoding": "stored"}
"""Keys that differ from the attribute: compiled jobs and messages have them since the first version."""

_ATTRIBUTES = {key: name for name, key in _KEYS.items()}


def _check_place(spec: FieldSpec) -> None:
    if spec.offset < 0 or spec.length < 1:
        message = f"field {spec.name} is at offset {spec.offset} with length {spec.length}"
        raise bad_field("LRD902", message, field=spec.name)


def _check_options(spec: FieldSpec) -> None:
    only_for = {
        "sign": (spec.signed, NUMBERS),
        "separate sign": (spec.sign.separate, {Kind.DISPLAY}),
        "little_endian": (spec.little_endian, {Kind.BINARY, Kind.FLOAT}),
        "native_binary": (spec.native_binary, {Kind.BINARY}),
        "float_form": (spec.float_form is not FloatForm.IBM, {Kind.FLOAT}),
        "decimal_comma": (spec.decimal_comma, {Kind.TEXT_NUMBER, Kind.FLOAT}),
        "picture": (spec.picture != "" or spec.blank_when_zero, {Kind.EDITED}),
        "signless": (spec.signless, {Kind.PACKED}),
        "padded": (spec.padded, {Kind.DISPLAY}),
        "controls": (spec.controls is not Controls.KEEP, {Kind.TEXT}),
        "code_page UTF-16": (
            charset(spec.code_page).form is Form.UTF16,
            set(Kind) - {Kind.DISPLAY, Kind.EDITED, Kind.TEXT_NUMBER},
        ),
        "null_when zeros": (Null.ZEROS in spec.null_when, NUMBERS | {Kind.TEXT, Kind.FLOAT}),
        "null_when zeros of more than 31 digits": (Null.ZEROS in spec.null_when and spec.kind is Kind.LONG, set()),
    }
    for option, (used, kinds) in only_for.items():
        if used and spec.encoding not in kinds:
            message = f"field {spec.name}: {option} is not an option of {spec.kind.label} fields"
            raise bad_field("LRD906", message, field=spec.name)
    if spec.signless and spec.signed:
        raise bad_field("LRD906", f"field {spec.name} is both signed and signless", field=spec.name)


def _check_picture(spec: FieldSpec) -> None:
    short = max(spec.digits, spec.scale, spec.digits - spec.scale) <= MAX_DIGITS
    fits = short if spec.kind is not Kind.LONG else not short and spec.long_encoding in LONG_ENCODINGS
    if spec.digits < 1 or not fits:
        message = f"field {spec.name} has {spec.digits} digits with scale {spec.scale}"
        raise bad_field("LRD904", message, field=spec.name)


def _check_edited(spec: FieldSpec) -> None:
    from shared.codec.edited_pictures import edited_picture  # few jobs need it

    picture = edited_picture(spec.picture)
    found = (len(picture.symbols), len(picture.digits), picture.signed)
    if found != (spec.length, spec.digits, spec.signed):
        message = (
            f"field {spec.name}: PIC {spec.picture} is not an edited number of {spec.digits} digits, {spec.sign} sign,"
        )
        raise bad_field("LRD905", f"{message} with {spec.length} characters", field=spec.name)


def _check_length(spec: FieldSpec) -> None:
    lengths = {
        Kind.DISPLAY: (spec.digits + spec.sign.separate,),
        Kind.PACKED: ((spec.digits + 1) // 2 if spec.signless else spec.digits // 2 + 1,),
        Kind.BINARY: BINARY_LENGTHS,
        Kind.FLOAT: FLOAT_LENGTHS if spec.float_form is not FloatForm.TEXT else None,
    }.get(spec.encoding)
    if spec.kind is Kind.TEXT and charset(spec.code_page).form.paired and spec.length % 2:
        message = f"field {spec.name}: {spec.code_page} has pairs of bytes, and {spec.length} bytes is an odd length"
        raise bad_field("LRD905", message, field=spec.name)
    if lengths is not None and spec.length not in lengths:
        digits = f"{spec.digits} digits as " if spec.is_number else ""
        message = f"field {spec.name}: {digits}{spec.kind.label} cannot have {spec.length} bytes"
        raise bad_field("LRD905", message, field=spec.name, expected=lengths)
