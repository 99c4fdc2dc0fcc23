"""What a record must hold to be of a type: fields and values, as places and bytes of the raw record."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shared.codec import FieldSpec, Kind
from shared.errors import JobError, LreclError
from shared.jobs.columns import options_of
from shared.jobs.faults import Faults
from shared.jobs.records import RecordKind, ancestors
from shared.jobs.source import JobSource, Key, unknown_field
from shared.jobs.specs import field_spec
from shared.jobs.stored import space_of, stored_forms
from shared.records.conditions import Condition, RecordType


def record_types(source: JobSource, kinds: list[RecordKind]) -> list[RecordType]:
    """The types for the reader and the processor.

    LRJ080 for parents that cannot be, LRJ081 for types that can take no record, LRJ051, LRJ072 and LRJ073 for
    conditions.
    """
    faults = Faults()
    for kind, following in pairwise(kinds):
        if not kind.spec.when:
            message = f"{following.name} can take no record: {kind.name} before it has no conditions and takes all"
            remedy = f"Put {kind.name} at the end, or say when it holds."
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
    """A field, or a group as text, that lies at the same place in each record, whatever its tables hold.

    LRJ051 for an unknown name, LRJ073 when a table before it varies.
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
        message = f"{name} lies behind a table of varying size and has no fixed place"
        raise source.error("LRJ073", message, key, remedy="Choose a field before the first such table.")
    return spec
