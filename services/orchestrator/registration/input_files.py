"""The files that a request means: one, or all that a pattern below the data root matches.

What is outside the root does not exist for a pattern, and a link that leads there is a link to nothing: no answer tells
what is there. A file with several names, by links, is one file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import translate
from itertools import islice
from pathlib import Path, PurePosixPath
from re import compile as compiled
from typing import Final, NamedTuple

from shared.errors import InputError, RequestError
from shared.framing.files import followed, identity, inside
from shared.messaging.messages import FileIdentity

MOST_FILES: Final = 10_000
_MOST_FOLDERS: Final = 100
"""Levels of folders that a pattern names."""
_LONGEST_PATH: Final = 1_024
"""Bytes of FILE_PATH in the tables RUN and RUN_FILE."""
_MARKS: Final = frozenset("*?[")


def match_files(root: Path, wanted: str) -> list[Path]:
    """Real paths of the file ``wanted``, or of the files that it matches as a pattern, sorted by name, each once.

    A pattern is made of ``*``, ``?``, ``[abc]`` and, at most once, ``**`` for any folders; hidden files are matched
    only by a name that begins with a dot. LRF010 when the path or pattern leads out of ``root``, LRF011 for a file that
    is not there, LRF014 for one whose name the tables cannot hold, LRQ024 when nothing matches, LRQ025 when more than
    10,000 files do, LRQ026 for a text that is not a pattern.
    """
    real_root = root.resolve()
    if not _MARKS & set(wanted):
        return [_storable(inside(root, wanted), real_root)]
    found = list(islice(_matches(real_root, _relative(real_root, wanted)), MOST_FILES + 1))
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
    return [_storable(match.path, real_root) for match in sorted(found)]


def _relative(root: Path, wanted: str) -> PurePosixPath:
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
    if any("**" in part and part != "**" for part in pattern.parts):
        raise _not_a_pattern(wanted, "** is not a whole part of a path")
    if len(pattern.parts) > _MOST_FOLDERS:
        raise _not_a_pattern(wanted, f"it has more than {_MOST_FOLDERS} parts")
    return pattern


def _not_a_pattern(wanted: str, reason: str) -> RequestError:
    return RequestError("LRQ026", f"{wanted!r} is not a pattern of files: {reason}", status=422)


class _Match(NamedTuple):
    """A name that the pattern matches, and the real path of the file to which it leads."""

    name: Path
    path: Path


def _matches(root: Path, pattern: PurePosixPath) -> Iterator[_Match]:
    """Each matched file once, by the first of its names that is found."""
    seen: set[tuple[int, int]] = set()
    hidden = pattern.name.startswith(".")
    for name in _names(root, pattern.parts):
        if name.name.startswith(".") and not hidden:
            continue
        with suppress(OSError):  # removed since, or in a folder that may not be read
            path = _followed(root, name)
            if path is None or not path.is_file():
                continue
            status = path.stat()
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                yield _Match(name, path)


def _names(root: Path, parts: Sequence[str]) -> Iterator[Path]:
    """The names that match, which need not be files.

    Links may lead from folder to folder in circles: none is searched twice for the same part of the pattern.
    """
    waiting = [(root, 0)]
    seen = set(waiting)
    while waiting:
        folder, number = waiting.pop()
        for name, following in _step(folder, parts[number]):
            if number + following == len(parts):
                yield name
                continue
            real = _followed(root, name)
            if real is not None and (real, number + following) not in seen:
                seen.add((real, number + following))
                waiting.append((real, number + following))


def _followed(root: Path, name: Path) -> Path | None:
    """The real path of a name; None when it leads outside, or is in a folder that may not be searched."""
    with suppress(OSError):
        return followed(root, name.relative_to(root))
    return None


def _step(folder: Path, part: str) -> Iterator[tuple[Path, int]]:
    """What ``part`` matches in a folder, and by how many parts that leads on: ``**`` goes on with itself, too."""
    if part == "**":
        yield folder, 1
        yield from ((folder / entry.name, 0) for entry in _entries(folder) if entry.is_dir(follow_symlinks=False))
    elif _MARKS & set(part):
        matches = compiled(translate(part)).match
        yield from ((folder / entry.name, 1) for entry in _entries(folder) if matches(entry.name))
    elif os.path.lexists(folder / part):
        yield folder / part, 1


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, by name; nothing where it is not one, or may not be read."""
    with suppress(OSError), os.scandir(folder) as found:
        return sorted(found, key=lambda entry: entry.name)
    return []


def _storable(path: Path, root: Path) -> Path:
    """``path``; LRF014 when its name is not UTF-8, which no database takes, or too long for its column."""
    name = os.fsencode(path.relative_to(root))
    shown = name.decode("utf-8", "backslashreplace")
    if shown.encode() != name:
        remedy = "Rename the file. The bytes that are not UTF-8 are shown escaped."
        raise InputError("LRF014", f"the name of the file {shown} is not UTF-8", remedy=remedy, path=shown)
    if len(name) > _LONGEST_PATH:
        reason = f"the path of the file {path.name} has {len(name)} bytes, more than {_LONGEST_PATH}"
        raise InputError("LRF014", reason, remedy="Move the file to a folder with a shorter path.", path=shown)
    return path


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
