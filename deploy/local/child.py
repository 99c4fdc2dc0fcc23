"""One supervised process: how it is run, and its life from start to end."""

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

    ``probe`` tells whether it is ready and must answer within about a second; ``after`` names the processes
    that must be ready before it starts; ``restart`` has it started again when it ends by itself;
    ``stop_seconds`` is the grace between SIGTERM and SIGKILL; ``ask_to_stop`` replaces SIGTERM (OSError: it
    did not work).
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

    `start`, `bury` and `tend` change it and are serialised by the supervisor; the rest may be called at any
    time.
    """

    def __init__(self, spec: ProcessSpec, log: Path, spawner: Spawner) -> None:
        self.spec = spec
        self.log = log
        self.restarts = 0
        self.exit_status: int | None = None
        self._spawner = spawner
        self._process: subprocess.Popen[bytes] | None = None
        self._guarded = False
        self._started = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._due: float | None = None

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
        """Start the process unless it runs. OSError when the system has no process left to give."""
        if self.running:
            return
        self.bury()
        spec = self.spec
        self._process = self._spawner.spawn(
            spec.command, environment=spec.environment, directory=spec.directory, log=self.log
        )
        self._started, self._due = time.monotonic(), None

    def guard(self) -> None:
        """From now on `tend` restarts the process when it ends, if its spec says so."""
        self._guarded = self.spec.restart

    def release(self) -> None:
        """From now on its end is final."""
        self._guarded, self._due = False, None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process itself, if it runs."""
        process = self._process
        if process is not None:
            process.send_signal(number)  # polls first: no signal goes to a pid that was given away again

    def ask_to_stop(self) -> None:
        """Ask the process to end: in the way of its spec, else by SIGTERM."""
        if self.spec.ask_to_stop is not None and self.running:
            try:
                self.spec.ask_to_stop()
            except OSError as error:
                _log.warning("%s does not take its own kind of stop (%s); SIGTERM instead", self.spec.name, error)
            else:
                return
        self.signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Wait up to ``seconds`` for its end."""
        process = self._process
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(seconds, 0.0))

    def bury(self) -> None:
        """Kill what is left of the process group; keep the exit status (minus the signal's number)."""
        if self._process is not None:
            self._spawner.end_group(self._process)
            self.exit_status, self._process = self._process.returncode, None

    def tend(self, now: float) -> bool:
        """Bury a process that ended; restart it after a pause when guarded. Whether anything changed."""
        if self.running:
            return False
        if self._process is not None:
            self.bury()
            self._due = now + self._next_pause(now) if self._guarded else None
            return True
        if self._due is None or now < self._due:
            return False
        self._due = now + self._next_pause(now)  # for the case that the start itself fails
        self.restarts += 1
        self.start()
        return True

    def _next_pause(self, now: float) -> float:
        if now - self._started > STEADY_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return pause
