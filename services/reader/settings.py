"""What the reader is told by its environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class ReaderSettings(ServiceSettings):
    """The reader's own knobs."""

    data_root: Path = Field(
        Path("/data"), description="Folder that input files must lie in.", examples=["/data/landing"]
    )
    hand_on_seconds: float = Field(
        300.0,
        gt=0,
        description="A read longer than this goes on as a new command: no message is held unacknowledged for long.",
    )
