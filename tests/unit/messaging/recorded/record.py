"""Records today's messages and compiled jobs as samples: ``python -m tests.unit.messaging.recorded.record FOLDER``.

Once a release, into a new folder beside the others (``v2`` …), from the release's own code. A folder of a release is
never made anew: its samples are what lies in the queues and tables of those who upgrade. Small, and of the example
jobs, so that every kind of message and both layouts (records of one length, several types) are there.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from services.processor import child
from services.reader.split import read_split
from shared.errors import InputError
from shared.messaging.messages import Event, FileIdentity, RawBatch, ReadCommand, RunFault, SplitReport
from shared.sample import generate
from tests.support.definitions import JOBS, compiled

RUN_ID = "recorded"
RECORDS, BAD, SEED, BATCH = 24, 0.125, 7, 12
MTIME_NS = 1_700_000_000_123_456_789


def packed(value: int, size: int) -> bytes:
    """Packed decimal with a sign."""
    return bytes.fromhex(f"{abs(value):0{2 * size - 1}d}{'D' if value < 0 else 'C'}")


def orders() -> bytes:
    """Orders as jobs/orders describes them, RECFM=V; one in six items has no readable quantity."""
    records = []
    for customer in range(2):
        name = f"C{customer:07}{f'CUSTOMER {customer}':30}DE"
        records.append(name.encode("cp037") + packed(100_000 * customer, 6))
        for order in range(2):
            number = 10 * customer + order
            notes = "".join(f"{f'NOTE {note}':20}" for note in range(order))
            head = "O".encode("cp037") + number.to_bytes(4, "big") + "20240229".encode("cp037")
            records.append(head + packed(-1_250, 6) + f"{order:02}{notes}".encode("cp037"))
            for line in range(3):
                quantity = b"\xff" * 3 if (order, line) == (1, 2) else packed(line + 1, 3)
                records.append(f"I{line:03}{'ARTICLE':12}".encode("cp037") + quantity + packed(995, 5))
    return b"".join((len(record) + 4).to_bytes(2, "big") + bytes(2) + record for record in records)


def record(job: str, folder: Path) -> None:
    """The messages of a small run of ``job``, its compiled form, and its input."""
    source, made = compiled(JOBS, job)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / f"{job}.input"
        if job == "orders":  # several types: not what sample data are made of
            file.write_bytes(orders())
        else:
            generate(source, made, RECORDS, BAD, SEED, file)
        os.utime(file, ns=(MTIME_NS, MTIME_NS))
        size = file.stat().st_size
        command = ReadCommand(
            run_id=RUN_ID, file=FileIdentity(path=file.name, size=size, mtime_ns=MTIME_NS), split_no=0, offset=0,
            end=size, framing=made.framing, batch_records=BATCH, batch_bytes=made.batch_bytes, plan=made.plan,
            plan_digest=made.plan_digest,
        )  # fmt: skip
        raw: list[bytes] = []
        done = read_split(command, Path(scratch), lambda message, parts: raw.append(message.pack(parts)), seconds=60)
        (folder / file.name).write_bytes(file.read_bytes())
    last, _ = RawBatch.unpack(raw[-1])
    report = SplitReport(
        run_id=RUN_ID, split_no=0, read_to=done.offset, batches=len(raw), records=done.records, last=True, reader_id="r"
    )
    fault = RunFault.of(RUN_ID, InputError("LRF001", "é", remedy="Look."), "processor", last.batch_no)
    bodies = {
        "read": command.pack(), "raw": raw[-1], "processed": child.process(raw[-1], "processor-1")[1],
        "split-report": report.pack(), "run-fault": fault.pack(),
    }  # fmt: skip
    for kind, body in bodies.items():
        (folder / f"{job}.{kind}.bin").write_bytes(body)
    (folder / f"{job}.job.json").write_text(json.dumps(made.model_dump(mode="json")))


def main() -> int:
    """Record the example jobs of one type and of several."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for job in ("transactions", "orders"):
        record(job, folder)
    event = Event(kind="batch-read", service="reader", instance="r", run_id=RUN_ID, figures={"records": 12})
    (folder / "event.json").write_text(event.model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
