"""The secrets of a stack: generated once, each in a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_BYTES = 24


def secret(path: Path, prefix: str = "") -> str:
    """The secret in ``path``, generated on first use (mode 0600). Broker and database keep it over restarts."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, prefix + secrets.token_urlsafe(_BYTES))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` by a file with ``text`` and mode 0600 that others can at no time read."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
