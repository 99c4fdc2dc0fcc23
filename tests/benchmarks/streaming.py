"""The memory that a file takes while it is read to its end: ``python -m tests.benchmarks.streaming LAYOUT MEGABYTES``.

In a process of its own, which writes the file first, repeating a part, and prints its peak RSS in MB.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from shared.codec import Decoder, FieldSpec
from shared.framing.fixed import FixedFraming
from tests.benchmarks import layouts, variable

BATCH: Final = 5_000
_PART: Final = 2_000

FIXED: Final[dict[str, Callable[[], list[FieldSpec]]]] = {
    "mixed": layouts.mixed,
    "texts": layouts.texts,
    "packed": layouts.packed,
}


def peak_mb(name: str, megabytes: int) -> float:
    """Peak RSS in MB after all records of a file of that size are decoded."""
    with tempfile.NamedTemporaryFile() as file:
        part = variable.file(_PART, 1) if name == "variable" else _fixed_part(name)
        for _ in range(megabytes * 2**20 // len(part)):
            file.write(part)
        file.flush()
        size = Path(file.name).stat().st_size
        with Path(file.name).open("rb") as stream:
            read = sum(_variable(stream, size) if name == "variable" else _fixed(name, stream, size))
        assert read == size // len(part) * _PART
    return _peak_mb()


def _peak_mb() -> float:
    """Of this program alone (proc(5), VmHWM in kB); getrusage would count what its parent had before the exec."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return round(int(found[1]) / 1024, 1)


def _fixed_part(name: str) -> bytes:
    return layouts.sample(FIXED[name](), _PART).tobytes()


def _variable(stream: BinaryIO, size: int) -> Iterator[int]:
    for columns, _ in variable.Reader().read(stream, size, BATCH):
        yield len(columns[0])


def _fixed(name: str, stream: BinaryIO, size: int) -> Iterator[int]:
    length = layouts.RECORD_LENGTH
    decoder = Decoder(FIXED[name](), length)
    for batch in FixedFraming(length).cut(stream, 0, size, BATCH, 1):
        records = np.frombuffer(batch.data, np.uint8).reshape(-1, length)
        yield len(decoder.decode(records)[0])


if __name__ == "__main__":
    print(peak_mb(sys.argv[1], int(sys.argv[2])))
