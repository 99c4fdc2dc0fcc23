"""A thread that does its work again and again, and that no error ends.

``WorkerLoop`` is the one way in which a service starts a thread that lives as long as itself. The work handles the
errors that it foresees. Any other is logged with its traceback, the loop counts as down, and after a pause that grows
with each failure the work begins anew. While a loop is down its service is not ready, and ``lrecl_worker_down`` is 1.
A thread that lives as long as a piece of work, as that of a run, is watched and started anew by such a loop.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from shared.observability import metrics
from shared.observability.logs import get_logger

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 30.0

log = get_logger()


def pause_after(failures: int, first: float) -> float:
    """Seconds to wait after ``failures`` failures in a row: ``first``, doubled with each further one, at most 30."""
    doublings = min(max(failures - 1, 0), 60)
    return min(first * 2.0**doublings, _LONGEST_PAUSE)


def survives(call: Callable[[], None], what: str) -> bool:
    """Whether ``call`` ended without an error; an error is logged as one of ``what`` and goes no further.

    ``SystemExit`` is an error here like any other: raised by a library, it would end a thread without a word.
    """
    try:
        call()
    except BaseException:
        _log_failure(what)
        return False
    return True


def _log_failure(what: str) -> None:
    try:
        log.exception("unexpected error", where=what)
    except Exception:  # an error that cannot even be logged must not end the thread either
        with suppress(Exception):
            traceback.print_exc(file=sys.stderr)


def show_down(name: str, is_down: Callable[[], bool]) -> None:
    """Let ``lrecl_worker_down`` tell, for the worker ``name``, what ``is_down`` says whenever it is read."""
    metrics.WORKER_DOWN.labels(name).set_function(lambda: float(is_down()))


def hide_down(name: str) -> None:
    """Take the worker out of the metric; harmless where it is not there."""
    with suppress(KeyError):
        metrics.WORKER_DOWN.remove(name)


class WorkerLoop:
    """A thread that calls ``step`` until it is stopped; with ``every``, it waits so many seconds before each call.

    ``step`` must return often enough to let a stop be noticed, and its own waits must end with ``stopping``, which
    several loops may share. ``finish`` is called in the same thread when the loop ends.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], None],
        *,
        every: float = 0.0,
        finish: Callable[[], None] | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self.stopping = stopping or threading.Event()
        self._name = name
        self._step = step
        self._every = every
        self._finish = finish
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def healthy(self) -> bool:
        """Whether the thread lives and the last call of ``step`` ended without an error."""
        return self._thread.is_alive() and not self._failures

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()
        show_down(self._name, self._is_down)

    def stop(self) -> None:
        """Ask the loop to end after the call in hand, without waiting for that."""
        self.stopping.set()
        hide_down(self._name)

    def join(self, timeout: float) -> None:
        """Stop the loop and wait for its end, at most ``timeout`` seconds."""
        self.stop()
        if self._thread.ident is None:  # it was never started
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            log.warning("the worker did not end in time", worker=self._name, seconds=timeout)

    def _is_down(self) -> bool:
        return not self.healthy and not self.stopping.is_set()

    def _run(self) -> None:
        while not self.stopping.wait(self._every):
            if survives(self._step, self._name):
                self._failures = 0
            else:
                self._failures += 1
                self.stopping.wait(pause_after(self._failures, _FIRST_PAUSE))
        if self._finish is not None:
            survives(self._finish, self._name)
