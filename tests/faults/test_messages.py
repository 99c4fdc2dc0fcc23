"""Messages that come twice, make no sense, or spoil a batch: counted or set aside, and the result is unchanged."""

from __future__ import annotations

import pytest

from shared.messaging.messages import ProcessedBatch, RawBatch, ReadCommand, SplitReport
from shared.messaging.topology import PROCESSED, RAW, READ, REPORTS, WORK_QUEUES
from shared.messaging.wire import pack, unpack
from tests.faults.conftest import RECORD_LENGTH, Input, Site
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]

_KINDS = {READ: ReadCommand, RAW: RawBatch, PROCESSED: ProcessedBatch, REPORTS: SplitReport}


def test_every_raw_batch_delivered_twice_takes_effect_once(site: Site, small: Input) -> None:
    run_id = _delivered_twice(site, small, "raw-twice", RAW, "processor", small.batches)
    site.assert_whole(run_id, small)
    wait_until(lambda: site.duplicates(run_id) == small.batches)


def test_a_read_command_delivered_twice_reads_twice_and_takes_effect_once(site: Site, small: Input) -> None:
    run_id = _delivered_twice(site, small, "read-twice", READ, "reader", 1)
    site.assert_whole(run_id, small)
    wait_until(lambda: site.duplicates(run_id) == small.batches)
    site.assert_whole(run_id, small)


def test_processed_batches_delivered_twice_take_effect_once(site: Site, small: Input) -> None:
    """The queue holds ten: the first two of eight are copied."""
    run_id = _delivered_twice(site, small, "processed-twice", PROCESSED, "writer", 2)
    site.assert_whole(run_id, small)
    wait_until(lambda: site.duplicates(run_id) == 2)


def test_messages_that_make_no_sense_end_in_the_dead_letter_queues_and_stop_nothing(site: Site, many: Input) -> None:
    poison = {queue: [b"\x00garbage\xff", _of_a_later_version(queue)] for queue in WORK_QUEUES}
    run_id = site.start("poisoned", many)
    site.wait_loaded(run_id, many, 0.1)

    for queue, bodies in poison.items():
        site.queues.publish(queue, *bodies)

    set_aside = {queue: site.queues.take(f"{queue}.dead", len(bodies)) for queue, bodies in poison.items()}
    assert {queue: sorted(bodies) for queue, bodies in set_aside.items()} == {
        queue: sorted(bodies) for queue, bodies in poison.items()
    }
    assert site.in_ledger(run_id) <= many.batches
    report = site.assert_whole(run_id, many)
    assert report["duplicates"] == 0


def test_a_spoilt_batch_leaves_the_run_partial_until_its_original_is_replayed(site: Site, small: Input) -> None:
    """Conservation while the run waits: staged rows, rejects and the dead letter's records are the whole file."""
    site.stack.stop("processor")
    run_id = site.start("spoilt-batch", small)
    original, *others = site.queues.take(RAW, small.batches)
    header, parts = unpack(original)
    spoilt = pack(header, {"records": bytes(parts["records"])[:-1]})
    site.queues.publish(RAW, spoilt, *others)
    site.stack.start_process("processor")

    progress = site.operator.wait(run_id, lambda now: now["state"] == "partial" and now["written"]["percent"] > 87)

    assert [(letter["batch_no"], letter["code"]) for letter in progress["dead_letters"]] == [
        (header["batch_no"], "LRP020")
    ]
    assert site.queues.take(f"{RAW}.dead", 1) == [spoilt]
    staged = site.operator.query("SELECT RECORD_OFFSET FROM LRECL.STG_SPOILT_BATCH WHERE RUN_ID = ?", run_id)
    kept = [row["record_offset"] for row in (*staged, *site.operator.rejects(run_id))]
    dead = {header["offset"] + number * RECORD_LENGTH for number in range(header["records"])}
    assert len(kept) + len(dead) == small.records
    assert set(kept) | dead == small.offsets
    assert site.operator.final_rows("spoilt-batch") == []

    site.queues.publish(RAW, original)

    site.assert_whole(run_id, small)


def _delivered_twice(site: Site, given: Input, name: str, queue: str, consumer: str, count: int) -> str:
    """Start a run whose first ``count`` messages in ``queue`` come twice; the run's id."""
    site.stack.stop(consumer)
    try:
        run_id = site.start(name, given)
        site.queues.publish(queue, *site.queues.bodies(queue, count))
    finally:
        site.stack.start_process(consumer)
    return run_id


def _of_a_later_version(queue: str) -> bytes:
    kind = _KINDS[queue]
    return pack({"kind": kind.kind, "version": kind.version + 1, "run_id": "of-a-later-lrecl"})
