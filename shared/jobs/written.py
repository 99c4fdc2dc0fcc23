"""Copybooks of delimited files: a layout of cells for the values of a row, instead of bytes of a record.

A cell is as wide as the longest text of its item. How an item would be stored (USAGE, SYNC, SIGN SEPARATE) is without
meaning in a text: COMP-3 is a number with these digits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.codec import Form, charset
from shared.copybook import Category, Layout, LayoutField, Usage
from shared.errors import JobError
from shared.jobs.holding import Tree

FLOATS: Final = frozenset({Usage.COMP_1, Usage.COMP_2})
_DOUBLE: Final = frozenset({Category.NATIONAL, Category.DBCS})
_FLOAT_CHARACTERS: Final = 32
_SPARE: Final = 6
"""Room in a number's cell for its sign and point, and for zeros that do not count."""


def not_in_rows(message: str, remedy: str = "") -> JobError:
    """LRJ088: what a job for delimited files asks for cannot be had of rows of values."""
    return JobError("LRJ088", message, remedy=remedy)


def is_number(field: LayoutField) -> bool:
    """Whether an elementary item's values are numbers by their picture."""
    return field.category is Category.NUMERIC and field.usage not in FLOATS


def characters(field: LayoutField) -> int:
    """The longest text of an elementary item, in characters."""
    if field.usage in FLOATS:
        return _FLOAT_CHARACTERS
    if is_number(field):
        return max(field.digits, field.scale, field.digits - field.scale) + _SPARE
    return field.length // 2 if field.category in _DOUBLE else field.length


def bytes_of_character(field: LayoutField, code_page: str) -> int:
    """The most bytes that a character of an item takes."""
    ascii_only = is_number(field) or field.usage in FLOATS
    return 4 if charset(code_page).form is Form.UTF8 and not ascii_only else 1


def written_layout(layout: Layout, code_page: str) -> Layout:
    """The layout with a cell for each elementary item; LRJ088 for tables whose size varies."""
    if layout.is_variable:
        remedy = "Give the table a fixed size, OCCURS n TIMES; empty values are NULL."
        raise not_in_rows(f"{layout.name} has a table of varying size, and all rows have as many values", remedy)
    return _Cells(layout, code_page).placed()


class _Cells:
    """The items of a layout, placed anew: their lengths from the inside out, then offsets from the outside in."""

    def __init__(self, layout: Layout, code_page: str) -> None:
        self._layout, self._code_page = layout, code_page
        self._parents = Tree(layout).parents
        self._below: list[list[int]] = [[] for _ in layout.fields]
        for index, parent in enumerate(self._parents):
            if parent is not None:
                self._below[parent].append(index)
        self._lengths = [0] * len(layout.fields)
        for index in reversed(range(len(layout.fields))):
            self._lengths[index] = self._length(index)

    def placed(self) -> Layout:
        """The layout of the cells."""
        fields: list[LayoutField] = []
        ends: dict[int | None, tuple[int, int]] = {}  # by parent: where the last area begins, and where it ends
        for index, (field, parent) in enumerate(zip(self._layout.fields, self._parents, strict=True)):
            first = 0 if parent is None else fields[parent].offset
            begin, end = ends.get(parent, (first, first))
            offset = end if field.redefines is None else begin
            ends[parent] = (offset, max(end, offset + self._total(index)))
            around = () if parent is None else fields[parent].occurs
            own = field.occurs[len(around) :]
            occurs = (*around, *(replace(one, stride=self._lengths[index]) for one in own))
            fields.append(replace(field, offset=offset, length=self._lengths[index], occurs=occurs))
        length = fields[0].length
        return replace(self._layout, length=length, minimum_length=length, fields=tuple(fields), renames=())

    def _length(self, index: int) -> int:
        """Bytes of one occurrence; the items below it are known."""
        field = self._layout.fields[index]
        if not field.is_group:
            return characters(field) * bytes_of_character(field, self._code_page)
        areas: list[int] = []
        for child in self._below[index]:
            if self._layout.fields[child].redefines is None:
                areas.append(self._total(child))
            else:
                areas[-1] = max(areas[-1], self._total(child))
        return sum(areas)

    def _total(self, index: int) -> int:
        """Bytes of an item with all its occurrences."""
        field, parent = self._layout.fields[index], self._parents[index]
        outer = 0 if parent is None else len(self._layout.fields[parent].occurs)
        return self._lengths[index] * (field.occurs[-1].maximum if len(field.occurs) > outer else 1)
