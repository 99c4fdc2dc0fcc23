"""Numbers in raw records, as far as lengths are read from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from shared.framing.protocol import wrong_option


def _packed(raw: bytes) -> int | None:
    digits, sign = raw.hex()[:-1], raw[-1] & 15
    return int(digits) if digits.isdigit() and sign in (0xA, 0xC, 0xE, 0xF) else None


def _display(zone: int) -> Callable[[bytes], int | None]:
    def number(raw: bytes) -> int | None:
        text = bytes(byte ^ zone ^ 0x30 for byte in raw)
        return int(text) if text.isdigit() else None

    return number


_digits = _display(0xF0)


def _zoned(raw: bytes) -> int | None:
    return _digits(raw[:-1] + bytes((raw[-1] | 0xF0,))) if raw[-1:] and raw[-1] >> 4 in (0xA, 0xC, 0xE, 0xF) else None


_READERS: Final[dict[str, Callable[[bytes], int | None]]] = {
    "binary": lambda raw: int.from_bytes(raw, "big"),
    "binary_little": lambda raw: int.from_bytes(raw, "little"),
    "display": _digits,
    "display_ascii": _display(0x30),
    "zoned": _zoned,
    "packed": _packed,
}
_MOST_BYTES: Final = 18


@dataclass(frozen=True, slots=True)
class LengthField:
    """A field with a length. ``offset`` (from the start of the record) and ``length`` are in bytes.

    ``kind`` is binary (COMP), binary_little, display (EBCDIC digits), display_ascii, zoned (EBCDIC digits, the last
    with a sign) or packed (COMP-3). Numbers are unsigned or positive. LRF040 for anything else.
    """

    offset: int
    length: int
    kind: str = "binary"

    def __post_init__(self) -> None:
        if self.kind not in _READERS:
            raise wrong_option(f"the kind of a length cannot be {self.kind!r}; it can be {', '.join(_READERS)}")
        if self.offset < 0 or not 1 <= self.length <= _MOST_BYTES:
            raise wrong_option(f"a length field cannot have {self.length} bytes at {self.offset}")

    @property
    def end(self) -> int:
        """The end of the field: as many bytes of the record are needed to read it."""
        return self.offset + self.length

    def raw(self, data: bytes, pos: int) -> bytes:
        """The field's bytes in the record at ``data[pos]``; fewer when the data end within the field."""
        return data[pos + self.offset : pos + self.end]

    def number(self, data: bytes, pos: int) -> int | None:
        """The field's value in the record at ``data[pos]``; None when it is not a number."""
        return _READERS[self.kind](self.raw(data, pos))

    def encoded(self, number: int) -> bytes | None:
        """The bytes of ``number``; None when the field cannot hold it."""
        if number < 0:
            return None
        if self.kind.startswith("binary"):
            fits = number < 256**self.length
            return number.to_bytes(self.length, "little" if self.kind == "binary_little" else "big") if fits else None
        digits = str(number).zfill(2 * self.length - 1 if self.kind == "packed" else self.length)
        raw = bytes.fromhex(f"{digits}C") if self.kind == "packed" and len(digits) % 2 else digits.encode()
        if self.kind == "display":
            raw = digits.encode("cp037")
        return raw if len(raw) == self.length else None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary."""
        return {"offset": self.offset, "length": self.length, "kind": self.kind}
