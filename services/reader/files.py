"""Opening the registered file, and no other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from shared.errors import InputError
from shared.framing.files import inside
from shared.messaging.messages import FileIdentity

_BUFFER_BYTES = 1024 * 1024


def open_registered(identity: FileIdentity, root: Path) -> BinaryIO:
    """The file, streamed through a 1 MiB buffer; LRF003 when it changed since it was registered."""
    path = inside(root, identity.path)
    file = path.open("rb", buffering=_BUFFER_BYTES)
    status = os.fstat(file.fileno())
    if (status.st_size, status.st_mtime_ns) != (identity.size, identity.mtime_ns):
        file.close()
        raise InputError(
            "LRF003",
            f"{identity.path} changed since the run was registered: it had {identity.size} bytes and now has "
            f"{status.st_size}, or was written again",
            remedy="Start a new run for the new file.",
            path=identity.path,
        )
    return file
