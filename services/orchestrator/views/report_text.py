"""The report as a page of text: for terminals, mail and print."""

from __future__ import annotations

from collections.abc import Iterator

from services.orchestrator.views.report_model import RunReport

_WIDTH = 78


def render(report: RunReport) -> str:
    """The report's readable form."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: RunReport) -> Iterator[str]:
    yield "=" * _WIDTH
    yield f"RUN REPORT  {report.run_id}   {report.state.upper()}"
    yield "=" * _WIDTH
    yield _pair("Job", f"{report.job}  → {', '.join(table.final_table for table in report.tables)}")
    yield _pair("File", f"{report.file_name}  ({report.file_bytes:,} bytes)")
    yield _pair("SHA-256", report.file_digest or "not hashed")
    yield _pair("Requested", f"{report.created_at:%Y-%m-%d %H:%M:%S} UTC by {report.requested_by}")
    if report.attempts > 1:
        yield _pair("Attempts", str(report.attempts))
    if report.percent is not None and report.percent < 100:
        yield _pair("Reached", f"{report.percent:.1f} %")
    if report.error:
        yield _pair("Error", report.error)
    yield from _records(report)
    yield from _files(report)
    yield from _totals(report)
    yield from _stages(report)
    yield from _workers(report)
    yield from _memory(report)


def _files(report: RunReport) -> Iterator[str]:
    """One line per file and one for its digest; of a single file the head of the report says it all."""
    if len(report.files) < 2:
        return
    yield _title("FILES")
    for file in report.files:
        yield f"  {file.path}"
        yield f"    {file.bytes:>17,} bytes{file.records_read:>15,} records{file.records_rejected:>12,} rejected"
        yield f"    {file.digest or 'not hashed'}"
        if file.loaded_by:
            yield f"    left out: its content is loaded by run {file.loaded_by}"


def _workers(report: RunReport) -> Iterator[str]:
    for title, workers in (("PROCESSORS", report.processors), ("WRITERS", report.writers)):
        if workers:
            yield _title(title)
        for one in workers:
            yield f"  {one.worker:<36}{one.batches:>10,} batches{one.records:>15,} records"


def _records(report: RunReport) -> Iterator[str]:
    yield _title("RECORDS")
    if report.framed is not None and report.framed.records != report.records_read:
        yield _figure("framed by the readers", report.framed.records)
    yield _figure("read", report.records_read)
    yield _figure("valid", report.records_valid)
    yield _figure("rejected", report.records_rejected)
    for code, count in report.rejects_by_code.items():
        yield _figure(f"    {code}", count)
    if report.records_skipped:
        yield _figure("skipped", report.records_skipped)
    yield _figure("rows staged", report.rows_staged)
    if len(report.tables) > 1:
        yield from (_figure(f"    {table.staging_table}", table.rows_staged) for table in report.tables)
    yield _figure("rows merged", report.rows_merged)
    if len(report.tables) > 1:
        yield from (_figure(f"    {table.final_table}", table.rows_merged) for table in report.tables)
    yield _figure("rows superseded", report.rows_superseded)
    if report.rows_overwritten:
        yield _figure("overwritten since", report.rows_overwritten)
    yield _figure("duplicate batches", report.duplicates)


def _totals(report: RunReport) -> Iterator[str]:
    if not report.control_totals:
        return
    yield _title("CONTROL TOTALS")
    yield f"  {'field':<24}{'file':>15}{'computed':>15}{'database':>15}  status"
    for total in report.control_totals:
        yield f"  {total.field:<24}{total.file or '-':>15}{total.computed:>15}{total.database:>15}  {total.status}"


def _stages(report: RunReport) -> Iterator[str]:
    yield _title("STAGES")
    for stage in report.stages:
        attempts = f"   {stage.attempts} attempts" if stage.attempts > 1 else ""
        seconds = "-" if stage.seconds is None else f"{stage.seconds:.2f} s"
        yield f"  {stage.stage:<24}{stage.state:<12}{seconds:>12}{attempts}"
    yield f"  {'in all':<36}{report.seconds_total:>10.2f} s   {report.records_per_second:,.0f} records/s"


def _memory(report: RunReport) -> Iterator[str]:
    yield _title("PEAK MEMORY (MiB)")
    for name, peak in report.peak_rss_mb.by_process.items():
        yield f"  {name:<36}{peak:>10.1f}"
    yield f"  {'in all, at one moment':<36}{report.peak_rss_mb.total:>10.1f}"


def _title(text: str) -> str:
    return f"\n{text}\n{'-' * _WIDTH}"


def _pair(name: str, value: str) -> str:
    return f"{name:<12}{value}"


def _figure(name: str, value: int) -> str:
    return f"  {name:<24}{value:>15,}"
