"""Commands that talk to the orchestrator: run, runs, show, report."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Any, NoReturn

import typer
from rich.table import Table

from lrecl.cli.client import Client
from lrecl.cli.display import console, follow, render_run

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def run(
    job: Annotated[str, typer.Argument(help="Name of the job.")],
    file: Annotated[
        str, typer.Argument(help="A file below the orchestrator's data root; or a quoted pattern for several.")
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Show the progress until the run ends.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Load content that was loaded before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load FILE with JOB. Without --wait it only starts the run and prints its id."""
    client = Client()
    body = {"job": job, "file": file, "force": force, "requested_by": getpass.getuser()}
    run_id: str = client.post("/runs", body)["run_id"]
    if not wait:
        print(json.dumps({"run_id": run_id}) if as_json else run_id)
        return
    wait_for_end(client, run_id, as_json=as_json)


def wait_for_end(client: Client, run_id: str, *, as_json: bool) -> NoReturn:
    """Show the run's progress, then its report, and exit with its code."""
    progress = follow(client, run_id)
    if progress["finished_at"] is None:  # partial: it waits for dead letters to be replayed
        print(json.dumps(progress) if as_json else f"{run_id} is partial: {len(progress['dead_letters'])} dead letters")
        raise typer.Exit(1)
    print(json.dumps(client.get(f"/runs/{run_id}/report")) if as_json else client.text(f"/runs/{run_id}/report.txt"))
    raise typer.Exit(progress["exit_code"])


def runs(as_json: AsJson = False) -> None:
    """List the newest runs."""
    found: list[dict[str, Any]] = Client().get("/runs")
    if as_json:
        print(json.dumps(found))
        return
    table = Table("run", "job", "state", "file", "MB", "started", box=None, pad_edge=False)
    for line in found:
        size = f"{line['bytes'] / 1e6:,.1f}"
        table.add_row(line["run_id"], line["job"], line["state"], line["file"], size, line["created_at"][:19])
    console().print(table)


def show(run_id: Annotated[str, typer.Argument(metavar="RUN")], as_json: AsJson = False) -> None:
    """Show a run's stages and progress."""
    progress = Client().get(f"/runs/{run_id}")
    if as_json:
        print(json.dumps(progress))
        return
    console().print(render_run(progress))


def report(run_id: Annotated[str, typer.Argument(metavar="RUN")], as_json: AsJson = False) -> None:
    """Print a run's report."""
    client = Client()
    if as_json:
        print(json.dumps(client.get(f"/runs/{run_id}/report")))
    else:
        print(client.text(f"/runs/{run_id}/report.txt"), end="")
