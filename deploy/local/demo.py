"""The demo: starts a private stack, generates an EBCDIC file, loads it through all four services, shows the report.

A share of the generated records is bad on purpose. The plan is the list of them that the generator writes; the demo
succeeds when the run rejects exactly these records, for these reasons, and loads all others.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from rich.console import Console

from deploy.local import statefile
from deploy.local.credentials import open_private, private_folder
from deploy.local.errors import LocalStackError
from deploy.local.services import PROJECT
from deploy.local.stack import LocalStack
from deploy.local.summary import Plan, differences, summary
from shared.errors import LreclError

_START_SECONDS = 120.0
_CONSOLE = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when the outcome is the planned one, planned rejects included, 1 when it differs from the plan.

    2 when there is no outcome: the stack does not start, a command fails. 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    started = time.monotonic()
    try:
        with _home(options) as home, _running(home, options) as state:
            _say(f"stack ready in {time.monotonic() - started:.1f} s", str(home))
            plan, report = _load(options, state)
            _CONSOLE.print(summary(report, plan, time.monotonic() - started))
            code = _conclude(plan, report)
            if options.keep:
                _say_how_to_go_on(home, state)
            return code
    except LreclError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _load(options: argparse.Namespace, state: dict[str, Any]) -> tuple[Plan, dict[str, Any]]:
    """Generate the file and run the job, with the commands that an operator types; the plan and the report."""
    file = Path(state["data_root"]) / f"{options.job}.dat"
    sizes = ("--records", str(options.records), "--bad-ratio", str(options.bad_ratio), "--seed", str(options.seed))
    generated = _lrecl(state, "generate", options.job, str(file), *sizes)
    _say("generated", generated.stdout.strip())
    plan = _plan(file, options.records)
    if plan.rejects.total():
        _say("planned", f"{plan.rejects.total():,} records are bad on purpose, to show how they are rejected")
    ran = _lrecl(state, "run", options.job, file.name, "--wait", "--json", "--force", passes=(0, 1, 2))
    report: dict[str, Any] = json.loads(ran.stdout)
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(json.dumps(report, indent=2) + "\n")
        _say("report written", str(options.report))
    return plan, report


def _plan(file: Path, records: int) -> Plan:
    """What the run must report, from the list of bad records that the generator wrote beside ``file``."""
    bad = Path(f"{file}.bad.jsonl").read_text().splitlines()
    return Plan(records, Counter(str(json.loads(line)["code"]) for line in bad))


def _conclude(plan: Plan, report: dict[str, Any]) -> int:
    """Compare the outcome with the plan and print the result; the exit code."""
    found = differences(plan, report)
    if not found:
        planned = f"{plan.rejects.total():,} planned rejects, {plan.valid:,} records loaded"
        _say("the outcome is the planned one", planned)
        return 0
    for difference in found:
        _CONSOLE.print(f"[red]✘[/] not as planned  {difference}", soft_wrap=True, highlight=False)
    return 1


def _lrecl(state: dict[str, Any], *arguments: str, passes: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lrecl", *arguments]
    done = subprocess.run(command, env=_environment(state), cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in passes or not done.stdout:
        raise LocalStackError(
            "LRS020",
            f"The command lrecl {arguments[0]} ended with exit code {done.returncode}.",
            remedy="Its own message is above.",
        )
    return done


def _environment(state: dict[str, Any]) -> dict[str, str]:
    own = {
        "LRECL_API_URL": state["api_url"],
        "LRECL_API_TOKEN_FILE": state["token_file"],
        "LRECL_JOBS_ROOT": state["jobs_root"],
    }
    return {**os.environ, **own}


@contextmanager
def _home(options: argparse.Namespace) -> Iterator[Path]:
    """The stack's folder: a temporary one, gone afterwards, unless it is named or kept."""
    if options.home or options.keep:
        yield (options.home or Path(".lrecl")).absolute()
        return
    home = Path(tempfile.mkdtemp(prefix="lrecl-demo-"))
    try:
        yield home
    finally:
        shutil.rmtree(home)


@contextmanager
def _running(home: Path, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The stack's state file; the stack ends with the block, unless it is to be kept."""
    if options.keep:
        yield _start_detached(home, options)
        return
    with LocalStack(home, pool_size=options.pool_size, writer_threads=options.writer_threads):
        yield statefile.read(home)


def _start_detached(home: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A stack that outlives the demo, in a session of its own."""
    private_folder(home)
    sizes = ("--pool-size", str(options.pool_size), "--writer-threads", str(options.writer_threads))
    command = [sys.executable, "-m", "deploy.local", "up", "--home", str(home), *sizes]
    with open(home / "up.log", "ab", opener=open_private) as log:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        state = _state_when_ready(home)
        if state:
            return state
        time.sleep(0.2)
    raise LocalStackError("LRS021", "The stack did not start.", remedy=f"See {home / 'up.log'} and {home / 'logs'}.")


def _state_when_ready(home: Path) -> dict[str, Any] | None:
    try:
        state = statefile.read(home)
    except LocalStackError:
        return None
    return state if state["state"] == "ready" else None


def _say(what: str, detail: str) -> None:
    _CONSOLE.print(f"[green]✔[/] {what}  [dim]{detail}[/]", soft_wrap=True, highlight=False)


def _say_how_to_go_on(home: Path, state: dict[str, Any]) -> None:
    url = state["api_url"]
    lines = (
        "The stack stays up:",
        f"  API and documentation   {url}/docs",
        f"  metrics                 {url}/metrics",
        f"  input files             {state['data_root']}",
        f"  logs                    {home / 'logs'}",
        "Go on with:",
        f"  export LRECL_API_URL={url} LRECL_API_TOKEN_FILE={state['token_file']}",
        "  .venv/bin/lrecl runs",
        f"  .venv/bin/python -m deploy.local status --home {home}",
        f"  .venv/bin/python -m deploy.local down --home {home}",
    )
    _CONSOLE.print("\n".join(lines), soft_wrap=True, highlight=False)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--records", type=int, default=200_000, help="records to generate (default %(default)s)")
    parser.add_argument("--bad-ratio", type=float, default=0.001, help="share of bad records (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample data (default %(default)s)")
    parser.add_argument("--job", default="customers", help="job to run (default %(default)s)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the run report to FILE as JSON")
    parser.add_argument("--keep", action="store_true", help="leave the stack up and print how to use it")
    parser.add_argument(
        "--home", type=Path, help="folder of the stack's files (default: a temporary one; .lrecl if kept)"
    )
    parser.add_argument("--pool-size", type=int, default=4, help="decoding processes (default %(default)s)")
    parser.add_argument("--writer-threads", type=int, default=2, help="writer threads (default %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
