"""Mutated copybooks: every one gives layouts whose items lie where they can, or a coded error."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from shared.copybook import Element, Layout, elementary, lay_out, parse_copybook
from shared.copybook.errors import CATALOGUE
from shared.copybook.limits import MAX_RECORD
from shared.copybook.reference import ReferenceFormat
from shared.errors import CopybookError, LreclError
from tests.fuzz.seeds import MEMBERS, PICTURES, SEEDS, USAGES, WORDS

_FORMATS: Final[tuple[ReferenceFormat, ...]] = ("auto", "fixed", "variable", "free")
_NUMBER: Final = re.compile(r"\d+")
_PICTURE: Final = re.compile(r"PIC \S*?(?=[. ]*$|[. ]* )", re.MULTILINE)
_LEVEL: Final = re.compile(r"(?m)^(\d{6})?( *)(\d\d)(?= )")
_EXTREMES: Final = ("0", "1", "00", "49", "50", "88", "999999999", "1000000000", "9" * 40, "1.5", "-1", "٣")
_ODD: Final = "\x00\x07\x0b\x0c\x15\x1a\x1b\x7f\x85\xa0\ufeff\u200b\u2028\u3000\ud800é漢'\"=.,;:()*-/$<>\t\r\n"
_MANY_FIELDS: Final = 3_000
_FEW: Final = 2_000


class Case(NamedTuple):
    """A text, and how it is said to be written."""

    text: str
    reference_format: ReferenceFormat


Mutator = Callable[[str, random.Random], str]


def characters(text: str, dice: random.Random) -> str:
    """Some characters are dropped, doubled, exchanged or joined by odd ones."""
    found = list(text)
    for _ in range(dice.choice((1, 1, 2, 5, 20))):
        at = dice.randrange(len(found) + 1)
        width = dice.choice((0, 0, 1, 1, 3))
        found[at : at + width] = dice.choice(
            (dice.choice(_ODD), "", chr(dice.randrange(0x20, 0x7F)), *found[at : at + 1] * 2)
        )
    return "".join(found)


def words(text: str, dice: random.Random) -> str:
    """Words are dropped, doubled, exchanged, replaced by COBOL's own."""
    found = re.split(r"(\s+)", text)
    for _ in range(dice.choice((1, 1, 2, 4, 10))):
        at, other = dice.randrange(len(found)), dice.randrange(len(found))
        found[at] = dice.choice((dice.choice(WORDS), found[other], "", f"{found[at]} {dice.choice(WORDS)}"))
    return "".join(found)


def lines(text: str, dice: random.Random) -> str:
    """Lines are dropped, doubled, exchanged, shifted, joined, cut."""
    found = text.split("\n")
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(found))
        line = found[at]
        found[at : at + 1] = dice.choice(
            ([], [line, line], [dice.choice(found)], [" " * dice.randrange(12) + line], [line.lstrip()],
             [line[: dice.randrange(len(line) + 1)]], [line + dice.choice(found)], [line[:6].ljust(6) + "-" + line[7:]])
        )  # fmt: skip
        found = found or [""]
    return "\n".join(found)


def numbers(text: str, dice: random.Random) -> str:
    """Numbers become others: none, huge, wrong."""
    share = dice.choice((0.05, 0.3))
    return _NUMBER.sub(lambda found: dice.choice(_EXTREMES) if dice.random() < share else found[0], text)


def levels(text: str, dice: random.Random) -> str:
    """Level numbers become others."""
    return _LEVEL.sub(
        lambda found: (
            f"{found[1] or ''}{found[2]}{dice.choice((1, 2, 5, 10, 49, 66, 77, 88, 99)):02}"
            if dice.random() < 0.2
            else found[0]
        ),
        text,
    )


def pictures(text: str, dice: random.Random) -> str:
    """Other pictures and usages."""
    share = dice.choice((0.1, 0.5, 1))
    return _PICTURE.sub(
        lambda found: f"PIC {dice.choice(PICTURES)} {dice.choice(USAGES)}" if dice.random() < share else found[0], text
    )


def clauses(text: str, dice: random.Random) -> str:
    """The words of an entry in another order."""
    entries = text.split(".\n")
    at = dice.randrange(len(entries))
    parts = entries[at].split(" ")
    dice.shuffle(parts)
    entries[at] = " ".join(parts)
    return ".\n".join(entries)


def nested(text: str, dice: random.Random) -> str:
    """Groups in groups, perhaps tables in tables, ahead of the text or behind it."""
    times = dice.choice(("", "", " OCCURS 2", " OCCURS 9 TIMES", f" OCCURS {dice.choice(_EXTREMES)}"))
    step = dice.choice((1, 1, 2, 0))
    deep = "\n".join(
        f"{1 + level * step:02} G{level}{times if level else ''}." for level in range(dice.choice((5, 49, 60)))
    )
    tail = f"\n49 LAST PIC {dice.choice(('X', 'X(9)', '9(4) COMP', 'S9(5) COMP-3 OCCURS 1 TO 9 DEPENDING ON N'))}.\n"
    return text + deep + tail if dice.random() < 0.5 else deep + tail + text


def tables(text: str, dice: random.Random) -> str:
    """Entries become tables, some of them huge."""
    count = dice.choice(("2", "1000", "999999", "999999999", "1 TO 99999999 DEPENDING ON A", "0", "UNBOUNDED"))
    return re.sub(r"\.(?=\n)", lambda _: f" OCCURS {count}." if dice.random() < 0.2 else ".", text)


