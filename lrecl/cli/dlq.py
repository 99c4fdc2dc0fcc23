"""``lrecl dlq``: the letters that wait in dead-letter queues, and what an operator does with them."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from lrecl.cli.client import Client
from lrecl.cli.display import console
from lrecl.cli.online import AsJson

app = typer.Typer(
    help="List, show, replay and discard dead letters. Exit codes: 0 done, 1 nothing fitted or some are left, 2 error.",
    no_args_is_help=True,
)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, as list shows them.")]
QueueOption = Annotated[str | None, typer.Option("--queue", help="read, raw, processed or reports.")]
RunOption = Annotated[str | None, typer.Option("--run", help="Letters of this run.")]
ReasonOption = Annotated[
    str | None, typer.Option("--reason", help="Error code, or class: poison, permanent, transient, delivery-limit.")
]
BatchOption = Annotated[int | None, typer.Option("--batch", min=0, help="Letters of this batch number.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every letter, where nothing is selected.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="Stop after so many letters.")]


@app.command(name="list")
def list_letters(
    queue: QueueOption = None,
    run: RunOption = None,
    reason: ReasonOption = None,
    batch: BatchOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Letters on the page.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="Letters to pass over first.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List dead letters, oldest first; they stay where they are."""
    wanted = {"queue": queue, "run_id": run, "reason": reason, "batch_no": batch, "limit": limit, "offset": offset}
    page = Client().get("/dead-letters", {name: value for name, value in wanted.items() if value is not None})
    if as_json:
        print(json.dumps(page))
        return
    console().print(_table(page["letters"]))
    if page["more"]:
        console().print(f"more: --offset {offset + limit}")


@app.command()
def show(letter_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show one dead letter: reason, history, the header of its message."""
    detail = Client().get(f"/dead-letters/{letter_id}")
    if as_json:
        print(json.dumps(detail))
        return
    table = Table.grid(padding=(0, 2))
    for part in (detail["letter"] | {"earlier": None}, {f"message {k}": v for k, v in detail["header"].items()}):
        for name, value in part.items():
            if value not in (None, ""):
                table.add_row(name, escape(str(value)))
    for failure in detail["letter"]["earlier"]:
        table.add_row("failed before", escape(f"{failure['at'][:19]} {failure['code']} {failure['message']}"))
    for death in detail["x_death"]:
        table.add_row("x-death", escape(", ".join(f"{name} {value}" for name, value in death.items())))
    console().print(table)


@app.command()
def replay(
    ids: Ids = None,
    queue: QueueOption = None,
    run: RunOption = None,
    reason: ReasonOption = None,
    batch: BatchOption = None,
    everything: AllOption = False,
    dry_run: DryRun = False,
    rate: Annotated[float | None, typer.Option(min=0.001, help="At most so many letters a second.")] = None,
    limit: LimitOption = None,
    note: Annotated[str, typer.Option(help="For the audit trail.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put dead letters back into their work queues. Repeating it does no harm; a partial run completes by itself."""
    body = _wish(ids, queue, run, reason, batch, everything=everything, dry_run=dry_run, limit=limit)
    outcome = Client().post("/dead-letters/replay", body | {"rate": rate, "note": note})
    _tell(outcome, "replayed", as_json=as_json)


@app.command()
def discard(
    note: Annotated[str, typer.Option(help="The reason, for the audit trail.")],
    ids: Ids = None,
    queue: QueueOption = None,
    run: RunOption = None,
    reason: ReasonOption = None,
    batch: BatchOption = None,
    everything: AllOption = False,
    dry_run: DryRun = False,
    limit: LimitOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Yes: their records are lost, and their runs fail.")] = False,
    as_json: AsJson = False,
) -> None:
    """Throw dead letters away. The records of a discarded batch are lost to its run, which fails."""
    body = _wish(ids, queue, run, reason, batch, everything=everything, dry_run=dry_run, limit=limit)
    outcome = Client().post("/dead-letters/discard", body | {"confirm": yes, "note": note})
    _tell(outcome, "discarded", as_json=as_json)


def _wish(
    ids: list[str] | None, queue: str | None, run: str | None, reason: str | None, batch: int | None, *,
    everything: bool, dry_run: bool, limit: int | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "ids": ids or [],
        "queue": queue,
        "run_id": run,
        "reason": reason,
        "batch_no": batch,
        "all": everything,
        "dry_run": dry_run,
        "limit": limit,
        "requested_by": getpass.getuser(),
    }


def _tell(outcome: dict[str, Any], done: str, *, as_json: bool) -> None:
    """Print the outcome; exit code 1 when nothing fitted, or when letters are left."""
    if as_json:
        print(json.dumps(outcome))
    else:
        if outcome["dry_run"] and outcome["letters"]:
            console().print(_table(outcome["letters"]))
        would = "would be " if outcome["dry_run"] else ""
        rest = "; interrupted, letters may be left" if outcome["interrupted"] else ""
        print(f"{outcome['count']} dead letters {would}{done}{rest}")
    raise typer.Exit(1 if outcome["interrupted"] or not outcome["count"] else 0)


def _table(letters: list[dict[str, Any]]) -> Table:
    table = Table("id", "queue", "run", "batch", "code", "class", "tries", "replays", "first", "last", "message",
                  box=None, pad_edge=False)  # fmt: skip
    for letter in letters:
        batch = "" if letter["batch_no"] is None else str(letter["batch_no"])
        times = (letter["first_failed_at"][:19], letter["last_failed_at"][:19])
        counts = (str(letter["attempts"]), str(letter["replays"]))
        reason = (letter["code"], letter["category"])
        place = (letter["id"], letter["queue"].removeprefix("lrecl."), letter["run_id"], batch)
        table.add_row(*map(escape, (*place, *reason, *counts, *times, letter["message"].partition("\n")[0])))
    return table
