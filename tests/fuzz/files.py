"""Records written to files of all ten formats, with the options that read them again."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from tests.unit.framing import writers

Records = Sequence[bytes]
Options = dict[str, Any]
_EXTREMES: Final = (-1, 0, 1, 3, 5, 255, 32_761, 2**31, 2**63)
_TALLEST: Final = 32_000


class File(NamedTuple):
    """The bytes, how to read them, and the payloads that come back as long as nobody damages them."""

    options: Options
    data: bytes
    records: list[bytes]


def fixed(records: Records, dice: random.Random) -> File:
    length = max(1, len(dice.choice(records)))
    same = [record[:length].ljust(length, b"\x40") for record in records]
    blocked = {"format": "FB", "block_length": dice.choice((None, length, length * 7))}
    return File({"format": "F", "record_length": length} | dice.choice(({}, blocked)), b"".join(same), same)


def variable(records: Records, dice: random.Random) -> File:
    kept = [record[:_TALLEST] or b"\0" for record in records]
    order, counted, adjustment = dice.choice(("big", "little")), dice.random() < 0.7, dice.choice((0, 0, -2))
    words = {"rdw_byte_order": order, "rdw_counts_itself": counted, "rdw_adjustment": adjustment}
    data = b"".join(writers.rdw(record, order, counted, adjustment) for record in kept)
    return File({"format": "V", **words}, data, kept)


def blocked(records: Records, dice: random.Random) -> File:
    kept = [record[:_TALLEST] for record in records]
    extended, counted = dice.random() < 0.3, dice.random() < 0.7
    data = writers.blocks(kept, dice.choice((1, 1, 3)), counted=counted, extended=extended)
    return File({"format": "VB", "bdw_counts_itself": counted, "bdw_largest": 2**20}, data, kept)


def spanned(records: Records, dice: random.Random) -> File:
    size = dice.choice((3, 20, 1_000))
    parts = [part for one in records for part in writers.segments(one, [size] * (max(0, len(one) - 1) // size))]
    if dice.random() < 0.3:
        return File({"format": "VS"}, b"".join(parts), list(records))
    per_block = dice.choice((1, 2, 5))
    groups = [b"".join(parts[at : at + per_block]) for at in range(0, len(parts), per_block)]
    tail = dice.choice((b"", b"\x80\0\0\0\0\0"))
    return File(
        {"format": "VBS", "bdw_largest": 2**20}, b"".join(writers.block(one + tail) for one in groups), list(records)
    )


def text(records: Records, dice: random.Random) -> File:
    name, mark, bad = dice.choice(
        (("lf", b"\n", b"\n"), ("crlf", b"\r\n", b"\n"), ("any", b"\r\n", b"\r\n"), ("nel", b"\x15", b"\x15"),
         ("ebcdic_lf", b"\x25", b"\x25"))
    )  # fmt: skip
    clean = [record.translate(None, bad) for record in records]
    return File({"format": "TEXT", "line_end": name}, b"".join(one + mark for one in clean), clean)


def delimited(records: Records, dice: random.Random) -> File:
    values = [[record[:5].decode("latin-1"), record[5:].decode("latin-1")] for record in records]
    rows = writers.rows(values)
    return File({"format": "DELIMITED"}, b"".join(row + b"\r\n" for row in rows), rows)


def length_field(records: Records, dice: random.Random) -> File:
    kind, write = dice.choice(
        (("binary", lambda n: n.to_bytes(4, "big")), ("binary_little", lambda n: n.to_bytes(4, "little")),
         ("display", lambda n: f"{n:04}".encode("cp037")), ("packed", lambda n: bytes.fromhex(f"{n:07}C")))
    )  # fmt: skip
    own = [write(len(record[:9_000]) + 4) + record[:9_000] for record in records]
    options = {"fields": {"LEN": {"offset": 0, "length": 4, "kind": kind}}}
    shifted = {"expression": "(LEN - 4) * 2 / 2", "adjustment": 4}
    return File({"format": "LENGTH_FIELD", **options} | dice.choice(({}, shifted)), b"".join(own), own)


def header(records: Records, dice: random.Random) -> File:
    kept = [record or b"\x40" for record in records]
    own = [b"\xab\xcd\x07" + len(record).to_bytes(3, "little") + record for record in kept]
    options: Options = {"header_length": 6, "length_field": {"offset": 3, "length": 3, "kind": "binary_little"}}
    marker = {"marker": "abcd", "skip_unmarked": dice.random() < 0.4}
    return File({"format": "HEADER", **options} | dice.choice(({}, marker)), b"".join(own), kept)


WRITERS: Final[tuple[Callable[[Records, random.Random], File], ...]] = (
    fixed, variable, variable, blocked, spanned, text, delimited, length_field, header,
)  # fmt: skip


def written(records: Records, dice: random.Random) -> File:
    """The records in a file of any format."""
    return dice.choice(WRITERS)(records, dice)


def damaged(file: File, dice: random.Random) -> File:
    """The file with some of its bytes gone, doubled or other ones, or read with options that do not fit it."""
    data = bytearray(file.data)
    for _ in range(dice.choice((1, 1, 2, 8))):
        at = dice.randrange(len(data) + 1)
        stop = at + dice.choice((0, 1, 1, 2, 4, 4, 100))
        piece = bytes(data[at:stop])
        data[at:stop] = dice.choice((b"", piece[::-1], piece * 2, dice.randbytes(len(piece)), bytes(4), b"\xff" * 4))
    options = file.options if dice.random() < 0.8 else _other(file.options, dice)
    return File(options, bytes(data), [])


def _other(options: Options, dice: random.Random) -> Options:
    """Options with another number, another format, or records cut at their edges."""
    way = dice.random()
    if way < 0.3:
        return options | {
            "format": dice.choice(("F", "FB", "V", "VB", "VS", "VBS", "TEXT", "DELIMITED", "HEADER", "X"))
        }
    if way < 0.6:
        edges = {"record_start_offset": dice.choice((0, 1, 9)), "record_end_offset": dice.choice((0, 1, 9))}
        return options | edges | {"minimum_record_length": dice.choice((0, 10, 30))}
    return {key: dice.choice(_EXTREMES) if isinstance(value, int) else value for key, value in options.items()}
