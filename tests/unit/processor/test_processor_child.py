"""A pool child: its answers are what the writer expects, repeat exactly, and never kill it."""

from __future__ import annotations

import json
import os
import signal
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from services.processor import child
from services.processor.pool import ChildDied, Slot
from shared.messaging.messages import ProcessedBatch, RawBatch
from shared.sample import generate
from tests.support.batches import load_in
from tests.support.definitions import JOBS, compiled

JOB = compiled(JOBS, "transactions")
CHECKSUM = "0123456789abcdef" * 2


def raw(folder: Path, records: int = 50, ratio: float = 0.1, **changes: Any) -> tuple[bytes, bytes]:
    """A raw batch of sample data, and its records."""
    path = folder / "in.dat"
    generate(*JOB, records, ratio, 3, path)
    data = path.read_bytes()
    header = {
        "run_id": "run", "batch_no": 7, "split_no": 0, "offset": 1_200, "end": 1_200 + len(data),
        "first_record_no": 11, "records": records, "plan": JOB[1].plan, "plan_digest": JOB[1].plan_digest,
        "checksum": CHECKSUM,
    }  # fmt: skip
    return RawBatch.model_validate(header | changes).pack({"records": data}), data


def test_the_answer_is_a_processed_batch(tmp_path: Path) -> None:
    body, data = raw(tmp_path)
    summary, answer = child.process(body, "p-1")
    message, _ = ProcessedBatch.unpack(answer)
    assert (message.run_id, message.batch_no, message.offset, message.end) == ("run", 7, 1_200, 1_200 + len(data))
    assert (message.records_read, message.records_valid, message.records_rejected) == (50, 45, 5)
    assert message.checksum == CHECKSUM, "the reader's, handed on"
    assert message.processor_id == "p-1"
    assert [(table.table, table.rows) for table in message.tables] == [("LRECL.STG_TRANSACTIONS", 45)]
    assert [total.name for total in message.totals] == ["TRAN-AMOUNT"]
    assert (summary["valid"], sum(summary["rejects"].values())) == (45, 5)
    json.dumps(summary)


def test_the_writer_reads_it(tmp_path: Path) -> None:
    body, _ = raw(tmp_path)
    _, answer = child.process(body, "p-1")
    load = load_in(answer)
    truth = [json.loads(line) for line in (tmp_path / "in.dat.bad.jsonl").read_text().splitlines()]
    assert (len(load.tables[0]), len(load.rejects)) == (45, 5)
    assert [(r.offset, r.record_no, r.code) for r in load.rejects] == [
        (1_200 + line["offset"], 10 + line["record_no"], line["code"]) for line in truth
    ]
    assert load.tables[0].offsets[0] == 1_200


def test_a_batch_that_comes_again_gives_the_same_parts(tmp_path: Path) -> None:
    body, _ = raw(tmp_path)
    answers = [ProcessedBatch.unpack(child.process(body, "p")[1]) for _ in range(2)]
    (first, first_parts), (second, second_parts) = answers
    assert first_parts == second_parts
    assert first.model_copy(update={"decode_micros": 0}) == second.model_copy(update={"decode_micros": 0})


def test_a_batch_without_good_records(tmp_path: Path) -> None:
    body, _ = raw(tmp_path, 20, 1.0)
    load = load_in(child.process(body, "p")[1])
    assert (len(load.tables[0]), len(load.rejects)) == (0, 20)


def header(**changes: Any) -> RawBatch:
    fields = {
        "run_id": "r", "batch_no": 0, "split_no": 0, "offset": 0, "end": 120, "first_record_no": 1, "records": 1,
        "plan": JOB[1].plan, "plan_digest": JOB[1].plan_digest, "checksum": CHECKSUM,
    }  # fmt: skip
    return RawBatch.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not a message", "LRP001"),
        (header(plan={"nonsense": 1}, plan_digest="nonsense").pack({"records": b""}), "LRP032"),
        (header().pack({"records": b"x" * 119}), "LRP020"),
    ],
)
def test_what_cannot_be_worked_on_is_said(body: bytes, code: str) -> None:
    summary, answer = child._answer(body, "p")
    assert (summary["error"], answer) == (code, b"")
    assert summary["message"]


def test_plans_are_kept_and_let_go(tmp_path: Path) -> None:
    child._TRANSFORMERS.clear()
    message, parts = RawBatch.unpack(raw(tmp_path, 1, 0.0)[0])
    records = {"records": bytes(parts["records"])}
    for number in range(40):
        child.process(message.model_copy(update={"plan_digest": str(number)}).pack(records), "p")
    assert list(child._TRANSFORMERS) == [str(number) for number in range(24, 40)]


def test_a_child_that_dies_is_replaced(tmp_path: Path) -> None:
    body, _ = raw(tmp_path, 5)
    slot = Slot("p-1")
    try:
        summary, answer = slot.work(body)
        assert ProcessedBatch.unpack(answer)[0].processor_id == "p-1"
        assert slot.work(b"poison")[0]["error"] == "LRP001"
        assert slot.work(body)[0]["valid"] == summary["valid"], "poison did not end the child"
        os.kill(slot._process.pid, signal.SIGKILL)
        with pytest.raises(ChildDied) as caught:
            slot.work(body)
        assert str(-signal.SIGKILL) in caught.value.message
        assert slot.alive()
        assert slot.work(body)[0]["valid"] == summary["valid"]
    finally:
        slot.close()
    assert not slot.alive()


def test_a_child_whose_processor_was_killed_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a socket with an unread answer in it resets the connection: no end of file comes."""
    monkeypatch.setattr(child.signal, "signal", lambda *_: None)
    parents, childs = Pipe()
    childs.send_bytes(b"an answer nobody reads")
    parents.close()
    with childs:
        child.serve(childs, "p-1", Path("/data"))
