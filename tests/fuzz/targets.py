"""Every way in, by its name; each is given a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.fuzz.campaign import Target
from tests.fuzz.compressed import Compressed
from tests.fuzz.copybooks import Copybooks
from tests.fuzz.jobs import Jobs
from tests.fuzz.messages import Messages
from tests.fuzz.records import Records
from tests.fuzz.rows import Rows
from tests.fuzz.transforming import Transforming

TARGETS: Final[dict[str, Callable[[Path], Target]]] = {
    "copybooks": Copybooks,
    "records": Records,
    "transforming": Transforming,
    "rows": Rows,
    "compressed": Compressed,
    "jobs": Jobs,
    "messages": Messages,
}
