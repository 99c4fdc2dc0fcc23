"""Fields of every kind with policies of every kind, and bytes that are right for them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from shared.codec import (
    WIDE_BASE,
    Column,
    Controls,
    FieldSpec,
    FloatForm,
    Form,
    Invalid,
    Kind,
    Null,
    Sign,
    Trim,
    charset,
    code_page,
    encode,
)
from shared.codec.charset_forms import DOUBLE, MIXED
from shared.codec.double_byte_pages import double_page
from shared.codec.edited_pictures import edited_picture
from shared.codec.page_tables import UNDEFINED

Options = dict[str, Any]
POOL: Final = 24
"""How many different values a field of the fuzzer has."""

_PAGES: Final = ("cp037", "cp037", "cp500", "cp1047", "cp1140", "cp273", "latin-1", "common", "cp875")
_PICTURES: Final = (("ZZZ9.99-", 2), ("-(6)9", 0), ("$$,$$9.99CR", 2), ("9(3)/99B99", 0), ("**9.9+", 1), ("Z(4)", 0))
_DATES: Final = ("2024-02-29", "20240229", "29.02.2024", "2024060", "991231", "0000-00-00")


def text(dice: random.Random) -> Options:
    page = dice.choice((*_PAGES, *MIXED, *DOUBLE, "utf-8", "utf-16-be", "utf-16-le"))
    trim, controls = dice.choice(tuple(Trim)), dice.choice(tuple(Controls))
    return {"kind": Kind.TEXT, "length": 2 * dice.randint(1, 12), "code_page": page, "trim": trim, "controls": controls}


def display(dice: random.Random) -> Options:
    sign, digits = dice.choice(tuple(Sign)), dice.randint(1, 31)
    return _number(dice, Kind.DISPLAY, digits, digits + sign.separate) | {
        "sign": sign,
        "code_page": dice.choice(_PAGES),
    }


def packed(dice: random.Random) -> Options:
    digits, signless = dice.randint(1, 31), dice.random() < 0.2
    length = (digits + 1) // 2 if signless else digits // 2 + 1
    sign = Sign.NONE if signless or dice.random() < 0.3 else Sign.TRAILING
    return _number(dice, Kind.PACKED, digits, length) | {"signless": signless, "sign": sign}


def binary(dice: random.Random) -> Options:
    length = dice.randint(1, 16)
    digits = dice.randint(1, min(31, len(str(2 ** (8 * length - 1))) - 1))
    flags = {"little_endian": dice.random() < 0.3, "native_binary": dice.random() < 0.4}
    sign = dice.choice((Sign.NONE, Sign.TRAILING))
    return _number(dice, Kind.BINARY, digits, length) | flags | {"sign": sign}


def edited(dice: random.Random) -> Options:
    picture, scale = dice.choice(_PICTURES)
    known = edited_picture(picture)
    sign = Sign.TRAILING if known.signed else Sign.NONE
    options = {"kind": Kind.EDITED, "length": len(known.symbols), "digits": len(known.digits), "scale": scale}
    return options | {"picture": picture, "sign": sign, "blank_when_zero": dice.random() < 0.3}


def floating(dice: random.Random) -> Options:
    form = dice.choice(tuple(FloatForm))
    options = {"kind": Kind.FLOAT, "float_form": form}
    if form is FloatForm.TEXT:
        comma = {"decimal_comma": dice.random() < 0.3}
        return options | comma | {"length": dice.randint(1, 24), "code_page": dice.choice(_PAGES)}
    return options | {"length": dice.choice((4, 8)), "little_endian": dice.random() < 0.3}


def raw(dice: random.Random) -> Options:
    return {"kind": Kind.RAW, "length": dice.randint(1, 9)}


def date(dice: random.Random) -> Options:
    return {"kind": Kind.TEXT, "length": len(dice.choice(_DATES)), "trim": Trim.BOTH}


KINDS: Final[tuple[Callable[[random.Random], Options], ...]] = (
    text, text, display, display, packed, packed, binary, edited, floating, raw, date,
)  # fmt: skip


def _number(dice: random.Random, kind: Kind, digits: int, length: int) -> Options:
    scale = dice.choice((0, 0, 2, digits, -(min(2, 31 - digits))))
    return {"kind": kind, "digits": digits, "length": length, "scale": scale, "strict_sign": dice.random() < 0.3}


def field(dice: random.Random, name: str, offset: int) -> FieldSpec:
    """Any field there can be."""
    options = dice.choice(KINDS)(dice)
    nulls = [Null.SPACES, Null.LOW_VALUES, Null.HIGH_VALUES]
    if options["kind"] is not Kind.RAW:
        nulls.append(Null.ZEROS)
    null_when = tuple(dice.sample(nulls, dice.choice((0, 0, 1, 2))))
    invalid = Invalid.NULL if dice.random() < 0.1 else Invalid.REJECT
    return FieldSpec(name, offset=offset, null_when=null_when, invalid=invalid, **options)


def values(spec: FieldSpec, dice: random.Random) -> list[bytes]:
    """``POOL`` fields of the spec with something right in them."""
    if spec.kind is Kind.RAW:
        return [dice.randbytes(spec.length) for _ in range(POOL)]
    if spec.kind is Kind.TEXT:
        return [_text(spec, dice) for _ in range(POOL)]
    if spec.float_form is FloatForm.TEXT:
        return [_written(spec, dice) for _ in range(POOL)]
    numbers = Column(_floats(dice)) if spec.kind is Kind.FLOAT else Column(_integers(spec, dice))
    return [row.tobytes() for row in encode(numbers, spec)]


def _written(spec: FieldSpec, dice: random.Random) -> bytes:
    """A number as people write it, who need neither digit before the point nor any behind it."""
    whole, part = (str(dice.randrange(10 ** dice.randint(0, 9))) for _ in range(2))
    spellings = [f"{whole}.{part}", f"{whole}.", f".{part}", f"{whole}E{dice.randint(-20, 20)}", f"+{whole}", whole]
    signed = [dice.choice(("", "-", " ")) + text.replace("+", dice.choice(("", "+"))) for text in spellings]
    shown = dice.choice([text for text in signed if len(text) <= spec.length] or ["7"])
    shown = shown.replace(".", "," if spec.decimal_comma else ".")
    page = code_page(spec.code_page)
    return bytes(page.from_code_point[ord(one)] & 0xFF for one in shown.ljust(spec.length))


def _floats(dice: random.Random) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([round(dice.uniform(-1e6, 1e6), dice.randint(0, 6)) for _ in range(POOL)])


def _integers(spec: FieldSpec, dice: random.Random) -> np.ndarray[Any, np.dtype[np.int64]]:
    signs = (1, -1) if spec.signed else (1,)
    drawn = [dice.choice(signs) * dice.randrange(10 ** dice.randint(0, spec.digits)) for _ in range(POOL)]
    if not spec.wide:
        return np.array(drawn, np.int64)
    halves = [(abs(one) // WIDE_BASE, abs(one) % WIDE_BASE, 1 if one >= 0 else -1) for one in drawn]
    return np.array([(high * sign, low * sign) for high, low, sign in halves], np.int64)


def _text(spec: FieldSpec, dice: random.Random) -> bytes:
    form, page = charset(spec.code_page).form, code_page(spec.code_page)
    if form is Form.UTF8 or form is Form.UTF16:
        blank, found = " ".encode(page.name), b""
        for _ in range(dice.randint(0, spec.length)):
            more = found + dice.choice("aZ0 é漢😀").encode(page.name)
            found = more if len(more) <= spec.length else found
        return found + blank * ((spec.length - len(found)) // len(blank))
    if form is Form.SINGLE:
        words = dice.choice((*_DATES, "ADA", "x y", "", " 1"))[: spec.length]
        return b"".join(bytes([page.from_code_point[ord(one)] & 0xFF]) for one in words).ljust(
            spec.length, bytes([page.space])
        )
    pairs = _pairs(charset(spec.code_page).double, dice, dice.randint(0, spec.length // 2 - 1))
    if form is Form.DOUBLE:
        return pairs + b"\x40" * (spec.length - len(pairs))
    return (b"\x0e" + pairs + b"\x0f").ljust(spec.length, b"\x40")


def _pairs(table: str, dice: random.Random, count: int) -> bytes:
    points, found = double_page(table).points, b""
    while len(found) < 2 * count:
        code = dice.randrange(0x4040, 0xFE00)
        found += code.to_bytes(2, "big") if points[code] != UNDEFINED else b""
    return found
