"""Input files: only below the configured root, and the same file in every attempt."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Final

from shared.errors import InputError
from shared.framing.compressed import Compression, decompressed

_BUFFER_BYTES: Final = 1024 * 1024


def inside(root: Path, path: str) -> Path:
    """The real path of ``path``, which is absolute or relative to ``root``.

    LRF010 when it leads out of ``root``, LRF011 when it does not exist or is not a regular file.
    """
    try:
        real_root = root.resolve(strict=True)
        # Not strict, so that the error does not tell whether a file outside the root exists.
        real = (real_root / path).resolve()
        found = real.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the path; a loop of links (Python < 3.13)
        reason = getattr(error, "strerror", None) or type(error).__name__
        remedy = f"Give the path of a file below {root}."
        raise InputError("LRF011", f"{path!r} cannot be found: {reason}", remedy=remedy, path=path) from error
    if not real.is_relative_to(real_root):
        raise InputError(
            "LRF010",
            f"{path!r} is outside the data root",
            remedy=f"Put the file below {real_root}.",
            path=path,
        )
    if not found:
        raise InputError(
            "LRF011",
            f"{path!r} does not exist or is not a regular file",
            remedy=f"Give the path of a file below {real_root}.",
            path=path,
        )
    return real


def identity(path: Path) -> tuple[int, int]:
    """Size in bytes and modification time in ns: a file must still have both when it is read."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def open_registered(
    root: Path, path: str, size: int, mtime_ns: int, compression: Compression | None = None
) -> BinaryIO:
    """The uncompressed content of the file that had this size and time when its run was registered.

    The content is streamed through a buffer of 1 MiB. Seeking in a compressed file decompresses all bytes before that
    place. LRF003 when the file has changed since, and the errors of ``inside``.
    """
    file = inside(root, path).open("rb", buffering=_BUFFER_BYTES)
    status = os.fstat(file.fileno())
    if (status.st_size, status.st_mtime_ns) != (size, mtime_ns):
        file.close()
        raise InputError(
            "LRF003",
            f"{path} changed since the run was registered: it had {size} bytes and now has {status.st_size}, or was "
            "written again",
            remedy="Start a new run for the new file.",
            path=path,
        )
    return decompressed(file, compression) if compression else file
