"""What the events tell while a run is under way: progress not yet in the ledger, and everybody's memory."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field

from shared.messaging.messages import Event


@dataclass(slots=True)
class Memory:
    """Resident KiB while a run was under way: each process's peak, and the highest sum of all at one moment."""

    peaks: dict[str, int] = field(default_factory=dict)
    highest_sum: int = 0


@dataclass(slots=True)
class Flow:
    """Records that passed a stage, as far as events told."""

    records: int = 0
    bytes: int = 0
    rejects: int = 0


@dataclass(slots=True)
class _Run:
    flows: dict[str, Flow] = field(default_factory=lambda: defaultdict(Flow))
    memory: Memory = field(default_factory=Memory)


class Telemetry:
    """Thread-safe; kept in memory only, because the ledger tells the truth afterwards."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._resident: dict[str, dict[str, int]] = {}

    def begin(self, run_id: str) -> None:
        """Begin to gather for a run."""
        with self._lock:
            self._runs.setdefault(run_id, _Run())

    def receive(self, event: Event) -> None:
        """Take an event in."""
        with self._lock:
            if event.kind == "heartbeat":
                self._note_memory(event)
            elif event.run_id in self._runs:
                flow = self._runs[event.run_id].flows[event.kind]
                flow.records += int(event.figures.get("records", 0))
                flow.bytes += int(event.figures.get("bytes", 0))
                flow.rejects += int(event.figures.get("rejects", 0))

    def flow(self, run_id: str, kind: str) -> Flow:
        """What events of ``kind`` told of the run so far."""
        with self._lock:
            run = self._runs.get(run_id)
            return Flow() if run is None or kind not in run.flows else run.flows[kind]

    def memory(self, run_id: str) -> Memory:
        """Memory of every service heard while the run was under way; this one hears itself. The run is forgotten."""
        with self._lock:
            run = self._runs.pop(run_id, None)
            return run.memory if run else Memory()

    def _note_memory(self, event: Event) -> None:
        processes = event.figures.get("processes", {})
        self._resident[event.instance] = {name: int(rss) for name, (_, rss, _) in processes.items()}
        resident = sum(sum(sizes.values()) for sizes in self._resident.values())
        for run in self._runs.values():
            run.memory.highest_sum = max(run.memory.highest_sum, resident)
            for name, (_, _, peak) in processes.items():
                process = f"{event.instance}/{name}"
                run.memory.peaks[process] = max(run.memory.peaks.get(process, 0), int(peak))
