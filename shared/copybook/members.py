"""Finding and reading COPY members, only in the given folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from shared.copybook.errors import (
    COPY_NOT_FOUND,
    COPY_OUTSIDE,
    COPY_UNREADABLE,
    TOO_LARGE,
    Position,
    failure,
    shown,
)
from shared.copybook.limits import MAX_TEXT

_SUFFIXES = ("", ".cpy", ".CPY", ".cob", ".COB", ".cbl", ".CBL", ".copy", ".txt")
_MEMBER = re.compile(r"[\w$#@./-]{1,120}", re.ASCII)


class Member(NamedTuple):
    """A member's path and text."""

    path: Path
    text: str


def read_member(name: str, library: str, roots: Sequence[Path], at: Position) -> Member:
    """Read member ``name`` of folder ``library`` (or '') from the first of ``roots`` that has it.

    Raises ``CopybookError`` LRC006 (not found), LRC007 (outside the roots, also through a symbolic link), LRC009 or
    LRC001.
    """
    for part in (name, library):
        if part and (not _MEMBER.fullmatch(part) or part.startswith("/") or ".." in part.split("/")):
            raise failure(COPY_OUTSIDE, f"{shown(part)} is not the name of a member", at)
    for root in roots:
        for path in _candidates(root, name, library):
            if path.is_file():
                return _read(_contained(path, root, at), at)
    folders = ", ".join(str(root) for root in roots) or "no copybook folders are given"
    raise failure(COPY_NOT_FOUND, f"COPY member {shown(name)} is not found ({folders})", at)


def _candidates(root: Path, name: str, library: str) -> Iterator[Path]:
    libraries = dict.fromkeys((library, library.upper(), library.lower()))
    for folder in libraries:
        for spelling in dict.fromkeys((name, name.upper(), name.lower())):
            yield from (root / folder / f"{spelling}{suffix}" for suffix in _SUFFIXES)


def _contained(path: Path, root: Path, at: Position) -> Path:
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise failure(COPY_OUTSIDE, f"{shown(path.name)} is a link to a place outside its folder", at)
    return real


def _read(path: Path, at: Position) -> Member:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_TEXT + 1)
    except OSError as error:
        raise failure(COPY_UNREADABLE, f"{shown(path.name)}: {error.strerror}", at) from error
    if len(data) > MAX_TEXT:
        raise failure(TOO_LARGE, f"member {shown(path.name)} has more than {MAX_TEXT:,} bytes", at)
    try:
        return Member(path, data.decode("utf-8"))
    except UnicodeDecodeError:
        # Copybooks do not name their encoding. In Latin-1 every byte is a character; only comments and literals differ.
        return Member(path, data.decode("latin-1"))
