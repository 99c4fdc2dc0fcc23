"""The record types of a job: each with its layout, its shape, its names, and its conditions as bytes of the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from shared.codec import FieldSpec, Kind
from shared.copybook import (
    Copybook,
    Element,
    Layout,
    Usage,
    lay_out,
    lay_out_together,
    merge_copybooks,
    parse_copybook,
)
from shared.errors import CopybookError, JobError, LreclError
from shared.jobs.delimited_layout import cell_layout
from shared.jobs.faults import Faults
from shared.jobs.field_specs import field_spec
from shared.jobs.layout_tree import Names, Tree, merged
from shared.jobs.model import FieldOptions, RecordSpec
from shared.jobs.shapes import counting_names, counts_nothing, shape_of
from shared.jobs.source import JobSource, Key, unknown_field
from shared.jobs.stored_forms import space_of, stored_forms
from shared.records.conditions import Condition, RecordType
from shared.shaping import Shape


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One record type as the job defines it. ``at`` is the key of its fields, rules and target in the definition."""

    name: str
    at: Key
    spec: RecordSpec
    tree: Tree
    names: Names
    shape: Shape

    @property
    def layout(self) -> Layout:
        """The layout of its records."""
        return self.tree.layout


def record_kinds(source: JobSource) -> list[RecordKind]:
    """The types in the order of the definition. A job without ``records`` has one, with the name of its record."""
    job, faults = source.job, Faults()
    copybook = read_copybooks(source)
    whole = RecordSpec(fields=job.fields, rules=job.rules, target=job.target)
    specs: list[tuple[str, Key, RecordSpec]] = [(name, ("records", name), spec) for name, spec in job.records.items()]
    made = [faults.attempt(_kind, source, copybook, *one) for one in specs or [("", (), whole)]]
    found = [kind for kind in made if kind is not None]
    counting = {name for kind in found for name in counting_names(kind.tree, job.input.counter_values)}
    for name in job.input.counter_values if len(found) == len(made) else ():
        if name not in counting:
            faults.add(source.coded(counts_nothing(name), ("input", "counter_values", name)))
    faults.refuse()
    return found


def read_copybooks(source: JobSource) -> Copybook:
    """The records of all of the job's copybooks; CopybookError, or JobError if several have faults."""
    faults = Faults()
    parsed: list[Copybook] = []
    for name, text in source.copybooks:
        with faults.gathered():
            parsed.append(parse_copybook(text, source=name, copy_roots=[source.folder]))
    faults.refuse()
    return merge_copybooks(*parsed) if len(parsed) > 1 else parsed[0]


def _kind(source: JobSource, copybook: Copybook, name: str, at: Key, spec: RecordSpec) -> RecordKind:
    layout = _layout(source, copybook, at, spec)
    if source.job.input.point:
        try:
            layout = cell_layout(layout, source.job.input.page)
        except JobError as error:
            raise source.coded(error, ("copybook",)) from error
    tree = _tree(source, layout, at, spec)
    return RecordKind(name or layout.name, at, spec, tree, Names(tree), _shape(source, tree))


def _layout(source: JobSource, copybook: Copybook, at: Key, spec: RecordSpec) -> Layout:
    reference = source.job.copybook
    record = spec.record or reference.record
    try:
        together = record is None and bool(reference.paths)
        return lay_out_together(copybook) if together else lay_out(copybook, record=record)
    except CopybookError as error:
        key = (*at, "record") if spec.record else ("copybook", "record")
        raise source.coded(error, key) if record else error from error


def _tree(source: JobSource, layout: Layout, at: Key, spec: RecordSpec) -> Tree:
    faults = Faults()
    for number, name in enumerate(spec.redefines):
        try:
            layout.find(name)
        except CopybookError as error:
            faults.add(source.coded(error, (*at, "redefines", number)))
    faults.refuse()
    return Tree(layout, spec.redefines)


def _shape(source: JobSource, tree: Tree) -> Shape:
    given = source.job.input
    counts = {name: given.counter_values[name] for name in counting_names(tree, given.counter_values)}
    try:
        return shape_of(
            tree, given.page, shifting=given.moves, counter_values=counts, strict_length=given.strict_length
        )
    except JobError as error:
        raise source.coded(error, ("input", "counter_values")) from error


