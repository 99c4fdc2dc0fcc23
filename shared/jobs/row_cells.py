"""The values of a delimited file's rows: which item each belongs to, and how the header line may call it.

Each elementary item is a value, those in tables one by one; a FILLER is one that nobody wants. Of items that share
storage the one that holds has values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.codec import Form, charset
from shared.copybook import FILLER, Category, Element, elementary
from shared.errors import LreclError
from shared.framing.delimited import DelimitedFraming, plain_name
from shared.jobs.columns import options_of
from shared.jobs.load import JobSource
from shared.jobs.records import RecordKind
from shared.jobs.stored import zone_of
from shared.jobs.written import bytes_of_character, is_number, not_in_rows
from shared.jobs.written_specs import as_number
from shared.transform.delimited import Cell, RowForm
from shared.transform.plan import PlanColumn

_ASCII_ZERO = 0x30


def check_rows(source: JobSource) -> None:
    """LRJ088 for code pages and record types that rows cannot have; of other formats nothing is asked."""
    given, records = source.job.input, source.job.records
    if given.record_format != "DELIMITED":
        return
    form = charset(given.page).form
    if zone_of(given.page) != _ASCII_ZERO or form not in (Form.SINGLE, Form.UTF8):
        remedy = "Say encoding: ascii, and code_page: utf-8 where it is; convert EBCDIC and UTF-16 before."
        error: LreclError = not_in_rows(f"rows are told apart in ASCII, and {given.page} is none", remedy)
        raise source.coded(error, ("input", "code_page" if given.code_page else "record_format"))
    if len(records) > 1 or any(one.when for one in records.values()):
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
    for column in columns:
        element = kind.names.elements[column.spec.name] if not column.shows_raw else None
        if element is not None and not kind.tree.holds(kind.tree.index(element.field)):
            remedy = "Name it at redefines of a record type, or leave it out."
            error = not_in_rows(f"{column.spec.name} is another reading of an item whose values a row has", remedy)
            raise source.coded(error, (*kind.at, "fields", column.spec.name))
    loaded = {column.spec.offset for column in columns} & held
    names = _names(kind)
    cells = [
        _cell(source, kind, element, names.get(_key(element)), loaded=element.offset in loaded)
        for element in _elements(kind)
    ]
    options = framing.to_dict()
    options.pop("header", None)
    return RowForm(options, tuple(cells))


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
