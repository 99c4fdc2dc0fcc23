"""The command line of the local stack: ``python -m deploy.local up | status | down``."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from deploy.local import probes, statefile
from deploy.local.errors import LocalStackError
from deploy.local.stack import LocalStack
from shared.errors import LreclError

DOWN_SECONDS = 120.0
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Ended(SystemExit):
    """Raised by a signal that ends the stack, whatever it is doing."""


def up(options: argparse.Namespace) -> int:
    """Run a stack in the foreground until SIGTERM, SIGHUP or Ctrl-C."""
    for number in _ENDINGS:
        signal.signal(number, _end)
    print(f"Starting lrecl in {options.home} …", flush=True)
    try:
        with _stack(options) as stack:
            print(f"Ready: {stack.api_url}  (token in {stack.token_file}; Ctrl-C ends it)", flush=True)
            while True:
                signal.pause()
    except Ended:
        print("Ended.", flush=True)
    return 0


def status(options: argparse.Namespace) -> int:
    """Print the state of each process; 0 when all of them run and are ready, else 1."""
    state = statefile.read(options.home)
    print(f"{state['state']}  {state['api_url']}  token in {state['token_file']}")
    healthy = True
    for name, process in state["processes"].items():
        word = _condition(process)
        healthy &= word == "ready"
        print(f"  {name:16} {word:10} pid {process['pid'] or '-':<8} restarts {process['restarts']}")
    return 0 if healthy else 1


def down(options: argparse.Namespace) -> int:
    """End the stack and wait until it has ended. LRS008 when it does not end."""
    state = statefile.read(options.home)
    os.kill(state["supervisor"]["pid"], signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while statefile.is_running(state):
        if time.monotonic() > deadline:
            raise LocalStackError(
                "LRS008",
                f"The stack in {options.home} did not end in {DOWN_SECONDS:g} s.",
                remedy=f"Kill it: kill -9 {state['supervisor']['pid']} (its processes end with it).",
            )
        time.sleep(0.1)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. An error is printed to standard error with its code; the exit status is then 2."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs each refused connection while the broker starts
    try:
        code: int = options.run(options)
    except LreclError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return code


def _stack(options: argparse.Namespace) -> LocalStack:
    return LocalStack(
        options.home,
        pool_size=options.pool_size,
        writer_threads=options.writer_threads,
        processors=options.processors,
        jobs_root=options.jobs,
        data_root=options.data,
        log_level=options.log_level,
        broker_plugins=("rabbitmq_management", "rabbitmq_prometheus") if options.management else (),
    )


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    for number in _ENDINGS:
        signal.signal(number, signal.SIG_IGN)  # further signals must not interrupt the clean-up
    raise Ended


def _condition(process: dict[str, Any]) -> str:
    if process["pid"] is None:
        return "down"
    return "ready" if process["port"] is None or probes.answers(process["port"]) else "not ready"


def _parser() -> argparse.ArgumentParser:
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument(
        "--home", type=Path, default=Path(".lrecl"), help="folder of the stack's files (default %(default)s)"
    )
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local", description="Runs lrecl on this machine without containers."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_up(commands.add_parser("up", parents=[home], help="start everything and stay in the foreground"))
    for name, run, text in (
        ("status", status, "print the state of each process"),
        ("down", down, "end the stack that runs in --home"),
    ):
        commands.add_parser(name, parents=[home], help=text).set_defaults(run=run)
    return parser


def _add_up(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=up)
    parser.add_argument("--pool-size", type=int, default=4, help="decoding processes per processor (default 4)")
    parser.add_argument("--writer-threads", type=int, default=2, help="threads per writer (default 2)")
    parser.add_argument("--processors", type=int, default=1, help="replicas of the processor (default 1)")
    parser.add_argument("--jobs", type=Path, help="folder of the job definitions (default: jobs of the checkout)")
    parser.add_argument("--data", type=Path, help="folder of the input files (default: data in --home)")
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning", "error"])
    parser.add_argument("--management", action="store_true", help="RabbitMQ's management and Prometheus plugins, too")
