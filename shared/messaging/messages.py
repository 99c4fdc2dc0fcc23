"""The messages between the services, as pydantic models of their headers.

Each names its type and schema version; a message of another version is poison for this one and is dead-lettered with
its reason, never guessed at.

Within a version fields are only added: with the default that means what was meant before, and left out while they have
it (``Field(default, exclude_if=…)``). So services of two releases understand each other as long as nothing new is asked
for, and an unknown field is poison, too. tests/unit/messaging/recorded holds the messages of each release.
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
"""Batch numbers of split k start at k times this, so that splits number their batches without asking each other."""


class FileIdentity(BaseModel):
    """The file as it was registered; a reader that finds another stops the run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    size: Count
    mtime_ns: int


FILE_STRIDE: Final = 1 << 44
"""File k of a run has its byte 0 at offset k times this, so that an offset names one place in all of the run's files.

16 TiB a file, half a million files; in runs of one file the offset is the byte's own.
"""


class OpenRecord(BaseModel):
    """A record that later ones may belong to: its offset, and its bytes in hex."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offset: Count
    record: str


class ReadCommand(Message):
    """Read the bytes [offset, end) of a file's uncompressed content as records and publish them as raw batches.

    ``offset`` and ``end`` are the file's own; ``block_end`` and ``open_records`` come from the place where reading
    begins (see ``Framing.cut`` and ``Ancestry``). ``records_before`` counts the file's records that have a number
    before ``offset``; ``batches_before`` and ``records_read`` (skipped ones included) count what of this split was
    read before. They let a long read be handed on as a new command, so that no message is held unacknowledged for long.
    ``attempt`` counts how often the run was begun or resumed: a command of an attempt that was stopped is dropped.
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
    """Where a raw batch's records lie, in place of the records: in a file that the processor can read itself.

    ``base`` is the offset of the file's byte 0 over all files; ``block_end``, an offset in the file, belongs to the
    batch's begin (see ``Framing.cut``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: FileIdentity
    base: Count
    block_end: Count = 0
    framing: dict[str, Any]


class RawBatch(Message):
    """Whole records of one batch, back to back in the part ``records``; ``plan`` is the compiled job.

    Where they are not simply ``record_length`` bytes each, one after the other from ``offset``, the parts ``offsets``
    (uint64) and ``lengths`` (uint32), both little-endian, have a figure for each. The first ``open_records`` of them
    lie before the batch: they are there for their children, and count as no records of this batch.

    The batch covers the input from ``offset`` to ``end``; all offsets here count over all files (see ``FILE_STRIDE``).
    ``checksum`` (BLAKE2b, 128 bits, over lengths and records) travels on into the ledger: two batches of one number
    must be of one content. ``block_end`` belongs to ``end``: reading can go on there with it. ``skipped`` records lay
    between the others and were left out by their length.

    With a ``reference`` the records have stayed in the file: the parts hold the open records alone, and there are no
    parts where no record is open.
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

    Each record read is valid and a row of one table, or rejected, or skipped, because the job reads over its type.
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

    ``last`` when that is its end; ``records`` counts skipped ones too.
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
    """A progress or life sign on the topic exchange: useful when it arrives, harmless when lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["heartbeat", "batch-read", "batch-processed", "runs-stopped"]
    service: str
    instance: str
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    run_id: str = ""
    figures: dict[str, Any] = {}
