"""``lrecl run``, ``runs``, ``show`` and ``report``: start a run, find it, look at it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

import typer

from lrecl.cli.client import Client
from lrecl.cli.display import console, render_run
from lrecl.cli.options import AsJson, Run, Wait, flag, instant, requester
from lrecl.cli.options import Job as JobName
from lrecl.cli.tables import Column, table, terminal_width
from lrecl.cli.waiting import wait_for_end

_COLUMNS: Final = (
    Column("run"),
    Column("state"),
    Column("rc", right=True),
    Column("job", least=8),
    Column("file", least=8),
    Column("size", right=True, optional=True),
    Column("started (UTC)", optional=True),
)


def run(
    job: JobName,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A file below the orchestrator's data root, or a quoted pattern for several."
        ),
    ],
    wait: Wait = False,
    force: Annotated[bool, flag("--force", "Load content that was loaded before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load FILE with JOB. Without --wait the command starts the run and prints its id."""
    client = Client()
    body = {"job": job, "file": file, "force": force, "requested_by": requester()}
    run_id: str = client.post("/runs", body)["run_id"]
    if wait:
        wait_for_end(client, run_id, as_json=as_json)
    print(json.dumps({"run_id": run_id}) if as_json else run_id)


def runs(
    job: Annotated[str | None, typer.Option(metavar="JOB", help="Runs of this job.")] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="Runs in this state, such as loading or failed; may be repeated."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", parser=instant, help="Runs started since 2026-11-30, 2026-11-30T06:00, 2h or 3d."),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="The newest N runs.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first. `rc` is the exit code of `lrecl run --wait`."""
    found: list[dict[str, Any]] = Client().get("/runs", job=job, state=state, since=since, limit=limit)
    if as_json:
        print(json.dumps(found))
        return
    print("\n".join(table(_COLUMNS, [_row(line) for line in found], terminal_width())))


def show(run: Run, as_json: AsJson = False) -> None:
    """Show a run's stages, progress and queues, and what it waits for."""
    client = Client()
    progress = client.get(f"/runs/{client.run_id(run)}")
    if as_json:
        print(json.dumps(progress))
    else:
        console().print(render_run(progress))


def report(run: Run, as_json: AsJson = False) -> None:
    """Print the report of a run that has ended."""
    client = Client()
    run_id = client.run_id(run)
    if as_json:
        print(json.dumps(client.get(f"/runs/{run_id}/report")))
    else:
        print(client.text(f"/runs/{run_id}/report.txt"), end="")


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    code = "" if line["exit_code"] is None else str(line["exit_code"])
    started = line["created_at"][:16].replace("T", " ")
    return line["run_id"], line["state"], code, line["job"], line["file"], _size(line["bytes"]), started


def _size(count: int) -> str:
    """Bytes in the largest decimal unit of which there is one at least."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
