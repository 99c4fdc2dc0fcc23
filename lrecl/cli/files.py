"""Files named on the command line, those that are read and those that are written.

What is read is a regular file, or standard input where ``-`` is named; what is written appears under its name only when
it is complete. Everything that the file system refuses becomes a coded error.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from shared.errors import InputError, RequestError

STANDARD_INPUT: Final = Path("-")
INPUT_HELP: Final = "`-` reads standard input."
_PIECE_BYTES: Final = 1024 * 1024


def title(path: Path) -> str:
    """How messages name the file."""
    return "standard input" if path == STANDARD_INPUT else str(path)


@contextmanager
def seekable(path: Path) -> Iterator[Path]:
    """A regular file with the content. Standard input is copied into a temporary file, unless it is a regular file."""
    if path != STANDARD_INPUT:
        yield checked(path)
    elif _is_regular(_standard_input()):
        yield Path("/dev/stdin")
    else:
        with TemporaryDirectory(prefix="lrecl-") as folder:
            copy = Path(folder, title(path))
            with writing(copy), copy.open("wb") as file:
                file.writelines(_pieces(path))
            yield copy


def head(path: Path, count: int) -> tuple[bytes, int]:
    """The first ``count`` bytes of the file and the size of the whole. A stream is read to its end for it."""
    if path != STANDARD_INPUT:
        with _opened(path) as file, _reading(path):
            return file.read(count), path.stat().st_size
    first, size = b"", 0
    for piece in _pieces(path):
        first += piece[: count - len(first)]
        size += len(piece)
    return first, size


def lines(path: Path) -> Iterator[str]:
    """The lines of a text in UTF-8. LRF011 when it cannot be read, or is not UTF-8."""
    with _opened(path) as file, _reading(path), io.TextIOWrapper(file, encoding="utf-8") as text:
        yield from text


def read_text(path: Path, most: int) -> str:
    """The text, in UTF-8; of a longer one the first ``most`` + 1 bytes. LRF011 as for ``lines``."""
    with _opened(path) as file, _reading(path):
        return file.read(most + 1).decode("utf-8")


def checked(path: Path) -> Path:
    """``path``, if it is a regular file that may be read; LRF011 if not."""
    with _reading(path):
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "a pipe, a socket or a device"
            raise InputError(
                "LRF011",
                f"{path} is {what}, not a regular file.",
                remedy="Name a regular file. `-` reads standard input.",
                path=str(path),
            )
        with path.open("rb"):  # whoever may not read it is told so here
            return path


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A block that writes the file ``path``. LRQ083 when it cannot be written."""
    try:
        if path == STANDARD_INPUT or (path.exists() and not path.is_file()):
            raise RequestError(
                "LRQ083", f"{path} is not a regular file and cannot be replaced by one.", remedy="Name another file."
            )
        yield
    except OSError as error:
        raise RequestError(
            "LRQ083",
            f"{path} cannot be written: {error.strerror or error}.",
            remedy="Check that its folder exists, may be written to, and has room.",
            path=str(path),
        ) from error


@contextmanager
def replacement(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of ``path`` when the block ends well; else nothing is left of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        try:
            with part.open("wb") as file:
                yield file
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is not UTF-8 ({error})"
        raise InputError(
            "LRF011",
            f"{title(path)} cannot be read: {reason or error}.",
            remedy="Check the name, and that you may read it.",
            path=str(path),
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path == STANDARD_INPUT:
        yield _standard_input()
    else:
        with checked(path).open("rb") as file:
            yield file


def _pieces(path: Path) -> Iterator[bytes]:
    with _opened(path) as file, _reading(path):
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _standard_input() -> BinaryIO:
    if sys.stdin is None or sys.stdin.closed:  # the shell closed it: <&-
        raise InputError("LRF011", "standard input is closed.", remedy="Name a file, or send it through a pipe.")
    return sys.stdin.buffer


def _is_regular(source: BinaryIO) -> bool:
    """Whether standard input is a regular file that nothing was read from, so that it can be opened by its name."""
    try:
        number = source.fileno()
        is_fresh = stat.S_ISREG(os.fstat(number).st_mode) and os.lseek(number, 0, os.SEEK_CUR) == 0
    except OSError:  # a stream that has no number, or no place
        return False
    return is_fresh and os.access("/dev/stdin", os.R_OK)
