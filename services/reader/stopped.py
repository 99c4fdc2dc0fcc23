"""Runs for which nothing more need be read, as the orchestrator announces them every second."""

from __future__ import annotations

from shared.messaging.messages import Event, ReadCommand


class StoppedRuns:
    """Thread-safe: what was heard last is replaced as a whole.

    A command names the attempt it belongs to, so that a run which goes on is never held up by old news.
    """

    def __init__(self) -> None:
        self._attempts: dict[str, int] = {}

    def receive(self, event: Event) -> None:
        """Take the orchestrator's list."""
        self._attempts = {str(run_id): int(attempt) for run_id, attempt in event.figures.get("runs", {}).items()}

    def covers(self, command: ReadCommand) -> bool:
        """Whether the command belongs to an attempt that was stopped."""
        return command.attempt <= self._attempts.get(command.run_id, 0)
