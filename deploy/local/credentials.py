"""The secrets of a stack, each generated once, and files and folders that only their owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_BYTES = 24


def secret(path: Path, prefix: str = "") -> str:
    """The secret in ``path``, generated on first use (mode 0600). Broker and database keep it over restarts."""
    if not path.exists():
        private_folder(path.parent)
        write_private(path, prefix + secrets.token_urlsafe(_BYTES))
    return path.read_text()


def private_folder(path: Path) -> None:
    """Make the folder, and close it (mode 0700) to everybody but its owner, whatever the umask says."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)


def open_private(path: str, flags: int) -> int:
    """For ``open(…, opener=open_private)``: a new file is for its owner only (mode 0600)."""
    return os.open(path, flags, 0o600)


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` by a file with ``text`` and mode 0600 that others can at no time read."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
