"""Numbers that the framing reads: lengths, and the counters of records that have no other length (COUNTED)."""

from __future__ import annotations

from typing import Any, Final

from shared.codec import FieldSpec, Kind, Sign
from shared.jobs.records import RecordKind
from shared.jobs.source import JobSource
from shared.jobs.stored import stored_forms, zone_of
from shared.shaping import CounterField

_EBCDIC_ZERO: Final = 0xF0


def number_kind(spec: FieldSpec) -> str | None:
    """How the framing reads the field, see ``shared.framing.numbers``; None when it does not know such numbers."""
    ebcdic = zone_of(spec.code_page) == _EBCDIC_ZERO
    if spec.kind is Kind.TEXT or (spec.kind is Kind.DISPLAY and not spec.signed):
        return "display" if ebcdic else "display_ascii"
    if spec.kind is Kind.DISPLAY:
        return "zoned" if ebcdic and spec.sign is Sign.TRAILING else None
    if spec.kind is Kind.BINARY:
        return "binary_little" if spec.little_endian else "binary"
    return "packed" if spec.kind is Kind.PACKED and not spec.signless else None


def counted_options(source: JobSource, kinds: list[RecordKind]) -> dict[str, Any]:
    """The options of records that are as long as their counters say; LRJ087 where that does not tell their length."""
    key = ("input", "record_format")
    if len(kinds) > 1:
        remedy = "Records of several types need descriptors, a header or a length field."
        raise source.error("LRJ087", "the counters of one layout only can tell the length", key, remedy=remedy)
    shape = kinds[0].shape
    if not shape.moving:
        message = f"no table of {kinds[0].layout.name} has a counter, or they do not move up"
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
        message = f"{spec.name} is no number that lengths are read from"
        raise source.error("LRJ087", message, ("input", "record_format"))
    counts = {
        raw.hex(): count for text, count in (counter.values or {}).items() for raw in stored_forms(spec, text)
    }  # fmt: skip
    return {"name": spec.name, "offset": spec.offset, "length": spec.length, "kind": kind, "counts": counts}
