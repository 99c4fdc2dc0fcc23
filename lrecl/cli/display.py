"""A run on the terminal: stages, bars and figures, redrawn while it works."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lrecl.cli.client import Client

_POLL_SECONDS: Final = 0.5
_UNLIMITED: Final = 240
_STAGES: Final = ("splitting", "loading", "reconciling", "merging", "verifying")
_MARKS: Final = {
    "completed": ("✔", "green"),
    "running": ("▶", "yellow"),
    "failed": ("✘", "red"),
    "cancelled": ("■", "red"),
}
_STATE_STYLE: Final = {
    "completed": "bold green",
    "failed": "bold red",
    "cancelled": "bold red",
    "partial": "bold yellow",
}


def console() -> Console:
    """Standard output: as wide as the terminal, or without a width where nobody looks."""
    found = Console()
    return found if found.is_terminal else Console(width=_UNLIMITED)


def follow(client: Client, run_id: str) -> dict[str, Any]:
    """Watch the run until it ends or waits as partial; its last progress.

    The display goes to standard error: redrawn on a terminal, else a line whenever the state changes.
    """
    screen = Console(stderr=True)
    progress: dict[str, Any] = client.get(f"/runs/{run_id}")
    with (
        Live(render_run(progress), console=screen, refresh_per_second=4)
        if screen.is_terminal
        else nullcontext() as live
    ):
        state = ""
        while progress["finished_at"] is None and progress["state"] != "partial":
            if live is not None:
                live.update(render_run(progress))
            elif progress["state"] != state:
                state = progress["state"]
                print(f"{run_id} {state} {progress['percent']:.0f} %", file=sys.stderr, flush=True)
            time.sleep(_POLL_SECONDS)
            progress = client.get(f"/runs/{run_id}")
        if live is not None:
            live.update(render_run(progress))
    return progress


def render_run(progress: dict[str, Any]) -> RenderableType:
    """The run as a block of lines."""
    parts: list[RenderableType] = [_headline(progress), _stage_line(progress), _bars(progress), _figures(progress)]
    if progress["error"]:
        parts.append(Text(progress["error"], style="red"))
    parts += [
        Text(f"dead letter: batch {letter['batch_no']}: {letter['code']} {letter['message']}", style="yellow")
        for letter in progress["dead_letters"]
    ]
    return Group(*parts)


def _headline(progress: dict[str, Any]) -> Text:
    text = Text(f"{progress['run_id']}  {progress['job']}  {progress['file']}  ")
    text.append(progress["state"].upper(), _STATE_STYLE.get(progress["state"], "bold yellow"))
    return text


def _stage_line(progress: dict[str, Any]) -> Text:
    known = {stage["stage"]: stage for stage in progress["stages"]}
    line = Text()
    for name in _STAGES:
        stage = known.get(name)
        mark, style = _MARKS[stage["state"]] if stage else ("·", "dim")
        line.append(f"{mark} {name}", style)
        line.append(f" {stage['seconds']:.1f}s   " if stage else "   ", "dim")
    return line


def _bars(progress: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 1))
    expected = progress["records_expected"]
    about = "~" if progress["records_estimated"] else ""
    for name in ("read", "processed", "written"):
        flow = progress[name]
        table.add_row(
            f"{name:<10}", ProgressBar(100, flow["percent"], width=40), *_count(flow["records"], expected, about)
        )
    merged = progress["rows_merged"]
    rows = max(expected - progress["records_rejected"] - progress["records_skipped"], 0)
    table.add_row(
        "merged    ", ProgressBar(100, 100 * merged / rows if rows else 100, width=40), *_count(merged, rows, about)
    )
    return table


def _count(part: int, whole: int, about: str) -> tuple[str, str]:
    return f"{part:>13,}", f"of {about}{whole:,}"


def _figures(progress: dict[str, Any]) -> Text:
    left = progress["seconds_left"]
    figures = [
        f"{progress['percent']:.1f} %",
        f"{progress['rows_per_second']:,.0f} records/s",
        f"{progress['records_rejected']:,} rejected",
        f"{progress['duplicates']:,} duplicate batches",
        f"{progress['seconds']:.1f} s",
    ]
    if left:
        figures.append(f"about {left:.0f} s of loading left")
    return Text("  ·  ".join(figures), style="cyan")
