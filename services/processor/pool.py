"""A slot of the pool: a child process and the pipe to it. A child that dies is replaced.

The child imports this module before it imports NumPy. It must therefore import nothing that a child does not need.
"""

from __future__ import annotations

import json
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from shared.errors import SuspectError

_CONTEXT: Final = get_context("spawn")  # no fork: this process has threads, and a child needs none of its memory
_END_SECONDS: Final = 5.0


class ChildDied(SuspectError):
    """The child ended while it worked on a batch."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__("LRP031", f"the pool child ended with exit code {exit_code} while it worked on the batch")


class Slot:
    """One child; used by one thread. ``data_root``: see ``child.serve``."""

    def __init__(self, name: str, data_root: Path = Path("/data")) -> None:
        self._name, self._data_root = name, data_root
        self._pipe, self._process = self._spawn()

    def work(self, body: bytes) -> tuple[dict[str, Any], bytes]:
        """The child's answer: summary and processed body. Raises ChildDied, after which a new child is ready."""
        try:
            self._pipe.send_bytes(body)
            return json.loads(self._pipe.recv_bytes()), self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            exit_code = self._replace()
            raise ChildDied(exit_code) from error

    def restore(self) -> int | None:
        """Replace the child if it ended while it had no work; the exit code that it ended with, else None."""
        return None if self.alive() else self._replace()

    def alive(self) -> bool:
        """Whether the child runs."""
        return bool(self._process.is_alive())

    def close(self) -> None:
        """Close the pipe, which ends the child; kill it when it does not end."""
        self._pipe.close()
        self._process.join(_END_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _replace(self) -> int | None:
        self.close()
        exit_code: int | None = self._process.exitcode
        self._pipe, self._process = self._spawn()
        return exit_code

    def _spawn(self) -> tuple[Connection, Any]:
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(
            target=_serve, args=(theirs, self._name, self._data_root), name=self._name, daemon=True
        )
        process.start()
        theirs.close()
        return ours, process


def _serve(pipe: Connection, processor_id: str, data_root: Path) -> None:
    """Where a child begins: import the decoding code, which the parent never does, and serve."""
    from services.processor.child import serve

    serve(pipe, processor_id, data_root)
