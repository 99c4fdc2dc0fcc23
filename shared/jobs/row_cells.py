"""The values of a delimited file's rows: which item each belongs to, and how the header line may call it.

Each elementary item is a value, those in tables one by one; a FILLER is one that nobody wants. Of items that share
storage the one that holds has values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.codec import Form, charset
from shared.copybook import FILLER, Category, Element, elementary
from shared.errors import JobError
from shared.framing.delimited import DelimitedFraming, plain_name
from shared.jobs.columns import options_of
from shared.jobs.faults import Faults
from shared.jobs.records import RecordKind
from shared.jobs.source import JobSource
from shared.jobs.stored import zone_of
from shared.jobs.written import bytes_of_character, is_number, not_in_rows
from shared.jobs.written_specs import as_number
from shared.transform.plan import Cell, PlanColumn, RowForm

_ASCII_ZERO = 0x30


def check_page(source: JobSource) -> None:
    """LRD901 for an unknown code page, LRJ088 for one that rows cannot have; of other formats that is not asked."""
    given = source.job.input
    try:
        zero, form = zone_of(given.page), charset(given.page).form
        if given.point and (zero != _ASCII_ZERO or form not in (Form.SINGLE, Form.UTF8)):
            remedy = "Say encoding: ascii, and code_page: utf-8 where it is; convert EBCDIC and UTF-16 before."
            raise not_in_rows(f"rows are told apart in ASCII, and {given.page} is none", remedy)
    except JobError as error:
        key = "code_page" if given.code_page else "record_format"
        raise source.coded(error, ("input", key)) from error


def check_one_type(source: JobSource) -> None:
    """LRJ088 for record types of a delimited file."""
    records = source.job.records
    if source.job.input.point and (len(records) > 1 or any(one.when for one in records.values())):
        error = not_in_rows("rows have one type: their values have no fixed places that could tell types apart")
        raise source.coded(error, ("records",))


def header_names(source: JobSource, kind: RecordKind) -> list[list[str]]:
    """For each value of a row the names that the header may give it: the item's, with or without its groups, and that
    of its column; none for a FILLER."""
    names = _names(kind)
    return [_called(source, kind, element, names.get(_key(element))) for element in _elements(kind)]


def row_form(source: JobSource, kind: RecordKind, columns: Sequence[PlanColumn], framing: DelimitedFraming) -> RowForm:
    """The cells of a row's values; LRJ088 for columns of items that have none."""
    held = {element.offset for element in _elements(kind)}
    _check_columns(source, kind, columns)
    loaded = {column.spec.offset for column in columns} & held
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
        if element is not None and not kind.tree.holds(kind.tree.index(element.field)):
            remedy = "Name it at redefines of a record type, or leave it out."
            error = not_in_rows(f"{column.spec.name} is another reading of an item whose values a row has", remedy)
            faults.add(source.coded(error, (*kind.at, "fields", column.spec.name)))
    faults.refuse()


def _cell(source: JobSource, kind: RecordKind, element: Element, name: str | None, *, loaded: bool) -> Cell:
    field = element.field
    fitting = field.length // bytes_of_character(field, source.job.input.page)
    number = is_number(field)
    if name is not None and field.category is Category.NUMERIC_EDITED:
        number = as_number(options_of(source, kind, name, element))
    return Cell(element.name, element.offset, field.length, fitting, number, loaded)


def _elements(kind: RecordKind) -> Iterator[Element]:
    tree = kind.tree
    return (element for element in elementary(kind.layout) if tree.holds(tree.index(element.field)))


def _names(kind: RecordKind) -> dict[tuple[int, tuple[int, ...]], str]:
    return {_key(element): name for name, element in kind.names.elements.items()}


def _key(element: Element) -> tuple[int, tuple[int, ...]]:
    return id(element.field), element.subscripts


def _called(source: JobSource, kind: RecordKind, element: Element, name: str | None) -> list[str]:
    if name is None or element.field.name == FILLER:
        return []
    column = options_of(source, kind, name, element).column
    return sorted({plain_name(one) for one in (name, element.name, column or name)})
