"""From the layout of the copybook to the shape of its records: which tables vary, and their counters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from shared.codec import FieldSpec, Kind
from shared.copybook import Element, Layout, LayoutField
from shared.errors import CopybookError, JobError
from shared.jobs.field_specs import field_spec
from shared.jobs.layout_tree import Path, Tree
from shared.jobs.model import FieldOptions
from shared.shaping import CounterField, Shape, Table


@dataclass(frozen=True, slots=True)
class _Found:
    """A table of the layout: its index there, and the number of the table around it among the tables found."""

    index: int
    field: LayoutField
    parent: int | None

    @property
    def counter(self) -> Path | None:
        return self.field.occurs[-1].depending_on


def shape_of(
    tree: Tree,
    code_page: str,
    *,
    shifting: bool,
    counter_values: Mapping[str, Mapping[str, int]] | None = None,
    strict_length: bool = False,
) -> Shape:
    """The shape of the layout's records, with the tables that have a counter, and the tables around them.

    ``counter_values`` has, for counters that are text, the count for each text. Its key is the name of the counter or,
    if two tables read the counter differently, the name of one table; names are those of ``Layout.find``. Of the items
    that share storage, only the tables of the active one count.

    Raises CopybookError LRC025 or LRC026 for names, JobError LRJ030 or LRD940 for a field that cannot be a counter,
    LRJ070 for counts of a field that is not a counter, and LRJ071 for a text counter without counts.
    """
    layout = tree.layout
    found = _varying(tree)
    values = {layout.find(name).path: dict(counts) for name, counts in (counter_values or {}).items()}
    unused = values.keys() - _counting(found)
    if unused:
        raise counts_nothing(min(unused)[-1])
    counters: list[CounterField] = []
    tables = [_table(one, _counter(one, layout, code_page, values), counters) for one in found]
    smallest = layout.minimum_length if shifting else layout.length
    return Shape(layout.length, smallest, shifting, tuple(tables), tuple(counters), strict_length)


def counting_names(tree: Tree, names: Collection[str]) -> set[str]:
    """The names that are, in this layout, those of a counter or of a table with a counter."""
    counting = _counting(_varying(tree))
    return {name for name in names if _path(tree.layout, name) in counting}


def table_numbers(tree: Tree) -> dict[int, int]:
    """The number of each of the shape's tables, by its index in the layout."""
    return {one.index: number for number, one in enumerate(_varying(tree))}


def _path(layout: Layout, name: str) -> Path | None:
    try:
        return layout.find(name).path
    except CopybookError:
        return None


def _counting(found: list[_Found]) -> set[Path]:
    return {path for one in found if one.counter for path in (one.counter, one.field.path)}


def counts_nothing(name: str) -> JobError:
    """LRJ070: counts for a field that is not a counter."""
    return JobError(
        "LRJ070",
        f"there are counts for {name}, which is not a counter",
        remedy="Name the field after DEPENDING ON, or its table.",
    )


def _tables(tree: Tree) -> Iterator[_Found]:
    """The tables of active items, in the order of storage."""
    inner: list[int | None] = []
    count = 0
    for index, (field, parent) in enumerate(zip(tree.layout.fields, tree.parents, strict=True)):
        around = None if parent is None else inner[parent]
        outer = 0 if parent is None else len(tree.layout.fields[parent].occurs)
        if len(field.occurs) > outer and tree.is_active(index):
            yield _Found(index, field, around)
            around, count = count, count + 1
        inner.append(around)


def _varying(tree: Tree) -> list[_Found]:
    """The tables with a counter, and those around them. Parents are numbers among these."""
    found = list(_tables(tree))
    kept: set[int] = set()
    for index, one in enumerate(found):
        around: int | None = index if one.counter else None
        while around is not None:
            kept.add(around)
            around = found[around].parent
    places = {index: place for place, index in enumerate(sorted(kept))}
    parents = {index: found[index].parent for index in places}
    return [
        _Found(found[index].index, found[index].field, None if at is None else places[at])
        for index, at in parents.items()
    ]


def _counter(one: _Found, layout: Layout, code_page: str, values: Mapping[Path, dict[str, int]]) -> CounterField | None:
    if one.counter is None:
        return None
    field = next(field for field in layout.fields if field.path == one.counter)
    spec, counts = _spec(field, code_page), values.get(one.field.path, values.get(field.path))
    if spec.kind is Kind.TEXT and counts is None:
        raise JobError(
            "LRJ071",
            f"the counter {field.name} of the table {one.field.name} is text, and the counts for its texts are missing",
            remedy=f"State them: input: {{counter_values: {{{field.name}: {{…: 0, …: 1}}}}}}.",
        )
    return CounterField(spec, counts)


def _spec(field: LayoutField, code_page: str) -> FieldSpec:
    element = Element(field, (1,) * len(field.occurs), field.offset, field.name)
    return field_spec(element, field.name, code_page, FieldOptions(trim="both"))


def _table(found: _Found, counter: CounterField | None, counters: list[CounterField]) -> Table:
    """The table. Its counter is added to ``counters``, unless it is there already."""
    if counter is not None and counter not in counters:
        counters.append(counter)
    dimension = found.field.occurs[-1]
    index = None if counter is None else counters.index(counter)
    return Table(
        found.field.offset,
        dimension.stride,
        dimension.minimum,
        dimension.maximum,
        index,
        found.parent,
        found.field.name,
    )
