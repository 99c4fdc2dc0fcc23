"""How a command ends: its exit code, and errors in one form, as text or as the API's JSON.

An error goes to standard error, so that standard output holds results only. As text it takes a line with its code and
message, a line for each mistake of a job definition, and a line that says what to do. With --json it is one line,
``{"error": {"code", "message", "remedy", "context"}}``, as the API answers it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from shared.errors import LreclError, RequestError, sentences


class ExitCode(IntEnum):
    """What a shell or a scheduler learns; the list in ``lrecl --help`` says the same in more words."""

    DONE = 0
    REJECTS = 1
    FAILED = 2
    INTERNAL = 3
    WAITS = 4
    INTERRUPTED = 130


class Commands(TyperGroup):
    """The group of all commands. Whatever ends a command leaves here as a message and an exit code."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **named: Any) -> Any:
        """Carry out the command of ``args`` (by default the process's) and exit with its code."""
        words = list(sys.argv[1:] if args is None else args)
        sys.exit(self._exit_code(words, *more, **{**named, "standalone_mode": False}))

    def _exit_code(self, words: list[str], *more: Any, **named: Any) -> int:
        as_json = "--json" in words
        try:
            return int(super().main(words, *more, **named) or ExitCode.DONE)
        except LreclError as error:
            return print_error(error, as_json=as_json)
        except typer.TyperException as error:
            return _print_usage_error(error, as_json=as_json)
        except Exception as error:
            return _print_unexpected(error, as_json=as_json)

    def invoke(self, ctx: Any) -> Any:
        """Carry out the command. If standard output was closed, for example by ``head``, it ends quietly with 0."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _discard_output()
            raise typer.Exit(ExitCode.DONE) from None


def print_error(error: LreclError, *, as_json: bool) -> int:
    """Print the error on standard error; its exit code."""
    if as_json:
        body = {"code": error.code, "message": error.message, "remedy": error.remedy, "context": error.context}
        print(json.dumps({"error": body}, default=str), file=sys.stderr)
    else:
        screen = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
        message, faults = _headline(error)
        screen.print(f"[bold red]{error.code}[/] {escape(message)}")
        for fault in faults:
            screen.print(f"  {_fault(fault)}", markup=False)
        if error.remedy:
            screen.print(f"  {error.remedy}", markup=False)
    is_internal = isinstance(error, RequestError) and error.status == 500
    return ExitCode.INTERNAL if is_internal else error.exit_code


def _headline(error: LreclError) -> tuple[str, list[dict[str, Any]]]:
    """The message, and the mistakes that take a line each; of several the message's first sentence says how many.

    A single mistake takes no line where the message says it already.
    """
    found = error.context.get("faults")
    faults = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    if len(faults) > 1:
        first, stop, _ = error.message.partition(". ")
        return first + stop.rstrip(), faults
    return error.message, [one for one in faults if str(one.get("message")) not in error.message]


def _fault(fault: dict[str, Any]) -> str:
    line = f"line {fault['line']}" if fault.get("line") else ""
    place = ", ".join(filter(None, (line, str(fault.get("key") or ""))))
    said = " ".join(str(fault[part]) for part in ("code", "message") if fault.get(part))
    text = sentences(said, str(fault.get("remedy") or ""))
    return ": ".join(filter(None, (place, text)))


def _print_usage_error(error: typer.TyperException, *, as_json: bool) -> int:
    message = error.format_message().strip()
    if message:  # empty where the help was printed instead, because a command was missing
        context: typer.Context | None = getattr(error, "ctx", None)
        command = context.command_path if context else "lrecl"
        coded = RequestError("LRQ082", message, remedy=f"`{command} --help` shows what the command takes.")
        return print_error(coded, as_json=as_json)
    return ExitCode.FAILED


def _print_unexpected(error: Exception, *, as_json: bool) -> int:
    """A defect of lrecl; the report of it should include the traceback."""
    trace = "".join(traceback.format_exception(error))
    coded = RequestError(
        "LRQ089",
        f"The command failed unexpectedly: {type(error).__name__}: {error}",
        remedy="Please report this as a bug, with the traceback.",
        traceback=trace,
    )
    if not as_json:
        print(trace, file=sys.stderr, end="")
    print_error(coded, as_json=as_json)
    return ExitCode.INTERNAL


def _discard_output() -> None:
    """Discard what is still buffered: Python would fail to write it at exit, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def interrupted(message: str) -> NoReturn:
    """End a command that was interrupted (Ctrl-C), with a sentence about what goes on without it."""
    print(message, file=sys.stderr)
    raise typer.Exit(ExitCode.INTERRUPTED)
