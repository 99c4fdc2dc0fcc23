"""What holds for every record format and all records: nothing is lost, reading resumes anywhere, errors are coded."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import InputError
from shared.framing import window
from shared.framing.protocol import Batch
from shared.framing.registry import framing_from_dict
from tests.unit.framing.formats import EXAMPLES, Example
from tests.unit.framing.writers import attempt, cut, payloads

every_format = pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])


@pytest.fixture(params=[1, 5, 1 << 20], ids=["chunks of 1", "chunks of 5", "one chunk"])
def _chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "CHUNK_BYTES", request.param)


@pytest.mark.usefixtures("_chunks")
@every_format
@settings(max_examples=40, deadline=None)
@given(data=st.data(), batch_records=st.integers(1, 5), batch_bytes=st.integers(1, 60))
def test_records_come_back(example: Example, data: st.DataObject, batch_records: int, batch_bytes: int) -> None:
    records = data.draw(example.records)
    batches = cut(example.framing, example.write(records), batch_records, batch_bytes)
    assert payloads(batches) == records
    assert [batch.first_record_no for batch in batches] == _numbers(batches)
    assert all(batch.records <= batch_records for batch in batches)
    assert all(batch.records == 1 or batch.end - batch.offset <= batch_bytes for batch in batches)


def _numbers(batches: list[Batch]) -> list[int]:
    numbers = [1]
    for batch in batches:
        numbers.append(numbers[-1] + batch.records)
    return numbers[:-1]


@every_format
@settings(max_examples=30, deadline=None)
@given(data=st.data(), batch_records=st.integers(1, 4), batch_bytes=st.integers(1, 60))
def test_reading_goes_on_at_every_batch_as_if_it_had_not_stopped(
    example: Example, data: st.DataObject, batch_records: int, batch_bytes: int
) -> None:
    text = example.write(data.draw(example.records))
    batches = cut(example.framing, text, batch_records, batch_bytes)
    for place, (before, after) in enumerate(pairwise(batches), 1):
        assert before.end == after.offset
        rest = example.framing.cut(
            io.BytesIO(text),
            before.end,
            len(text),
            batch_records,
            before.first_record_no + before.records,
            batch_bytes,
            before.block_end,
        )
        assert list(rest) == batches[place:]


@every_format
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_range_that_ends_at_a_batch_is_as_good_as_a_file(example: Example, data: st.DataObject) -> None:
    text = example.write(data.draw(example.records))
    for batch in cut(example.framing, text, 2):
        part = example.framing.cut(
            io.BytesIO(text), batch.offset, batch.end, 2, 1, block_end=_block_at(example, text, batch.offset)
        )
        assert payloads(list(part)) == payloads([batch])


def _block_at(example: Example, text: bytes, offset: int) -> int:
    return next((one.block_end for one in cut(example.framing, text, 2) if one.end == offset), 0)


@every_format
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_each_record_begins_at_its_offset(example: Example, data: st.DataObject) -> None:
    text = example.write(data.draw(example.records))
    for batch in cut(example.framing, text, 4):
        assert sorted(set(batch.offsets)) == list(batch.offsets)
        assert all(batch.offset <= offset < batch.end for offset in batch.offsets)
        if example.name == "VBS":
            continue  # where its block ends stands in no one's hands but the batch's
        for offset, record in zip(batch.offsets, payloads([batch]), strict=True):
            block_end = len(text) if example.name.startswith("VB") else 0
            alone = example.framing.cut(io.BytesIO(text), offset, len(text), 1, 1, block_end=block_end)
            assert payloads([next(alone)]) == [record]


def _is_coded(error: InputError) -> bool:
    return error.code.startswith("LRF0") and bool(error.remedy) and "|" in str(error.context["hex"])


@every_format
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_gives_its_first_records_or_a_coded_error(example: Example, data: st.DataObject) -> None:
    records = data.draw(example.records)
    text = example.write(records)
    for length in range(len(text)):
        outcome = attempt(example.framing, text[:length])
        if isinstance(outcome, InputError):
            assert _is_coded(outcome)
            assert int(str(outcome.context["offset"])) <= length
            continue
        found = payloads(outcome)
        whole = found if found == records[: len(found)] else found[:-1]
        assert whole == records[: len(whole)]
        assert found == whole or example.name.startswith(("text", "delimited")), "only a last line may be shortened"


@every_format
@settings(max_examples=15, deadline=None)
@given(data=st.data(), damage=st.integers(1, 255))
def test_a_damaged_byte_gives_records_or_a_coded_error(example: Example, data: st.DataObject, damage: int) -> None:
    text = example.write(data.draw(example.records))
    for place in range(len(text)):
        outcome = attempt(example.framing, text[:place] + bytes([text[place] ^ damage]) + text[place + 1 :])
        assert _is_coded(outcome) if isinstance(outcome, InputError) else all(map(_is_sound, outcome))


def _is_sound(batch: Batch) -> bool:
    ends = [*batch.offsets[1:], batch.end]
    places = zip(batch.offsets, ends, batch.lengths, strict=True)
    return all(length <= end - begin for begin, end, length in places)


@every_format
@given(noise=st.binary(max_size=80))
def test_noise_gives_records_or_a_coded_error(example: Example, noise: bytes) -> None:
    outcome = attempt(example.framing, noise)
    assert _is_coded(outcome) if isinstance(outcome, InputError) else all(map(_is_sound, outcome))


@every_format
def test_the_framing_travels(example: Example) -> None:
    assert framing_from_dict(example.framing.to_dict()) == example.framing


@every_format
def test_an_empty_file_has_no_records(example: Example) -> None:
    assert cut(example.framing, b"") == []


@every_format
def test_a_file_that_shrinks_is_noticed(example: Example) -> None:
    with pytest.raises(InputError) as caught:
        list(example.framing.cut(io.BytesIO(b""), 0, 30, 5, 1))
    assert caught.value.code == "LRF002"
