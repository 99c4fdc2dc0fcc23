"""Batches that come as references: read from the file they are what they would have been, or say why not."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.processor import child
from services.processor.fetching import fetch
from services.reader.split import read_split
from shared.errors import TransientError
from shared.framing.descriptor import Descriptor
from shared.framing.files import identity
from shared.framing.fixed import FixedFraming
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.parts import Parts
from shared.framing.protocol import Framing
from shared.framing.record_bounds import BoundedFraming
from shared.framing.spanned import SpannedFraming
from shared.framing.text import TextFraming
from shared.framing.variable import VariableFraming
from shared.messaging.messages import FileIdentity, RawBatch, ReadCommand
from shared.messaging.wire import unpack
from shared.records.conditions import Condition, RecordType
from shared.sample import generate
from tests.support.definitions import JOBS, compiled
from tests.unit.framing.writers import block, blocks, rdw
from tests.unit.reader.commands import Sent, command

V = VariableFraming()
PADDING = block(b"\x80\0\0\0" + bytes(4))
TYPES = (
    RecordType("C", (Condition("MARK", 0, frozenset({b"C"}), 0x20),)),
    RecordType("O", (Condition("MARK", 0, frozenset({b"O"}), 0x20),), "C"),
)
WRITERS: dict[str, tuple[Framing, Callable[[list[bytes]], bytes]]] = {
    "F": (FixedFraming(8), lambda records: b"".join(record.ljust(8)[:8] for record in records)),
    "FB": (FixedBlockedFraming(8, 16), lambda records: b"".join(record.ljust(8)[:8] for record in records)),
    "V": (V, lambda records: b"".join(map(rdw, records))),
    "VB": (VariableFraming(bdw=Descriptor()), lambda records: blocks(records, 3)),
    "VBS and padding": (SpannedFraming(bdw=Descriptor()), lambda records: blocks(records, 4) + PADDING),
    "TEXT": (TextFraming(), lambda records: b"\r\n".join(record.hex().encode() for record in records) + b"\r\n"),
    "short ones left out": (BoundedFraming(V, minimum_record_length=6), lambda records: b"".join(map(rdw, records))),
    "edges cut off": (BoundedFraming(FixedFraming(8), record_start_offset=2), lambda records: bytes(8 * len(records))),
}
JOB = compiled(JOBS, "transactions")


def sent(task: ReadCommand, root: Path, payload: Any) -> Sent:
    found: Sent = []
    read_split(task, root, lambda message, parts: found.append((message, parts)), seconds=60, payload=payload)
    return found


def opened(message: RawBatch, parts: Parts, root: Path) -> dict[str, bytes]:
    header, views = unpack(message.pack(parts))
    return {name: bytes(part) for name, part in fetch(header, views, root).items()}


@settings(max_examples=40, deadline=None)
@given(
    records=st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([b"C1", b"O2", b"O"])), min_size=1, max_size=25),
    batch=st.integers(1, 7),
    size=st.integers(10, 200),
    file_no=st.integers(0, 2),
)
@pytest.mark.parametrize("types", [(), TYPES], ids=["flat", "hierarchy"])
@pytest.mark.parametrize("name", WRITERS)
def test_what_is_read_there_is_what_would_have_come(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    types: tuple[RecordType, ...],
    records: list[bytes],
    batch: int,
    size: int,
    file_no: int,
) -> None:
    root = tmp_path_factory.mktemp("in")
    framing, write = WRITERS[name]
    (root / "a.dat").write_bytes(write(records))
    task = command(root / "a.dat", framing, types, batch_records=batch, batch_bytes=size, file_no=file_no)
    inline, references = sent(task, root, "inline"), sent(task, root, "reference")
    assert len(inline) == len(references) > 0
    for (whole, expected), (message, parts) in zip(inline, references, strict=True):
        assert message.model_copy(update={"reference": None}) == whole
        if message.reference:
            assert opened(message, parts, root) == expected
            assert bool(parts) == bool(message.open_records)
        else:
            assert parts == expected
            assert not any(expected["lengths"][4 * whole.open_records :]), "nothing to refer to"


def one(root: Path, **changes: Any) -> bytes:
    """A batch of sample records by reference."""
    path = root / "in.dat"
    generate(*JOB, 50, 0.1, 3, path)
    size, mtime = identity(path)
    job = JOB[1]
    task = ReadCommand(
        run_id="r", file=FileIdentity(path=path.name, size=size, mtime_ns=mtime), split_no=0, offset=0, end=size,
        framing=job.framing, batch_records=1_000, batch_bytes=1 << 20, plan=job.plan, plan_digest=job.plan_digest,
    )  # fmt: skip
    ((message, parts),) = sent(task, root, "reference")
    assert parts == {}
    return message.model_copy(update=changes).pack(parts)


def refusal(body: bytes, root: Path) -> tuple[str, str]:
    summary, answer = child._answer(body, "p", root)
    assert answer == b""
    assert summary["message"]
    return summary["error"], summary["class"]


def test_it_is_processed_like_one_that_came_whole(tmp_path: Path) -> None:
    body = one(tmp_path)
    assert len(body) < 6_000, "no records in it"
    summary, _ = child.process(body, "p", tmp_path)
    assert (summary["valid"], sum(summary["rejects"].values())) == (45, 5)


def test_a_compressed_file_travels_whole(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(100)))
    task = command(tmp_path / "a.gz", compression="gzip", end=100)
    assert sent(task, tmp_path, "reference") == sent(task, tmp_path, "inline")


def test_a_changed_file_stops_the_run(tmp_path: Path) -> None:
    body = one(tmp_path)
    os.utime(tmp_path / "in.dat", ns=(1, 1))
    assert refusal(body, tmp_path) == ("LRF003", "permanent")


def test_other_bytes_under_the_same_name_size_and_time_are_poison(tmp_path: Path) -> None:
    body, path = one(tmp_path), tmp_path / "in.dat"
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[1234] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert refusal(body, tmp_path) == ("LRP023", "poison")


def test_a_processor_without_the_folder_stops_the_run_and_says_what_is_missing(tmp_path: Path) -> None:
    body = one(tmp_path)
    assert refusal(body, tmp_path / "nowhere") == ("LRF011", "permanent")
    assert "LRECL_DATA_ROOT" in child._answer(body, "p", tmp_path / "nowhere")[0]["remedy"]


def test_a_reference_cannot_leave_the_folder(tmp_path: Path) -> None:
    body = one(tmp_path)
    inner = tmp_path / "inner"
    inner.mkdir()
    message, _ = RawBatch.unpack(body)
    assert message.reference is not None
    outside = message.reference.file.model_copy(update={"path": "../in.dat"})
    changed = message.model_copy(update={"reference": message.reference.model_copy(update={"file": outside})})
    assert refusal(changed.pack(), inner) == ("LRF010", "permanent")


@pytest.mark.parametrize("parts", [{"offsets": bytes(7)}, {"lengths": bytes(8)}, {"records": b"", "lengths": b""}])
def test_open_records_whose_parts_contradict_each_other_are_poison(tmp_path: Path, parts: Parts) -> None:
    whole = {"records": b"C1", "offsets": bytes(8), "lengths": b"\2\0\0\0"}
    message, _ = RawBatch.unpack(one(tmp_path, open_records=1))
    assert refusal(message.pack(whole | parts), tmp_path) == ("LRP021", "poison")


def test_a_file_that_cannot_be_read_just_now_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = one(tmp_path)

    def stale(*_: Any) -> Any:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(FixedFraming, "cut", stale)
    assert refusal(body, tmp_path) == ("LRF012", "transient")
    header, parts = unpack(body)
    with pytest.raises(TransientError, match="Stale"):
        fetch(header, parts, tmp_path)


def test_no_file_stays_open(tmp_path: Path) -> None:
    body = one(tmp_path)
    opened_files = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        child.process(body, "p", tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == opened_files
