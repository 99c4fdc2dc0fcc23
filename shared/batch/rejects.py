"""Rejects: records that did not decode or broke a rule, with everything that is needed to correct them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Reject:
    """One rejected record.

    offset: byte offset of the record in the uncompressed input.
    record_no: 1-based, within its split.
    field: "" when the fault is that of the record itself.
    field_offset: bytes from the start of the framed record to the field, with the tables as short as they are in this
        record; 0 for a field of the parent record.
    raw_hex: the complete record without its header (RDW).
    faults: how many fields of the record are faulty; this is the first of them.
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
    """JSON lines, one for each reject. Rejects are few, and people can read the lines."""
    return b"".join(json.dumps(asdict(reject)).encode() + b"\n" for reject in rejects)


def decode_rejects(data: bytes) -> list[Reject]:
    """The inverse of ``encode_rejects``."""
    return [Reject(**json.loads(line)) for line in data.splitlines()]
