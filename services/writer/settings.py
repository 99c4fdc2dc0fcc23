"""The writer's settings, from its environment."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class WriterSettings(ServiceSettings):
    """What only the writer is told."""

    writer_threads: int = Field(2, ge=1, le=64, description="Threads, each with its own broker and Db2 connection.")
    writer_prefetch: int = Field(
        2, ge=1, description="Processed batches each thread holds: one in work, the rest ready."
    )
