"""A stack whose processes the tests kill, input files, and the result of loading them without faults."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.derby.server import is_installed
from deploy.local import procfs, rabbit
from deploy.local.child import Child
from deploy.local.stack import LocalStack
from shared.messaging.topology import WORK_QUEUES
from tests.conftest import TESTS
from tests.support.broker_queues import BrokerQueues
from tests.support.job_folders import example_jobs, variant
from tests.support.operator import Operator, Report, hash_of
from tests.support.requirements import need
from tests.support.waiting import wait_until

RECORD_LENGTH = 260
FIRST_CUSTOMER = 100_000_001
LONG = os.environ.get("LRECL_FAULTS") == "long"
"""The long form, as `scripts/test faults --long` asks for it: more seeds."""
POISON = "poison"
"""While this file exists, pool children crash on batches that contain its bytes."""


@dataclass(frozen=True)
class Input:
    """A generated file and the result of a run without faults; its customers are numbered in the order of the file."""

    path: Path
    records: int
    batch_records: int
    clean_hash: str

    @property
    def batches(self) -> int:
        return -(-self.records // self.batch_records)

    @property
    def offsets(self) -> set[int]:
        return set(range(0, self.records * RECORD_LENGTH, RECORD_LENGTH))

    @property
    def bad_offsets(self) -> set[int]:
        truth = Path(f"{self.path}.bad.jsonl").read_text().splitlines()
        return {json.loads(line)["offset"] for line in truth}


class Tally:
    """Counts by name of what the tests did and met: runs that ended whole, processes killed, duplicates."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, **counts: int) -> None:
        """Add to the counts."""
        self._counts.update(counts)

    def take(self) -> dict[str, int]:
        """The counts since the last call."""
        counts, self._counts = dict(self._counts), Counter()
        return counts


_TALLY = Tally()


