"""``lay_out``: a parsed copybook to the flat layout of one of its records."""

from __future__ import annotations

from dataclasses import replace

from shared.copybook.ast import Copybook, Item
from shared.copybook.errors import (
    BAD_COUNTER,
    BAD_RENAMES,
    TOO_MANY_ITEMS,
    UNKNOWN_RECORD,
    Position,
    failure,
    shown,
)
from shared.copybook.layout import Dimension, Layout, LayoutField, NameIndex, RenamedRange
from shared.copybook.limits import MAX_REFERENCES
from shared.copybook.picture import Category
from shared.copybook.placement import PlacedItem, Table, place
from shared.copybook.storage import category_of

_TEXTS = (Category.ALPHANUMERIC, Category.ALPHABETIC)
_Counters = dict[int, tuple[str, ...]]
"""The paths of counters by the ``id`` of the table's ``PlacedItem``."""


def lay_out(copybook: Copybook, *, record: str | None = None) -> Layout:
    """The layout of one record, with the offset and length of every item.

    ``record`` is the name of an 01 or 77 level in upper or lower case; the default is the first. Raises
    ``CopybookError`` LRC029 (no such record, with the names of all) and LRC023–LRC027, LRC030–LRC032.

    >>> from shared.copybook import lay_out, parse_copybook
    >>> copybook = parse_copybook('''
    ...        01  CUSTOMER.
    ...            05  CUST-NAME  PIC X(10).
    ...            05  BALANCE    PIC S9(5)V99 COMP-3.
    ... ''')
    >>> [(item.name, item.offset, item.length) for item in lay_out(copybook, record="customer").fields]
    [('CUSTOMER', 0, 14), ('CUST-NAME', 0, 10), ('BALANCE', 10, 4)]
    """
    return _lay_out(_record(copybook, record), copybook.source)


def lay_out_together(copybook: Copybook) -> Layout:
    """One layout of all records of the copybook, which describe the same bytes: each redefines the first.

    It has the name of the first record. Raises as ``lay_out`` does.
    """
    first, *others = copybook.records
    if not others:
        return _lay_out(first, copybook.source)
    redefining = (replace(record, redefines=first.name) for record in others)
    area = replace(first, children=(first, *redefining), picture=None, conditions=(), renames=(), implicit=True)
    return _lay_out(area, copybook.source)


def _lay_out(root: Item, source: str) -> Layout:
    placed = place(root)
    index = NameIndex([one.path for one in placed], source)
    _check_references(placed, root)
    counters = _counters(placed, index)
    return Layout(
        name=root.name,
        length=placed[0].length,
        minimum_length=placed[0].minimum,
        fields=tuple(_field(one, counters) for one in placed),
        is_variable=bool(counters),
        renames=_renames(root, placed, index),
        source=source,
    )


def _record(copybook: Copybook, name: str | None) -> Item:
    if name is None:
        return copybook.records[0]
    for record in copybook.records:
        if record.name == name.upper():
            return record
    choices = ", ".join(copybook.record_names[:20])
    message = f"there is no record {shown(name)}; the records are {choices}"
    raise failure(UNKNOWN_RECORD, message, Position(copybook.source, 0, 0))


def _check_references(placed: list[PlacedItem], root: Item) -> None:
    counted = sum(1 for one in placed if one.item.occurs and one.item.occurs.depending_on)
    if counted + 2 * len(root.renames) > MAX_REFERENCES:
        message = f"record {root.name} has more than {MAX_REFERENCES} DEPENDING ON and RENAMES names"
        raise failure(TOO_MANY_ITEMS, message, root.at)


def _counters(placed: list[PlacedItem], index: NameIndex) -> _Counters:
    counters: _Counters = {}
    for position, table in enumerate(placed):
        occurs = table.item.occurs
        if occurs and occurs.depending_on:
            counter = index.resolve(occurs.depending_on, table.item.at)
            _check_counter(placed[counter], table, before=counter < position)
            counters[id(table)] = placed[counter].path
    return counters


def _check_counter(counter: PlacedItem, table: PlacedItem, *, before: bool) -> None:
    """A counter must come before its table, and every table around the counter must be around its table.

    COBOL allows only integers. Files of other origin also have text counters; the job defines what their texts mean.
    """
    name, item = table.item.name, counter.item
    if not before:
        raise failure(BAD_COUNTER, f"{name} depends on {item.name}, which comes after it", table.item.at)
    picture = item.picture
    integer = picture is not None and picture.category is Category.NUMERIC and picture.scale == 0
    if not integer and (picture is None or picture.category not in _TEXTS):
        raise failure(BAD_COUNTER, f"{name} depends on {item.name}, which is not an integer", table.item.at)
    around = [id(one.owner) for one in table.tables[:-1]]
    if [id(one.owner) for one in counter.tables] != around[: len(counter.tables)]:
        raise failure(BAD_COUNTER, f"{name} depends on {item.name}, which is in another table", table.item.at)


def _field(placed: PlacedItem, counters: _Counters) -> LayoutField:
    item, picture = placed.item, placed.item.picture
    edited = picture is not None and picture.category in (Category.NUMERIC, Category.NUMERIC_EDITED)
    return LayoutField(
        name=item.name,
        path=placed.path,
        level=item.level,
        offset=placed.offset,
        length=placed.length,
        is_group=item.is_group,
        picture=picture.text if picture else None,
        category=Category.GROUP if item.is_group else category_of(picture, item.usage),
        usage=item.usage,
        digits=picture.digits if picture and edited else 0,
        scale=picture.scale if picture and edited else 0,
        signed=item.signed,
        sign=item.sign,
        occurs=tuple(_dimension(table, counters) for table in placed.tables),
        redefines=item.redefines,
        in_redefinition=placed.in_redefinition,
        conditions=item.conditions,
        justified=item.justified,
        blank_when_zero=item.blank_when_zero,
        line=item.line,
        value=item.value,
    )


def _dimension(table: Table, counters: _Counters) -> Dimension:
    counter = counters.get(id(table.owner))
    return Dimension(table.occurs.minimum, table.occurs.maximum, table.stride, counter)


def _renames(root: Item, placed: list[PlacedItem], index: NameIndex) -> tuple[RenamedRange, ...]:
    ranges: list[RenamedRange] = []
    for rename in root.renames:
        first, last = (placed[index.resolve(names, rename.at)] for names in (rename.first, rename.last))
        end = last.offset + last.length
        if first.tables or last.tables or end <= first.offset or last.offset < first.offset:
            raise failure(BAD_RENAMES, f"66 {rename.name} does not cover a range of storage", rename.at)
        ranges.append(
            RenamedRange(rename.name, first.offset, end - first.offset, first.path, last.path, rename.at.line)
        )
    return tuple(ranges)
