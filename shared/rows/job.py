"""How a job's records become rows: each type's layout, with the policies that the definition states for its fields."""

from __future__ import annotations

from shared.codec import Controls, FieldSpec, Kind, Null, Trim
from shared.copybook import Element
from shared.jobs.columns import options_of
from shared.jobs.load import JobSource
from shared.jobs.model import FieldOptions
from shared.jobs.records import RecordKind, record_kinds
from shared.jobs.specs import field_spec
from shared.rows.leaves import SpecOf
from shared.rows.nested import Look, RowMaker
from shared.rows.tree import Path, Readings


def row_makers(source: JobSource, look: Look) -> list[tuple[RecordKind, RowMaker]]:
    """The job's record types, in the order in which they are tried, with what makes their rows.

    Fields that the job leaves out of its tables (``skip``, redefinitions that it does not name) are in the rows.
    """
    kinds = record_kinds(source)
    contested = {path for kind in kinds for path in _redefines(kind)}
    return [
        (kind, RowMaker(kind.layout, kind.shape, specs_of(source, kind), look, Readings(_redefines(kind), contested)))
        for kind in kinds
    ]


def _redefines(kind: RecordKind) -> set[Path]:
    return {kind.layout.find(name).path for name in kind.spec.redefines}


def specs_of(source: JobSource, kind: RecordKind) -> SpecOf:
    """How the elements of a record type are read. JobError LRJ030 for those that cannot be."""
    names = {(id(element.field), element.subscripts): name for name, element in kind.names.elements.items()}

    def spec_of(element: Element) -> FieldSpec:
        name = names.get((id(element.field), element.subscripts), element.name)
        options = options_of(source, kind, name, element)
        if element.field.is_group:
            return _text(element, options, options.code_page or source.job.input.page)
        given = source.job.input
        return field_spec(element, name, given.page, options, given.point)

    return spec_of


def _text(element: Element, options: FieldOptions, page: str) -> FieldSpec:
    return FieldSpec(
        element.name,
        Kind.TEXT,
        element.offset,
        element.field.length,
        code_page=page,
        trim=Trim(options.trim or "right"),
        controls=Controls(options.controls or "keep"),
        null_when=tuple(map(Null, options.null_when or ())),
    )
