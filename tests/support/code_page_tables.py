"""Writes the tables of EBCDIC code pages that Python lacks: ``python -m tests.support.code_page_tables``.

All come from IBM's tables as ICU carries them. Five pages that ICU has in its archive only are given here by what
distinguishes them from others; they were taken from ibm-274_P100-2000, ibm-275_P100-1995, ibm-880_P100-1995,
ibm-905_P100-1995 and ibm-924_P100-1998 in https://github.com/unicode-org/icu-data (charset/data/ucm).
glibc's tables were not used: they swap thorns in 871, backslash and É in 278, and are incomplete.
"""

from __future__ import annotations

import lzma
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.icu import Converter

CODEC = Path(__file__).resolve().parents[2] / "shared" / "codec"
SINGLES = (
    277, 278, 280, 284, 285, 290, 297, 420, 803, 838, 870, 871, 918, 1025, 1047, 1097, 1112, 1122, 1123, 1130, 1132,
    1137, 1141, 1142, 1143, 1144, 1145, 1146, 1147, 1148, 1149, 1153, 1154, 1156, 1157, 1158, 1160, 1164, 4899,
    4971, 5123, 8482, 9067, 12712, 16804,
)  # fmt: skip
PARTS = {833: 933, 836: 935, 28709: 937, 1027: 939, 13121: 1364, 1159: 1371, 13124: 1388}
"""Single-byte parts that ICU knows only within a mixed page."""

DOUBLES = {"japanese": {300: 930, 16684: 1390}, "korean": {834: 933, 4930: 1364},
           "simplified": {837: 935, 4933: 1388}, "traditional": {835: 937, 9027: 1371}}  # fmt: skip
"""Files of double-byte pages, with the mixed page that contains each in ICU."""

_FIRST, _LAST = 0x40, 0xFE
_WIDTH, _INDENT = 120, "        "
_LATIN_9 = {0x6A: "Š", 0x9D: "ž", 0x9F: "€", 0xB7: "Œ", 0xB8: "œ", 0xB9: "Ÿ", 0xBB: "š", 0xBE: "Ž"}
_LIKE = {
    274: (500, {0x44: "@", 0x48: "\\", 0x51: "{", 0x54: "}", 0x6A: "ù", 0x7C: "à", 0xA1: "¨", 0xBD: "~", 0xC0: "é",
                0xD0: "è", 0xDD: "¦", 0xE0: "ç"}),
    275: (500, {0x46: "`", 0x48: "¦", 0x4A: "É", 0x51: "}", 0x5A: "$", 0x5B: "Ç", 0x66: "@", 0x68: "]", 0x6A: "ç",
                0x71: "[", 0x79: "ã", 0x7B: "Õ", 0x7C: "Ã", 0xC0: "õ", 0xCF: "{", 0xD0: "é", 0xEF: "#"}),
    # ICU has the lira sign of 2012 for the ª of the registered page, glibc and Python (in 1026) have not.
    1155: (1026, {0x9A: "ª", 0x9F: "€"}),
    924: (1047, {0x4A: "Ý", 0xB0: "¢", 0xBA: "¬", **_LATIN_9}),
    880: (500, {0x42: "ђѓёєѕіїј", 0x51: "љњћќўџЪ№Ђ", 0x62: "ЃЁЄЅІЇЈЉ|", 0x70: "ЊЋЌ\xadЎЏюаб", 0x80: "ц",
                0x8A: "дефгхий", 0x9A: "клмнопя", 0xAA: "рстужвьызшэщчъЮАБЦДЕФГ", 0xCA: "ХИЙКЛМ",
                0xDA: "НОПЯРС\\¤", 0xEA: "ТУЖВЬЫ", 0xFA: "ЗШЭЩЧ"}),
    905: (500, {0x46: "\ufffdċ{ñÇ", 0x5A: "Ğİ", 0x66: "\ufffdĊ[Ñş", 0x70: "\ufffd", 0x79: "ı:ÖŞ", 0x7F: "Ü˘",
                0x8A: "ħĉŝŭ\ufffd|", 0x9A: "ĥĝĵ¸\ufffd", 0xA1: "ö", 0xAA: "ĦĈŜŬ\ufffd@˙£ż}Ż§]·½$ĤĜĴ", 0xC0: "ç",
                0xCC: "~", 0xCF: "ġğ", 0xDA: "`û\\", 0xDF: "\ufffdü", 0xEC: "#", 0xEF: "Ġ", 0xFC: "\""}),
}  # fmt: skip
_BASES = (37, 500, 1025, 290, 1027, 833, 836, 838)


