"""``lrecl cancel``, ``resume``, ``retry`` and ``purge``: what an operator can do with a run. Each may be repeated."""

from __future__ import annotations

import json
import sys
import time
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from lrecl.cli.client import Client
from lrecl.cli.errors import ExitCode, interrupted
from lrecl.cli.options import AsJson, Reason, Run, Wait, flag, requester
from lrecl.cli.waiting import wait_for_end
from shared.errors import TransientError

_POLL_SECONDS: Final = 0.2
_CANCEL_SECONDS: Final = 60.0


class Stage(StrEnum):
    """Stages that a run can begin again with."""

    SPLITTING = "splitting"
    LOADING = "loading"
    RECONCILING = "reconciling"
    MERGING = "merging"
    VERIFYING = "verifying"


def cancel(run: Run, reason: Reason = "", as_json: AsJson = False) -> None:
    """Stop RUN at its next safe point. What is in the database stays, and `lrecl resume` goes on from there.

    The command waits up to a minute for the run to be cancelled, and says what it waits for.
    """
    client = Client()
    run_id = client.run_id(run)
    try:
        answer = _cancelled(client, run_id, reason, as_json=as_json)
    except KeyboardInterrupt:
        interrupted(f"{run_id} is still being cancelled. `lrecl show {run_id}` shows when it is.")
    _print(answer, f"{run_id} is {answer['state']}", as_json=as_json)
    raise typer.Exit(ExitCode.DONE if answer["state"] == "cancelled" else ExitCode.FAILED)


def resume(run: Run, reason: Reason = "", wait: Wait = False, as_json: AsJson = False) -> None:
    """Continue RUN after a failure, a cancellation or dead letters. Only data missing in the database is read again."""
    client = Client()
    run_id = client.run_id(run)
    answer = client.post(f"/runs/{run_id}/resume", _body(reason))
    if wait:
        wait_for_end(client, run_id, as_json=as_json)
    _print(answer, f"{run_id} goes on ({answer['state']})", as_json=as_json)


def retry(
    run: Run,
    from_stage: Annotated[
        Stage | None, typer.Option("--from", metavar="STAGE", help="By default the first stage that is not completed.")
    ] = None,
    force: Annotated[bool, flag("--force", "Repeat completed stages, and replace data of later runs.")] = False,
    reason: Reason = "",
    wait: Wait = False,
    as_json: AsJson = False,
) -> None:
    """Repeat stages of RUN, with the current gate of its job.

    STAGE is splitting, loading, reconciling, merging or verifying.
    """
    client = Client()
    run_id = client.run_id(run)
    body = _body(reason) | {"force": force, "from_stage": None if from_stage is None else from_stage.value}
    answer = client.post(f"/runs/{run_id}/retry", body)
    if wait:
        wait_for_end(client, run_id, as_json=as_json)
    _print(answer, f"{run_id} goes on from {answer['from_stage']}", as_json=as_json)


def purge(run: Run, reason: Reason = "", as_json: AsJson = False) -> None:
    """Remove the staged rows of RUN, which has ended. Merged rows, rejects and report stay; RUN cannot be resumed."""
    client = Client()
    run_id = client.run_id(run)
    answer = client.post(f"/runs/{run_id}/purge", _body(reason))
    _print(answer, f"{run_id}: {answer['rows_purged']:,} staged rows removed", as_json=as_json)


def _cancelled(client: Client, run_id: str, reason: str, *, as_json: bool) -> dict[str, Any]:
    """Request it and wait for it; the API's answer with the state that the run then has. LRQ046 after a minute."""
    answer: dict[str, Any] = client.post(f"/runs/{run_id}/cancel", _body(reason))
    deadline = time.monotonic() + _CANCEL_SECONDS
    told = None
    while answer["state"] == "cancelling":
        waits_for = answer["waits_for"]
        if waits_for != told and not as_json:
            print(waits_for, file=sys.stderr, flush=True)
            told = waits_for
        if time.monotonic() > deadline:
            message = f"{run_id} is still being cancelled. {waits_for or ''}".strip()
            raise TransientError("LRQ046", message, remedy=f"`lrecl show {run_id}` shows when it is cancelled.")
        time.sleep(_POLL_SECONDS)
        progress = client.get(f"/runs/{run_id}")
        answer |= {name: progress[name] for name in ("state", "waits_for")}
    return answer


def _body(reason: str) -> dict[str, Any]:
    return {"requested_by": requester(), "reason": reason}


def _print(answer: dict[str, Any], text: str, *, as_json: bool) -> None:
    print(json.dumps(answer) if as_json else text)
