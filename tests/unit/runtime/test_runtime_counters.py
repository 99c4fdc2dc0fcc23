"""A service that has only just started, and reaches neither broker nor database, exports all that it can count as 0."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import PortPool
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[3]
BROKER = {"LRM001", "LRM002", "LRM004", "LRM010", "LRM011"}
DATABASE = {"LRB010", "LRB011", "LRB014"}
Series = dict[str, dict[str, float]]


@pytest.fixture(scope="module", params=["reader", "processor", "writer", "orchestrator"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, Series]]:
    """The name of a service, and its series by metric and label value."""
    service = str(request.param)
    ports = PortPool()
    port, nowhere = ports.take(), ports.take()
    environment = os.environ | {
        "LRECL_HTTP_PORT": str(port), "LRECL_BROKER_URL": f"amqp://guest@127.0.0.1:{nowhere}/%2F",
        "LRECL_DB_PORT": str(nowhere), "LRECL_API_TOKEN": "t" * 32, "LRECL_INSTANCE": "test", "LRECL_POOL_SIZE": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", f"services.{service}"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: scrape(port) is not None, seconds=60)
        yield service, scrape(port) or {}
    finally:
        process.kill()
        process.wait()
        ports.release()


def scrape(port: int) -> Series | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
            text = response.read().decode()
    except OSError:
        return None
    found: Series = {}
    for name, value, number in re.findall(r'^(lrecl_\w+)\{\w+="([^",]+)"\} (\S+)$', text, re.MULTILINE):
        found.setdefault(name, {})[value] = float(number)
    return found


def test_every_stage_begins_at_0(served: tuple[str, Series]) -> None:
    service, series = served
    stage = {"reader": "read", "processor": "process", "writer": "write"}.get(service)
    for name in ("records_total", "batches_total", "bytes_total", "stage_seconds_count"):
        assert series.get(f"lrecl_{name}", {}) == ({stage: 0} if stage else {})


def test_every_queue_begins_at_0(served: tuple[str, Series]) -> None:
    service, series = served
    waits = {
        "reader": {"lrecl.raw", "lrecl.read", "lrecl.reports"},
        "processor": {"lrecl.processed", "lrecl.reports"},
        "writer": {"lrecl.reports"},
        "orchestrator": {"lrecl.read", "lrecl.raw", "lrecl.processed", "lrecl.reports"},
    }
    letters = {"reader": "read", "processor": "raw", "writer": "processed", "orchestrator": "reports"}
    assert series["lrecl_queue_wait_seconds_total"] == dict.fromkeys(waits[service], 0)
    assert series["lrecl_dead_letters_total"] == {f"lrecl.{letters[service]}": 0}


def test_every_code_begins_at_0(served: tuple[str, Series]) -> None:
    service, series = served
    codes = BROKER | {"LRP032"} | (DATABASE if service in ("writer", "orchestrator") else set())
    assert set(series["lrecl_retries_total"]) == codes | ({"LRP031", "LRF012"} if service == "processor" else set())
    documented = set(re.findall(r"^\| (LRD0\d\d|LRV\d\d\d) \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE))
    assert series.get("lrecl_rejects_total", {}) == (dict.fromkeys(documented, 0) if service == "processor" else {})


def test_every_error_that_passes_has_a_code_that_some_service_counts() -> None:
    """Those of tests (LRM091) and of the command line (LRQ) apart."""
    text = "".join(path.read_text() for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py"))
    raised = set(re.findall(r'\b(?:TransientError|_Interrupted|SuspectError)\(\s*"(LR[^Q]\d+)"', text))
    assert raised - {"LRM091"} - BROKER - DATABASE - {"LRP031", "LRF012"} == set()
