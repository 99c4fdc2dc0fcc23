"""A read command carried out in one go, in pieces, or again: the same batches, byte for byte."""

from __future__ import annotations

import bz2
import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reader.split import read_split
from shared.errors import InputError
from shared.framing.descriptor import Descriptor
from shared.framing.files import identity
from shared.framing.fixed import FixedFraming
from shared.framing.parts import Parts
from shared.framing.protocol import Framing
from shared.framing.record_bounds import BoundedFraming
from shared.framing.spanned import SpannedFraming
from shared.framing.text import TextFraming
from shared.framing.variable import VariableFraming
from shared.messaging.messages import BATCHES_PER_SPLIT, FILE_STRIDE, FileIdentity, RawBatch
from tests.unit.framing.writers import block, blocks, rdw
from tests.unit.reader.commands import assert_seamless, command, in_pieces, placed, read

V = VariableFraming()
VB = VariableFraming(bdw=Descriptor())
VBS = SpannedFraming()
PADDING = block(b"\x80\0\0\0" + bytes(4))
RECORDS = st.lists(st.binary(max_size=20), min_size=1, max_size=25)


@settings(max_examples=30, deadline=None)
@given(records=st.integers(0, 25), batch=st.integers(1, 7), start=st.integers(0, 25))
def test_pieces_are_the_whole(tmp_path_factory: pytest.TempPathFactory, records: int, batch: int, start: int) -> None:
    root = tmp_path_factory.mktemp("in")
    path = root / "a.dat"
    path.write_bytes(os.urandom(records * 10))
    start = min(start, records)
    task = command(path, batch_records=batch, offset=start * 10)
    whole, done = read(task, root)
    assert in_pieces(task, root)[0] == whole
    assert b"".join(parts["records"] for _, parts in whole) == path.read_bytes()[start * 10 :]
    assert {name for _, parts in whole for name in parts} <= {"records"}, "the plan says where they lie"
    assert (done.offset, done.batches, done.records) == (records * 10, len(whole), records - start)
    assert_seamless(whole, start * 10, records * 10)
    assert read(task, root) == (whole, done), "again: the same"


@settings(max_examples=40, deadline=None)
@given(records=RECORDS, batch=st.integers(1, 7), size=st.integers(10, 200), file_no=st.integers(0, 3))
@pytest.mark.parametrize(
    ("framing", "write"),
    [
        (V, lambda records: b"".join(map(rdw, records))),
        (VB, lambda records: blocks(records, 3)),
        (VBS, lambda records: blocks(records, 4) + PADDING),
        (TextFraming(), lambda records: b"\n".join(record.hex().encode() for record in records) + b"\n"),
        (BoundedFraming(V, minimum_record_length=6), lambda records: b"".join(map(rdw, records))),
    ],
    ids=["V", "VB", "VBS and padding", "TEXT", "V of which short ones are left out"],
)
def test_records_of_any_length_come_with_their_places(
    tmp_path_factory: pytest.TempPathFactory,
    framing: Framing,
    write: object,
    records: list[bytes],
    batch: int,
    size: int,
    file_no: int,
) -> None:
    assert callable(write)
    root = tmp_path_factory.mktemp("in")
    path = root / "a.dat"
    path.write_bytes(write(records))
    task = command(path, framing, batch_records=batch, batch_bytes=size, file_no=file_no)
    whole, done = read(task, root)
    assert_seamless(whole, task.file_no * FILE_STRIDE, task.file_no * FILE_STRIDE + task.end)
    again, last = in_pieces(task, root)
    assert again == whole
    assert (last.records_read, last.batches_before) == (len(records), len(whole))
    assert done.records + done.skipped == len(records) == sum(m.records + m.skipped for m, _ in whole)
    found = [one for message, parts in whole for one in placed(message, parts)]
    for offset, record in found:
        header = 0 if framing == TextFraming() else 4
        assert path.read_bytes().startswith(record, offset - file_no * FILE_STRIDE + header)
    kept = [record for record in records if not isinstance(framing, BoundedFraming) or framing.keeps(len(record))]
    assert [record for _, record in found] == ([r.hex().encode() for r in kept] if framing == TextFraming() else kept)
    numbers = [message.first_record_no for message, _ in whole]
    assert numbers == [1 + sum(m.records for m, _ in whole[:place]) for place in range(len(whole))]


