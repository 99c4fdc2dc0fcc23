"""A run on the terminal: its stages, bars, figures, queues, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

_UNLIMITED: Final = 240
_STAGES: Final = ("splitting", "loading", "reconciling", "merging", "verifying")
_MARKS: Final = {
    "completed": ("✔", "green"),
    "running": ("▶", "yellow"),
    "waiting": ("◷", "yellow"),
    "failed": ("✘", "red"),
    "cancelled": ("■", "red"),
}
_NOT_BEGUN: Final = ("·", "dim")
_STATE_STYLE: Final = {
    "completed": "bold green",
    "failed": "bold red",
    "refused": "bold red",
    "cancelled": "bold red",
}


class Screen(Console):
    """Standard output. If it was closed, the command ends as with ``print``."""

    def on_broken_pipe(self) -> None:
        """Called in place of rich's own exit with code 1, which means rejects here."""
        raise BrokenPipeError


def console() -> Screen:
    """Standard output: as wide as the terminal, or 240 columns where it is not a terminal."""
    found = Screen(emoji=False)
    return found if found.is_terminal else Screen(width=_UNLIMITED, emoji=False)


def render_run(progress: dict[str, Any]) -> RenderableType:
    """The run's progress, as the API reports it, as a block of lines."""
    blocks: list[RenderableType] = [_headline(progress), _stage_line(progress), _bars(progress), _figures(progress)]
    return Group(*blocks, *_queues(progress), *_remarks(progress))


def _headline(progress: dict[str, Any]) -> Text:
    text = Text(f"{progress['run_id']}  {progress['job']}  {progress['file']}  ")
    return text.append(progress["state"].upper(), _STATE_STYLE.get(progress["state"], "bold yellow"))


def _stage_line(progress: dict[str, Any]) -> Text:
    known = {stage["stage"]: stage for stage in progress["stages"]}
    line = Text()
    for name in dict.fromkeys((*_STAGES, *known)):
        stage = known.get(name)
        mark, style = _MARKS.get(stage["state"], _NOT_BEGUN) if stage else _NOT_BEGUN
        line.append(f"{mark} {name}", style)
        seconds = stage["seconds"] if stage else None
        line.append("   " if seconds is None else f" {seconds:.1f}s   ", "dim")
    return line


def _bars(progress: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 1))
    expected = progress["records_expected"]
    about = "~" if progress["records_estimated"] else ""
    size, hashed = progress["bytes"], progress["hashed_bytes"]
    if hashed < size:  # the first step is at it; later the bar would only repeat that it is done
        _add_bar(table, "hashed", 100 * hashed / size, hashed, f"{size:,} bytes")
    for name in ("read", "processed", "written"):
        flow = progress[name]
        _add_bar(table, name, flow["percent"], flow["records"], f"{about}{expected:,}")
    merged = progress["rows_merged"]
    rows = max(expected - progress["records_rejected"] - progress["records_skipped"], 0)
    _add_bar(table, "merged", 100 * merged / rows if rows else 100, merged, f"{about}{rows:,}")
    return table


def _add_bar(table: Table, name: str, percent: float, count: int, whole: str) -> None:
    table.add_row(f"{name:<10}", ProgressBar(100, percent, width=40), f"{count:>13,}", f"of {whole}")


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
        figures.append(f"about {left:.0f} s left")
    return Text("  ·  ".join(figures), style="cyan")


def _queues(progress: dict[str, Any]) -> Iterator[Text]:
    """Each queue's messages against its bound; a queue of 80 per cent or more stands out."""
    if not progress["queues"]:
        return
    line = Text("queues    ")
    for number, queue in enumerate(progress["queues"]):
        depth, bound = queue["depth"], queue["bound"]
        line.append("  ·  " if number else "")
        line.append(queue["name"].removeprefix("lrecl."))
        line.append(
            f" {depth:,} of {bound:,}" if bound else f" {depth:,}", "yellow" if bound and depth >= 0.8 * bound else ""
        )
    yield line


def _remarks(progress: dict[str, Any]) -> Iterator[Text]:
    for file in progress["files"]:
        if file["loaded_by"]:
            yield Text(f"left out: {file['path']} was loaded by run {file['loaded_by']}", style="dim")
    if progress["error"]:
        yield Text(progress["error"], style="red")
    for letter in progress["dead_letters"]:
        yield Text(f"dead letter: batch {letter['batch_no']}: {letter['code']} {letter['message']}", style="yellow")
    if progress["waits_for"]:
        yield Text(progress["waits_for"], style="yellow")
