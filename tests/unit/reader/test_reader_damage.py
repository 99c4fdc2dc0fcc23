"""Damaged files: the reading stops with a code, the file's name, the place and its bytes; nothing is made up."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from services.reader.split import read_split
from shared.errors import InputError
from shared.framing.descriptor import Descriptor
from shared.framing.protocol import Framing
from shared.framing.variable import VariableFraming
from shared.messaging.messages import RawBatch
from tests.unit.framing.writers import block, rdw
from tests.unit.reader.commands import command

V = VariableFraming()
VB = VariableFraming(bdw=Descriptor())
RECORDS = [bytes([0xC1 + number % 9]) * (40 + number % 7) for number in range(300)]


def fault_of(path: Path, framing: Framing) -> tuple[InputError, list[RawBatch]]:
    """The error that reading ends in, and what was published before."""
    sent: list[RawBatch] = []
    with pytest.raises(InputError) as caught:
        read_split(command(path, framing), path.parent, lambda message, _: sent.append(message), seconds=60)
    return caught.value, sent


def written(framing: Framing) -> bytes:
    records = [rdw(record) for record in RECORDS]
    if framing is V:
        return b"".join(records)
    return b"".join(block(b"".join(records[at : at + 10])) for at in range(0, len(records), 10))


@pytest.mark.parametrize(
    ("word", "code"),
    [(b"\0\0\0\0", "LRF020"), (b"\0\x03\0\0", "LRF020"), (b"\xff\xff\0\0", "LRF021"), (b"\0\x30\x40\x40", "LRF023")],
    ids=["0", "3", "65535", "reserved bytes"],
)
@pytest.mark.parametrize("framing", [V, VB], ids=["V", "VB"])
def test_words_that_cannot_be(tmp_path: Path, framing: Framing, word: bytes, code: str) -> None:
    path = tmp_path / "in.dat"
    data = written(framing)
    place = data.index(rdw(RECORDS[150])[:5], 5_000)
    path.write_bytes(data[:place] + word + data[place + 4 :])
    error, sent = fault_of(path, framing)
    assert error.code == code
    assert f"in.dat: byte {place}:" in error.message
    assert f"|{word.hex()}" in error.message
    assert error.remedy
    assert max(message.end for message in sent) <= place, "what lies before it was read"


@pytest.mark.parametrize("framing", [V, VB], ids=["V", "VB"])
def test_a_record_beyond_the_end_of_the_file(tmp_path: Path, framing: Framing) -> None:
    path = tmp_path / "in.dat"
    path.write_bytes(written(framing)[:-1])
    error, _ = fault_of(path, framing)
    assert error.code in {"LRF022", "LRF025"}
    assert "Transfer the file again" in error.remedy


@pytest.mark.parametrize("framing", [V, VB], ids=["V", "VB"])
@pytest.mark.parametrize("seed", range(40))
def test_one_byte_deleted_anywhere_stops_the_reading_near_the_place(
    tmp_path: Path, framing: Framing, seed: int
) -> None:
    path = tmp_path / "in.dat"
    data = written(framing)
    place = random.Random(seed).randrange(4, len(data) - 1)
    path.write_bytes(data[:place] + data[place + 1 :])
    error, _ = fault_of(path, framing)
    assert error.code in {"LRF020", "LRF021", "LRF022", "LRF023", "LRF024", "LRF025", "LRF026"}
    offset = error.context["offset"]
    assert isinstance(offset, int)
    assert abs(offset - place) < 600, "at the next word at the latest, which a block may hide"
    assert "(hex " in error.message


@pytest.mark.parametrize("framing", [V, VB], ids=["V", "VB"])
@pytest.mark.parametrize("garbage", [b"\x40" * 9, b"\xff" * 4, b"\r\n", bytes(3)])
def test_garbage_between_records(tmp_path: Path, framing: Framing, garbage: bytes) -> None:
    path = tmp_path / "in.dat"
    data = written(framing)
    place = data.index(rdw(RECORDS[150])[:5], 5_000)
    path.write_bytes(data[:place] + garbage + data[place:])
    error, _ = fault_of(path, framing)
    offset = error.context["offset"]
    assert isinstance(offset, int)
    assert place - 50 <= offset <= place + 50
