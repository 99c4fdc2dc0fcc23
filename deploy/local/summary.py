"""The summary that the demo prints at its end, and the comparison of a run's report with what was planned."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_COLOURS = {"completed": "green", "failed": "red"}
_MEMORY_LIMIT_MB = 500


@dataclass(frozen=True)
class Plan:
    """What a run must report: ``records`` read, and of these the ``rejects``, counted by code."""

    records: int
    rejects: Counter[str]

    @property
    def valid(self) -> int:
        """The records that must be loaded."""
        return self.records - self.rejects.total()


def differences(plan: Plan, report: dict[str, Any]) -> list[str]:
    """Where ``report`` differs from ``plan``, a sentence for each difference; none when the outcome is as planned."""
    expected = {
        "state": "completed",
        "records_read": plan.records,
        "records_valid": plan.valid,
        "rejects_by_code": dict(plan.rejects),
    }
    return [
        f"{name} is {report[name]}, planned was {value}" for name, value in expected.items() if report[name] != value
    ]


def summary(report: dict[str, Any], plan: Plan, seconds: float) -> RenderableType:
    """A panel with the flow, the proof, the totals, the times and the memory; ``seconds``: the whole demo's."""
    colour = _COLOURS.get(report["state"], "yellow")
    title = f"[bold]{report['run_id']}[/]  [{colour}]{report['state'].upper()}[/]"
    below = f"demo {seconds:.0f} s"
    parts: list[RenderableType] = [_flow(report), "", _proof(report, plan), "", _totals(report), "", _times(report)]
    if report["error"]:
        parts.append(Text(report["error"], style="red"))
    return Panel(Group(*parts), title=title, subtitle=below, border_style=colour, box=box.ROUNDED, padding=(1, 2))


def _flow(report: dict[str, Any]) -> Text:
    size = report["file_bytes"] / 1e6
    lines = (
        f"{report['file_name']} ({size:,.1f} MB)  →  {report['batches']} batches  →  {_tables(report, 'staging_table')}"
        f"  →  {_tables(report, 'final_table')}",
        f"sha256 {report['file_digest']}",
    )
    return Text("\n".join(lines))


def _tables(report: dict[str, Any], kind: str) -> str:
    return ", ".join(table[kind] for table in report["tables"])


def _proof(report: dict[str, Any], plan: Plan) -> Table:
    """The equations that have to hold, with their figures."""
    read, valid, rejected = (report[f"records_{name}"] for name in ("read", "valid", "rejected"))
    memory = report["peak_rss_mb"]["total"]
    checks = (
        ("read = valid + rejected", f"{read:,} = {valid:,} + {rejected:,}", read == valid + rejected),
        ("valid = staged", f"{valid:,} = {report['rows_staged']:,}", valid == report["rows_staged"]),
        ("distinct keys = merged", f"{report['rows_final']:,} = {report['rows_merged']:,}", _merged(report)),
        ("rejects = planned rejects", _codes(report), report["rejects_by_code"] == dict(plan.rejects)),
        ("memory, all processes", f"{memory:,.0f} MB < {_MEMORY_LIMIT_MB} MB", memory < _MEMORY_LIMIT_MB),
    )
    table = Table.grid(padding=(0, 2))
    for name, figures, holds in checks:
        table.add_row("[green]✔[/]" if holds else "[red]✘[/]", name, figures)
    return table


def _merged(report: dict[str, Any]) -> bool:
    return bool(report["rows_final"] == report["rows_merged"] == report["rows_staged"] - report["rows_superseded"])


def _codes(report: dict[str, Any]) -> str:
    return "  ".join(f"{code} {count}" for code, count in report["rejects_by_code"].items()) or "none"


def _totals(report: dict[str, Any]) -> Table:
    """A line for each control total: one figure when all parties agree, else everybody's."""
    table = Table.grid(padding=(0, 2))
    for total in report["control_totals"]:
        parties = [name for name in ("file", "computed", "database") if total[name] is not None]
        agreed = len({total[name] for name in parties}) == 1
        figures = total["computed"] if agreed else "  ".join(f"{name} {total[name]}" for name in parties)
        said = " = ".join(parties) if agreed else total["status"]
        table.add_row("[green]✔[/]" if agreed else "[yellow]![/]", total["field"], figures, said)
    return table


def _times(report: dict[str, Any]) -> Text:
    stages = "  ".join(f"{name} {seconds:.1f}s" for name, seconds in report["seconds_by_stage"].items())
    loading, overall = report["records_per_second_loading"], report["records_per_second"]
    return Text(f"{stages}\n{loading:,.0f} records/s loading · {overall:,.0f} records/s end to end", style="cyan")
