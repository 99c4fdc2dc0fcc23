"""What can go wrong with the local stack. This list is the one place where the LRS codes are given out.

LRS001  a program or package that the stack needs is not installed
LRS002  a process of the stack ended before it was ready, or does not start at all
LRS003  a process of the stack was not ready in time
LRS004  no free loopback port could be had
LRS005  this home is in use by another stack
LRS006  no stack runs in this home
LRS007  the stack has no process of that name
LRS008  a stack did not end in time
LRS009  the order of starting is circular or names an unknown process
"""

from __future__ import annotations

from pathlib import Path

from shared.errors import LreclError

LOG_TAIL_LINES = 15


class LocalStackError(LreclError):
    """The local stack cannot do what was asked; ``process``, ``log`` or ``home`` may be in the context."""


def missing(what: str, packages: str) -> LocalStackError:
    """LRS001: ``what`` cannot be found; ``packages`` are the Debian packages that bring it."""
    return LocalStackError(
        "LRS001",
        f"{what} is not installed.",
        remedy=f"Run scripts/setup, or install it: apt-get install {packages}",
        packages=packages,
    )


def not_ready(code: str, name: str, reason: str, log: Path) -> LocalStackError:
    """LRS002 or LRS003: ``name`` is not ready for ``reason``; the end of its log is part of the message."""
    return LocalStackError(
        code,
        f"{name} {reason}. The end of its log:\n{tail(log)}\n",
        remedy=f"The whole log is {log}.",
        process=name,
        log=str(log),
    )


def tail(log: Path, lines: int = LOG_TAIL_LINES) -> str:
    """The last ``lines`` lines of ``log``, or a word that there is none."""
    if not log.exists():
        return "(no log was written)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
