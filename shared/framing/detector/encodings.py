"""The encoding of a file, EBCDIC or ASCII, and its code page, from the frequencies of its bytes."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_EBCDIC_TEXT: Final = frozenset(
    (0x40, 0x4B, 0x60, 0x61, 0x6B, *range(0x81, 0x8A), *range(0x91, 0x9A), *range(0xA2, 0xAA))
) | frozenset((*range(0xC1, 0xCA), *range(0xD1, 0xDA), *range(0xE2, 0xEA), *range(0xF0, 0xFA)))
_ASCII_TEXT: Final = frozenset(b" ,-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\r\n\t")
ASCII_PRINTABLE: Final = frozenset((*range(0x20, 0x7F), 0x09, 0x0A, 0x0D))
_SAMPLE_BYTES: Final = 1024 * 1024

_CP1047: Final = {0xAD: "[", 0xBD: "]", 0xBA: "Ý", 0xBB: "¨", 0xB0: "¬", 0x5F: "^"}
_PUNCTUATION: Final = frozenset("!\"#$%&'()*+:;<=>?@_|€")
_PAGES: Final = ("cp037", "cp1047", "cp500", "cp273", "cp1140")
_OFTEN: Final = 3  # rarer bytes may be binary data between texts


def _character(page: str, byte: int) -> str:
    if page == "cp1047" and byte in _CP1047:
        return _CP1047[byte]
    return bytes([byte]).decode("cp037" if page == "cp1047" else page)


def _in_words() -> re.Pattern[bytes]:
    letters = _EBCDIC_TEXT - frozenset(range(0xF0, 0xFA))
    differing = [byte for byte in range(0x41, 0xFF) if len({_character(page, byte) for page in _PAGES}) > 1]
    text, variant = (b"".join(b"\\x%02x" % byte for byte in sorted(some)) for some in (letters, differing))
    return re.compile(b"(?=([%b]{2})([%b])([%b]{2}))" % (text, variant, text))


_IN_WORDS: Final = _in_words()


def share(data: bytes, wanted: frozenset[int]) -> float:
    """The share of bytes of ``data`` that are ``wanted``."""
    counts = Counter(data[:_SAMPLE_BYTES])
    return sum(counts[byte] for byte in wanted) / max(1, counts.total())


def encoding_of(data: bytes) -> tuple[str, str]:
    """``ebcdic`` or ``ascii``, and the reason. Bytes X'00' are ignored."""
    spoken = data[:_SAMPLE_BYTES].replace(b"\0", b"")
    ebcdic, ascii_ = share(spoken, _EBCDIC_TEXT), share(spoken, _ASCII_TEXT)
    name = "ascii" if ascii_ > ebcdic else "ebcdic"
    why = f"{ebcdic:.0%} of the bytes are letters, digits and blanks of EBCDIC, {ascii_:.0%} are those of ASCII"
    return name, why


def code_page_of(data: bytes, encoding: str) -> tuple[str, str]:
    """The likeliest code page of the encoding, and the reason."""
    if encoding == "ascii":
        return _ascii_page(data)
    variants = _variants_in_text(data[:_SAMPLE_BYTES])
    if not variants:
        return "cp037", "the text has only characters that all EBCDIC pages share; cp037 is assumed"
    scores = {
        page: sum(count * _plausible(_character(page, byte)) for byte, count in variants.items()) for page in _PAGES
    }
    best = max(_PAGES, key=lambda page: scores[page])  # the first of equals is the most common page
    shown = " ".join(f"X'{byte:02x}'={_character(best, byte)}" for byte in sorted(variants)[:8])
    return best, f"{best} is the most plausible for the characters that differ between pages: {shown}"


def _ascii_page(data: bytes) -> tuple[str, str]:
    high = sum(count for byte, count in Counter(data[:_SAMPLE_BYTES]).items() if byte >= 0x80)
    if not high:
        return "latin-1", "no byte is above X'7f'; all ASCII pages agree"
    try:
        data[:_SAMPLE_BYTES].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1", "bytes above X'7f' are not UTF-8; latin-1 is assumed"
    return "utf-8", "bytes above X'7f' are valid UTF-8"


def _variants_in_text(data: bytes) -> Counter[int]:
    """Bytes within words that differ between pages: two letters or blanks on either side, not all blanks."""
    found = Counter(match[2][0] for match in _IN_WORDS.finditer(data) if match[1] + match[3] != b"\x40" * 4)
    return Counter({byte: count for byte, count in found.items() if count >= _OFTEN})


def _plausible(character: str) -> int:
    if character.isalpha():
        return 2
    return 1 if character in _PUNCTUATION else -2
