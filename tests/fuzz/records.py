"""Mutated records, in mutated files, through framing, shaping and decoding: values, rejects, or a coded error."""

from __future__ import annotations

import io
import random
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple
from unittest.mock import patch

import numpy as np

from shared.errors import InputError, LreclError
from shared.framing import window
from shared.framing.detector import inspect
from shared.framing.registry import framing_from_dict
from shared.framing.survey import Edges, survey
from shared.shaping import Shaper
from tests.fuzz.checks import check_decoded, check_resumed, check_shaped, framed, payloads
from tests.fuzz.files import File, damaged, written
from tests.fuzz.layouts import Layout, layout_of

RECORDS: Final = 100
LAYOUTS: Final = 1_000
_FILLS: Final = (b"\x00", b"\x40", b"\xff", b"\xf0", b"\x0c", b"\x0d", b"\x0e", b"\x0f", b"\xf1", b"\x20")
_CHUNKS: Final = (61, 1_000, 1 << 20)


class Case(NamedTuple):
    """Records of ``layout``, and the file that holds them, intact or not."""

    layout: Layout
    records: list[bytes]
    file: File
    intact: bool
    seed: int


def mutated(record: bytes, dice: random.Random) -> bytes:
    """The record with one to three things wrong."""
    data = bytearray(record)
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = dice.randrange(len(data) + 1)
        width = dice.choice((1, 1, 2, 4, 12))
        stop = min(at + width, len(data))
        way = dice.random()
        if way < 0.4:
            data[at:stop] = dice.randbytes(stop - at)
        elif way < 0.8:
            data[at:stop] = dice.choice(_FILLS) * (stop - at)
        elif way < 0.9:
            del data[at : dice.choice((stop, len(data)))]
        else:
            data[at:at] = dice.choice((data[at:stop], dice.choice(_FILLS) * width))
    return bytes(data)


class Records:
    """The target; a unit is a record."""

    units = RECORDS
    refusals: tuple[type[LreclError], ...] = ()

    def __init__(self, _folder: Path) -> None:
        pass

    def make(self, dice: random.Random) -> Case:
        layout = layout_of(dice.randrange(LAYOUTS))
        records = [mutated(layout.record(dice), dice) for _ in range(RECORDS)]
        file = written(records, dice)
        intact = dice.random() < 0.4
        return Case(layout, records, file if intact else damaged(file, dice), intact, dice.randrange(2**32))

    def hold(self, case: Case) -> Counter[str]:
        dice = random.Random(case.seed)
        outcomes = _worked_on(case.layout, case.records)
        if dice.random() < 0.1:
            inspect(case.file.data, len(case.file.data), dice.choice((None, case.layout.shape.length)))
        with patch.object(window, "CHUNK_BYTES", dice.choice(_CHUNKS)):
            return outcomes + _read(case, dice)


def _read(case: Case, dice: random.Random) -> Counter[str]:
    """What the file gives goes the same way; a refusal is fine, unless nobody has damaged it."""
    found: list[bytes] = []
    outcomes: Counter[str] = Counter()
    try:
        framing = framing_from_dict(case.file.options)
        batches = []
        for batch in framed(framing, case.file.data, dice):
            batches.append(batch)
            found += payloads(batch)
        check_resumed(framing, case.file.data, batches, dice)
        known = survey(framing, io.BytesIO(case.file.data), len(case.file.data), Edges())
        assert known.records == len(found)
    except InputError as error:
        if case.intact:
            raise AssertionError("a faultless file is refused") from error
        outcomes[error.code] += 1
    outcomes["framed"] += len(found)
    if not case.intact and found:
        return outcomes + _worked_on(case.layout, found[:RECORDS])
    assert not case.intact or found == case.file.records
    return outcomes


def _worked_on(layout: Layout, records: list[bytes]) -> Counter[str]:
    lengths = np.array([len(record) for record in records], np.int64)
    shaped = Shaper(layout.shape).run(b"".join(records), np.cumsum(lengths) - lengths, lengths)
    outcomes = check_shaped(shaped, records)
    for spec, around in zip(layout.specs, layout.around, strict=True):
        missing = shaped.missing(spec.offset, spec.length, around)
        assert missing is None or (missing.shape == (len(records),) and missing.any())
    return outcomes + check_decoded(layout.specs, np.ascontiguousarray(shaped.records))
