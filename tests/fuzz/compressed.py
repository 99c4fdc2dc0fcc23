"""Compressed input, damaged, cut short, or swollen: the bytes that were compressed, or a coded error."""

from __future__ import annotations

import bz2
import gzip
import io
import random
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

from shared.errors import InputError, LreclError
from shared.framing.compressed import compression_of, decompressed, uncompressed_size
from tests.fuzz.files import File, damaged

_SWOLLEN: Final = 4 * 2**20


class Case(NamedTuple):
    """What the file holds, and the file."""

    plain: bytes
    packed: bytes
    intact: bool


class Compressed:
    """The target."""

    units = 1
    refusals: tuple[type[LreclError], ...] = (InputError,)

    def __init__(self, _folder: Path) -> None:
        pass

    def make(self, dice: random.Random) -> Case:
        plain = dice.randbytes(40) * dice.randint(0, 200)
        if dice.random() < 0.01:
            plain = bytes(_SWOLLEN)
        packed = gzip.compress(plain, 1) if dice.random() < 0.6 else bz2.compress(plain, 1)
        if dice.random() < 0.2:  # several members, one after the other, are one stream
            plain, packed = plain * 2, packed * 2
        if dice.random() < 0.2:
            return Case(plain, packed, intact=True)
        return Case(plain, damaged(File({}, packed, []), dice).data, intact=False)

    def hold(self, case: Case) -> Counter[str]:
        compression = compression_of(case.packed[:16])
        if compression is None:
            assert not case.intact
            return Counter({"no longer compressed": 1})
        stream = decompressed(io.BytesIO(case.packed), compression)
        try:
            size = uncompressed_size(stream)
            stream.seek(0)
            found = stream.read(size)
        except InputError as error:
            if case.intact:
                raise AssertionError("a faultless file is refused") from error
            raise
        assert not case.intact or found == case.plain
        assert len(found) == size
        return Counter({"read": 1})
