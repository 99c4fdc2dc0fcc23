"""The supervisor: starts processes in the order of their dependencies, restarts them, stops them in reverse order.

It does for the local stack what Compose does for the containers. Its processes end with it, however it ends (see
`spawner`). The output of each process is appended to ``logs/NAME.log``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from signal import SIGKILL
from types import TracebackType
from typing import Self

from deploy.local.child import Child, ProcessSpec
from deploy.local.errors import LocalStackError, not_ready
from deploy.local.spawner import Spawner

TICK_SECONDS = 0.05

_log = logging.getLogger(__name__)


class Supervisor:
    """Supervised child processes, by name.

    ``on_change`` is called, from any thread, after a process has started or ended. Every method may be called from any
    thread. LRS007 for an unknown name, LRS002 and LRS003 when a process does not become ready.
    """

    def __init__(self, logs: Path, *, on_change: Callable[[], None] = lambda: None) -> None:
        self._logs = logs
        self._on_change = on_change
        self._children: dict[str, Child] = {}
        self._lock = threading.RLock()
        self._spawner = Spawner()
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._watch.start()

    @property
    def children(self) -> dict[str, Child]:
        """All processes by name, in the order in which they were added (a copy)."""
        with self._lock:
            return dict(self._children)

    def add(self, *specs: ProcessSpec) -> None:
        """Add processes without starting them. A spec with a known name replaces the old one at the next start."""
        with self._lock:
            for spec in specs:
                if spec.name in self._children:
                    self._children[spec.name].spec = spec
                else:
                    self._children[spec.name] = Child(spec, self._logs / f"{spec.name}.log", self._spawner)

    def child(self, name: str) -> Child:
        """The process ``name``: its pid, restarts, exit status. LRS007 when there is none."""
        try:
            return self._children[name]
        except KeyError:
            known = ", ".join(self._children)
            raise LocalStackError(
                "LRS007", f"No process is called {name}.", remedy=f"The processes are: {known}."
            ) from None

    def start(self, *names: str) -> None:
        """Start ``names`` (default: all), each after its dependencies are ready; return when all are ready."""
        order = self._order(names or self.children)
        deadlines: dict[str, float] = {}
        while order.is_active():
            for name in order.get_ready():
                deadlines[name] = self._launch(name)
            for name in [name for name, deadline in deadlines.items() if self._is_ready(name, deadline)]:
                self.child(name).enable_restarts()
                del deadlines[name]
                order.done(name)
            time.sleep(TICK_SECONDS)

    def wait_ready(self, name: str) -> None:
        """Wait until ``name`` is ready, also while it is being restarted."""
        child = self.child(name)
        deadline = time.monotonic() + child.spec.start_seconds
        while not (child.running and child.spec.probe()):
            if time.monotonic() > deadline:
                raise not_ready("LRS003", name, f"was not ready in {child.spec.start_seconds:g} s", child.log)
            time.sleep(TICK_SECONDS)

    def stop(self, *names: str) -> None:
        """Stop ``names`` (default: all) in reverse order: SIGTERM, then SIGKILL after ``stop_seconds``."""
        for wave in reversed(list(_waves(self._order(names or self.children)))):
            children = [self.child(name) for name in wave]
            now = time.monotonic()
            with self._lock:
                for child in children:
                    child.disable_restarts()
            for child in children:
                child.ask_to_stop()
            for child in children:
                child.wait(now + child.spec.stop_seconds - time.monotonic())
                self._reap(child)

    def restart(self, name: str) -> None:
        """Stop ``name`` gracefully, start it, and wait until it is ready."""
        self.stop(name)
        self.start(name)

    def kill(self, name: str) -> None:
        """Send SIGKILL to the process, then to the rest of its group. It is restarted if its spec says so."""
        child = self.child(name)
        child.signal(SIGKILL)
        child.wait(5.0)
        with self._lock:
            child.check(time.monotonic())
        self._on_change()

    def remove(self, *names: str) -> None:
        """Stop ``names`` and remove them."""
        if names:
            self.stop(*names)
        with self._lock:
            for name in names:
                del self._children[name]
        self._on_change()

    def close(self) -> None:
        """Stop all processes and the supervision. May be called twice."""
        if self._ending.is_set():
            return
        self.stop()
        self._ending.set()
        self._watch.join()
        self._spawner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _launch(self, name: str) -> float:
        child = self.child(name)
        with self._lock:
            child.start()
        self._on_change()
        return time.monotonic() + child.spec.start_seconds

    def _is_ready(self, name: str, deadline: float) -> bool:
        child = self.child(name)
        if child.running and child.spec.probe():
            return True
        if not child.running:
            self._reap(child)
            raise not_ready(
                "LRS002", name, f"ended with exit status {child.exit_status} before it was ready", child.log
            )
        if time.monotonic() > deadline:
            self._reap(child)
            raise not_ready("LRS003", name, f"was not ready in {child.spec.start_seconds:g} s", child.log)
        return False

    def _reap(self, child: Child) -> None:
        with self._lock:
            child.reap()
        self._on_change()

    def _order(self, names: Iterable[str]) -> TopologicalSorter[str]:
        wanted = set(names)
        needs = {name: [need for need in self.child(name).spec.after if need in wanted] for name in wanted}
        order = TopologicalSorter(needs)
        try:
            order.prepare()
        except CycleError as error:
            raise LocalStackError("LRS009", f"Processes depend on each other: {error.args[1]}") from error
        return order

    def _run(self) -> None:
        while not self._ending.wait(TICK_SECONDS):
            if self._check_all():
                self._on_change()

    def _check_all(self) -> bool:
        changed = False
        with self._lock:
            for child in self._children.values():
                try:
                    changed |= child.check(time.monotonic())
                except OSError as error:
                    # The system cannot create a process now; the child has scheduled its next attempt.
                    _log.warning("%s could not be restarted: %s", child.spec.name, error)
        return changed


def _waves(order: TopologicalSorter[str]) -> Iterable[list[str]]:
    while order.is_active():
        wave = list(order.get_ready())
        yield wave
        order.done(*wave)
