"""Broker, database or network away for a while, services that stand still, queues and disks that are full."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from shared.messaging.topology import PROCESSED, RAW
from tests.faults.conftest import Input, Site
from tests.support.broker_alarm import disk_alarm
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]

FULL_PROCESSED, FULL_RAW = 8, 16
"""Messages that fill the queues: once it has refused one, a quorum queue takes no more before a fifth is free."""
HEARTBEAT_SECONDS = 5
STANDSTILL_SECONDS = 18.0
"""The broker gives a connection up after two to three heartbeats without a byte."""


@pytest.mark.parametrize("victim", ["derby", pytest.param("gateway", marks=pytest.mark.slow)])
def test_a_killed_database_comes_back_and_costs_no_row(site: Site, many: Input, victim: str) -> None:
    """SIGKILL to all of Derby, or to what IBM's driver talks to: some commits end in the unknown."""
    run_id = site.start(f"kill-{victim}", many)
    site.wait_loaded(run_id, many, 0.2)
    assert site.in_ledger(run_id) < many.batches

    site.stack.kill(victim)
    site.stack.wait_ready(victim)

    site.assert_whole(run_id, many)
    site.tally.add(killed_database=1)


def test_full_queues_stop_nobody_but_their_publishers(site: Site, many: Input) -> None:
    """Without a writer both queues fill to their bounds; reader and processor are killed while they wait for room."""
    run_id = _start_before_full_queues(site, many, "full-queues")
    for role in ("reader", "processor"):
        site.stack.kill(role)
        site.stack.wait_ready(role)
    assert site.in_ledger(run_id) == 0

    site.stack.start_process("writer")

    site.assert_whole(run_id, many)
    site.tally.add(killed_reader=1, killed_processor=1)


@pytest.mark.slow
def test_a_full_disk_of_the_broker_pauses_a_run_and_costs_no_row(site: Site, many: Input) -> None:
    """What the queues hold is written, nothing new is taken before there is room again."""
    run_id = _start_before_full_queues(site, many, "disk-alarm")
    with disk_alarm(site.stack.broker):
        site.stack.start_process("writer")
        wait_until(lambda: site.in_ledger(run_id) >= FULL_PROCESSED, 30)
        time.sleep(1.0)
        assert site.queues.depth(PROCESSED) == 0
        assert site.in_ledger(run_id) < many.batches / 2
    site.assert_whole(run_id, many)


def _start_before_full_queues(site: Site, given: Input, name: str) -> str:
    """A run without a writer, so far as it comes; its id."""
    site.stack.stop("writer")
    run_id = site.start(name, given)
    wait_until(lambda: site.queues.depth(PROCESSED) >= FULL_PROCESSED and site.queues.depth(RAW) >= FULL_RAW, 60)
    return run_id


@pytest.mark.slow
@pytest.mark.parametrize("role", ["reader", "processor", "writer"])
def test_a_service_that_stands_still_beyond_its_heartbeats_costs_no_row(site: Site, many: Input, role: str) -> None:
    """Meanwhile the broker has given its messages to its twin; then it wakes up with them in hand."""
    site.stack.scale(role, 2)
    try:
        with site.altered(role, LRECL_BROKER_HEARTBEAT_SECONDS=HEARTBEAT_SECONDS) as process:
            run_id = site.start(f"stand-still-{role}", many)
            site.wait_loaded(run_id, many, 0.1)
            assert process.pid is not None
            with _stopped(process.pid):
                time.sleep(STANDSTILL_SECONDS)
            wait_until(lambda: b"lost its connection" in process.log.read_bytes(), 30)
            site.assert_whole(run_id, many)
    finally:
        site.stack.scale(role, 1)


@pytest.mark.slow
@pytest.mark.parametrize("role", ["reader", "processor", "writer"])
def test_a_network_that_swallows_everything_for_a_while_costs_no_row(site: Site, many: Input, role: str) -> None:
    broker = site.stack.broker
    with TcpProxy(broker.port) as proxy:
        url = broker.url.replace(f":{broker.port}/", f":{proxy.port}/")
        heartbeat = HEARTBEAT_SECONDS
        with site.altered(role, LRECL_BROKER_URL=url, LRECL_BROKER_HEARTBEAT_SECONDS=heartbeat):
            run_id = site.start(f"black-hole-{role}", many)
            site.wait_loaded(run_id, many, 0.1)
            proxy.blackhole()
            time.sleep(STANDSTILL_SECONDS)
            proxy.heal()
            site.assert_whole(run_id, many)


@pytest.mark.slow
def test_a_database_behind_a_black_hole_is_waited_for(site: Site, many: Input) -> None:
    with (
        TcpProxy(site.stack.database.port) as proxy,
        site.altered("writer", LRECL_DB_PORT=proxy.port),
    ):
        run_id = site.start("black-hole-database", many)
        site.wait_loaded(run_id, many, 0.1)
        proxy.blackhole()
        time.sleep(8)
        proxy.heal()
        report = site.assert_whole(run_id, many)
        assert report["duplicates"] == 0


@pytest.mark.slow
def test_a_full_disk_under_the_logs_stops_nobody(site: Site, small: Input) -> None:
    """Every line that a service prints fails with ENOSPC; what it does goes on."""
    with ExitStack() as undo:
        for role in ("orchestrator", "reader", "processor", "writer"):
            undo.enter_context(_logging_to(site, role, Path("/dev/full")))
        run_id = site.start("logs-full", small)
        site.assert_whole(run_id, small)


@contextmanager
def _logging_to(site: Site, role: str, log: Path) -> Iterator[None]:
    process = site.stack.process(role)
    usual, process.log = process.log, log
    site.stack.restart(role)
    try:
        yield
    finally:
        process.log = usual
        site.stack.restart(role)


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
