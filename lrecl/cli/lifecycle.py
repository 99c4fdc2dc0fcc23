"""Commands for a run that is there: cancel, resume, retry, purge. Each may be repeated."""

from __future__ import annotations

import getpass
import json
import time
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from lrecl.cli.client import Client
from lrecl.cli.online import AsJson, wait_for_end
from shared.errors import TransientError

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, as lrecl runs shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the audit trail.")]
Wait = Annotated[bool, typer.Option("--wait", help="Show the progress until the run ends.")]

_POLL_SECONDS: Final = 0.2
_CANCEL_SECONDS: Final = 60.0


class Stage(StrEnum):
    """Stages that a run can begin again with."""

    SPLITTING = "splitting"
    LOADING = "loading"
    RECONCILING = "reconciling"
    MERGING = "merging"
    VERIFYING = "verifying"


def cancel(run_id: RunId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Stop RUN at its next safe point. What is in the database stays; lrecl resume goes on from there."""
    client = Client()
    answer = client.post(f"/runs/{run_id}/cancel", _body(reason))
    deadline = time.monotonic() + _CANCEL_SECONDS
    while answer["state"] == "cancelling":
        if time.monotonic() > deadline:
            raise TransientError(
                "LRQ046", f"run {run_id} is still cancelling", remedy="A long statement has to end first; see show."
            )
        time.sleep(_POLL_SECONDS)
        answer["state"] = client.get(f"/runs/{run_id}")["state"]
    _print(answer, f"{run_id} is {answer['state']}", as_json=as_json)
    raise typer.Exit(0 if answer["state"] == "cancelled" else 2)


def resume(run_id: RunId, reason: Reason = "", wait: Wait = False, as_json: AsJson = False) -> None:
    """Go on with RUN after a failure or a cancellation. Only what is not in the database is read again."""
    client = Client()
    answer = client.post(f"/runs/{run_id}/resume", _body(reason))
    if wait:
        wait_for_end(client, run_id, as_json=as_json)
    _print(answer, f"{run_id} goes on ({answer['state']})", as_json=as_json)


def retry(
    run_id: RunId,
    from_stage: Annotated[
        Stage | None, typer.Option("--from", help="By default the first stage that is not completed.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Repeat stages that are completed.")] = False,
    reason: Reason = "",
    wait: Wait = False,
    as_json: AsJson = False,
) -> None:
    """Carry out stages of RUN again, with the job's gate as it is now."""
    client = Client()
    body = _body(reason) | {"force": force, "from_stage": None if from_stage is None else from_stage.value}
    answer = client.post(f"/runs/{run_id}/retry", body)
    if wait:
        wait_for_end(client, run_id, as_json=as_json)
    _print(answer, f"{run_id} goes on from {answer['from_stage']}", as_json=as_json)


def purge(run_id: RunId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Remove the staged rows of the ended RUN. Merged rows, rejects and report stay; RUN cannot go on any more."""
    answer = Client().post(f"/runs/{run_id}/purge", _body(reason))
    _print(answer, f"{run_id}: {answer['rows_purged']:,} staged rows removed", as_json=as_json)


def _body(reason: str) -> dict[str, Any]:
    return {"requested_by": getpass.getuser(), "reason": reason}


def _print(answer: dict[str, Any], text: str, *, as_json: bool) -> None:
    print(json.dumps(answer) if as_json else text)
