"""Optional packages that a library would load because they are installed, at a cost nobody wants."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast


@contextmanager
def absent(package: str) -> Iterator[None]:
    """``import package`` fails inside the block, unless it was loaded before; afterwards all is as it was."""
    if package in sys.modules:
        yield
        return
    cast("dict[str, object]", sys.modules)[package] = None  # the import system's own mark for «not there»
    try:
        yield
    finally:
        del sys.modules[package]
