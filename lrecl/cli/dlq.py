"""``lrecl dlq``: the messages that wait in dead-letter queues, and what an operator does with them."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from lrecl.cli.client import Client
from lrecl.cli.display import console
from lrecl.cli.errors import ExitCode
from lrecl.cli.options import AsJson, flag, identifier, requester
from lrecl.cli.tables import Column, table, terminal_width

app = typer.Typer(
    help="List, show, replay and discard dead letters: messages that could not be processed.",
    epilog="Exit codes: 0 done; 1 no dead letter matched, or some are left; 2 the request could not be carried out.",
    no_args_is_help=True,
)

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids, as `lrecl dlq list` shows them.")]
QueueOption = Annotated[str | None, typer.Option("--queue", metavar="QUEUE", help="read, raw, processed or reports.")]
RunOption = Annotated[
    str | None,
    typer.Option("--run", metavar="RUN", parser=identifier, help="Letters of this run; `latest` is the newest one."),
]
ReasonOption = Annotated[
    str | None,
    typer.Option(
        "--reason", metavar="REASON", help="Error code, or class: poison, permanent, transient, delivery-limit."
    ),
]
BatchOption = Annotated[int | None, typer.Option("--batch", metavar="N", min=0, help="Letters of this batch number.")]
AllOption = Annotated[bool, flag("--all", "All letters, if no other option selects some.")]
DryRun = Annotated[bool, flag("--dry-run", "Show what would be done, and do nothing.")]
LimitOption = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Stop after N letters.")]

_COLUMNS: Final = (
    Column("id"),
    Column("queue"),
    Column("run"),
    Column("batch", right=True),
    Column("code"),
    Column("class", optional=True),
    Column("tries", right=True, optional=True),
    Column("replays", right=True, optional=True),
    Column("first", optional=True),
    Column("last", optional=True),
    Column("message", least=20),
)


@app.command(name="list")
def list_letters(
    queue: QueueOption = None,
    run: RunOption = None,
    reason: ReasonOption = None,
    batch: BatchOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="Letters on the page.")] = 100,
    offset: Annotated[int, typer.Option(metavar="N", min=0, help="Letters to skip first.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List dead letters, oldest first. They stay in their queues."""
    client = Client()
    run_id = None if run is None else client.run_id(run)
    page = client.get(
        "/dead-letters", queue=queue, run_id=run_id, reason=reason, batch_no=batch, limit=limit, offset=offset
    )
    if as_json:
        print(json.dumps(page))
        return
    _print_letters(page["letters"])
    if page["more"]:
        print(f"There are more: --offset {offset + limit} shows them.")


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", parser=identifier, help="Id of the letter.")],
    as_json: AsJson = False,
) -> None:
    """Show one dead letter: its reason, its history, the header of its message."""
    detail = Client().get(f"/dead-letters/{letter_id}")
    if as_json:
        print(json.dumps(detail))
        return
    grid = Table.grid(padding=(0, 2))
    for part in (detail["letter"] | {"earlier": None}, {f"message {k}": v for k, v in detail["header"].items()}):
        for name, value in part.items():
            if value not in (None, ""):
                grid.add_row(name, escape(str(value)))
    for failure in detail["letter"]["earlier"]:
        grid.add_row("failed before", escape(f"{failure['at'][:19]} {failure['code']} {failure['message']}"))
    for death in detail["x_death"]:
        grid.add_row("x-death", escape(", ".join(f"{name} {value}" for name, value in death.items())))
    console().print(grid)


@app.command()
def replay(
    ids: Ids = None,
    queue: QueueOption = None,
    run: RunOption = None,
    reason: ReasonOption = None,
    batch: BatchOption = None,
    everything: AllOption = False,
    dry_run: DryRun = False,
    rate: Annotated[float | None, typer.Option(metavar="N", min=0.001, help="At most N letters a second.")] = None,
    limit: LimitOption = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="For the audit trail.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put dead letters back into their work queues. A partial run then goes on by itself.

    Replaying a letter twice does no harm: the ledger knows the batches that are loaded.
    """
    client = Client()
    body = _request(client, ids, queue, run, reason, batch, everything=everything, dry_run=dry_run, limit=limit)
    outcome = client.post("/dead-letters/replay", body | {"rate": rate, "note": note})
    _print_outcome(outcome, "replayed", as_json=as_json)


@app.command()
def discard(
    note: Annotated[str, typer.Option(metavar="TEXT", help="The reason, for the audit trail.")],
    ids: Ids = None,
    queue: QueueOption = None,
    run: RunOption = None,
    reason: ReasonOption = None,
    batch: BatchOption = None,
    everything: AllOption = False,
    dry_run: DryRun = False,
    limit: LimitOption = None,
    yes: Annotated[bool, flag("--yes", "Confirm that their records are lost and that their runs fail.")] = False,
    as_json: AsJson = False,
) -> None:
    """Throw dead letters away. A run loses the records of a discarded batch, and fails."""
    client = Client()
    body = _request(client, ids, queue, run, reason, batch, everything=everything, dry_run=dry_run, limit=limit)
    outcome = client.post("/dead-letters/discard", body | {"confirm": yes, "note": note})
    _print_outcome(outcome, "discarded", as_json=as_json)


def _request(
    client: Client, ids: list[str] | None, queue: str | None, run: str | None, reason: str | None, batch: int | None, *,
    everything: bool, dry_run: bool, limit: int | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "ids": ids or [],
        "queue": queue,
        "run_id": None if run is None else client.run_id(run),
        "reason": reason,
        "batch_no": batch,
        "all": everything,
        "dry_run": dry_run,
        "limit": limit,
        "requested_by": requester(),
    }


def _print_outcome(outcome: dict[str, Any], done: str, *, as_json: bool) -> None:
    """Print what was done; exit code 1 when no letter matched, or when letters may be left."""
    if as_json:
        print(json.dumps(outcome))
    else:
        if outcome["dry_run"] and outcome["letters"]:
            _print_letters(outcome["letters"])
        would = "would be " if outcome["dry_run"] else ""
        rest = "; interrupted, letters may be left" if outcome["interrupted"] else ""
        print(f"{outcome['count']} dead letters {would}{done}{rest}")
    is_done = outcome["count"] and not outcome["interrupted"]
    raise typer.Exit(ExitCode.DONE if is_done else ExitCode.REJECTS)


def _print_letters(letters: list[dict[str, Any]]) -> None:
    print("\n".join(table(_COLUMNS, [_row(letter) for letter in letters], terminal_width())))


def _row(letter: dict[str, Any]) -> tuple[str, ...]:
    return (
        letter["id"],
        letter["queue"].removeprefix("lrecl."),
        letter["run_id"],
        "" if letter["batch_no"] is None else str(letter["batch_no"]),
        letter["code"],
        letter["category"],
        str(letter["attempts"]),
        str(letter["replays"]),
        letter["first_failed_at"][:19],
        letter["last_failed_at"][:19],
        letter["message"].partition("\n")[0],
    )
