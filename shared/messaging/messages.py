"""The messages between the services, as pydantic models of their headers.

Each names its type and schema version. A message of another version is dead-lettered with that reason; nothing is
guessed.

Within a version, fields are only added. A new field's default means what a message without the field meant, and a field
that has its default is left out (``Field(default, exclude_if=…)``). So services of two releases understand each other
until something new is used; a message with an unknown field is dead-lettered, too. tests/unit/messaging/recorded holds
the messages of each release.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import LreclError, PoisonError
from shared.messaging.wire import pack, printable, unpack

Count = Annotated[int, Field(ge=0)]


class Message(BaseModel):
    """What all messages share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    run_id: str
    parts: dict[str, int] = {}

    def place(self) -> dict[str, object]:
        """What log lines about this message say: its run, and its split or batch where it has one."""
        names = ("run_id", "split_no", "batch_no")
        return {name: value for name in names if (value := getattr(self, name, None)) is not None}

    def pack(self, parts: dict[str, bytes] | None = None) -> bytes:
        """The message's body with its binary parts."""
        header = self.model_dump(mode="json", exclude={"parts"})
        return pack({"kind": self.kind, "version": self.version, **header}, parts)

    @classmethod
    def unpack(cls, body: bytes) -> tuple[Self, dict[str, memoryview]]:
        """Header and parts of a body; LRP004 when it is another kind or version, LRP005 when fields are wrong."""
        header, parts = unpack(body)
        kind, version = header.pop("kind", None), header.pop("version", None)
        if (kind, version) != (cls.kind, cls.version):
            raise PoisonError("LRP004", f"expected {cls.kind} version {cls.version}, found {kind} version {version}")
        try:
            return cls.model_validate(header), parts
        except ValidationError as error:
            raise PoisonError("LRP005", f"the header of a {cls.kind} message is wrong: {error}") from error


BATCHES_PER_SPLIT: Final = 1_000_000_000
"""Batch numbers of split k start at k times this, so that splits number their batches independently."""


class FileIdentity(BaseModel):
    """The file as it was registered; a reader that finds another file stops the run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    size: Count
    mtime_ns: int


FILE_STRIDE: Final = 1 << 44
"""Byte 0 of file k of a run has the offset k times this, so that an offset means one place in all files of the run.

That allows 16 TiB per file and half a million files. In a run of one file, offsets are those in the file.
"""


class OpenRecord(BaseModel):
    """A record that later records may belong to: its offset, and its bytes in hex."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offset: Count
    record: str


class ReadCommand(Message):
    """Read the bytes [offset, end) of a file's uncompressed content as records and publish them as raw batches.

    ``offset`` and ``end`` are offsets in the file; ``block_end`` and ``open_records`` describe the place where reading
    starts (see ``Framing.cut`` and ``OpenRecords``). ``records_before`` counts the file's numbered records before
    ``offset``; ``batches_before`` and ``records_read`` (skipped records included) count what earlier commands have read
    of this split. With them a long read goes on as a new command, so that no message stays unacknowledged for long.
    ``attempt`` counts how often the run was started or resumed: a command of a stopped attempt is dropped.
    """

    kind = "read"

    file: FileIdentity
    file_no: Count = 0
    compression: Literal["gzip", "bzip2"] | None = None
    attempt: Count = 1
    split_no: Count
    offset: Count
    end: Count
    block_end: Count = 0
    batches_before: Count = 0
    records_before: Count = 0
    records_read: Count = 0
    open_records: list[OpenRecord] = []
    framing: dict[str, Any]
    batch_records: Annotated[int, Field(ge=1)]
    batch_bytes: Annotated[int, Field(ge=1)]
    plan: dict[str, Any]
    plan_digest: str


class Reference(BaseModel):
    """Where a raw batch's records are, in place of the records: in a file that the processor can read itself.

    ``base`` is the offset of the file's byte 0 over all files; ``block_end``, an offset in the file, belongs to the
    start of the batch (see ``Framing.cut``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: FileIdentity
    base: Count
    block_end: Count = 0
    framing: dict[str, Any]


class RawBatch(Message):
    """Whole records of one batch, back to back in the part ``records``; ``plan`` is the compiled job.

    If the records are not ``record_length`` bytes each, one after the other from ``offset``, the parts ``offsets``
    (uint64) and ``lengths`` (uint32), both little-endian, have a figure for each record. The first ``open_records`` of
    them come before the batch: they are there for their children and do not count as records of this batch.

    The batch covers the input from ``offset`` to ``end``; all offsets here count over all files (see ``FILE_STRIDE``).
    ``checksum`` (BLAKE2b, 128 bits, over lengths and records) goes into the ledger: two batches with the same number
    must have the same content. Reading can continue at ``end`` with ``block_end``. ``skipped`` records were between the
    others and were left out because of their length.

    With a ``reference`` the records have stayed in the file: the parts hold only the open records, and without open
    records there are no parts.
    """

    kind = "raw"

    batch_no: Count
    split_no: Count
    offset: Count
    end: Count
    block_end: Count = 0
    first_record_no: Count
    records: Count
    skipped: Count = 0
    open_records: Count = 0
    checksum: str
    plan: dict[str, Any]
    plan_digest: str
    reference: Reference | None = Field(None, exclude_if=lambda value: value is None)


class ControlTotal(BaseModel):
    """Exact sums of one control field over a batch, scaled integers; ``name`` is the job's name of the total.

    ``rejected`` sums the readable values of rejected records; ``unreadable`` counts rejected records without one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    scale: int
    valid: int
    rejected: int
    unreadable: Count


class TableRows(BaseModel):
    """The rows of one table: the part ``rows.K`` (Arrow IPC) of the batch's K-th table, from 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    rows: Count
    columns: list[dict[str, Any]]


class ProcessedBatch(Message):
    """Typed columns for each table (see ``TableRows``) and rejects in the part ``rejects`` (JSON lines).

    Each record read is valid and a row of one table, or rejected, or skipped because the job skips its type.
    """

    kind = "processed"

    batch_no: Count
    split_no: Count
    offset: Count
    end: Count
    block_end: Count = 0
    first_record_no: Count
    records_read: Count
    records_valid: Count
    records_rejected: Count
    records_skipped: Count = 0
    totals: list[ControlTotal]
    checksum: str
    processor_id: str
    decode_micros: Count
    tables: list[TableRows]


class SplitReport(Message):
    """How far a split has been read: counts from its start to byte ``read_to`` of its file.

    ``last`` says that this is its end; ``records`` counts skipped records, too.
    """

    kind = "split-report"

    split_no: Count
    read_to: Count
    batches: Count
    records: Count
    last: bool
    reader_id: str


class RunFault(Message):
    """A service found that the run cannot go on (fatal), or it dead-lettered one of the run's messages."""

    kind = "run-fault"

    code: str
    message: str
    remedy: str = ""
    service: str
    batch_no: int | None = None
    fatal: bool = True

    @classmethod
    def of(cls, run_id: str, error: LreclError, service: str, *, fatal: bool, batch_no: int | None = None) -> Self:
        """The report of ``error``; one that is not fatal leaves the run waiting for a dead letter."""
        return cls(
            run_id=run_id,
            code=error.code,
            message=printable(error.message),
            remedy=printable(error.remedy),
            service=service,
            batch_no=batch_no,
            fatal=fatal,
        )


class Event(BaseModel):
    """Progress or a life sign on the topic exchange: useful if it arrives, harmless if it is lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["heartbeat", "batch-read", "batch-processed", "runs-stopped"]
    service: str
    instance: str
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    run_id: str = ""
    figures: dict[str, Any] = {}
