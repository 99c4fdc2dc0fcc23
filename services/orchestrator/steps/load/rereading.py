"""Going on with the reading: commands for what the ledger lacks, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.gaps import Gap, gaps
from services.orchestrator.steps.load.split import batch_records
from services.orchestrator.store.stores import Stores
from shared.database.session import Row
from shared.framing.shaping import KEYS
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import FileIdentity, ReadCommand, SplitReport
from shared.messaging.topology import READ
from shared.observability.logs import get_logger
from shared.runtime.fault_points import fault_point

log = get_logger()


def reread(context: RunContext) -> int:
    """Command the reading of every missing range; how many there were.

    Interrupted, it is repeated: what is read twice is a duplicate in the ledger. What the readers never came to report
    is reported in their place, where the ledger shows it.
    """
    with context.stores() as at:
        missing = list(_missing(at, context.run_id))
        files = {row["file_no"]: row for row in at.runs.files(context.run_id)}
    for split, gap in missing:
        command = _command(context, split, files[split["file_no"]], gap)
        context.publisher.publish(READ, command.pack(), stopping=context.stopping.is_set)
    fault_point("orchestrator.reread")
    with context.stores() as at:
        at.lifecycle.reread_done(context.run_id)
    log.info("missing batches are read again", ranges=len(missing))
    return len(missing)


def can_begin_anywhere(compiled: CompiledJob) -> bool:
    """Whether the ledger knows all that reading needs to begin between two batches.

    Not where records have parents, which may lie far before, and not where records may be left out, because those have
    no number and the ledger does not tell them from others that the job reads over.
    """
    framing = compiled.framing
    leaves_out = bool(framing.get("skip_unmarked")) or any(key in framing for key in KEYS)
    return not leaves_out and all(record["type"].get("parent") is None for record in compiled.plan["records"])


def incomplete_splits(at: Stores, run_id: str) -> list[int]:
    """Splits of which the ledger lacks something."""
    return sorted({int(split["split_no"]) for split, _ in _missing(at, run_id)})


def report_for_readers(at: Stores, run_id: str) -> None:
    """Note what the ledger shows to be read, though no reader's report of it has come."""
    incomplete_splits(at, run_id)


def _missing(at: Stores, run_id: str) -> Iterator[tuple[Row, Gap]]:
    batches: dict[int, list[Row]] = defaultdict(list)
    for batch in at.ledger.places(run_id):
        batches[int(batch["split_no"])].append(batch)
    for split in at.splits.all(run_id):
        own = batches[int(split["split_no"])]
        missing = list(gaps(split, own))
        if not missing and split["read_to"] < split["end_offset"]:
            _report_for_reader(at, split, own)
        yield from ((split, gap) for gap in missing)


def _report_for_reader(at: Stores, split: Row, batches: list[Row]) -> None:
    """The ledger holds all of the split, though no reader has come to say that it was read."""
    at.splits.record(
        SplitReport(
            run_id=split["run_id"],
            split_no=split["split_no"],
            read_to=split["end_offset"],
            batches=len(batches),
            records=sum(int(batch["records_read"]) for batch in batches),
            last=True,
            reader_id="ledger",
        )
    )


def _command(context: RunContext, split: Row, file: Row, gap: Gap) -> ReadCommand:
    compiled, begin = context.compiled, gap.begin
    return ReadCommand(
        run_id=context.run_id,
        attempt=context.attempt,
        file=FileIdentity(path=file["file_path"], size=file["file_bytes"], mtime_ns=file["file_mtime_ns"]),
        file_no=file["file_no"],
        compression=file["compression"],
        split_no=split["split_no"],
        offset=begin.offset,
        end=gap.end,
        block_end=begin.block_end,
        batches_before=begin.batches,
        records_before=begin.records_before,
        records_read=begin.records_read,
        framing=compiled.framing,
        batch_records=batch_records(compiled),
        batch_bytes=compiled.batch_bytes,
        plan=compiled.plan,
        plan_digest=compiled.plan_digest,
    )
