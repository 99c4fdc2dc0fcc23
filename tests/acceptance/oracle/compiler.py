"""cobc, and runs of what it made."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_SECONDS = 120


def installed() -> bool:
    """Whether there is GnuCOBOL 3; Debian's snapshot of version 4 crashes on BLANK WHEN ZERO, and errs in SIGN."""
    if shutil.which("cobc") is None:
        return False
    told = subprocess.run(["cobc", "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True)
    return "(GnuCOBOL) 3." in told.stdout


def build(source: str, copybook: str, options: tuple[str, ...], folder: Path) -> Path:
    """The executable made of ``source``, in ``folder``. AssertionError with the compiler's words when it refuses."""
    (folder / "record.cpy").write_text(copybook, encoding="ascii")
    (folder / "oracle.cob").write_text(source, encoding="ascii")
    program = folder / "oracle"
    _run(["cobc", "-x", *options, "-o", str(program), "oracle.cob"], folder)
    return program


def run(program: Path, mode: str, folder: Path) -> list[str]:
    """The lines that ``program`` tells in ``mode``, its files being in ``folder``."""
    return _run([str(program), mode], folder).splitlines()


def _run(command: list[str], folder: Path) -> str:
    # A user's runtime options (COB_…) would change forms of files and numbers.
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("COB_", "DD_"))}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS)
    assert done.returncode == 0, (
        f"{command[0]} ended with {done.returncode} in {folder}:\n{done.stdout[-2000:]}{done.stderr}"
    )
    return done.stdout
