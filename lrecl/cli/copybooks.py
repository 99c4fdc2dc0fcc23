"""Copybooks named on the command line."""

from __future__ import annotations

from pathlib import Path

from shared.copybook import Copybook, parse_copybook
from shared.errors import InputError


def read_copybook(path: Path) -> Copybook:
    """The copybook, COPY members read from its folder; LRF011 when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("LRF011", f"{path} cannot be read: {error}") from error
    return parse_copybook(text, source=path.name, copy_roots=[path.parent])
