"""Errors of the local stack and the demo. All LRS codes are defined in this list.

LRS001  a program or package that the stack needs is not installed
LRS002  a process of the stack ended before it was ready, or does not start at all
LRS003  a process of the stack was not ready in time
LRS004  no free loopback port was found
LRS005  another stack uses this home
LRS006  no stack runs in this home
LRS007  the stack has no process of that name
LRS008  a stack did not end in time
LRS009  processes depend on each other in a circle
LRS020  a command of the demo failed
LRS021  the demo's stack did not start
"""

from __future__ import annotations

from pathlib import Path

from shared.errors import LreclError

LOG_TAIL_LINES = 15


class LocalStackError(LreclError):
    """The local stack cannot do what was requested; ``process``, ``log`` or ``home`` may be in the context."""


def missing(what: str, packages: str) -> LocalStackError:
    """LRS001: ``what`` is not installed; ``packages`` are the Debian packages that contain it."""
    return LocalStackError(
        "LRS001",
        f"{what} is not installed.",
        remedy=f"Run scripts/setup, or apt-get install {packages}.",
        packages=packages,
    )


def not_ready(code: str, name: str, reason: str, log: Path) -> LocalStackError:
    """LRS002 or LRS003: ``name`` is not ready because of ``reason``; the message contains the end of its log."""
    return LocalStackError(
        code,
        f"{name} {reason}. The end of its log:\n{tail(log)}\n",
        remedy=f"Read the whole log: {log}.",
        process=name,
        log=str(log),
    )


def tail(log: Path, lines: int = LOG_TAIL_LINES) -> str:
    """The last ``lines`` lines of ``log``, or a note that there is no log."""
    if not log.exists():
        return "(no log was written)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
