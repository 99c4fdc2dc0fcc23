"""Dead letters from their making to their end: a run that waits for them, replayed or discarded by command."""

from __future__ import annotations

import json
import threading
from typing import Any

import httpx
import pytest

from shared.messaging.topology import PROCESSED, RAW
from shared.messaging.wire import unpack
from tests.faults.conftest import FIRST_CUSTOMER, Input, Site
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]


def test_a_batch_that_crashes_its_child_waits_alone_and_completes_the_run_after_the_fix(
    site: Site, small: Input
) -> None:
    """Batch 4 of 8: the seven others are in the ledger, its letter says why, and one replay ends the run."""
    poisoned = 4
    customer = FIRST_CUSTOMER + (poisoned - 1) * small.batch_records + 10
    site.poison.write_bytes(str(customer).encode("cp037"))
    job = site.job("poison-batch", small.batch_records)
    ran = site.operator.cli("run", job, small.path.name, "--wait", "--json")
    assert (ran.returncode, ran.stderr) == (4, "")
    waiting = json.loads(ran.stdout)
    assert (waiting["state"], waiting["exit_code"]) == ("partial", 4)
    run_id = waiting["run_id"]

    progress = site.operator.wait(run_id, lambda now: now["state"] == "partial" and now["written"]["percent"] > 87)
    (letter,) = _letters(site, "--run", run_id)
    wait_until(lambda: site.dead_letters() == {RAW: 1})
    assert (letter["code"], letter["category"], letter["attempts"], letter["replays"]) == ("LRP031", "poison", 8, 0)
    assert letter["service"] == "processor-1-raw"
    assert [dead["code"] for dead in progress["dead_letters"]] == ["LRP031"]
    assert site.in_ledger(run_id) == small.batches - 1
    assert _replay(site, "--run", run_id, "--dry-run")["count"] == 1
    wait_until(lambda: site.dead_letters() == {RAW: 1})

    site.poison.unlink()
    assert _replay(site, letter["id"], "--note", "child repaired")["count"] == 1

    report = site.assert_whole(run_id, small)
    assert report["duplicates"] == 0
    (line,) = [line for line in _trail(site, run_id) if line["kind"] == "dead letter replayed"]
    assert line["detail"]["note"] == "child repaired"
    assert site.operator.cli("dlq", "replay", "--run", run_id).returncode == 1, "nothing is left to be replayed"


def test_what_the_broker_sets_aside_is_noticed_and_replayed_twice_during_the_run(site: Site, small: Input) -> None:
    """Every consumer of two batches died with them in hand: nobody could report it. One is delivered twice over."""
    site.stack.stop("processor")
    run_id = site.start("died-in-hand", small)
    wait_until(lambda: site.queues.depth(RAW) == small.batches, 30)
    dead = site.queues.die_with(RAW, 2)
    site.stack.start_process("processor")

    site.operator.wait(run_id, lambda now: now["state"] == "partial" and len(now["dead_letters"]) == 2)
    letters = _letters(site, "--reason", "delivery-limit", "--queue", "raw")
    assert {(letter["run_id"], letter["code"], letter["service"]) for letter in letters} == {
        (run_id, "LRP050", "broker")
    }
    assert {letter["batch_no"] for letter in letters} == {unpack(body)[0]["batch_no"] for body in dead}
    wait_until(lambda: _metric(site, "lrecl_dead_letters_waiting", RAW) == 2)
    shown = json.loads(site.operator.cli("dlq", "show", letters[0]["id"], "--json").stdout)
    assert shown["x_death"][0]["reason"] == "delivery_limit"

    site.queues.publish(RAW, dead[0])  # what a replay that crashed before its acknowledgement has left behind
    replays = [threading.Thread(target=_replay, args=(site, "--run", run_id)) for _ in range(2)]
    for replay in replays:
        replay.start()
    for replay in replays:
        replay.join()

    site.assert_whole(run_id, small)
    wait_until(lambda: site.duplicates(run_id) == 1)


def test_a_discarded_batch_fails_its_run_and_is_on_the_trail(site: Site, small: Input) -> None:
    site.stack.stop("writer")
    run_id = site.start("discarded", small)
    wait_until(lambda: site.queues.depth(PROCESSED) == small.batches, 30)
    site.queues.die_with(PROCESSED, 1)
    site.stack.start_process("writer")
    site.operator.wait(run_id, lambda now: now["state"] == "partial")

    refused = site.operator.cli("dlq", "discard", "--run", run_id, "--note", "withdrawn")
    assert refused.returncode == 2
    wait_until(lambda: site.dead_letters() == {PROCESSED: 1})
    assert "LRQ032" in refused.stderr
    done = site.operator.cli("dlq", "discard", "--run", run_id, "--note", "withdrawn", "--yes")
    assert (done.returncode, done.stdout) == (0, "1 dead letters discarded\n")

    progress = site.operator.wait(run_id)
    assert (progress["state"], progress["exit_code"]) == ("failed", 2)
    assert "was discarded" in progress["error"]
    assert progress["rows_merged"] == 0
    assert site.dead_letters() == {}
    kinds = [line["kind"] for line in _trail(site, run_id)]
    assert kinds.index("dead letter discarded") < kinds.index("state failed")


def _letters(site: Site, *selection: str) -> list[dict[str, Any]]:
    page = json.loads(site.operator.cli("dlq", "list", *selection, "--json").stdout)
    return list(page["letters"])


def _replay(site: Site, *arguments: str) -> dict[str, Any]:
    return dict(json.loads(site.operator.cli("dlq", "replay", *arguments, "--json").stdout))


def _trail(site: Site, run_id: str) -> list[dict[str, Any]]:
    return list(site.operator.http.get(f"/runs/{run_id}/events").json())


def _metric(site: Site, name: str, queue: str) -> float:
    text = httpx.get(f"{site.stack.api_url}/metrics").text
    (line,) = [line for line in text.splitlines() if line.startswith(f'{name}{{queue="{queue}"}} ')]
    return float(line.split()[-1])
