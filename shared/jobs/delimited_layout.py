"""Copybooks of delimited files: the layout and the fields of the matrix into which the values of a row are copied.

Each elementary item has a cell, which is as wide as the longest text of the item. How COBOL would store the item
(USAGE, SYNC, SIGN SEPARATE) has no meaning in a text: COMP-3 is a number with these digits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.codec import Controls, FieldSpec, FloatForm, Form, Invalid, Kind, Null, Sign, Trim, charset
from shared.codec.fields import MAX_DIGITS
from shared.copybook import Category, Element, Layout, LayoutField, Usage
from shared.errors import JobError
from shared.jobs.layout_tree import Tree
from shared.jobs.model import FieldOptions

FLOATS: Final = frozenset({Usage.COMP_1, Usage.COMP_2})
_DOUBLE: Final = frozenset({Category.NATIONAL, Category.DBCS})
_NUMERIC_TYPES: Final = {"smallint", "integer", "bigint", "decimal"}
_FLOAT_CHARACTERS: Final = 32
_SPARE_CHARACTERS: Final = 6
"""The characters of a number beside its digits: sign, decimal point, and leading or trailing zeros."""


def not_in_rows(message: str, remedy: str) -> JobError:
    """LRJ088: the job states something that delimited rows do not have."""
    return JobError("LRJ088", message, remedy=remedy)


def is_number(field: LayoutField) -> bool:
    """Whether the picture of an elementary item is that of a number."""
    return field.category is Category.NUMERIC and field.usage not in FLOATS


def longest_text(field: LayoutField) -> int:
    """The length in characters of the longest text of an elementary item."""
    if field.usage in FLOATS:
        return _FLOAT_CHARACTERS
    if is_number(field):
        return max(field.digits, field.scale, field.digits - field.scale) + _SPARE_CHARACTERS
    return field.length // 2 if field.category in _DOUBLE else field.length


def bytes_per_character(field: LayoutField, code_page: str) -> int:
    """The most bytes of a character of an item."""
    ascii_only = is_number(field) or field.usage in FLOATS
    return 4 if charset(code_page).form is Form.UTF8 and not ascii_only else 1


def cell_layout(layout: Layout, code_page: str) -> Layout:
    """The layout with a cell for each elementary item; LRJ088 for tables of varying size."""
    if layout.is_variable:
        remedy = "Give the table a fixed size, OCCURS n TIMES. Empty values are NULL."
        raise not_in_rows(f"{layout.name} has a table of varying size, but all rows have as many values", remedy)
    return _CellLayout(layout, code_page).layout()


class _CellLayout:
    """Computes the lengths of the items from the inside out, then their offsets from the outside in."""

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

    def layout(self) -> Layout:
        """The layout of the cells."""
        fields: list[LayoutField] = []
        ends: dict[int | None, tuple[int, int]] = {}  # by parent: start and end of the last area
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
        """Bytes of one occurrence. The lengths of the items below it are known."""
        field = self._layout.fields[index]
        if not field.is_group:
            return longest_text(field) * bytes_per_character(field, self._code_page)
        areas: list[int] = []
        for child in self._below[index]:
            if self._layout.fields[child].redefines is None:
                areas.append(self._total(child))
            else:
                areas[-1] = max(areas[-1], self._total(child))
        return sum(areas)

    def _total(self, index: int) -> int:
        """Bytes of all occurrences of an item."""
        field, parent = self._layout.fields[index], self._parents[index]
        outer = 0 if parent is None else len(self._layout.fields[parent].occurs)
        return self._lengths[index] * (field.occurs[-1].maximum if len(field.occurs) > outer else 1)


def cell_spec(element: Element, name: str, code_page: str, options: FieldOptions, point: str) -> FieldSpec:
    """The field of an element's cell: text, or a number as text. An empty number or date is NULL.

    LRJ030 for pointers, LRJ088 for options that rows cannot have.
    """
    _check_options(name, options)
    field = element.field
    kind = _kind_of_cell(element, name, options)
    number = kind in (Kind.TEXT_NUMBER, Kind.LONG)
    nulls = [Null(word) for word in options.null_when or () if kind is not Kind.LONG or word != "zeros"]
    if kind is not Kind.TEXT or options.type == "date":
        nulls = [Null.SPACES, *(null for null in nulls if null is not Null.SPACES)]
    return FieldSpec(
        name,
        kind,
        element.offset,
        field.length,
        digits=field.digits if number else 0,
        scale=field.scale if number else 0,
        sign=Sign.TRAILING if number and field.signed else Sign.NONE,
        code_page=code_page,
        float_form=FloatForm.TEXT if kind is Kind.FLOAT else FloatForm.IBM,
        decimal_comma=kind is not Kind.TEXT and point == ",",
        trim=Trim(options.trim or "right"),
        controls=Controls(options.controls or "keep") if kind is Kind.TEXT else Controls.KEEP,
        null_when=tuple(nulls),
        long_encoding=Kind.TEXT_NUMBER if kind is Kind.LONG else Kind.DISPLAY,
        invalid=Invalid.REJECT if options.invalid in (None, "reject") else Invalid.NULL,
    )


def _check_options(name: str, options: FieldOptions) -> None:
    if options.trim in ("none", "left"):
        message = f"spaces after the values of {name} cannot be kept, because cells are filled with spaces"
        raise not_in_rows(message, "State trim: right or both.")
    if options.code_page is not None:
        message = f"{name} cannot have a code page of its own: all values of a row have that of the file"
        raise not_in_rows(message, "Remove code_page.")


def _kind_of_cell(element: Element, name: str, options: FieldOptions) -> Kind:
    field = element.field
    if field.category is Category.POINTER:
        raise not_decoded(element, name, f"Skip it: fields: {{{name}: {{skip: true}}}}.")
    if field.usage in FLOATS:
        return Kind.FLOAT
    edited = field.category is Category.NUMERIC_EDITED and as_number(options)
    if field.category is not Category.NUMERIC and not edited:
        return Kind.TEXT
    long = max(field.digits, field.scale, field.digits - field.scale) > MAX_DIGITS
    return Kind.LONG if long else Kind.TEXT_NUMBER


def as_number(options: FieldOptions) -> bool:
    """Whether an edited number becomes a number."""
    return options.type in _NUMERIC_TYPES or (options.edited == "number" and options.type is None)


def not_decoded(element: Element, name: str, remedy: str) -> JobError:
    """LRJ030: an item that cannot be decoded."""
    field = element.field
    what = f"{field.usage.value} {field.picture or ''}".strip()
    return JobError(
        "LRJ030",
        f"the field {name} ({what}) has the category {field.category.value}, which is not decoded",
        remedy=remedy,
    )
