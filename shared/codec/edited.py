"""EDITED: numbers edited for reports, such as ``PIC ZZZ,ZZ9.99-``, converted back to numbers.

A field follows its picture when each position holds a character that its symbol allows, when all digit positions after
the first digit hold digits, and when at most one floating symbol stands before them. A field without digits is zero
when the picture has no 9 (spaces, or asterisks around the point) or when the item is BLANK WHEN ZERO.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import FieldFault
from shared.codec.columns import Bytes, Column, Ints, Mask
from shared.codec.display import sign_bytes, sign_characters
from shared.codec.edited_pictures import CURRENCY, EditedPicture, edited_picture
from shared.codec.fields import NARROW_DIGITS, FieldSpec
from shared.codec.numbers import checked_magnitudes, digit_bytes, numbers, pair
from shared.codec.page_tables import CodePage, code_page
from shared.codec.signs import BAD, DIGIT, NEGATIVE

_CHARACTERS: Final = "0123456789 *+-,./$CRDB"
_CLASSES: Final = {char: number for number, char in enumerate(_CHARACTERS)}
_OTHER: Final = len(_CHARACTERS)
_SPACE, _STAR, _PLUS, _MINUS, _CURRENCY = (_CLASSES[char] for char in " *+-$")
_DIGITS: Final = _CHARACTERS[:10]


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The scaled integers of edited fields that share a code page."""
    page = code_page(specs[0].code_page)
    return [_decode(records[:, spec.offset : spec.end], spec, page) for spec in specs]


def _decode(raw: Bytes, spec: FieldSpec, page: CodePage) -> Column:
    form = _form(spec)
    classes = _class_table(page.name)[raw]
    negative, bad = _signs(raw, classes, spec, page)
    digits = classes[:, form.picture.digits]
    is_digit = digits < len(_DIGITS)
    bad |= ~form.allowed[np.arange(spec.length), classes].all(axis=1)
    bad |= (is_digit[:, :-1] & ~is_digit[:, 1:]).any(axis=1)
    bad |= (classes[:, form.floats] == form.float_classes[:, np.newaxis, np.newaxis]).any(axis=0).sum(axis=1) > 1
    bad &= ~_zero_fields(classes, form, spec)
    values = _values(np.where(is_digit, digits, 0), spec)
    values *= np.where(negative, -1, 1) if values.ndim == 1 else np.where(negative, -1, 1)[:, np.newaxis]
    return numbers(values, bad)


def _signs(raw: Bytes, classes: Bytes, spec: FieldSpec, page: CodePage) -> tuple[Mask, Mask]:
    """Which rows are negative, and which have an invalid sign. Overpunched digits become plain in ``classes``."""
    form = _form(spec)
    negative = (classes[:, form.signs] == _MINUS).any(axis=1)
    bad = np.zeros(len(raw), bool)
    if form.picture.overpunched:
        last = form.picture.digits[-1]
        codes = np.frombuffer(raw[:, last].tobytes().translate(sign_bytes(spec, page)), np.uint8)
        bad |= (codes & BAD) != 0
        classes[:, last] = np.where(bad, _OTHER, codes & DIGIT)
        negative |= (codes & NEGATIVE) != 0
    if form.credit >= 0:
        letters = [_CLASSES[char] for char in form.picture.symbols[form.credit : form.credit + 2]]
        shown = classes[:, form.credit : form.credit + 2] == letters
        bad |= shown[:, 0] != shown[:, 1]
        negative |= shown[:, 0]
    return negative, bad


def _zero_fields(classes: Bytes, form: _Form, spec: FieldSpec) -> Mask:
    blank: Mask = (classes == _SPACE).all(axis=1)
    if not form.picture.zero_field:
        return blank & spec.blank_when_zero
    if form.picture.fill != "*":
        return blank
    starred: Mask = classes == _STAR
    point = form.picture.point(spec.scale)
    if point >= 0:
        starred[:, point] = classes[:, point] == _class(form.picture.symbols[point])
    return blank | starred.all(axis=1)


def _values(digits: Bytes, spec: FieldSpec) -> Ints:
    low = _number(digits[:, -NARROW_DIGITS:])
    if not spec.wide:
        return low
    return pair(_number(digits[:, :-NARROW_DIGITS]).view(np.uint64), low.view(np.uint64))


def _number(digits: Bytes) -> Ints:
    powers = np.array([10**place for place in range(digits.shape[1] - 1, -1, -1)], np.int64)
    return digits.astype(np.int64) @ powers


@dataclass(frozen=True, slots=True, eq=False)
class _Form:
    """A picture as masks.

    allowed: (length, classes) bool; signs, floats: positions; credit: the position of CR or DB, or -1.
    """

    picture: EditedPicture
    allowed: NDArray[np.bool_]
    signs: Ints
    floats: Ints
    float_classes: Bytes
    credit: int


def _form(spec: FieldSpec) -> _Form:
    return _form_of(edited_picture(spec.picture))


@lru_cache(maxsize=256)
def _form_of(picture: EditedPicture) -> _Form:
    allowed = np.zeros((len(picture.symbols), _OTHER + 1), bool)
    for place in range(len(picture.symbols)):
        allowed[place, [_class(char) for char in _characters(picture, place)]] = True
    region = [place for place in range(len(picture.symbols)) if picture.floating and picture.may_be_filled(place)]
    signs = [place for place, symbol in enumerate(picture.symbols) if symbol in "+-"]
    if picture.floating in ("+", "-"):
        signs = sorted({*signs, *region})
    shown = {"": "", "+": "+-", "-": "+-"}.get(picture.floating, "$")
    return _Form(
        picture,
        allowed,
        np.array(signs, np.int64),
        np.array(region, np.int64),
        np.array([_class(char) for char in shown], np.uint8),
        max(picture.symbols.find(letters) for letters in ("CR", "DB")),
    )


