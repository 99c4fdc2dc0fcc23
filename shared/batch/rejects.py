"""Rejects: records that could not be decoded or broke a rule, kept with all that is needed to mend them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Reject:
    """One rejected record.

    ``offset``: byte offset of the record in the (uncompressed) input; ``record_no``: 1-based within its split;
    ``field``: "" where the record itself is at fault; ``field_offset``: bytes from the start of the record, as it was
    framed, to the field, behind tables as short as this record has them; 0 for a field of its parent;
    ``raw_hex``: the whole record, without its header; ``faults``: how many fields of the record are at fault, of which
    this is the first.
    """

    offset: int
    record_no: int
    field: str
    field_offset: int
    code: str
    message: str
    raw_hex: str
    faults: int = 1


def encode_rejects(rejects: list[Reject]) -> bytes:
    """JSON lines, one reject each: rejects are few, and a line can be read by a person."""
    return b"".join(json.dumps(asdict(reject)).encode() + b"\n" for reject in rejects)


def decode_rejects(data: bytes) -> list[Reject]:
    """The rejects that ``encode_rejects`` wrote."""
    return [Reject(**json.loads(line)) for line in data.splitlines()]
