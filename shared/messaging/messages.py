"""The messages between the services, as pydantic models of their headers.

Each names its type and schema version. A message of another version is dead-lettered with that reason; nothing is
guessed.

Within a version, fields are only added. A new field's default means what a message without the field meant, and a field
that has its default is left out (``Field(default, exclude_if=…)``). So services of two releases understand each other
until something new is used; a message with an unknown field is dead-lettered, too. tests/unit/messaging/recorded holds
the messages of each release.

What ends in a table is as long as its column at most: see ``shared/database/migrations``. Db2 counts bytes, so these
models count bytes of UTF-8. A message with a longer text, or a larger number, is dead-lettered before any statement
sees it. Texts for people are cut by the service that writes the message.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.bounded_values import Count, in_bytes
from shared.errors import LreclError, PoisonError
from shared.messaging.wire import pack, unpack
from shared.scaled_decimals import format_totals
from shared.texts import cut_text

RUN_ID_BYTES: Final = 32
CODE_BYTES: Final = 6
SERVICE_BYTES: Final = 128
MESSAGE_BYTES: Final = 4_000
_WORKER_BYTES: Final = 64
_CHECKSUM_BYTES: Final = 32
_TOTALS_BYTES: Final = 4_000
_SUM_BOUND: Final = 10**1_000
_MOST_PLACES: Final = 1_000


def _sum(number: int) -> int:
    if abs(number) >= _SUM_BOUND:
        raise ValueError("the sum has more than 1,000 digits")
    return number


SmallCount = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""Fits an INTEGER column."""

RunId = Annotated[str, Field(min_length=1), in_bytes(RUN_ID_BYTES)]
WorkerId = Annotated[str, Field(min_length=1), in_bytes(_WORKER_BYTES)]
Checksum = Annotated[str, Field(min_length=1), in_bytes(_CHECKSUM_BYTES)]
Sum = Annotated[int, AfterValidator(_sum)]


def is_run_id(text: str) -> bool:
    """Whether a run can have this id; no statement takes a longer one as a parameter."""
    return 0 < len(text.encode("utf-8", "replace")) <= RUN_ID_BYTES


class Message(BaseModel):
    """What all messages share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    run_id: RunId
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
    mtime_ns: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


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
    file_no: SmallCount = 0
    compression: Literal["gzip", "bzip2"] | None = None
    attempt: SmallCount = 1
    split_no: SmallCount
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
    split_no: SmallCount
    offset: Count
    end: Count
    block_end: Count = 0
    first_record_no: Count
    records: SmallCount
    skipped: SmallCount = 0
    open_records: SmallCount = 0
    checksum: Checksum
    plan: dict[str, Any]
    plan_digest: str
    reference: Reference | None = Field(None, exclude_if=lambda value: value is None)


class ControlTotal(BaseModel):
    """Exact sums of one control field over a batch, scaled integers; ``name`` is the job's name of the total.

    ``rejected`` sums the readable values of rejected records; ``unreadable`` counts rejected records without one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[^:;]+$")]
    scale: Annotated[int, Field(ge=-_MOST_PLACES, le=_MOST_PLACES)]
    valid: Sum
    rejected: Sum
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
    split_no: SmallCount
    offset: Count
    end: Count
    block_end: Count = 0
    first_record_no: Count
    records_read: SmallCount
    records_valid: SmallCount
    records_rejected: SmallCount
    records_skipped: SmallCount = 0
    totals: list[ControlTotal]
    checksum: Checksum
    processor_id: WorkerId
    decode_micros: Count
    tables: list[TableRows]

    @model_validator(mode="after")
    def _totals_fit(self) -> Self:
        if len(format_totals(self.totals).encode()) > _TOTALS_BYTES:
            raise ValueError(f"the control totals are longer than {_TOTALS_BYTES} bytes")
        return self


class SplitReport(Message):
    """How far a split has been read: counts from its start to byte ``read_to`` of its file.

    ``last`` says that this is its end; ``records`` counts skipped records, too.
    """

    kind = "split-report"

    split_no: SmallCount
    read_to: Count
    batches: Count
    records: Count
    last: bool
    reader_id: WorkerId


class RunFault(Message):
    """A service found that the run cannot go on (fatal), or it dead-lettered one of the run's messages."""

    kind = "run-fault"

    code: Annotated[str, Field(min_length=1), in_bytes(CODE_BYTES)]
    message: Annotated[str, in_bytes(MESSAGE_BYTES)]
    remedy: Annotated[str, in_bytes(MESSAGE_BYTES)] = ""
    service: Annotated[str, in_bytes(SERVICE_BYTES)]
    batch_no: Count | None = None
    fatal: bool = True

    @classmethod
    def of(cls, run_id: str, error: LreclError, service: str, *, fatal: bool, batch_no: int | None = None) -> Self:
        """The report of ``error``, its texts cut; one that is not fatal leaves the run waiting for a dead letter."""
        return cls(
            run_id=run_id,
            code=cut_text(error.code, CODE_BYTES),
            message=cut_text(error.message, MESSAGE_BYTES),
            remedy=cut_text(error.remedy, MESSAGE_BYTES),
            service=cut_text(service, SERVICE_BYTES),
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
