"""A family's run: what COBOL told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path

from tests.acceptance.oracle import compiler
from tests.acceptance.oracle.family import Family, Item, Kind
from tests.acceptance.oracle.program import ABSENT, source_of
from tests.acceptance.oracle.values import TEXT_LENGTH, WORK_FORMS, work_form

Told = str | Decimal | float | None


@dataclass(frozen=True)
class Answers:
    """length: of the record, tables full. places: offset and length of each item. values, texts: by item and row.

    ``values`` are text, Decimal or float, None where the item is not in the record; ``texts`` are what edited numbers
    look like. Places and values are in the order of the family's items.
    """

    length: int
    places: list[tuple[int, int]]
    values: list[list[Told]]
    texts: list[list[str]]


class Oracle:
    """A family's program, compiled; ``data`` is the file that it wrote."""

    def __init__(self, family: Family, folder: Path) -> None:
        self.family = family
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._program = compiler.build(source_of(family), family.copybook, family.options, folder)
        (folder / "given").write_bytes(b"".join(_given(family)))
        self.written = self._ask("W", folder)
        self.data = (folder / "records").read_bytes()

    def read(self, data: bytes) -> Answers:
        """What COBOL makes of a file of as many records."""
        folder = self._folder / "reading"
        folder.mkdir(exist_ok=True)
        (folder / "records").write_bytes(data)
        return self._ask("R", folder)

    def _ask(self, mode: str, folder: Path) -> Answers:
        return _answers(self.family, iter(compiler.run(self._program, mode, folder)))


def _given(family: Family) -> Iterator[bytes]:
    for row in range(family.rows):
        for item in family.moved:
            value = item.value(row)
            text = value if isinstance(value, str) else _digits(value, work_form(item.element.field))
            yield text.encode("ascii").ljust(TEXT_LENGTH)


def _digits(value: Decimal, form: int) -> str:
    left, right = WORK_FORMS[form]
    with localcontext(prec=80):
        return f"{int(value.scaleb(right)):+0{left + right + 1}}"


def _answers(family: Family, lines: Iterator[str]) -> Answers:
    length = int(next(lines))
    places = []
    for _ in family.items:
        offset, size = next(lines).split()
        places.append((int(offset), int(size)))
    rows = [[next(lines) for _ in family.items] for _ in range(family.rows)]
    assert next(lines, None) is None
    columns = list(zip(*rows, strict=True))
    values = [[_told(item, line) for line in told] for item, told in zip(family.items, columns, strict=True)]
    texts = [[line[:TEXT_LENGTH].rstrip() for line in told] for told in columns]
    return Answers(length, places, values, texts)


def _told(item: Item, line: str) -> Told:
    if line == ABSENT:
        return None
    if item.kind is Kind.TEXT:
        return line.rstrip()
    if item.kind is Kind.FLOAT:
        return float(line)
    digits = line[TEXT_LENGTH:] if item.kind is Kind.EDITED else line
    with localcontext(prec=80):
        return Decimal(int(digits)).scaleb(-WORK_FORMS[work_form(item.element.field)][1])
