"""The messages between the services, as pydantic models of their headers.

Each names its type and schema version; a message of another version is poison for this one and is dead-lettered with
its reason, never guessed at.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import LreclError, PoisonError
from shared.messaging.envelope import pack, unpack

Count = Annotated[int, Field(ge=0)]


class Message(BaseModel):
    """What all messages share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    run_id: str
    parts: dict[str, int] = {}

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


class ReadCommand(Message):
    """Read the bytes [offset, end) of a file as records and publish them as raw batches.

    The counts so far let a long read be handed on as a new command, so that no message is held unacknowledged for
    long.
    """

    kind = "read"

    file: FileIdentity
    split_no: Count
    offset: Count
    end: Count
    batches_before: Count = 0
    records_before: Count = 0
    framing: dict[str, Any]
    batch_records: Annotated[int, Field(ge=1)]
    plan: dict[str, Any]
    plan_digest: str


class RawBatch(Message):
    """Whole records of one batch, in the part ``records``; ``plan`` is the compiled job.

    ``checksum`` (BLAKE2b, 128 bits) travels on into the ledger: two batches of one number must be of one content.
    """

    kind = "raw"

    batch_no: Count
    split_no: Count
    offset: Count
    first_record_no: Count
    records: Count
    checksum: str
    record_length: Annotated[int, Field(ge=1)]
    plan: dict[str, Any]
    plan_digest: str


class ControlTotal(BaseModel):
    """Exact sums of one control field over a batch, scaled integers.

    ``rejected`` sums the readable values of rejected records; ``unreadable`` counts rejected records without one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    scale: int
    valid: int
    rejected: int
    unreadable: Count


class ProcessedBatch(Message):
    """Typed columns in the part ``rows`` (Arrow IPC) and rejects in the part ``rejects`` (JSON lines)."""

    kind = "processed"

    batch_no: Count
    split_no: Count
    offset: Count
    bytes: Count
    records_read: Count
    records_valid: Count
    records_rejected: Count
    totals: list[ControlTotal]
    checksum: str
    processor_id: str
    decode_micros: Count
    staging_table: str
    columns: list[dict[str, Any]]


class SplitReport(Message):
    """How far a split has been read: counts from its start to byte ``read_to``; ``last`` when that is its end."""

    kind = "split-report"

    split_no: Count
    read_to: Count
    batches: Count
    records: Count
    last: bool
    reader_id: str


class RunFault(Message):
    """A service found the run cannot go on (LRxnnn), or one of its batches was dead-lettered."""

    kind = "run-fault"

    code: str
    message: str
    remedy: str = ""
    service: str
    batch_no: int | None = None
    fatal: bool = True

    @classmethod
    def of(cls, run_id: str, error: LreclError, service: str, batch_no: int | None = None) -> Self:
        """The report of ``error``; a fault of one batch leaves the run alive."""
        return cls(
            run_id=run_id,
            code=error.code,
            message=error.message,
            remedy=error.remedy,
            service=service,
            batch_no=batch_no,
            fatal=batch_no is None,
        )


class Event(BaseModel):
    """A progress or life sign on the topic exchange: useful when it arrives, harmless when lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["heartbeat", "batch-read", "batch-processed"]
    service: str
    instance: str
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    run_id: str = ""
    figures: dict[str, Any] = {}
