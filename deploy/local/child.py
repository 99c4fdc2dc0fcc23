"""One supervised process: how to run it, and its start, its restarts and its end."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.spawner import Spawner

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProcessSpec:
    """How to run one process.

    ``probe`` returns whether the process is ready and must answer within about a second. ``after`` names the processes
    that must be ready before this one starts. With ``restart`` it is started again when it ends by itself.
    ``stop_seconds`` is the time between SIGTERM and SIGKILL. ``ask_to_stop`` replaces SIGTERM; when it raises OSError,
    SIGTERM is sent.
    """

    name: str
    command: Sequence[str]
    probe: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    directory: Path = field(default_factory=Path.cwd)
    after: tuple[str, ...] = ()
    restart: bool = True
    start_seconds: float = 60.0
    stop_seconds: float = 15.0
    ask_to_stop: Callable[[], None] | None = None


class Child:
    """The process of one `ProcessSpec`.

    `start`, `reap` and `check` change it; the supervisor serialises them. The other methods may be called at any time.
    """

    def __init__(self, spec: ProcessSpec, log: Path, spawner: Spawner) -> None:
        self.spec = spec
        self.log = log
        self.restarts = 0
        self.exit_status: int | None = None
        self._spawner = spawner
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts_enabled = False
        self._started = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._restart_at: float | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def running(self) -> bool:
        """Whether the process runs now."""
        return self.pid is not None

    def start(self) -> None:
        """Start the process unless it runs. OSError when the system cannot create a process."""
        if self.running:
            return
        self.reap()
        spec = self.spec
        self._process = self._spawner.spawn(
            spec.command, environment=spec.environment, directory=spec.directory, log=self.log
        )
        self._started, self._restart_at = time.monotonic(), None

    def enable_restarts(self) -> None:
        """From now on `check` restarts the process when it ends, if its spec says so."""
        self._restarts_enabled = self.spec.restart

    def disable_restarts(self) -> None:
        """From now on the process stays ended when it ends."""
        self._restarts_enabled, self._restart_at = False, None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process itself, if it runs."""
        process = self._process
        if process is not None:
            process.send_signal(number)  # polls first, so that no signal goes to a pid that the system has reused

    def ask_to_stop(self) -> None:
        """Ask the process to end: by its spec's ``ask_to_stop``, else by SIGTERM."""
        if self.spec.ask_to_stop is not None and self.running:
            try:
                self.spec.ask_to_stop()
            except OSError as error:
                _log.warning("%s did not accept its own stop command (%s); sending SIGTERM", self.spec.name, error)
            else:
                return
        self.signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Wait up to ``seconds`` until the process has ended."""
        process = self._process
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(seconds, 0.0))

    def reap(self) -> None:
        """Kill the rest of the process group and record the exit status (after a signal: minus its number)."""
        if self._process is not None:
            self._spawner.end_group(self._process)
            self.exit_status, self._process = self._process.returncode, None

    def check(self, now: float) -> bool:
        """Reap the process if it has ended; later restart it, if that is enabled. Whether anything changed."""
        if self.running:
            return False
        if self._process is not None:
            self.reap()
            self._restart_at = now + self._next_pause(now) if self._restarts_enabled else None
            return True
        if self._restart_at is None or now < self._restart_at:
            return False
        self._restart_at = now + self._next_pause(now)  # the next attempt, if this start fails
        self.restarts += 1
        self.start()
        return True

    def _next_pause(self, now: float) -> float:
        if now - self._started > STEADY_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return pause
