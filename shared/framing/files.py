"""Input files: only below the configured root, and the same file in every attempt."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO, Final

from shared.errors import InputError
from shared.framing.compressed import Compression, decompressed

_BUFFER_BYTES: Final = 1024 * 1024
_MOST_NS: Final = 2**63 - 1


def inside(root: Path, path: str) -> Path:
    """The real path of ``path``, which is absolute or relative to ``root``.

    LRF010 when it leads out of ``root``, by a name or a link, whatever there is outside; LRF011 when it does not exist,
    cannot be looked up or is not a regular file.
    """
    try:
        real_root = root.resolve(strict=True)
        real = followed(real_root, _below(root, real_root, path))
        found = real is not None and real.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the path; a loop of links (Python < 3.13)
        reason = getattr(error, "strerror", None) or type(error).__name__
        remedy = f"Give the path of a file below {root}."
        raise InputError("LRF011", f"{path!r} cannot be found: {reason}", remedy=remedy, path=path) from error
    if real is None:
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


def followed(real_root: Path, path: PurePath) -> Path | None:
    """The real path of ``path`` below ``real_root``, existing or not; None when it leads outside at any of its parts.

    Nothing outside is asked for on the way: an answer would tell what exists there.
    """
    real = real_root
    for part in path.parts:
        real = real.parent if part == ".." else real / part
        if real.is_symlink():
            real = Path(os.path.realpath(real))
        if not real.is_relative_to(real_root):
            return None
    return real


def _below(root: Path, real_root: Path, path: str) -> PurePath:
    """``path`` relative to the root; an absolute path elsewhere stays absolute, which leads outside."""
    pure = PurePath(path)
    begins = (begin for begin in (real_root, root) if pure.is_absolute() and pure.is_relative_to(begin))
    begin = next(begins, None)
    return pure if begin is None else pure.relative_to(begin)


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """LRF011, with the reason, when the file cannot be read in the block: it may not, or its disk fails."""
    try:
        yield
    except OSError as error:
        reason, remedy = error.strerror or type(error).__name__, "Check who may read the file, and its disk."
        raise InputError("LRF011", f"{path} cannot be read: {reason}", remedy=remedy, path=str(path)) from error


def identity(path: Path) -> tuple[int, int]:
    """Size in bytes and modification time in ns: a file must still have both when it is read.

    LRF011 when it has gone or cannot be looked up, LRF013 when its time is beyond what the tables hold.
    """
    try:
        status = path.stat()
    except OSError as error:
        remedy = "Check that nothing removes the file, and who may read its folder."
        raise InputError("LRF011", f"{path.name} cannot be found: {error.strerror}", remedy=remedy) from error
    if abs(status.st_mtime_ns) > _MOST_NS:
        remedy = "Give it another time, for example with the command touch."
        raise InputError("LRF013", f"{path.name} has a modification time after the year 2262", remedy=remedy)
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
