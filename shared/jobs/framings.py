"""From the section ``input`` to the framing of its record format, and to the fields that framing reads lengths from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from shared.codec import FieldSpec, Kind, Sign
from shared.errors import InputError, JobError
from shared.framing.expression import parse_expression
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.protocol import Framing
from shared.framing.record_bounds import RECORD_BOUNDS
from shared.framing.registry import framing_from_dict
from shared.jobs.delimited_rows import header_names
from shared.jobs.faults import Faults
from shared.jobs.input_section import FieldPlace
from shared.jobs.record_types import RecordKind, raw_field
from shared.jobs.source import JobSource, Key
from shared.jobs.stored_forms import stored_forms, zone_of
from shared.shaping import CounterField

_EBCDIC_ZERO: Final = 0xF0


def framing_of(source: JobSource, kinds: list[RecordKind]) -> Framing:
    """The framing of the job's file.

    LRJ050 when a copybook is longer than the records, LRJ085 for invalid options, LRJ051 or LRJ086 for fields from
    which the length cannot be read, LRJ087 for counters from which it does not follow.
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
        if given.record_format == "FB":  # blocks are not visible in the data: after a check, FB is F
            options = FixedBlockedFraming.from_dict(options).fixed.to_dict()
        return framing_from_dict({**options, **given.given(*RECORD_BOUNDS)})
    except InputError as error:
        names = [*given.format_options, *given.given(*RECORD_BOUNDS)]
        key = next((name for name in names if name in error.message), None)
        where = ("input",) if key is None else ("input", key)
        raise source.error("LRJ085", error.message, where, remedy=error.remedy) from error


def _record_length(source: JobSource, kinds: list[RecordKind]) -> int:
    """LRECL: the job's, or that of the longest copybook and the bytes that are removed from records."""
    given = source.job.input
    edges = given.record_start_offset + given.record_end_offset
    longest = max(kinds, key=lambda kind: kind.layout.length).layout
    if given.record_length is None:
        return longest.length + edges
    left = given.record_length - edges
    if longest.length > left and not given.short_records:
        of = "the record length of" if not edges else "what the offsets leave of the record:"
        raise source.error(
            "LRJ050",
            f"the copybook describes {longest.length} bytes, more than {of} {left}",
            ("input", "record_length"),
            remedy="Check LRECL, and whether the copybook belongs to this file. short_records allows such records.",
        )
    return given.record_length


def _length_options(source: JobSource, kinds: list[RecordKind]) -> dict[str, Any]:
    """The options of LENGTH_FIELD. Names of fields are those of the first type's copybook."""
    given = source.job.input
    places = {name: place.model_dump() for name, place in given.fields.items()}
    specs: dict[str, FieldSpec] = {}
    faults = Faults()
    for name, key in _length_fields(source):
        if name not in places:
            with faults.gathered():
                specs[name] = raw_field(source, kinds[0], name, key)
                places[name] = _place(source, specs[name], key)
    faults.refuse()
    if isinstance(given.length_field, FieldPlace):
        places["length"] = given.length_field.model_dump()
    if not places or (given.expression and given.length_field is not None):
        what = "there are both length_field and expression" if places else "there is no length_field"
        raise source.error("LRJ086", what, ("input",), remedy="State either length_field or expression.")
    return {"fields": places, "lengths": _lengths(source, specs, next(iter(places.values())))}


def _length_fields(source: JobSource) -> Iterable[tuple[str, Key]]:
    """The names of the fields from which the length follows, with their keys."""
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
        remedy = "State the place of its digits: length_field: {offset: …, length: …, kind: …}."
        raise source.error("LRJ086", f"lengths cannot be read from {spec.name}", key, remedy=remedy)
    return {"offset": spec.offset, "length": spec.length, "kind": kind}


def _lengths(source: JobSource, specs: dict[str, FieldSpec], place: dict[str, Any]) -> dict[str, int]:
    """The map with keys in hex. They are values of a field of the copybook, or bytes if the field only has a place."""
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


def number_kind(spec: FieldSpec) -> str | None:
    """The kind of number that the framing reads (see ``shared.framing.numbers``); None if it cannot read the field."""
    ebcdic = zone_of(spec.code_page) == _EBCDIC_ZERO
    if spec.kind is Kind.TEXT or (spec.kind is Kind.DISPLAY and not spec.signed):
        return "display" if ebcdic else "display_ascii"
    if spec.kind is Kind.DISPLAY:
        return "zoned" if ebcdic and spec.sign is Sign.TRAILING else None
    if spec.kind is Kind.BINARY:
        return "binary_little" if spec.little_endian else "binary"
    return "packed" if spec.kind is Kind.PACKED and not spec.signless else None


def counted_options(source: JobSource, kinds: list[RecordKind]) -> dict[str, Any]:
    """The options of COUNTED; LRJ087 when the length of records does not follow from counters."""
    key = ("input", "record_format")
    if len(kinds) > 1:
        remedy = "Records of several types need descriptors, a header or a length field."
        raise source.error("LRJ087", "only with one record type the length follows from counters", key, remedy=remedy)
    shape = kinds[0].shape
    if not shape.moving:
        message = f"no table of {kinds[0].layout.name} has a counter, or items after it do not move up"
        raise source.error("LRJ087", message, key, remedy="Use record_format F.")
    tables = [{name: value for name, value in table.to_dict().items() if name != "name"} for table in shape.tables]
    return {
        "length": shape.length,
        "tables": tables,
        "counters": [_counter(source, counter) for counter in shape.counters],
    }


def _counter(source: JobSource, counter: CounterField) -> dict[str, Any]:
    spec = counter.spec
    kind = number_kind(spec)
    if kind is None:
        remedy = "Counters can be binary, packed, or unsigned DISPLAY numbers."
        message = f"counts cannot be read from {spec.name}"
        raise source.error("LRJ087", message, ("input", "record_format"), remedy=remedy)
    counts = {
        raw.hex(): count for text, count in (counter.values or {}).items() for raw in stored_forms(spec, text)
    }  # fmt: skip
    return {"name": spec.name, "offset": spec.offset, "length": spec.length, "kind": kind, "counts": counts}
