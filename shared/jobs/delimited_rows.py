"""The values of delimited rows: the item of each, its cell, and the names that the header line may give it.

Each elementary item has a value, in tables each occurrence. Values for FILLER are ignored. Of the items that share
storage, the active one has values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.codec import Form, charset
from shared.copybook import FILLER, Category, Element, elementary
from shared.errors import JobError
from shared.framing.delimited import DelimitedFraming, plain_name
from shared.jobs.delimited_layout import as_number, bytes_per_character, is_number, not_in_rows
from shared.jobs.faults import Faults
from shared.jobs.record_types import RecordKind, options_of
from shared.jobs.source import JobSource
from shared.jobs.stored_forms import zone_of
from shared.transform.plan import Cell, PlanColumn, RowForm

_ASCII_ZERO = 0x30


def check_page(source: JobSource) -> None:
    """LRD901 for an unknown code page, LRJ088 for one that delimited rows cannot have."""
    given = source.job.input
    try:
        zero, form = zone_of(given.page), charset(given.page).form
        if given.point and (zero != _ASCII_ZERO or form not in (Form.SINGLE, Form.UTF8)):
            remedy = "State encoding: ascii, and for UTF-8 also code_page: utf-8. Convert EBCDIC and UTF-16 first."
            raise not_in_rows(f"delimiters are ASCII, but {given.page} is not", remedy)
    except JobError as error:
        key = "code_page" if given.code_page else "record_format"
        raise source.coded(error, ("input", key)) from error


def check_one_type(source: JobSource) -> None:
    """LRJ088 for record types of a delimited file."""
    records = source.job.records
    if source.job.input.point and (len(records) > 1 or any(one.when for one in records.values())):
        message = "rows have only one type: their values have no fixed offsets that could tell types apart"
        error = not_in_rows(message, "Remove records, or its conditions.")
        raise source.coded(error, ("records",))


def header_names(source: JobSource, kind: RecordKind) -> list[list[str]]:
    """The names that the header line may give to each value of a row; none for a FILLER, which may have any.

    They are the name of the item, with or without its groups, and the name of its column.
    """
    names = _names(kind)
    return [_header_names(source, kind, element, names.get(_key(element))) for element in _elements(kind)]


def row_form(source: JobSource, kind: RecordKind, columns: Sequence[PlanColumn], framing: DelimitedFraming) -> RowForm:
    """The cells of a row's values; LRJ088 for columns of items that have no values."""
    offsets = {element.offset for element in _elements(kind)}
    _check_columns(source, kind, columns)
    loaded = {column.spec.offset for column in columns} & offsets
    names = _names(kind)
    cells = [
        _cell(source, kind, element, names.get(_key(element)), loaded=element.offset in loaded)
        for element in _elements(kind)
    ]
    options = framing.to_dict()
    options.pop("header", None)
    return RowForm(options, tuple(cells))


def _check_columns(source: JobSource, kind: RecordKind, columns: Sequence[PlanColumn]) -> None:
    faults = Faults()
    for column in columns:
        element = kind.names.elements[column.spec.name] if not column.shows_raw else None
        if element is not None and not kind.tree.is_active(kind.tree.index(element.field)):
            remedy = "Name it under redefines of a record type, or remove it."
            error = not_in_rows(f"{column.spec.name} redefines an item whose values a row has", remedy)
            faults.add(source.coded(error, (*kind.at, "fields", column.spec.name)))
    faults.refuse()


def _cell(source: JobSource, kind: RecordKind, element: Element, name: str | None, *, loaded: bool) -> Cell:
    field = element.field
    fitting = field.length // bytes_per_character(field, source.job.input.page)
    number = is_number(field)
    if name is not None and field.category is Category.NUMERIC_EDITED:
        number = as_number(options_of(source, kind, name, element))
    return Cell(element.name, element.offset, field.length, fitting, number, loaded)


def _elements(kind: RecordKind) -> Iterator[Element]:
    tree = kind.tree
    return (element for element in elementary(kind.layout) if tree.is_active(tree.index(element.field)))


def _names(kind: RecordKind) -> dict[tuple[int, tuple[int, ...]], str]:
    return {_key(element): name for name, element in kind.names.elements.items()}


def _key(element: Element) -> tuple[int, tuple[int, ...]]:
    return id(element.field), element.subscripts


def _header_names(source: JobSource, kind: RecordKind, element: Element, name: str | None) -> list[str]:
    if name is None or element.field.name == FILLER:
        return []
    column = options_of(source, kind, name, element).column
    return sorted({plain_name(one) for one in (name, element.name, column or name)})
