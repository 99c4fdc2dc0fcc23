"""Of several orchestrators only one changes anything."""

from __future__ import annotations

from fastapi import Request

_READING = ("GET", "HEAD")


def require_acting(request: Request) -> None:
    """LRQ045 (503), with the holder's name, for a request that would change something while another one acts."""
    if request.method not in _READING:
        request.app.state.orchestrator.election.acting()