def _class(char: str) -> int:
    return _CURRENCY if char in CURRENCY else _CLASSES[char]


def _characters(picture: EditedPicture, place: int) -> str:
    """The characters allowed at a position."""
    symbol = picture.symbols[place]
    usual = {"B": " ", "+": "+- ", "-": "+- ", "C": "C ", "R": "R ", "D": "D "}.get(symbol, symbol)
    if symbol == "B" and picture.symbols[place - 1 : place] == "D":
        usual = "B "
    if place in picture.digits:
        usual = _DIGITS
    if picture.may_be_filled(place):
        usual += picture.fill + ("+-" if picture.floating in ("+", "-") else picture.floating)
    return usual


@lru_cache(maxsize=32)
def _class_table(page: str) -> Bytes:
    points = code_page(page).code_points
    chars = [chr(point) for point in points.tolist()]
    return np.array([_class(char) if char in _CLASSES or char in CURRENCY else _OTHER for char in chars], np.uint8)


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """The first position that does not follow the picture."""
    page = code_page(spec.code_page)
    row = np.frombuffer(raw, np.uint8).reshape(1, -1)
    if _decode(row, spec, page).valid is None:
        return None
    form, classes = _form(spec), _class_table(page.name)[row]
    _signs(row, classes, spec, page)
    wrong = ~form.allowed[np.arange(spec.length), classes[0]]
    text = "".join(chr(page.code_points[byte]) for byte in raw)
    place = int(np.argmax(wrong)) if wrong.any() else 0
    where = f"{text[place]!r} at position {place + 1} of " if wrong.any() else ""
    return FieldFault("LRD012", f"{where}{text!r} does not follow PIC {spec.picture}", place)


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The numbers edited as COBOL's MOVE does. Raises InputError LRD911 for a number that does not fit."""
    high, low, negative = checked_magnitudes(column, spec)
    picture, page = _form(spec).picture, code_page(spec.code_page)
    digits = digit_bytes(high, low, spec.digits)
    out = np.tile(_constant(picture, page), (len(column), 1))
    out[:, picture.digits] = digits + np.uint8(page.zone)
    _write_signs(out, negative, picture, page)
    if picture.overpunched:
        out[:, picture.digits[-1]] = sign_characters(digits[:, -1], negative, spec, page)
    _suppress(out, digits, negative, spec, page)
    if spec.blank_when_zero:
        out[~digits.any(axis=1)] = page.space
    return out


def _byte(char: str, page: CodePage) -> int:
    return int(page.from_code_point[ord(char)])


def _constant(picture: EditedPicture, page: CodePage) -> Bytes:
    """The characters of the picture that do not depend on the number."""
    text = picture.symbols.replace("DB", "D\0").replace("B", " ").replace("\0", "B")
    return np.array([_byte(char, page) & 0xFF for char in text], np.uint8)


def _write_signs(out: Bytes, negative: Mask, picture: EditedPicture, page: CodePage) -> None:
    for place, symbol in enumerate(picture.symbols):
        if symbol in "+-" and symbol != picture.floating:
            out[:, place] = _sign_bytes(symbol, negative, page)
    credit = _form_of(picture).credit
    if credit >= 0:
        out[~negative, credit : credit + 2] = page.space


def _sign_bytes(symbol: str, negative: Mask, page: CodePage) -> Bytes:
    return np.where(negative, np.uint8(page.minus), np.uint8(page.plus if symbol == "+" else page.space))


def _suppress(out: Bytes, digits: Bytes, negative: Mask, spec: FieldSpec, page: CodePage) -> None:
    """Replace leading zeros, and put the floating symbol before the remaining digits."""
    picture = _form(spec).picture
    first = picture.first_suppressed
    starts = _starts(digits, spec, picture)
    places = np.arange(spec.length)
    fill = np.uint8(_byte(picture.fill, page))
    out[(places >= first) & (places < starts[:, np.newaxis])] = fill
    if picture.floating:
        rows = np.flatnonzero(starts > first)
        shown = np.full(len(out), _byte(picture.floating, page) & 0xFF, np.uint8)
        if picture.floating in ("+", "-"):
            shown = _sign_bytes(picture.floating, negative, page)
        out[rows, starts[rows] - 1] = shown[rows]
    if picture.zero_field:
        empty = ~digits.any(axis=1)
        point = picture.point(spec.scale) if picture.fill == "*" else -1
        out[np.ix_(empty, places != point)] = fill


def _starts(digits: Bytes, spec: FieldSpec, picture: EditedPicture) -> Ints:
    """(n,) the first position of each row that is not suppressed: its first shown digit, or the point before it."""
    stays = digits != 0
    always = [not picture.suppresses(place) for place in picture.digits]
    whole = spec.digits - max(spec.scale, 0)
    stays[:, always] = True
    stays[:, max(whole, 0) :] = True
    index = np.where(stays.any(axis=1), np.argmax(stays, axis=1), spec.digits - 1)
    starts = np.array(picture.digits, np.int64)[index]
    point = picture.point(spec.scale)
    return np.where((index == whole) & (point >= 0), point, starts)
