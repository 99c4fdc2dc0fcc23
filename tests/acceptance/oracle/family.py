"""What is asked of the oracle: items of a copybook, and values to move into them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from shared.copybook import FILLER, Category, Element, Layout, elementary, lay_out, parse_copybook
from tests.acceptance.oracle.values import Value, numbers, texts

IBM = ("-std=ibm", "-fbinary-truncate", "-fsign=EBCDIC")
"""IBM's dialect: binary numbers big-endian and of 2, 4 or 8 bytes, SYNCHRONIZED in force; TRUNC(STD); and signs are
the characters which EBCDIC's overpunches become in a transfer, { A to I and } J to R."""


class Kind(Enum):
    """How values are moved and told."""

    NUMBER = "number"
    EDITED = "edited"
    FLOAT = "float"
    TEXT = "text"


@dataclass(frozen=True)
class Item:
    """An elementary item of a record, or one occurrence of it.

    reference: its name in COBOL, subscripts included; ``element.name`` is lrecl's. title: for the test's name.
    values: none for a redefinition, which only tells. present: the COBOL condition under which the occurrence exists.
    numeric: whether COBOL tells the number; GnuCOBOL does not know DB, nor zeros of the picture, when it de-edits.
    """

    reference: str
    element: Element
    title: str
    kind: Kind
    values: tuple[Value, ...]
    present: str = ""

    @property
    def numeric(self) -> bool:
        picture = self.element.field.picture or ""
        return self.kind in (Kind.NUMBER, Kind.EDITED) and not picture.endswith(("DB", "00"))

    def value(self, row: int) -> Value:
        """What is moved into the item of a record; lists that are too short begin anew."""
        return self.values[row % len(self.values)]


@dataclass(frozen=True)
class Family:
    """One copybook, one program. ``options`` are cobc's; ``variable`` records lie behind RDWs."""

    name: str
    copybook: str
    items: tuple[Item, ...]
    options: tuple[str, ...] = IBM
    variable: bool = False

    @property
    def moved(self) -> list[Item]:
        """Items that get values."""
        return [item for item in self.items if item.values]

    @property
    def rows(self) -> int:
        """Records to write: as many as the item with the most values has."""
        return max(len(item.values) for item in self.moved)


def layout_of(copybook: str) -> Layout:
    """lrecl's layout of the only record."""
    return lay_out(parse_copybook(copybook, source="record.cpy"))


def pictures(name: str, *clauses: str, options: tuple[str, ...] = IBM) -> Family:
    """A family whose record is one elementary item after the other, each of its own clauses."""
    copybook = _source(["01  REC.", *(f"    05  F{number:03} {text}." for number, text in enumerate(clauses, 1))])
    found = zip(elementary(layout_of(copybook)), clauses, strict=True)
    return Family(name, copybook, tuple(_item(element, text) for element, text in found), options)


def structure(
    name: str,
    *entries: str,
    values: Mapping[str, tuple[Value, ...]] | None = None,
    present: Mapping[str, str] | None = None,
    options: tuple[str, ...] = IBM,
    variable: bool = False,
) -> Family:
    """A family whose record has groups and tables.

    ``values`` replace those that an item's picture suggests; ``present`` says by item when an occurrence is there,
    ``{0}`` being its first subscript.
    """
    copybook = _source(["01  REC.", *(f"    {entry}" for entry in entries)])
    elements = [element for element in elementary(layout_of(copybook)) if element.field.name != FILLER]
    items = [_item(element, element.name, values, present) for element in elements]
    return Family(name, copybook, tuple(items), options, variable)


def _item(
    element: Element,
    title: str,
    values: Mapping[str, tuple[Value, ...]] | None = None,
    present: Mapping[str, str] | None = None,
) -> Item:
    name, field = element.field.name, element.field
    kind = _kind(element)
    chosen = (values or {}).get(name) or (texts(field) if kind is Kind.TEXT else numbers(field))
    reference = element.name.replace("(", " (").replace(",", " ")
    condition = (present or {}).get(name, "").format(*element.subscripts)
    return Item(reference, element, title, kind, () if field.in_redefinition else chosen, condition)


def _kind(element: Element) -> Kind:
    if element.field.category is Category.FLOAT:
        return Kind.FLOAT
    if element.field.category is Category.NUMERIC_EDITED:
        return Kind.EDITED
    return Kind.NUMBER if element.field.category is Category.NUMERIC else Kind.TEXT


def _source(entries: list[str]) -> str:
    """Entries in fixed format; long ones go on in the next line."""
    wrapped = (textwrap.wrap(entry, 62, subsequent_indent=" " * 12, break_on_hyphens=False) for entry in entries)
    return "".join(f"       {line}\n" for line in chain.from_iterable(wrapped))
