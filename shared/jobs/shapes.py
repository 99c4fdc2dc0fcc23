"""From the copybook's layout to the shape of its records: which tables vary, and what counts them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from shared.codec import FieldSpec
from shared.copybook import Element, Layout, LayoutField
from shared.errors import JobError
from shared.jobs.model import FieldOptions
from shared.jobs.specs import field_spec
from shared.shaping import CounterField, Shape, Table

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A table of the layout, and the index of the one around it among those found."""

    field: LayoutField
    parent: int | None

    @property
    def counter(self) -> Path | None:
        return self.field.occurs[-1].depending_on


def shape_of(
    layout: Layout,
    code_page: str,
    *,
    shifting: bool,
    counter_values: Mapping[str, Mapping[str, int]] | None = None,
    redefinitions: Collection[str] = (),
    strict_length: bool = False,
) -> Shape:
    """The shape of the layout's records, with the tables that have a counter and those around them.

    ``counter_values``: for counters that are text, by the name of the counter, or of one table where two tables read
    it differently, the count that each text stands for. ``redefinitions`` names the redefining items that hold in
    these records: bytes lie in one way only, so of items that share storage only the tables of the one that holds
    are counted, which is the first unless one of the others is named. Names are as in ``Layout.find``.

    Raises CopybookError LRC025 or LRC026 for names, JobError LRJ030 or LRD940 for a counter that cannot be one, and
    LRJ070 when counts are given for what counts no table.
    """
    found = _varying(list(_tables(layout, {layout.find(name).path for name in redefinitions})))
    values = {layout.find(name).path: dict(counts) for name, counts in (counter_values or {}).items()}
    _check_used(found, values)
    counters: list[CounterField] = []
    tables = [_table(one, _counter(one, layout, code_page, values), counters) for one in found]
    smallest = layout.minimum_length if shifting else layout.length
    return Shape(layout.length, smallest, shifting, tuple(tables), tuple(counters), strict_length)


def _tables(layout: Layout, chosen: Collection[Path]) -> Iterator[_Found]:
    """The tables of items that hold their storage, in its order."""
    parents = _parents(layout)
    holds = _holding(layout, parents, chosen)
    inner: list[int | None] = []
    count = 0
    for field, parent, held in zip(layout.fields, parents, holds, strict=True):
        around = None if parent is None else inner[parent]
        outer = 0 if parent is None else len(layout.fields[parent].occurs)
        if held and len(field.occurs) > outer:
            yield _Found(field, around)
            around, count = count, count + 1
        inner.append(around)


def _parents(layout: Layout) -> list[int | None]:
    """The index of the group right above each field, from the depth of the paths."""
    parents: list[int | None] = []
    line: list[int] = []
    for index, field in enumerate(layout.fields):
        del line[len(field.path) - 1 :]
        parents.append(line[-1] if line else None)
        line.append(index)
    return parents


def _holding(layout: Layout, parents: list[int | None], chosen: Collection[Path]) -> list[bool]:
    """Whether each field, and each group around it, is the one whose reading of the shared storage holds."""
    first: dict[int | None, int] = {}
    owners: list[int] = []
    holder: dict[int, int] = {}
    for index, (field, parent) in enumerate(zip(layout.fields, parents, strict=True)):
        if field.redefines is None or parent is None:
            first[parent] = holder[index] = index
        elif field.path in chosen:
            holder[first[parent]] = index
        owners.append(first[parent])
    holds: list[bool] = []
    for index, parent in enumerate(parents):
        holds.append(holder[owners[index]] == index and (parent is None or holds[parent]))
    return holds


def _varying(found: list[_Found]) -> list[_Found]:
    """Those that have a counter, and those around them; parents are counted among these."""
    kept: set[int] = set()
    for index, one in enumerate(found):
        around: int | None = index if one.counter else None
        while around is not None:
            kept.add(around)
            around = found[around].parent
    places = {index: place for place, index in enumerate(sorted(kept))}
    parents = {index: found[index].parent for index in places}
    return [_Found(found[index].field, None if at is None else places[at]) for index, at in parents.items()]


def _check_used(found: list[_Found], values: Collection[Path]) -> None:
    used = {path for one in found if one.counter for path in (one.counter, one.field.path)}
    for path in values:
        if path not in used:
            raise JobError(
                "LRJ070",
                f"there are counts for {path[-1]}, which counts no table",
                remedy="Name the field after DEPENDING ON, or the table that has it.",
            )


def _counter(one: _Found, layout: Layout, code_page: str, values: Mapping[Path, dict[str, int]]) -> CounterField | None:
    if one.counter is None:
        return None
    field = next(field for field in layout.fields if field.path == one.counter)
    return CounterField(_spec(field, code_page), values.get(one.field.path, values.get(field.path)))


def _spec(field: LayoutField, code_page: str) -> FieldSpec:
    element = Element(field, (1,) * len(field.occurs), field.offset, field.name)
    return field_spec(element, field.name, code_page, FieldOptions(trim="both"))


def _table(found: _Found, counter: CounterField | None, counters: list[CounterField]) -> Table:
    """The table; its counter joins ``counters`` unless it is among them."""
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
