"""The whole chain at full speed: ``python -m tests.benchmarks.chain``.

File → reader → broker → processor → broker → writer → driver, with real processes and the real broker; the database
discards the rows (see ``sink``), so that the chain itself is what is measured. Also sums the services' memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy.local.stack import LocalStack
from shared.jobs.compile import compile_job
from shared.jobs.load import load_job
from shared.sample import generate
from tests.benchmarks.verdicts import Figures, Verdict

RECORDS = 1_000_000
SECONDS = 120
_TARGET_RATE = 300_000
_TARGET_MB = 500
_WRITTEN = re.compile(rb'^lrecl_records_total\{stage="write"\} (\S+)', re.MULTILINE)


@contextmanager
def discarding(stack: LocalStack) -> Iterator[None]:
    """The stack's writer, stopped and run again with the sink between it and Derby."""
    stack.stop("writer")
    derby = f"127.0.0.1:{stack.database.port}"
    sink = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.sink", "--derby", derby], stdout=subprocess.PIPE, text=True
    )
    assert sink.stdout is not None
    port = sink.stdout.readline().strip()
    environment = {**os.environ, **stack.process("writer").spec.environment, "LRECL_DB_PORT": port}
    writer = subprocess.Popen([sys.executable, "-m", "services.writer"], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        for process in (writer, sink):
            process.terminate()
            process.wait(30)


def run(records: int, payload: str = "inline") -> Figures:
    """Records per second from the request to the last record in the driver, after a warm-up; peak memory."""
    environment = {"LRECL_PAYLOAD": payload}
    with (
        tempfile.TemporaryDirectory(prefix="lrecl-bench-") as home,
        LocalStack(Path(home), environment=environment) as stack,
        discarding(stack),
    ):
        job = load_job(stack.jobs_root, "customers")
        compiled = compile_job(job, "LRECL")
        metrics = f"{stack.url('writer')}/metrics"
        _await_ready(stack.url("writer"))
        done, memory = 0, {}
        for name, count in (("warm", records // 10), ("timed", records)):
            generate(job, compiled, count, 0.001, 7 + count, stack.data_root / f"{name}.dat")
            started = time.perf_counter()
            _start_run(stack, f"{name}.dat")
            done += count - int(count * 0.001)
            memory = _await_records(stack, metrics, done, started)
            seconds = time.perf_counter() - started
    return {"records": records, "seconds": round(seconds, 3), "records_per_second": round(records / seconds), **memory}


def _start_run(stack: LocalStack, file: str) -> None:
    headers = {"Authorization": f"Bearer {stack.token}"}
    answer = httpx.post(f"{stack.api_url}/api/v1/runs", json={"job": "customers", "file": file}, headers=headers)
    answer.raise_for_status()


def _await_ready(url: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass  # it is starting
        time.sleep(0.1)
    raise SystemExit("the writer did not get ready")


def _await_records(stack: LocalStack, metrics: str, wanted: int, started: float) -> dict[str, int]:
    """Wait for the writer's count; the peak memory of the services in MB."""
    peak = 0
    while time.perf_counter() - started < SECONDS:
        match = _WRITTEN.search(httpx.get(metrics).content)
        peak = max(peak, sum(memory.rss_kb for memory in stack.memory().values()) // 1024)
        if match and float(match[1]) >= wanted:
            return {"services_mb": peak}
        time.sleep(0.05)
    raise SystemExit(f"{wanted} records were not written in {SECONDS} s")


def verdicts(figures: Figures) -> list[Verdict]:
    """The chain's rows of the table."""
    rate, memory = figures["records_per_second"], figures["services_mb"]
    return [
        Verdict("file → broker → decode → driver", f"≥ {_TARGET_RATE:,} /s", f"{rate:,} /s", rate >= _TARGET_RATE),
        Verdict("all services but the writer, RSS", f"< {_TARGET_MB} MB", f"{memory} MB", memory < _TARGET_MB),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--payload", choices=["inline", "reference"], default="inline", help="how raw batches travel")
    options = parser.parse_args()
    found = run(options.records, options.payload)
    print(json.dumps(found) if options.json else "\n".join(f"{name:24} {value:>12,}" for name, value in found.items()))
    return 0 if all(verdict.met is not False for verdict in verdicts(found)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
