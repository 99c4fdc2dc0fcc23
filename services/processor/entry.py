"""Where a pool child begins. Apart from ``child``, so that the parent can name it without importing NumPy."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path


def enter(pipe: Connection, processor_id: str, data_root: Path) -> None:
    """Import the decoding code, in the child only, and serve."""
    from services.processor.child import serve

    serve(pipe, processor_id, data_root)
