"""``--wait``: a run is followed to its end, or until it waits for somebody."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.live import Live

from lrecl.cli.client import Client
from lrecl.cli.display import render_run
from lrecl.cli.errors import interrupted
from shared.errors import LreclError, RequestError, TransientError

Answer = TypeVar("Answer")

_POLL_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 300.0
"""How long to wait for an orchestrator to restart, or for another one to take over. The run goes on meanwhile."""


def wait_for_end(client: Client, run_id: str, *, as_json: bool) -> NoReturn:
    """Show the run's progress, then its report, and exit with the run's code."""
    try:
        progress = follow(client, run_id, quiet=as_json)
    except KeyboardInterrupt:
        interrupted(f"{run_id} goes on. `lrecl show {run_id}` shows its progress, `lrecl cancel {run_id}` stops it.")
    if progress["finished_at"] is None:
        print(json.dumps(progress) if as_json else waiting_text(progress))
    elif as_json:
        print(json.dumps(_patiently(lambda: client.get(f"/runs/{run_id}/report"))))
    else:
        print(_patiently(lambda: client.text(f"/runs/{run_id}/report.txt")), end="")
    raise typer.Exit(progress["exit_code"])


def follow(client: Client, run_id: str, *, quiet: bool = False) -> dict[str, Any]:
    """Watch the run until it ends or waits for somebody; its last progress.

    A stalled run is followed, because it goes on by itself. The display goes to standard error: redrawn on a terminal,
    else a line whenever the state changes, or nothing when ``quiet``.
    """

    def look() -> dict[str, Any]:
        return dict(_patiently(lambda: client.get(f"/runs/{run_id}")))

    screen = Console(stderr=True)
    progress = look()
    show: Callable[[dict[str, Any]], None]
    live = Live(render_run(progress), console=screen, refresh_per_second=4) if screen.is_terminal else None
    show = (lambda now: live.update(render_run(now))) if live else _Lines(quiet=quiet)
    with live or nullcontext():
        show(progress)
        while not _is_over(progress):
            time.sleep(_POLL_SECONDS)
            progress = look()
            show(progress)
    return progress


def waiting_text(progress: dict[str, Any]) -> str:
    """What a run that has not ended waits for, and the commands that help."""
    run_id = progress["run_id"]
    sentences = [f"{run_id} is {progress['state']}. It was not merged and waits for you."]
    if progress["waits_for"]:
        sentences.append(progress["waits_for"])
    if progress["dead_letters"]:
        sentences += [
            f"  lrecl dlq list --run {run_id}    shows its dead letters and their reasons",
            f"  lrecl dlq replay --run {run_id}  puts them back into their queues; the run then goes on by itself",
        ]
    return "\n".join([*sentences, f"  lrecl resume {run_id}            reads again what is missing in the database"])


def _is_over(progress: dict[str, Any]) -> bool:
    return progress["exit_code"] is not None and progress["state"] != "stalled"


def _patiently(ask: Callable[[], Answer]) -> Answer:
    """The answer; the request is repeated while the orchestrator does not answer or does not act."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except (TransientError, RequestError) as error:
            if not _is_temporary(error) or time.monotonic() > deadline:
                raise
        time.sleep(_POLL_SECONDS)


def _is_temporary(error: LreclError) -> bool:
    return isinstance(error, TransientError) or (isinstance(error, RequestError) and error.status == 503)


class _Lines:
    """A line on standard error whenever the state changes."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._state = ""

    def __call__(self, progress: dict[str, Any]) -> None:
        if self._quiet or _is_over(progress) or progress["state"] == self._state:
            return
        self._state = progress["state"]
        wait = f" {progress['waits_for']}" if progress["waits_for"] else ""
        line = f"{progress['run_id']} {self._state} {progress['percent']:.0f} %{wait}"
        print(line, file=sys.stderr, flush=True)
