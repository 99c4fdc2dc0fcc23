"""What events say of a run under way: progress that is not in the ledger yet, and the memory of all processes."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from shared.messaging.messages import Event

_SILENT_SECONDS: Final = 10.0
"""An instance that gave no sign of life for so long is no longer counted."""


@dataclass(slots=True)
class Memory:
    """Resident KiB while a run was under way: each process's peak, and the highest sum of all at one moment."""

    peaks: dict[str, int] = field(default_factory=dict)
    highest_sum: int = 0


@dataclass(slots=True)
class Flow:
    """Records that passed a stage, as far as events say."""

    records: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Resident:
    """What an instance's last life sign said of its processes' resident KiB."""

    sizes: dict[str, int]
    heard_at: float


@dataclass(slots=True)
class _Run:
    flows: dict[str, Flow] = field(default_factory=lambda: defaultdict(Flow))
    memory: Memory = field(default_factory=Memory)
    hashed_bytes: int = 0


class Telemetry:
    """Thread-safe; kept in memory only, because the ledger holds the truth."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._resident: dict[str, _Resident] = {}

    def begin(self, run_id: str) -> None:
        """Begin to gather for a run; a short run may end before the next life signs, so the last ones count."""
        with self._lock:
            run = self._runs.setdefault(run_id, _Run())
            for resident in self._heard_lately():
                _raise_peaks(run.memory, resident.sizes)
            self._note_sum(run)

    def receive(self, event: Event) -> None:
        """Take an event in."""
        with self._lock:
            if event.kind == "heartbeat":
                self._note_memory(event)
            elif event.run_id in self._runs:
                flow = self._runs[event.run_id].flows[event.kind]
                flow.records += int(event.figures.get("records", 0))
                flow.bytes += int(event.figures.get("bytes", 0))

    def note_hashed(self, run_id: str, bytes_hashed: int) -> None:
        """Note how many bytes of the run's files this orchestrator has hashed."""
        with self._lock:
            self._runs.setdefault(run_id, _Run()).hashed_bytes = bytes_hashed

    def hashed(self, run_id: str) -> int:
        """The bytes of the run's files that this orchestrator has hashed."""
        with self._lock:
            run = self._runs.get(run_id)
            return 0 if run is None else run.hashed_bytes

    def flow(self, run_id: str, kind: str) -> Flow:
        """What events of ``kind`` say of the run so far."""
        with self._lock:
            run = self._runs.get(run_id)
            return Flow() if run is None or kind not in run.flows else run.flows[kind]

    def memory(self, run_id: str) -> Memory:
        """Memory of every service heard while the run was under way, this one included."""
        with self._lock:
            run = self._runs.get(run_id)
            return run.memory if run else Memory()

    def forget(self, run_id: str) -> None:
        """The run has ended."""
        with self._lock:
            self._runs.pop(run_id, None)

    def _note_memory(self, event: Event) -> None:
        processes = {
            f"{event.instance}/{name}": figures for name, figures in event.figures.get("processes", {}).items()
        }
        sizes = {name: int(resident) for name, (_, resident, _) in processes.items()}
        self._resident[event.instance] = _Resident(sizes, monotonic())
        for run in self._runs.values():
            _raise_peaks(run.memory, {name: int(peak) for name, (_, _, peak) in processes.items()})
            self._note_sum(run)

    def _note_sum(self, run: _Run) -> None:
        total = sum(sum(resident.sizes.values()) for resident in self._heard_lately())
        run.memory.highest_sum = max(run.memory.highest_sum, total)

    def _heard_lately(self) -> list[_Resident]:
        """Without the instances that have ended."""
        return [one for one in self._resident.values() if monotonic() - one.heard_at < _SILENT_SECONDS]


def _raise_peaks(memory: Memory, sizes: dict[str, int]) -> None:
    for name, size in sizes.items():
        memory.peaks[name] = max(memory.peaks.get(name, 0), size)
