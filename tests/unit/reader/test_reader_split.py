"""A read command carried out in one go, in pieces, or again: the same batches, byte for byte."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reader.split import Progress, read_split, rest_of
from shared.errors import InputError
from shared.framing.files import identity
from shared.framing.fixed import Batch, FixedFraming
from shared.messaging.messages import BATCHES_PER_SPLIT, FileIdentity, RawBatch, ReadCommand

Sent = list[tuple[RawBatch, bytes]]


def command(path: Path, length: int = 10, batch_records: int = 3, **changes: object) -> ReadCommand:
    size, mtime = identity(path)
    fields = {
        "run_id": "r", "file": FileIdentity(path=path.name, size=size, mtime_ns=mtime), "split_no": 2, "offset": 0,
        "end": size, "framing": FixedFraming(length).to_dict(), "batch_records": batch_records, "plan": {"p": 1},
        "plan_digest": "d",
    }  # fmt: skip
    return ReadCommand.model_validate(fields | changes)


def read(task: ReadCommand, root: Path, seconds: float = 60) -> tuple[Sent, Progress]:
    sent: Sent = []
    done = read_split(task, root, lambda batch, message: sent.append((message, batch.data)), seconds=seconds)
    return sent, done


def in_pieces(task: ReadCommand, root: Path) -> tuple[Sent, int]:
    """Hand the command on after every batch."""
    sent: Sent = []
    commands = 0
    while task.offset < task.end:
        more, done = read(task, root, seconds=-1)
        assert done.batches == 1
        sent += more
        task = rest_of(task, done)
        commands += 1
    return sent, commands


@settings(max_examples=30)
@given(records=st.integers(0, 25), batch=st.integers(1, 7), start=st.integers(0, 25))
def test_pieces_are_the_whole(tmp_path_factory: pytest.TempPathFactory, records: int, batch: int, start: int) -> None:
    root = tmp_path_factory.mktemp("in")
    path = root / "a.dat"
    path.write_bytes(os.urandom(records * 10))
    start = min(start, records)
    task = command(path, batch_records=batch, offset=start * 10, records_before=0)
    whole, done = read(task, root)
    assert in_pieces(task, root) == (whole, len(whole))
    assert b"".join(data for _, data in whole) == path.read_bytes()[start * 10 :]
    assert (done.offset, done.batches, done.records) == (records * 10, len(whole), records - start)
    assert read(task, root) == (whole, done), "again: the same"


def test_batches_are_numbered_by_their_split(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(bytes(100))
    sent, _ = read(command(path, offset=50, end=100, records_before=0), tmp_path)
    first, second = (message for message, _ in sent)
    assert (first.batch_no, second.batch_no) == (2 * BATCHES_PER_SPLIT, 2 * BATCHES_PER_SPLIT + 1)
    assert (first.offset, first.records, first.first_record_no) == (50, 3, 1)
    assert (second.offset, second.records, second.first_record_no) == (80, 2, 4)
    assert first.checksum != second.checksum, "of bytes that differ in number"
    assert first.checksum == hashlib.blake2b(bytes(30), digest_size=16).hexdigest()
    assert (first.plan, first.plan_digest, first.record_length, first.split_no) == ({"p": 1}, "d", 10, 2)


def test_a_file_that_changed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(bytes(100))
    task = command(path)
    for change in (lambda: path.write_bytes(bytes(110)), lambda: os.utime(path, ns=(1, 1))):
        change()
        with pytest.raises(InputError) as caught:
            read(task, tmp_path)
        assert caught.value.code == "LRF003"


def test_a_file_that_is_replaced_while_it_is_read_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(bytes(100))

    def replace(_batch: Batch, _message: RawBatch) -> None:
        other = tmp_path / "other"
        other.write_bytes(bytes(100))
        os.utime(other, ns=(1, 1))
        other.replace(path)

    with pytest.raises(InputError) as caught:
        read_split(command(path), tmp_path, replace, seconds=60)
    assert caught.value.code == "LRF003"


def test_a_file_that_is_cut_while_it_is_read_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(bytes(3_000_000))
    with pytest.raises(InputError) as caught:
        read_split(command(path, batch_records=1000), tmp_path, lambda *_: os.truncate(path, 5), seconds=60)
    assert caught.value.code in {"LRF002", "LRF003"}


def test_files_outside_the_root_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    path = tmp_path / "a.dat"
    path.write_bytes(bytes(10))
    task = command(path, file=FileIdentity(path="../a.dat", size=10, mtime_ns=identity(path)[1]))
    with pytest.raises(InputError) as caught:
        read(task, tmp_path / "root")
    assert caught.value.code == "LRF010"
