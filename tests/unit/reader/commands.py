"""Read commands over small files, carried out without a broker."""

from __future__ import annotations

from array import array
from itertools import accumulate
from pathlib import Path
from typing import Any

from services.reader.split import Progress, read_split, rest_of
from shared.framing.files import identity
from shared.framing.fixed import FixedFraming
from shared.framing.parts import Parts
from shared.framing.protocol import Framing
from shared.framing.registry import fixed_length
from shared.messaging.messages import FileIdentity, RawBatch, ReadCommand
from shared.records.conditions import RecordType

Sent = list[tuple[RawBatch, Parts]]


def command(path: Path, framing: Framing | None = None, types: tuple[RecordType, ...] = (), **more: Any) -> ReadCommand:
    """The command to read ``path`` in split 2, in batches of three records."""
    framing = framing or FixedFraming(10)
    size, mtime = identity(path)
    records = [{"type": one.to_dict()} for one in types or (RecordType("ALL"),)]
    fields: dict[str, Any] = {
        "run_id": "r", "file": FileIdentity(path=path.name, size=size, mtime_ns=mtime), "split_no": 2, "offset": 0,
        "end": size, "framing": framing.to_dict(), "batch_records": 3, "batch_bytes": 1 << 20,
        "plan": {"record_length": fixed_length(framing), "records": records}, "plan_digest": "d",
    }  # fmt: skip
    return ReadCommand.model_validate(fields | more)


def read(task: ReadCommand, root: Path, seconds: float = 60) -> tuple[Sent, Progress]:
    """What is published, and how far it came."""
    sent: Sent = []
    done = read_split(task, root, lambda message, parts: sent.append((message, parts)), seconds=seconds)
    return sent, done


def in_pieces(task: ReadCommand, root: Path) -> tuple[Sent, ReadCommand]:
    """Hand the command on after every batch; everything published, and the last command."""
    sent: Sent = []
    while task.offset < task.end:
        more, done = read(task, root, seconds=-1)
        assert done.batches == 1
        sent += more
        task, _ = ReadCommand.unpack(rest_of(task, done).pack())
    return sent, task


def placed(message: RawBatch, parts: Parts) -> list[tuple[int, bytes]]:
    """Offset and bytes of every record of a batch that has parts for them, open records included."""
    offsets, lengths = array("Q", parts["offsets"]), array("I", parts["lengths"])
    assert len(offsets) == len(lengths) == message.open_records + message.records
    stops = accumulate(lengths)
    data = parts["records"]
    return [(at, data[stop - size : stop]) for at, size, stop in zip(offsets, lengths, stops, strict=True)]


def assert_seamless(sent: Sent, start: int, end: int) -> None:
    """The batches' ranges cover every byte once."""
    edges = [start, *(message.end for message, _ in sent)]
    assert [message.offset for message, _ in sent] == edges[:-1]
    assert edges[-1] == end
