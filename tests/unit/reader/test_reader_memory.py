"""A file of 100 GB: read through a window, at its begin and at its end, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.job_folders import EXAMPLES

GIGABYTE = 10**9
# Peak memory is the process image's own (VmHWM): ru_maxrss would include that of the process that began it.
PROGRAM = """
import sys
from pathlib import Path
from services.reader.split import read_split, rest_of
from tests.unit.reader.commands import command
from shared.framing.fixed import FixedFraming

task = command(Path(sys.argv[1]), FixedFraming(200), batch_records=5_000)
for start in (0, 90_000_000_000):
    begun = task.model_copy(update={"offset": start})
    done = read_split(begun, Path(sys.argv[1]).parent, lambda message, parts: message.pack(parts), seconds=0.5)
    again = rest_of(begun, done)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(done.offset - start, again.offset == done.offset, status["VmHWM"].split()[0])
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sparse.dat"
    with path.open("wb") as file:
        file.truncate(100 * GIGABYTE)
    command = [sys.executable, "-c", PROGRAM, str(path)]
    ran = subprocess.run(command, cwd=EXAMPLES.parent, capture_output=True, text=True, timeout=60, check=True)
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert len(lines) == 2
    for read, handed_on, resident in lines:
        assert int(read) >= 20_000_000, "more than the window and the batches that are held"
        assert handed_on == "True"
        assert int(resident) < 80 * 1024, "KiB"
