"""Raw and processed batches of sample data, as the reader and the processor make them."""

from __future__ import annotations

import hashlib
from array import array
from pathlib import Path
from typing import Any

from services.processor import child
from services.writer.transaction import Load
from services.writer.worker import read_load
from shared.framing.files import identity
from shared.framing.fixed import FixedFraming
from shared.framing.parts import parts_of
from shared.framing.protocol import Batch
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.messaging.messages import FileIdentity, ProcessedBatch, RawBatch, Reference
from shared.sample import generate


def raw_batch(
    job: tuple[JobSource, CompiledJob], folder: Path, records: int = 50, ratio: float = 0.1, **changes: Any
) -> bytes:
    """The body of a raw batch of ``records`` sample records, of which the share ``ratio`` is bad."""
    path = folder / "sample.dat"
    generate(*job, records, ratio, 3, path)
    return raw_batch_of(job[1], path.read_bytes(), **changes)


def raw_batch_of(job: CompiledJob, data: bytes, **changes: Any) -> bytes:
    """The body of a raw batch of ``data``."""
    fields = {
        "run_id": "run", "batch_no": 0, "split_no": 0, "offset": 0, "first_record_no": 1,
        "records": len(data) // job.plan["record_length"], "plan": job.plan, "plan_digest": job.plan_digest,
        "checksum": hashlib.blake2b(data, digest_size=16).hexdigest(),
    }  # fmt: skip
    fields |= changes
    return RawBatch.model_validate({"end": fields["offset"] + len(data)} | fields).pack({"records": data})


def processed_batch(raw: bytes, processor: str = "processor-1") -> bytes:
    """The body of the processed batch that a raw one becomes."""
    return child.process(raw, processor)[1]


def load_of(raw: bytes) -> Load:
    """The processed batch of a raw one, as the writer reads it."""
    return load_in(processed_batch(raw))


def load_in(body: bytes) -> Load:
    """What the body of a processed batch holds, as the writer reads it."""
    return read_load(*ProcessedBatch.unpack(body))


def by_reference(raw: bytes, path: Path, **changes: Any) -> bytes:
    """A raw batch that refers to the records of the whole file ``path`` instead of containing them."""
    message, parts = RawBatch.unpack(raw)
    size, mtime = identity(path)
    framing = FixedFraming(message.plan["record_length"])
    file = FileIdentity(path=path.name, size=size, mtime_ns=mtime)
    reference = Reference(file=file, base=message.offset, framing=framing.to_dict())
    whole = Batch(
        0, 1, bytes(parts["records"]), array("Q"), array("I", [framing.record_length] * message.records), size
    )
    fields = {"reference": reference, "checksum": parts_of(whole, (), 0, framing.record_length)[1]}
    return message.model_copy(update=fields | changes).pack()
