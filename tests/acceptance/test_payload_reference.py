"""Payloads by reference: the same tables as inline, of every kind of file; a file that changes stops its run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.jobs.compiled import CompiledTable
from tests.support.job_folders import variant
from tests.support.operator import Json, Operator
from tests.unit.framing.writers import rdw

pytestmark = [pytest.mark.broker, pytest.mark.database]

RECORDS, BAD = 12_000, 120
TOTALS = {"ORDER.ORD-TOTAL": "1.00", "ITEM.ITM-QUANTITY": str(3 * (RECORDS - BAD - 2))}


@pytest.fixture
def referring(operator: Operator) -> Iterator[Operator]:
    """The operator of the stack while its reader sends references."""
    with operator.altered("reader", LRECL_PAYLOAD="reference"):
        yield operator


@pytest.mark.parametrize(("inline", "referred"), [("inline", "referred"), ("orders", "orders")])
def test_the_tables_are_those_of_an_inline_run(operator: Operator, inline: str, referred: str) -> None:
    """Records of one length, and a hierarchy in RECFM V whose batches bring open records along."""
    for job in {inline, referred} - {"orders"}:
        variant(operator.stack.jobs_root, job)
    whole = _loaded(operator, inline)
    with operator.altered("reader", LRECL_PAYLOAD="reference"):
        assert _loaded(operator, referred) == whole
    assert whole["records_read"] == RECORDS
    assert whole["records_rejected"] == BAD
    assert all(whole["rows"])


def _loaded(site: Operator, job: str) -> Json:
    """Figures, rejects and the rows of every table of a run."""
    if job == "orders":
        site.put("referred-orders.dat", b"".join(map(rdw, _orders())), {"records": RECORDS, "totals": TOTALS})
    else:
        site.generate(job, f"referred-{job}.dat", RECORDS, bad_ratio=BAD / RECORDS, seed=70)
    report = site.run(job, f"referred-{job}.dat", force=True)
    assert (report["state"], report["exit_code"], report["error"]) == ("completed", 1, None)
    figures = {name: report[name] for name in ("records_read", "records_rejected", "rows_final", "control_totals")}
    rejects = [(row["record_offset"], row["code"], row["raw_hex"]) for row in site.rejects(report["run_id"])]
    tables = site.compiled(job).tables
    return figures | {"rejects": rejects, "rows": [_rows(site, table, report["run_id"]) for table in tables]}


def _orders() -> Iterator[bytes]:
    """One customer with one order of many items, some of which have no digits in their quantity."""
    yield f"C{1:07}{'Ada':<30}NL".encode("cp037") + bytes.fromhex("00000000100C")
    yield b"\xd6" + (7).to_bytes(4, "big") + "20261122".encode("cp037") + bytes.fromhex("00000000100CF0F0")
    for number in range(RECORDS - 2):
        quantity = "FFFFFF" if number < BAD else "00003C"
        key = f"I{number % 1000:03}{number:<12}".encode("cp037")
        yield key + bytes.fromhex(f"{quantity}{number:09}C")


def _rows(site: Operator, table: CompiledTable, run_id: str) -> list[Json]:
    columns, key = ", ".join(target.name for target in table.targets), ", ".join(table.key)
    sql = "SELECT {columns} FROM {table} WHERE RUN_ID = ? ORDER BY {key}"
    return site.query(sql, run_id, columns=columns, table=table.final, key=key)


def test_a_file_that_changes_behind_the_reader_stops_the_run(referring: Operator) -> None:
    """Its batches are read and wait for a processor, which is away, when the file is written again."""
    variant(referring.stack.jobs_root, "changed-later")
    sample = referring.generate("changed-later", "changed-later.dat", RECORDS)
    referring.stack.stop("processor")
    try:
        run_id = referring.start("changed-later", "changed-later.dat")
        referring.wait(run_id, lambda progress: progress["read"]["records"] == RECORDS)
        sample.path.write_bytes(sample.path.read_bytes()[::-1])
    finally:
        referring.stack.start_process("processor")
    referring.wait(run_id)
    report = referring.report(run_id)
    assert (report["state"], report["exit_code"], report["rows_final"]) == ("failed", 2, 0)
    assert "LRF003" in report["error"]