def test_batches_are_numbered_by_their_split(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(bytes(100))
    sent, _ = read(command(path, offset=50, end=100, records_before=5), tmp_path)
    first, second = (message for message, _ in sent)
    assert (first.batch_no, second.batch_no) == (2 * BATCHES_PER_SPLIT, 2 * BATCHES_PER_SPLIT + 1)
    assert (first.offset, first.end, first.records, first.first_record_no) == (50, 80, 3, 6)
    assert (second.offset, second.end, second.records, second.first_record_no) == (80, 100, 2, 9)
    assert (first.plan["record_length"], first.plan_digest, first.split_no) == (10, "d", 2)


def test_offsets_count_over_all_files(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(blocks([b"a", b"bb", b"ccc", b"d"], 4))
    sent, _ = read(command(path, VB, file_no=3, batch_records=2), tmp_path)
    base = 3 * FILE_STRIDE
    assert [(m.offset, m.end, m.block_end) for m, _ in sent] == [
        (base, base + 15, base + 27),
        (base + 15, base + 27, 0),
    ]
    assert placed(*sent[1]) == [(base + 15, b"ccc"), (base + 22, b"d")]


def test_a_batch_without_a_record_is_published_for_those_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"".join(map(rdw, [b"a", b"b", b"c", b"dddd"])))
    sent, done = read(command(path, BoundedFraming(V, minimum_record_length=2)), tmp_path)
    assert [(m.records, m.skipped, m.first_record_no) for m, _ in sent] == [(0, 3, 1), (1, 0, 1)]
    assert (done.records, done.skipped) == (1, 3)


def test_a_range_without_any_record_is_covered_by_one_empty_batch(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(PADDING * 3)
    sent, done = read(command(path, VBS), tmp_path)
    ((message, parts),) = sent
    assert (message.offset, message.end, message.records, parts["records"]) == (0, 36, 0, b"")
    assert (done.batches, done.records) == (1, 0)
    path.write_bytes(b"")
    assert read(command(path, VBS), tmp_path)[0] == [], "no byte, no batch"


def test_the_same_bytes_cut_otherwise_are_another_content(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    sums = set()
    for framing, data in (
        (V, rdw(b"ab") + rdw(b"cd")),
        (V, rdw(b"abc") + rdw(b"d")),
        (FixedFraming(4), b"abcd"),
        (FixedFraming(2), b"abcd"),
        (FixedFraming(2), b"abce"),
    ):
        path.write_bytes(data)
        ((message, _),) = read(command(path, framing), tmp_path)[0]
        sums.add(message.checksum)
    assert len(sums) == 4, "two of two bytes are the same content in V and in F"


@pytest.mark.parametrize(("compression", "pack"), [("gzip", gzip.compress), ("bzip2", bz2.compress)])
def test_compressed_input_gives_the_same_batches(tmp_path: Path, compression: str, pack: object) -> None:
    assert callable(pack)
    data = os.urandom(230)
    (tmp_path / "plain").write_bytes(data)
    (tmp_path / "packed").write_bytes(pack(data))
    plain, _ = read(command(tmp_path / "plain", end=230), tmp_path)
    task = command(tmp_path / "packed", end=230, compression=compression)
    assert read(task, tmp_path)[0] == plain
    assert in_pieces(task, tmp_path)[0] == plain


def test_records_cut_at_their_edges_are_not_taken_for_plain_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"abcdefghij")
    ((message, parts),) = read(command(path, BoundedFraming(FixedFraming(5), record_start_offset=1)), tmp_path)[0]
    assert placed(message, parts) == [(0, b"bcde"), (5, b"ghij")]


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

    def replace(_message: RawBatch, _parts: Parts) -> None:
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
