"""Going on with the reading: commands for what the ledger lacks, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.gaps import Gap, gaps
from services.orchestrator.steps.load.read_commands import read_command
from services.orchestrator.store.ledger import BatchPlace
from services.orchestrator.store.splits import SplitRow
from services.orchestrator.store.stores import Stores
from shared.framing.record_bounds import RECORD_BOUNDS
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import SplitReport
from shared.messaging.topology import READ
from shared.observability.logs import get_logger
from shared.runtime.fault_points import fault_point

Missing = list[tuple[SplitRow, Gap]]

log = get_logger()


def reread(context: RunContext) -> int:
    """Command the reading of every missing range; how many there were.

    Interrupted, it is repeated: what is read twice is a duplicate in the ledger.
    """
    with context.stores() as at:
        missing = missing_ranges(at, context.run_id)
        report_complete_splits(at, context.run_id)
        files = {file.file_no: file for file in at.files.all(context.run_id)}
    for split, gap in missing:
        file = files[split.file_no]
        command = read_command(context, file, file.compression, split.split_no, gap.begin, gap.end)
        context.publisher.publish(READ, command.pack(), stopping=context.stopping.is_set)
    fault_point("orchestrator.reread")
    with context.stores() as at:
        at.runs.reread_done(context.run_id)
    log.info("missing batches are read again", ranges=len(missing))
    return len(missing)


def can_begin_anywhere(compiled: CompiledJob) -> bool:
    """Whether the ledger knows all that reading needs to begin between two batches.

    Not where records have parents, which may lie far before, and not where records may be left out, because those have
    no number and the ledger does not tell them from others that the job reads over.
    """
    framing = compiled.framing
    leaves_out = bool(framing.get("skip_unmarked")) or any(key in framing for key in RECORD_BOUNDS)
    return not leaves_out and all(record["type"].get("parent") is None for record in compiled.plan["records"])


def missing_ranges(at: Stores, run_id: str) -> Missing:
    """What the ledger lacks of each split."""
    batches = _batches_by_split(at, run_id)
    return [(split, gap) for split in at.splits.all(run_id) for gap in gaps(split, batches[split.split_no])]


def report_complete_splits(at: Stores, run_id: str) -> None:
    """Report in the readers' place the splits that the ledger holds as a whole, though no reader's report has come."""
    batches = _batches_by_split(at, run_id)
    for split in at.splits.all(run_id):
        own = batches[split.split_no]
        if not split.is_read and not list(gaps(split, own)):
            at.splits.record(_report(split, own))


def _batches_by_split(at: Stores, run_id: str) -> dict[int, list[BatchPlace]]:
    batches: dict[int, list[BatchPlace]] = defaultdict(list)
    for batch in at.ledger.places(run_id):
        batches[batch.split_no].append(batch)
    return batches


def _report(split: SplitRow, batches: Sequence[BatchPlace]) -> SplitReport:
    return SplitReport(
        run_id=split.run_id,
        split_no=split.split_no,
        read_to=split.end_offset,
        batches=len(batches),
        records=sum(batch.records_read for batch in batches),
        last=True,
        reader_id="ledger",
    )
