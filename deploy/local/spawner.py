"""Starts processes that end with this one, however it ends.

Two mechanisms do that: the tether (a parent-death signal) ends each process, and the guardian kills the whole process
group of each when this process is gone. The parent-death signal follows the *thread* that started the child
(prctl(2)). Therefore one thread starts all processes and runs until `Spawner.close`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local import procfs
from deploy.local.credentials import open_private, private_folder

_HERE = Path(__file__).parent
_PYTHON = (sys.executable, "-I", "-S")
_GROUP_SECONDS = 5.0
_UMASK = 0o077
"""Data, logs and secrets are for the owner only."""


class Spawner:
    """Starts processes, each the leader of a session and process group of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spawner")
        self._guardian = self._thread.submit(_start_guardian).result()

    def spawn(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: Path
    ) -> subprocess.Popen[bytes]:
        """Start ``command`` in ``directory``; append its output to ``log``. OSError when it cannot fork."""
        return self._thread.submit(self._spawn, command, environment, directory, log).result()

    def end_group(self, process: subprocess.Popen[bytes]) -> None:
        """Kill ``process`` and the rest of its group, and wait until all of them have ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _await_empty(process.pid)
        self._send(f"-{process.pid}")

    def close(self) -> None:
        """End the guardian. Processes that still run are killed, so stop them first."""
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        self._guardian.wait()
        self._thread.shutdown()

    def _spawn(
        self, command: Sequence[str], environment: Mapping[str, str], directory: Path, log: Path
    ) -> subprocess.Popen[bytes]:
        private_folder(log.parent)
        with open(log, "ab", opener=open_private) as output:
            process = subprocess.Popen(
                [*_PYTHON, str(_HERE / "tether.py"), str(os.getpid()), *command],
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                umask=_UMASK,
                start_new_session=True,
            )
        self._send(f"+{process.pid}")
        return process

    def _send(self, line: str) -> None:
        if self._guardian.stdin is not None:
            self._guardian.stdin.write(f"{line}\n")
            self._guardian.stdin.flush()


def _start_guardian() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*_PYTHON, str(_HERE / "guardian.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # a Ctrl-C at the terminal must not reach it
    )


def _await_empty(group: int) -> None:
    deadline = time.monotonic() + _GROUP_SECONDS
    while procfs.group_members(group) and time.monotonic() < deadline:
        time.sleep(0.01)
