"""``stack.json`` describes a running stack for tests, the command line and people. It contains no secrets.

``stack.lock`` beside it is locked while the stack runs, so that two stacks never use the same home.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local import procfs
from deploy.local.credentials import open_private, private_folder, write_private
from deploy.local.errors import LocalStackError

NAME, LOCK = "stack.json", "stack.lock"


@contextmanager
def claimed(home: Path) -> Iterator[None]:
    """Lock ``home`` for the block, then remove the state file. LRS005 when another stack uses ``home``."""
    private_folder(home)
    with open(home / LOCK, "a", opener=open_private) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalStackError(
                "LRS005",
                f"Another stack runs in {home}.",
                remedy="End that stack (python -m deploy.local down) or choose another --home.",
                home=str(home),
            ) from None
        try:
            yield
        finally:
            (home / NAME).unlink(missing_ok=True)


def write(home: Path, content: dict[str, Any]) -> None:
    """Replace the state file by ``content`` and the identity of this process."""
    supervisor = {"pid": os.getpid(), "started": procfs.start_time(os.getpid())}
    write_private(home / NAME, json.dumps({"supervisor": supervisor, **content}, indent=2) + "\n")


def read(home: Path) -> dict[str, Any]:
    """The state of the stack that runs in ``home``. LRS006 when none does."""
    path = home / NAME
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if not content or not is_running(content):
        raise LocalStackError(
            "LRS006", f"No stack runs in {home}.", remedy="Start one (python -m deploy.local up).", home=str(home)
        )
    return content


def is_running(content: dict[str, Any]) -> bool:
    """Whether the supervisor that wrote ``content`` still runs (and not another process with its pid)."""
    supervisor = content["supervisor"]
    return bool(procfs.start_time(supervisor["pid"]) == supervisor["started"])
