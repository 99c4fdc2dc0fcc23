"""Splitting: tables made ready, the file cut into splits, a read command sent for each."""

from __future__ import annotations

from typing import Any

from services.orchestrator.runs.context import RunContext
from shared.framing.fixed import FixedFraming
from shared.messaging.messages import ReadCommand
from shared.messaging.topology import READ


def split(context: RunContext) -> dict[str, Any]:
    """Prepare the tables and command the reading.

    Repeated after a crash it may send a command twice: the ledger makes the second reading a duplicate. LRF001 when the
    file is not a whole number of records, LRR001 and LRR002 when the tables do not fit.
    """
    FixedFraming.from_dict(context.compiled.framing).check_size(context.file.path, context.file.size)
    with context.stores() as at:
        made = at.tables.prepare(context.compiled)
    with context.stores() as at:
        at.runs.insert_split(context.run_id, 0, 0, context.file.size)
    context.publisher.publish(READ, _command(context).pack(), stopping=context.stopping.is_set)
    return {"splits": 1, "tables_made": made}


def _command(context: RunContext) -> ReadCommand:
    compiled = context.compiled
    return ReadCommand(
        run_id=context.run_id,
        file=context.file,
        split_no=0,
        offset=0,
        end=context.file.size,
        framing=compiled.framing,
        batch_records=compiled.batch_records,
        batch_bytes=compiled.batch_bytes,
        plan=compiled.plan,
        plan_digest=compiled.plan_digest,
    )
