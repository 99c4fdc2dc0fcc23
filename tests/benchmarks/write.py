"""What a writer thread costs, and what Derby leaves of its speed: ``python -m tests.benchmarks.write [--json]``.

Batches of 5,000 rows of 18 columns. First against a database that discards rows, so that only the client is timed:
lrecl's array insert, a writer's whole work on a message, and the driver's ``execute_many``, with one thread and with
two. Then into a real Derby. The contestants alternate; figures are medians, ratios are medians of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from deploy.derby.server import is_installed
from shared.database.ddl import staging_ddl
from shared.database.migrate import migrate
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from tests.benchmarks.contestants import BareArray, Contestant, ExecuteMany, Writer
from tests.benchmarks.race import Entry, Timings, free_cores, race, ratio
from tests.benchmarks.staged import JOB_COLUMNS, TABLE
from tests.benchmarks.verdicts import Figures, Verdict
from tests.support.derby import DerbyEndpoint, derby_database

CPU_TARGET, THREADS_TARGET, DERBY_TARGET = 2.0, 1.5, 0.9
FAST, SLOW, DERBY = 30, 1, 4
"""Batches a round: of array inserts that are discarded, of execute_many, and of array inserts into Derby."""


def run(rounds: int) -> Figures:
    """All figures; needs Derby and Java."""
    with tempfile.TemporaryDirectory() as home, derby_database(Path(home)) as endpoint:
        prepare(settings_of(endpoint, endpoint.port))
        numbers = count()
        with sink_of(endpoint) as discarding:
            figures = discarded(discarding, rounds, numbers)
        return figures | inserted(settings_of(endpoint, endpoint.port), rounds, numbers)


def discarded(settings: DatabaseSettings, rounds: int, numbers: Iterator[int]) -> Figures:
    """Client CPU and rates against the sink, one thread and two."""
    free = free_cores()
    with contestants(settings, (BareArray, BareArray, Writer, Writer, ExecuteMany, ExecuteMany)) as ways:
        entries = {
            "array": Entry(ways[:1], FAST),
            "array_two_threads": Entry(ways[:2], FAST),
            "writer": Entry(ways[2:3], FAST),
            "writer_two_threads": Entry(ways[2:4], FAST),
            "execute_many": Entry(ways[4:5], SLOW),
            "execute_many_two_threads": Entry(ways[4:], SLOW),
        }
        found = race(entries, rounds, numbers)
    figures = {"cores": os.cpu_count(), "cores_free": free, **rates_of(found, "discarded")}
    figures |= {f"{name}_cpu_micros_per_row": timings.micros for name, timings in found.items()}
    for name in ("array", "writer", "execute_many"):
        figures[f"{name}_two_threads_ratio"] = ratio(found[f"{name}_two_threads"].rates, found[name].rates)
    for name in ("array", "writer"):
        figures[f"{name}_cpu_ratio"] = ratio(found["execute_many"].cpu, found[name].cpu)
        figures[f"{name}_rate_ratio"] = ratio(found[name].rates, found["execute_many"].rates)
    return figures


def inserted(settings: DatabaseSettings, rounds: int, numbers: Iterator[int]) -> Figures:
    """Rates into the real Derby."""
    with contestants(settings, (BareArray, Writer, ExecuteMany)) as ways:
        entries = {
            "array": Entry(ways[:1], DERBY),
            "writer": Entry(ways[1:2], DERBY),
            "execute_many": Entry(ways[2:], SLOW),
        }
        found = race(entries, rounds, numbers)
    return rates_of(found, "derby") | {
        "derby_writer_ratio": ratio(found["writer"].rates, found["array"].rates),
        "derby_rate_ratio": ratio(found["array"].rates, found["execute_many"].rates),
    }


def rates_of(found: dict[str, Timings], where: str) -> Figures:
    return {f"{where}_{name}_rows_per_second": timings.rate for name, timings in found.items()}


@contextmanager
def contestants(settings: DatabaseSettings, ways: tuple[type, ...]) -> Iterator[list[Contestant]]:
    """One of each, connected."""
    connected: list[Contestant] = []
    try:
        connected += (way(settings) for way in ways)
        yield connected
    finally:
        for one in connected:
            one.close()


@contextmanager
def sink_of(endpoint: DerbyEndpoint) -> Iterator[DatabaseSettings]:
    """A discarding server in front of Derby."""
    command = [sys.executable, "-m", "tests.benchmarks.sink", "--derby", f"127.0.0.1:{endpoint.server.settings.port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield settings_of(endpoint, int(process.stdout.readline()))
        finally:
            process.terminate()


def settings_of(endpoint: DerbyEndpoint, port: int) -> DatabaseSettings:
    return DatabaseSettings(
        host=endpoint.host,
        port=port,
        name=endpoint.database,
        user=endpoint.user,
        password=SecretStr(endpoint.password),
        dialect="derby",
    )


def prepare(settings: DatabaseSettings) -> None:
    """The control tables, and the table that the rows go to."""
    session = Session(settings)
    migrate(session, settings.control_schema)
    with session.transaction():
        session.execute(staging_ddl(TABLE, JOB_COLUMNS, "derby"))
    session.close()


def verdicts(found: Figures) -> list[Verdict]:
    """The writing rows of the table of targets."""
    cores = f"{found['cores_free']} of {found['cores']} cores free"
    rows: list[Verdict] = []
    for name, what in (("array", "array insert"), ("writer", "writer, message to commit")):
        micros, threads = found[f"{name}_cpu_micros_per_row"], found[f"{name}_two_threads_ratio"]
        rate = f"{found[f'discarded_{name}_rows_per_second']:,} rows/s"
        less = f"{micros} µs ({found[f'{name}_cpu_ratio']} × less than execute_many; {rate})"
        rows.append(Verdict(f"{what}: CPU per row", f"≤ {CPU_TARGET:g} µs", less, micros <= CPU_TARGET))
        scaled = f"{threads} × ({cores}; execute_many {found['execute_many_two_threads_ratio']} ×)"
        rows.append(Verdict(f"{what}: two threads", f"≥ {THREADS_TARGET:g} × one", scaled, threads >= THREADS_TARGET))
    share, rate = found["derby_writer_ratio"], f"{found['derby_writer_rows_per_second']:,} rows/s"
    derby = f"{share:.0%} ({rate}; array {found['derby_rate_ratio']} × execute_many)"
    target = f"≥ {DERBY_TARGET:.0%} of bare insert"
    return [*rows, Verdict("writer into Derby", target, derby, share >= DERBY_TARGET)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    if not is_installed():
        parser.error("Apache Derby or Java is not installed; scripts/setup installs it")
    found = run(options.rounds)
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:48} {value:>14,}")
    return 0 if all(verdict.met for verdict in verdicts(found)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
