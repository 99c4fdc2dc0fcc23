"""The processor's settings, from its environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class ProcessorSettings(ServiceSettings):
    """What only the processor is told."""

    data_root: Path = Field(
        Path("/data"),
        description="The readers' folder of input files; used only for batches that come as references.",
        examples=["/data/landing"],
    )
    pool_size: int = Field(4, ge=1, le=256, description="Decoding processes.", examples=[4])
    prefetch_ahead: int = Field(0, ge=0, description="Raw batches held ready beyond one per pool process.")
