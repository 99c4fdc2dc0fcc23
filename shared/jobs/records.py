"""The record types of a job: each with its layout, its shape, and where the definition speaks of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.copybook import Copybook, Layout, lay_out, lay_out_together, merge_copybooks, parse_copybook
from shared.errors import CopybookError, JobError
from shared.jobs.faults import Faults
from shared.jobs.holding import Tree
from shared.jobs.model import RecordSpec
from shared.jobs.naming import Names
from shared.jobs.shapes import counting_names, counts_nothing, shape_of
from shared.jobs.source import JobSource, Key
from shared.jobs.written import written_layout
from shared.shaping import Shape


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One type of records; ``at`` is where its fields, rules and target stand in the definition."""

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
    """The types in the order of the definition; one, named after its record, when the job has no ``records``."""
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
    """The records of all of the job's copybooks; CopybookError, or JobError when several have faults."""
    faults = Faults()
    parsed: list[Copybook] = []
    for name, text in source.copybooks:
        with faults.gathered():
            parsed.append(parse_copybook(text, source=name, copy_roots=[source.folder]))
    faults.refuse()
    return merge_copybooks(*parsed) if len(parsed) > 1 else parsed[0]


def _kind(source: JobSource, copybook: Copybook, name: str, at: Key, spec: RecordSpec) -> RecordKind:
    reference = source.job.copybook
    record = spec.record or reference.record
    try:
        together = record is None and bool(reference.paths)
        layout = lay_out_together(copybook) if together else lay_out(copybook, record=record)
    except CopybookError as error:
        key = (*at, "record") if spec.record else ("copybook", "record")
        raise source.coded(error, key) if record else error from error
    if source.job.input.point:
        try:
            layout = written_layout(layout, source.job.input.page)
        except JobError as error:
            raise source.coded(error, ("copybook",)) from error
    tree = _tree(source, layout, at, spec)
    return RecordKind(name or layout.name, at, spec, tree, Names(tree), _shape(source, tree))


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


def ancestors(source: JobSource, kinds: list[RecordKind], kind: RecordKind) -> Iterator[RecordKind]:
    """The types above one, from its parent on; LRJ080 for an unknown parent or a circle."""
    by_name = {one.name: one for one in kinds}
    seen = {kind.name}
    at = kind
    while at.spec.parent is not None:
        parent = by_name.get(at.spec.parent)
        key = (*at.at, "parent")
        if parent is None:
            remedy = f"The types are {', '.join(by_name)}."
            raise source.error("LRJ080", f"there is no type {at.spec.parent} to be the parent", key, remedy=remedy)
        if parent.name in seen:
            raise _circle(source, kinds, parent)
        seen.add(parent.name)
        yield parent
        at = parent


def _circle(source: JobSource, kinds: list[RecordKind], start: RecordKind) -> JobError:
    """LRJ080 for types that stand above themselves, at the last of them: one place, from wherever they are reached."""
    parents = {kind.name: kind.spec.parent for kind in kinds}
    names = [start.name]
    while parents[names[-1]] != start.name:
        names.append(str(parents[names[-1]]))
    last = next(kind for kind in reversed(kinds) if kind.name in names)
    message = f"{' and '.join(sorted(names))} would stand above {'themselves' if len(names) > 1 else 'itself'}"
    return source.error("LRJ080", message, (*last.at, "parent"), remedy="Take the circle out of the parents.")
