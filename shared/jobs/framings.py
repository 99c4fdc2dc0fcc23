"""From the section ``input`` to the framing of its record format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.codec import FieldSpec, Kind
from shared.errors import InputError, JobError
from shared.framing.expression import parse_expression
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.protocol import Framing
from shared.framing.registry import framing_from_dict
from shared.jobs.conditions import raw_field
from shared.jobs.counting import counted_options, number_kind
from shared.jobs.faults import Faults
from shared.jobs.inputs import SHAPING, FieldPlace
from shared.jobs.records import RecordKind
from shared.jobs.row_cells import header_names
from shared.jobs.source import JobSource, Key
from shared.jobs.stored import stored_forms


def framing_of(source: JobSource, kinds: list[RecordKind]) -> Framing:
    """The framing of the job's file.

    LRJ050 when a copybook is longer than the records, LRJ085 for options that cannot be, LRJ051 or LRJ086 for fields
    that tell the length, LRJ087 for counters that do not.
    """
    given = source.job.input
    options: dict[str, Any] = {"format": given.record_format, **given.format_options}
    if given.fixed:
        options["record_length"] = _record_length(source, kinds)
    elif given.record_format == "LENGTH_FIELD":
        options |= _length_options(source, kinds)
    elif given.record_format == "COUNTED":
        options |= counted_options(source, kinds)
    elif given.record_format == "DELIMITED":
        options["header"] = header_names(source, kinds[0]) if given.header else []
    elif isinstance(given.length_field, FieldPlace):
        options["length_field"] = given.length_field.model_dump()
    try:
        if given.record_format == "FB":  # blocks leave no mark in the data: checked, they are F's records
            options = FixedBlockedFraming.from_dict(options).fixed.to_dict()
        return framing_from_dict({**options, **given.given(*SHAPING)})
    except InputError as error:
        names = [*given.format_options, *given.given(*SHAPING)]
        key = next((name for name in names if name in error.message), None)
        where = ("input",) if key is None else ("input", key)
        raise source.error("LRJ085", error.message, where, remedy=error.remedy) from error


def _record_length(source: JobSource, kinds: list[RecordKind]) -> int:
    """LRECL: the job's, or that of the longest copybook and what is cut off its records."""
    given = source.job.input
    edges = given.record_start_offset + given.record_end_offset
    longest = max(kinds, key=lambda kind: kind.layout.length).layout
    if given.record_length is None:
        return longest.length + edges
    left = given.record_length - edges
    if longest.length > left and not given.short_records:
        of = "the record length of" if not edges else "what the offsets leave of the record, "
        raise source.error(
            "LRJ050",
            f"the copybook describes {longest.length} bytes, more than {of} {left}",
            ("input", "record_length"),
            remedy="Check LRECL, or whether the copybook belongs to this file; short_records allows it.",
        )
    return given.record_length


def _length_options(source: JobSource, kinds: list[RecordKind]) -> dict[str, Any]:
    """The options of a length field, names looked up in the copybook of the first type."""
    given = source.job.input
    places = {name: place.model_dump() for name, place in given.fields.items()}
    specs: dict[str, FieldSpec] = {}
    faults = Faults()
    for name, key in _named(source):
        if name not in places:
            with faults.gathered():
                specs[name] = raw_field(source, kinds[0], name, key)
                places[name] = _place(source, specs[name], key)
    faults.refuse()
    if isinstance(given.length_field, FieldPlace):
        places["length"] = given.length_field.model_dump()
    if not places or (given.expression and given.length_field is not None):
        what = "the length is told by a field and by an expression" if places else "a length field is missing"
        raise source.error("LRJ086", what, ("input",), remedy="Say either length_field or expression.")
    return {"fields": places, "lengths": _lengths(source, specs, next(iter(places.values())))}


def _named(source: JobSource) -> Iterable[tuple[str, Key]]:
    """Names of fields that the length follows from, and where they stand."""
    given = source.job.input
    if isinstance(given.length_field, str):
        yield given.length_field, ("input", "length_field")
    if given.expression:
        try:
            names = parse_expression(given.expression).names
        except InputError as error:
            raise source.coded(error, ("input", "expression")) from error
        yield from ((name, ("input", "expression")) for name in sorted(names))


def _place(source: JobSource, spec: FieldSpec, key: Key) -> dict[str, Any]:
    kind = number_kind(spec)
    if spec.scale or kind is None:
        remedy = "Give its digits by their place: length_field: {offset: …, length: …, kind: …}."
        raise source.error("LRJ086", f"{spec.name} is no number that a length is read from", key, remedy=remedy)
    return {"offset": spec.offset, "length": spec.length, "kind": kind}


def _lengths(source: JobSource, specs: dict[str, FieldSpec], place: dict[str, Any]) -> dict[str, int]:
    """The map's keys as bytes in hex: values of a field of the copybook; bytes, where the field only has a place."""
    bare = FieldSpec("length_field", Kind.RAW, place["offset"], place["length"])
    spec = next(iter(specs.values()), bare)
    lengths: dict[str, int] = {}
    faults = Faults()
    for value, length in source.job.input.lengths.items():
        wanted = f"X'{value}'" if spec is bare else value
        try:
            lengths |= {raw.hex(): length for raw in stored_forms(spec, wanted)}
        except JobError as error:
            faults.add(source.coded(error, ("input", "lengths", str(value))))
    faults.refuse()
    return lengths