def quotes(text: str, dice: random.Random) -> str:
    """A quotation mark too many or too few."""
    mark = dice.choice("'\"")
    if mark in text and dice.random() < 0.5:
        return text.replace(mark, "", 1)
    at = dice.randrange(len(text) + 1)
    return text[:at] + mark + text[at:]


def copying(text: str, dice: random.Random) -> str:
    """COPY statements with and without REPLACING, right and wrong."""
    member = dice.choice(
        (*MEMBERS, *(name.removesuffix(".cpy") for name in MEMBERS), "../X", "/etc/hosts", "A\x00B", "''")
    )
    parts = [dice.choice(("==:P:==", "====", "==X", "PIC", "==PIC X==", "LEADING ==N==", "'a'")) for _ in range(4)]
    replacing = f" REPLACING {parts[0]} BY {parts[1]} {parts[2]} BY {parts[3]}" if dice.random() < 0.6 else ""
    if dice.random() < 0.02:
        many = dice.choice(("LEADING ==A{0}== BY ==B==", "==A{0}== BY ==A==", "==:T:== BY ==\n" + "B" * 3_000 + "\n=="))
        member, replacing = "WIDE", " REPLACING " + "\n".join(many.format(n) for n in range(dice.choice((1, 90, 101))))
    found = text.split("\n")
    found.insert(dice.randrange(len(found) + 1), f"       COPY {member}{replacing}{dice.choice(('.', '', '. .'))}")
    return "\n".join(found)


def cards(text: str, dice: random.Random) -> str:
    """Cut into cards of any width, continued by hyphens."""
    width = dice.choice((5, 20, 40, 65))
    flat = text.replace("\n", " ")
    pieces = [flat[at : at + width] for at in range(0, min(len(flat), 4_000), width)]
    return "\n".join(f"{'':6}{dice.choice(' --') if at else ' '}{piece}" for at, piece in enumerate(pieces))


def encodings(text: str, dice: random.Random) -> str:
    """Read in another encoding than written in."""
    written = text.encode(dice.choice(("cp037", "utf-16", "utf-8", "cp1252")), "replace")
    return written.decode(dice.choice(("latin-1", "utf-8", "cp037")), "replace")


def spliced(text: str, dice: random.Random) -> str:
    """The begin of this and the end of another."""
    other = dice.choice(SEEDS)
    return text[: dice.randrange(len(text) + 1)] + other[dice.randrange(len(other)) :]


def repeated(text: str, dice: random.Random) -> str:
    """Far too much of it, now and then."""
    if dice.random() > 0.01:
        return text + text
    piece = dice.choice(
        (text, "05 A PIC X.\n", "(", "'' ", "==A== ", "COPY EMPTY.\n", "9", "88 C VALUE 1.\n", "-", "a.b.")
    )
    return (text + piece * (dice.choice((20_000, 200_000, 2_000_000)) // len(piece or " "))) if piece else text


MUTATORS: Final[tuple[Mutator, ...]] = (
    characters, words, lines, numbers, levels, clauses, nested, tables, quotes, copying, cards, encodings, spliced,
    repeated, pictures, pictures, pictures, characters, words, words, numbers, levels,
)  # fmt: skip


class Copybooks:
    """The target. ``folder`` takes the members for COPY."""

    units = 1
    refusals: tuple[type[LreclError], ...] = (CopybookError,)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name, text in MEMBERS.items():
            (folder / name).write_text(text, encoding="latin-1")

    def make(self, dice: random.Random) -> Case:
        text = dice.choice(SEEDS)
        for _ in range(dice.choice((1, 1, 1, 2, 3, 5))):
            text = dice.choice(MUTATORS)(text, dice)
        return Case(text, dice.choice(_FORMATS) if dice.random() < 0.3 else "auto")

    def hold(self, case: Case) -> Counter[str]:
        try:
            copybook = parse_copybook(
                case.text, source="MUTANT.cpy", reference_format=case.reference_format, copy_roots=[self._folder]
            )
            for name in copybook.record_names[:5]:
                _check(lay_out(copybook, record=name))
        except CopybookError as error:
            _check_error(error)
            raise
        return Counter({"laid out": 1})


def _check_error(error: CopybookError) -> None:
    assert error.code in CATALOGUE
    assert error.remedy
    assert str(error).isprintable(), f"control characters in {error!s}"
    assert error.line >= 0
    assert error.column >= 0


def _check(layout: Layout) -> None:
    assert 0 <= layout.minimum_length <= layout.length <= MAX_RECORD
    for one in layout.fields:
        reach = one.length + sum((table.maximum - 1) * table.stride for table in one.occurs)
        assert 0 <= one.offset <= one.offset + reach <= layout.length, one
    if len(layout.fields) < _MANY_FIELDS:
        json.dumps(layout.to_dict())
    elements = list(islice(elementary(layout), _FEW))
    assert all(0 <= one.offset <= one.offset + one.field.length <= layout.length for one in elements)
    _check_apart([one for one in elements if not one.field.in_redefinition])


def _check_apart(elements: list[Element]) -> None:
    end = 0
    for one in sorted(elements, key=lambda one: (one.offset, one.field.length)):
        assert one.offset >= end, f"{one.name} overlaps the item before it"
        end = one.offset + one.field.length
