"""The reader's settings, from its environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from shared.runtime.settings import ServiceSettings

Payload = Literal["inline", "reference"]
"""Whether a raw batch carries its records, or only their place in the file."""


class ReaderSettings(ServiceSettings):
    """What only the reader is told."""

    data_root: Path = Field(
        Path("/data"), description="Folder that input files must be in.", examples=["/data/landing"]
    )
    payload: Payload = Field(
        "inline",
        description="What a raw batch carries: its records, or only their place in the file. Processors then read "
        "them there, and need the readers' data folder for it, under their own LRECL_DATA_ROOT.",
    )
    hand_on_seconds: float = Field(
        300.0,
        gt=0,
        description="A longer read goes on as a new command, so that no message stays unacknowledged for long.",
    )
