"""Reconciling: what went in, what was decoded and what is in the database must be the same, or nothing is merged."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.reject_limits import RejectsInARow
from services.orchestrator.store.ledger import LedgerSums
from services.orchestrator.views.report_model import ControlTotalLine
from shared.errors import ReconciliationError
from shared.jobs.compile import CompiledJob, CompiledTotal
from shared.jobs.model import Gate
from shared.scaled_decimals import Total, in_scale


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two figures that must be equal."""

    what: str
    left: int
    right: int


def reconcile(context: RunContext) -> dict[str, Any]:
    """Compare all figures; LRR010 with those that differ, LRR011 when too many records were rejected."""
    tables = [table.staging for table in context.compiled.tables]
    with context.stores() as at:
        sums = at.ledger.sums(context.run_id, committed=True)
        framed = at.splits.sums(context.run_id).records
        data_bytes = at.files.sums(context.run_id).data_bytes
        computed = at.ledger.totals(context.run_id)
        database = at.staged.sums(context.run_id, context.compiled.totals)
        staged = sum(at.staged.count(context.run_id, table) for table in tables)
        uneven = at.ledger.mismatches(context.run_id, tables)
        rejects = sum(at.rejects.counts(context.run_id).values())
    comparisons = [
        Comparison("bytes of data in the files = bytes in batches", data_bytes, sums.bytes),
        Comparison("records framed = records in batches", framed, sums.records_read),
        Comparison(
            "records read = valid + rejected + skipped",
            sums.records_read,
            sums.records_valid + sums.records_rejected + sums.records_skipped,
        ),
        Comparison("batches whose records do not add up = 0", sums.uneven, 0),
        Comparison("valid records = staged rows", sums.records_valid, staged),
        Comparison("batches whose staged rows differ from the ledger = 0", len(uneven), 0),
        Comparison("rejected records = stored rejects", sums.records_rejected, rejects),
    ]
    if context.control.records is not None:
        comparisons.append(Comparison("records the sender counted", context.control.records, sums.records_read))
    totals = compare_totals(context.compiled, context.control, computed, database)
    _raise_on_difference(comparisons, totals)
    _refuse_rejects_in_a_row(context, sums)
    _hold_gate(context.compiled.job.gate, sums)
    return {"compared": len(comparisons) + len(totals), "totals": [total.model_dump() for total in totals]}


def compare_totals(
    compiled: CompiledJob, control: ControlFigures, computed: dict[str, Total], database: list[Decimal]
) -> list[ControlTotalLine]:
    """Every control total of the job with its three figures; without any batch, nothing was computed."""
    return [
        _total(wanted, computed[wanted.name], control.totals.get(wanted.name), in_database)
        for wanted, in_database in zip(compiled.totals, database, strict=True)
        if wanted.name in computed
    ]


def _total(wanted: CompiledTotal, total: Total, file: Decimal | None, database: Decimal) -> ControlTotalLine:
    valid, rejected = total.decimal(total.valid), total.decimal(total.rejected)
    if valid != database:
        status = "mismatch"
    elif file is None:
        status = "no-file-total"
    elif file == total.decimal(total.valid + total.rejected):
        status = "equal"
    else:
        status = "unproven" if total.unreadable else "mismatch"
    return ControlTotalLine(
        field=wanted.name,
        column=wanted.column,
        file=None if file is None else in_scale(file, total.scale),
        computed=in_scale(valid, total.scale),
        rejected=in_scale(rejected, total.scale),
        unreadable=total.unreadable,
        database=in_scale(database, total.scale),
        status=status,
    )


def _raise_on_difference(comparisons: list[Comparison], totals: list[ControlTotalLine]) -> None:
    differing = [f"{c.what}: {c.left} ≠ {c.right}" for c in comparisons if c.left != c.right]
    differing += [
        f"control total {t.field}: file {t.file}, computed {t.computed} (rejected {t.rejected}), database {t.database}"
        for t in totals
        if t.status == "mismatch"
    ]
    if differing:
        raise ReconciliationError(
            "LRR010",
            "the figures do not reconcile: " + "; ".join(differing),
            remedy="Nothing was merged. Compare the file with its sender's figures, then start a new run.",
        )


def _refuse_rejects_in_a_row(context: RunContext, sums: LedgerSums) -> None:
    """Once more when everything is there: while it loaded, the last batches may have come between two looks."""
    most = context.compiled.job.gate.max_consecutive_rejects
    if sums.records_rejected > most:
        with context.stores() as at:
            RejectsInARow(context.run_id, most).refuse(at, committed=True)


def _hold_gate(gate: Gate, sums: LedgerSums) -> None:
    ratio = sums.records_rejected / sums.records_read if sums.records_read else 0.0
    over_count = gate.max_rejects is not None and sums.records_rejected > gate.max_rejects
    if over_count or ratio > gate.max_reject_ratio:
        limit = f"{gate.max_rejects} records" if over_count else f"a share of {gate.max_reject_ratio:.2%}"
        raise ReconciliationError(
            "LRR011",
            f"{sums.records_rejected} of {sums.records_read} records ({ratio:.2%}) were rejected, more than {limit}",
            remedy="Nothing was merged. Look at the rejects; raise the job's gate if they are right.",
        )
