"""The files that a request means: one, or all that a pattern below the data root matches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from shared.errors import InputError, RequestError
from shared.framing.files import identity, inside
from shared.messaging.messages import FileIdentity

MOST_FILES: Final = 10_000
_MARKS: Final = frozenset("*?[")


def match_files(root: Path, wanted: str) -> list[Path]:
    """Real paths of the file ``wanted``, or of the files that it matches as a pattern, sorted by name.

    A pattern is made of ``*``, ``?``, ``[abc]`` and, at most once, ``**`` for any folders; hidden files are matched
    only by a name that begins with a dot. LRF010 when one lies outside ``root``, LRF011 for a file that is not there,
    LRQ024 when nothing matches, LRQ025 when more than 10,000 files do, LRQ026 for a text that is not a pattern.
    """
    if not _MARKS & set(wanted):
        return [inside(root, wanted)]
    found = list(islice(_matches(root.resolve(), _relative(root.resolve(), wanted)), MOST_FILES + 1))
    if not found:
        raise RequestError(
            "LRQ024",
            f"no file matches {wanted!r}",
            status=422,
            remedy="The pattern is looked up below the data root; quote it, so that the shell leaves it alone.",
        )
    if len(found) > MOST_FILES:
        raise RequestError(
            "LRQ025", f"more than {MOST_FILES} files match {wanted!r}", status=422, remedy="Load them in several runs."
        )
    return [inside(root, str(path)) for path in sorted(found)]


def _relative(root: Path, wanted: str) -> str:
    """The pattern below ``root``."""
    pattern = PurePosixPath(wanted)
    if pattern.is_absolute() and pattern.is_relative_to(root):
        pattern = pattern.relative_to(root)
    if pattern.is_absolute() or ".." in pattern.parts:
        raise InputError(
            "LRF010", f"{wanted!r} lies outside the data root", remedy=f"Put the files below {root}.", path=wanted
        )
    if pattern.parts.count("**") > 1:
        raise _not_a_pattern(wanted, "it has more than one **")
    return str(pattern)


def _matches(root: Path, pattern: str) -> Iterator[Path]:
    try:
        for path in root.glob(pattern):
            if path.is_file() and (pattern.rpartition("/")[2].startswith(".") or not path.name.startswith(".")):
                yield path
    except (ValueError, NotImplementedError, OSError) as error:  # such as a name of over 255 bytes
        raise _not_a_pattern(pattern, str(error)) from error


def _not_a_pattern(wanted: str, reason: str) -> RequestError:
    return RequestError("LRQ026", f"{wanted!r} is not a pattern of files: {reason}", status=422)


def identities(root: Path, paths: Sequence[Path]) -> tuple[FileIdentity, ...]:
    """The files as they are now, named from ``root``."""
    real_root = root.resolve()
    found = []
    for path in paths:
        size, mtime_ns = identity(path)
        found.append(FileIdentity(path=str(path.relative_to(real_root)), size=size, mtime_ns=mtime_ns))
    return tuple(found)


def summary(wanted: str, files: Sequence[FileIdentity]) -> FileIdentity:
    """All files as one: the file itself, or the pattern with the sum of the sizes and the newest time."""
    if len(files) == 1:
        return files[0]
    return FileIdentity(
        path=wanted, size=sum(file.size for file in files), mtime_ns=max(file.mtime_ns for file in files)
    )