@cache
def single(number: int) -> str:
    """The 256 characters of a page."""
    if number in _LIKE:
        base, changes = _LIKE[number]
        text = list(single(base))
        for place, run in changes.items():
            text[place : place + len(run)] = run
        return "".join(text)
    return Converter(f"ibm-{PARTS.get(number, number)}").single()


def runs(text: str, base: str) -> list[tuple[int, str]]:
    """Where ``text`` differs from ``base``; neighbouring places are joined into one run."""
    found: list[tuple[int, str]] = []
    for place in (place for place in range(256) if text[place] != base[place]):
        if found and place - (found[-1][0] + len(found[-1][1])) <= 1:
            start = found.pop()[0]
            found.append((start, text[start : place + 1]))
        else:
            found.append((place, text[place]))
    return found


def literal(text: str) -> str:
    """A Python literal that reads the same in every editor: no invisible characters, none from right to left."""
    return '"' + "".join(char if _plain(char) else _escaped(char) for char in text) + '"'


def _plain(char: str) -> bool:
    from_right = "\u0590" <= char <= "\u07ff" or "\ufb1d" <= char <= "\ufefc"
    return char.isprintable() and not from_right and char not in '"\\\ufffd'


def _escaped(char: str) -> str:
    return '\\"' if char == '"' else char.encode("unicode_escape").decode()


def module() -> str:
    """The text of ``shared/codec/ebcdic.py``."""
    lines = [_HEADER]
    for number in sorted({*SINGLES, *PARTS, *_LIKE}):
        base, changes = min(
            ((base, runs(single(number), single(base))) for base in _BASES if base < number),
            key=lambda one: (sum(len(run) + 6 for _, run in one[1]), one[0]),
        )
        lines += [f'    "cp{number:03d}": ("cp{base:03d}", (\n', *_wrapped(changes), "    )),\n"]
    return "".join([*lines, "}\n# fmt: on\n"])


def _wrapped(changes: list[tuple[int, str]]) -> Iterator[str]:
    line = _INDENT
    for at, run in changes:
        for start, part in _short(run):
            item = f"(0x{at + start:02X}, {literal(part)}), "
            if len(line) + len(item) > _WIDTH:
                yield line.rstrip() + "\n"
                line = _INDENT
            line += item
    if line.strip():
        yield line.rstrip() + "\n"


def _short(run: str) -> Iterator[tuple[int, str]]:
    """Parts of the run whose literals fit a line."""
    start = 0
    for end in range(1, len(run) + 1):
        if end == len(run) or len(literal(run[start : end + 1])) > _WIDTH - 24:
            yield start, run[start:end]
            start = end


_HEADER = '''"""EBCDIC code pages that Python lacks: another page, and the runs of characters that differ from it.

Made from IBM's tables by ``tests/support/code_page_tables.py``; not to be edited.
"""

from __future__ import annotations

from typing import Final

# fmt: off
PAGES: Final[dict[str, tuple[str, tuple[tuple[int, str], ...]]]] = {
'''


def resource(pages: dict[int, int]) -> bytes:
    """A file of double-byte pages, see ``shared/codec/double_pages.py``."""
    tables = {page: Converter(f"ibm-{mixed}").double() for page, mixed in pages.items()}
    texts = {text for table in tables.values() for text in table.values()}
    strings = sorted(text for text in texts if len(text.encode("utf-16-le")) > 2)
    listed = "\n".join(strings).encode()
    blocks = [struct.pack(">HI", len(tables), len(listed)), listed]
    for page, table in tables.items():
        units = list(_units(table, strings))
        blocks += [struct.pack(">H", page), bytes(unit >> 8 for unit in units), bytes(unit & 0xFF for unit in units)]
    return lzma.compress(b"".join(blocks), preset=9 | lzma.PRESET_EXTREME)


def _units(table: dict[int, str], strings: list[str]) -> Iterator[int]:
    for high in range(_FIRST, _LAST + 1):
        for low in range(_FIRST, _LAST + 1):
            text = table.get(high << 8 | low)
            if text is None:
                yield 0
            else:
                yield 0xD800 + strings.index(text) if text in strings else ord(text)


def main() -> None:
    """Write all files."""
    (CODEC / "ebcdic.py").write_text(module())
    (CODEC / "double_bytes").mkdir(exist_ok=True)
    for name, pages in DOUBLES.items():
        (CODEC / "double_bytes" / f"{name}.xz").write_bytes(resource(pages))


if __name__ == "__main__":
    main()