def options_of(source: JobSource, kind: RecordKind, name: str, element: Element) -> FieldOptions:
    """The options of an element, including those of the job, of the groups around it, and of its table."""
    line = kind.names.with_groups(name, element)
    job = source.job
    shared = [] if kind.spec.fields is job.fields else [job.fields[one] for one in line if one in job.fields]
    own = [kind.spec.fields[one] for one in line if one in kind.spec.fields]
    options = merged(job.decoding, *shared, *own)
    changes: dict[str, object] = {}
    if element.field.usage is Usage.COMP and not any("byte_order" in one.model_fields_set for one in (*shared, *own)):
        changes["byte_order"] = None  # the byte order of the whole job does not apply to COMP
    if options.column is not None and element.subscripts and name not in (*kind.spec.fields, *job.fields):
        changes["column"] = "_".join((options.column, *map(str, element.subscripts)))
    return options.model_copy(update=changes) if changes else options


def ancestors(source: JobSource, kinds: list[RecordKind], kind: RecordKind) -> Iterator[RecordKind]:
    """The types above one, its parent first; LRJ080 for an unknown parent or a circle."""
    by_name = {one.name: one for one in kinds}
    seen = {kind.name}
    at = kind
    while at.spec.parent is not None:
        parent = by_name.get(at.spec.parent)
        if parent is None:
            message, key = f"there is no type {at.spec.parent} to be the parent", (*at.at, "parent")
            raise source.error("LRJ080", message, key, remedy=f"The types are {', '.join(by_name)}.")
        if parent.name in seen:
            raise _circle(source, kinds, parent)
        seen.add(parent.name)
        yield parent
        at = parent


def _circle(source: JobSource, kinds: list[RecordKind], start: RecordKind) -> JobError:
    """LRJ080 for types that are above themselves. The key is always that of the last of them, to be reported once."""
    parents = {kind.name: kind.spec.parent for kind in kinds}
    names = [start.name]
    while parents[names[-1]] != start.name:
        names.append(str(parents[names[-1]]))
    last = next(kind for kind in reversed(kinds) if kind.name in names)
    message = f"{' and '.join(sorted(names))} would be above {'themselves' if len(names) > 1 else 'itself'}"
    return source.error("LRJ080", message, (*last.at, "parent"), remedy="Remove the circle from the parents.")


def record_types(source: JobSource, kinds: list[RecordKind]) -> list[RecordType]:
    """The types for the reader and the processor.

    LRJ080 for invalid parents, LRJ081 for types that can never have a record, LRJ051, LRJ072 and LRJ073 for conditions.
    """
    faults = Faults()
    for kind, following in pairwise(kinds):
        if not kind.spec.when:
            message = f"{following.name} can never have a record: {kind.name} before it has no conditions and takes all"
            remedy = f"Put {kind.name} at the end, or give it conditions."
            faults.add(source.error("LRJ081", message, following.at, remedy=remedy))
    for kind in kinds:
        with faults.gathered():
            list(ancestors(source, kinds, kind))
    types = [RecordType(kind.name, tuple(_conditions(source, kind, faults)), kind.spec.parent) for kind in kinds]
    faults.refuse()
    return types


def _conditions(source: JobSource, kind: RecordKind, faults: Faults) -> Iterator[Condition]:
    space = space_of(source.job.input.page)
    for name, values in kind.spec.when.items():
        key = (*kind.at, "when", name)
        spec = faults.attempt(raw_field, source, kind, name, key)
        if spec is None:
            continue
        forms: set[bytes] = set()
        for number, value in enumerate(values):
            try:
                forms |= stored_forms(spec, value)
            except JobError as error:
                faults.add(source.coded(error, (*key, number)))
        yield Condition(name, spec.offset, frozenset(forms), space)


def raw_field(source: JobSource, kind: RecordKind, name: str, key: Key) -> FieldSpec:
    """A field, or a group as text, that has the same offset in all records of the type.

    LRJ051 for an unknown name, LRJ073 for a field after a table of varying size.
    """
    element = kind.names.elements.get(name)
    try:
        if element is not None:
            spec = field_spec(element, name, source.job.input.page, options_of(source, kind, name, element))
        elif name in kind.names.wholes:
            field = kind.layout.fields[kind.names.wholes[name]]
            spec = FieldSpec(name, Kind.TEXT, field.offset, field.length, code_page=source.job.input.page)
        else:
            raise unknown_field(source, key, name, kind.names)
    except LreclError as error:
        raise error if error.code == "LRJ051" else source.coded(error, key) from error
    moving = [table.offset for table in kind.shape.tables if table.counter is not None] if kind.shape.shifting else []
    if moving and spec.end > min(moving):
        message = f"{name} comes after a table of varying size, so that its offset varies"
        raise source.error("LRJ073", message, key, remedy="Choose a field before the first such table.")
    return spec
