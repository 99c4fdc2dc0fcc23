"""Expanding tables into single elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.copybook.errors import TOO_MANY_OCCURRENCES, Position, failure
from shared.copybook.layout import Layout, LayoutField
from shared.copybook.limits import MAX_ELEMENTS


@dataclass(frozen=True, slots=True)
class Element:
    """One occurrence of an elementary item. ``subscripts`` count from 1; ``offset`` is in bytes, in the record."""

    field: LayoutField
    subscripts: tuple[int, ...]
    offset: int
    name: str

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {"name": self.name, "offset": self.offset, "length": self.field.length, "path": list(self.field.path)}


@dataclass(frozen=True, slots=True)
class _Spot:
    """One occurrence of ``fields[index]``. ``shift`` is its distance in bytes from the first occurrence."""

    index: int
    subscripts: tuple[int, ...]
    shift: int


def elementary(layout: Layout) -> Iterator[Element]:
    """Every elementary item of the record, with tables expanded, in storage order.

    Tables with a counter are expanded to their maximum size: the offsets are those of records with full tables, and
    ``element.field.occurs`` tells which subscripts depend on a counter. Redefinitions come after the item that they
    redefine. The name is COBOL's, with subscripts for items in tables: ``CUST-NAME(1,2)``.

    Raises ``CopybookError`` LRC031 for more than ``MAX_ELEMENTS`` elements, before the first is returned.
    """
    _check_size(layout)
    return _walk(layout)


def _check_size(layout: Layout) -> None:
    total = 0
    for field in layout.fields:
        product = 1
        for dimension in field.occurs:
            product *= dimension.maximum
        total += 0 if field.is_group else product
    if total > MAX_ELEMENTS:
        message = f"record {layout.name} has {total:,} single elements; the maximum is {MAX_ELEMENTS:,}"
        raise failure(TOO_MANY_OCCURRENCES, message, Position(layout.source, 0, 0))


def _walk(layout: Layout) -> Iterator[Element]:
    children = _children(layout)
    waiting = [iter((_Spot(0, (), 0),))]
    while waiting:
        spot = next(waiting[-1], None)
        if spot is None:
            waiting.pop()
        elif layout.fields[spot.index].is_group:
            waiting.append(_below(layout, children[spot.index], spot))
        else:
            yield _element(layout.fields[spot.index], spot)


def _children(layout: Layout) -> list[list[int]]:
    """The indices of the children of each field, by the depth of the paths."""
    children: list[list[int]] = [[] for _ in layout.fields]
    line: list[int] = []
    for index, field in enumerate(layout.fields):
        del line[len(field.path) - 1 :]
        if line:
            children[line[-1]].append(index)
        line.append(index)
    return children


def _below(layout: Layout, children: list[int], spot: _Spot) -> Iterator[_Spot]:
    for index in children:
        own = layout.fields[index].occurs[len(spot.subscripts) :]
        if not own:
            yield _Spot(index, spot.subscripts, spot.shift)
            continue
        for number in range(own[0].maximum):
            yield _Spot(index, (*spot.subscripts, number + 1), spot.shift + number * own[0].stride)


def _element(field: LayoutField, spot: _Spot) -> Element:
    subscripts = f"({','.join(map(str, spot.subscripts))})" if spot.subscripts else ""
    return Element(field, spot.subscripts, field.offset + spot.shift, field.name + subscripts)