class Site:
    """The stack under test, and the check that every test ends with."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.operator = Operator(stack)
        self.queues = BrokerQueues(stack.broker)
        self.poison = stack.home / POISON
        self.tally = _TALLY

    def input(self, name: str, records: int, batch_records: int, seed: int = 21) -> Input:
        """A sample file in which every hundredth record is bad, loaded once without faults."""
        job = self.job(f"clean-{name}", batch_records)
        sample = self.operator.generate(job, f"{name}.dat", records, bad_ratio=0.01, seed=seed)
        report = self.operator.run(job, f"{name}.dat")
        assert (report["state"], report["duplicates"]) == ("completed", 0)
        return Input(sample.path, records, batch_records, self.operator.final_hash(job))

    def job(self, name: str, batch_records: int, merge_chunk_rows: int = 200_000) -> str:
        """A job with its own tables and batch size."""
        tuning = {"batch_records": batch_records, "merge_chunk_rows": merge_chunk_rows}
        return variant(self.stack.jobs_root, name, tuning=tuning)

    def start(self, name: str, given: Input, **tuning: int) -> str:
        """Start loading ``given`` with a new job ``name``; the run's id."""
        return self.operator.start(self.job(name, given.batch_records, **tuning), given.path.name)

    def in_ledger(self, run_id: str) -> int:
        """Batches of the run that are in the database, committed or not."""
        (row,) = self.operator.query("SELECT COUNT(*) AS N FROM {schema}.BATCH WHERE RUN_ID = ? WITH UR", run_id)
        return int(row["n"])

    def duplicates(self, run_id: str) -> int:
        """Deliveries beyond the first that the ledger counted."""
        (row,) = self.operator.query("SELECT SUM(DUPLICATES) AS N FROM {schema}.BATCH WHERE RUN_ID = ?", run_id)
        return int(row["n"])

    def wait_loaded(self, run_id: str, given: Input, share: float) -> None:
        """Wait until ``share`` of the file's batches are in the ledger; others must still be missing."""
        wait_until(lambda: self.in_ledger(run_id) >= share * given.batches, seconds=60)
        assert self.in_ledger(run_id) < given.batches

    def assert_whole(self, run_id: str, given: Input) -> Report:
        """Wait for the end: each record is in the final table or among the rejects, and no message is a dead letter."""
        self.operator.wait(run_id)
        report = self.operator.report(run_id)
        assert (report["state"], report["exit_code"], report["error"]) == ("completed", 1, None)
        assert (report["batches"], report["records_read"]) == (given.batches, given.records)
        rejected = [row["record_offset"] for row in self.operator.rejects(run_id)]
        rows = self.operator.final_rows(report["job"])
        final = [(row["customer_id"] - FIRST_CUSTOMER) * RECORD_LENGTH for row in rows]
        assert len(final) + len(rejected) == given.records
        assert set(final) | set(rejected) == given.offsets
        assert set(rejected) == given.bad_offsets
        assert self.dead_letters() == {}
        assert hash_of(rows) == given.clean_hash
        self.tally.add(runs=1, duplicates=report["duplicates"])
        return report

    def altered(self, role: str, **environment: object) -> AbstractContextManager[Child]:
        """See `Operator.altered`."""
        return self.operator.altered(role, **environment)

    def pool_children(self) -> list[int]:
        """The processor's pool children, without multiprocessing's resource tracker; none while it is not running."""
        parent = self.stack.process("processor").pid
        if parent is None:
            return []
        commands = {pid: procfs_command(pid) for pid in procfs.family([parent])}
        return sorted(pid for pid, command in commands.items() if b"spawn_main" in command)

    def begin_anew(self) -> None:
        """After a test that failed: all processes run, and no run, message or poison of it is left."""
        self.poison.unlink(missing_ok=True)
        self.stack.supervisor.start()
        for run in self.operator.http.get("/runs", params={"limit": 100}).json():
            if run["finished_at"] is None:
                self.operator.http.post(f"/runs/{run['run_id']}/cancel", json={"reason": "its test failed"})
        for queue in WORK_QUEUES:
            self.queues.clear(queue)
            self.queues.clear(f"{queue}.dead")

    def dead_letters(self) -> dict[str, int]:
        """Messages in dead-letter queues by their work queue; empty queues are left out.

        While the orchestrator looks at them, letters are hidden: wait for those that must be there.
        """
        depths = {queue: self.queues.depth(f"{queue}.dead") for queue in WORK_QUEUES}
        return {queue: depth for queue, depth in depths.items() if depth}


def procfs_command(pid: int) -> bytes:
    """The command line of a process; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture(autouse=True)
def counts(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Record a test's counts for the summary of the session, which docs/guarantees.md quotes."""
    yield
    record_property("faults", _TALLY.take())


@pytest.fixture(autouse=True)
def failures_stay_alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that fails fails alone: the next ones must not meet what it left behind."""
    before = request.session.testsfailed
    yield
    if request.session.testsfailed > before and "site" in request.fixturenames:
        request.getfixturevalue("site").begin_anew()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need(rabbit.installed(), "RabbitMQ")
    need(is_installed(), "Apache Derby or Java")
    home = tmp_path_factory.mktemp("faults")
    jobs = example_jobs(home / "jobs")
    environment = {
        "LRECL_POLL_SECONDS": "0.1",
        "PYTHONPATH": str(TESTS / "support" / "poison"),
        "LRECL_TEST_POISON": str(home / "stack" / POISON),
    }
    with LocalStack(home / "stack", jobs_root=jobs, pool_size=2, environment=environment) as stack:
        site = Site(stack)
        yield site
        site.operator.close()


@pytest.fixture(scope="session")
def large(site: Site) -> Input:
    """30,000 records in 60 batches: the load takes some seconds, during which processes are killed."""
    return site.input("large", 30_000, 500)


@pytest.fixture(scope="session")
def small(site: Site) -> Input:
    """2,000 records in 8 batches: a queue has room for twice as many."""
    return site.input("small", 2_000, 250)


@pytest.fixture(scope="session")
def many(site: Site) -> Input:
    """9,000 records in 60 batches: as many batches as the large one, and fewer rows to merge."""
    return site.input("many", 9_000, 150)
