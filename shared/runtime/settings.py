"""The settings that all services have, from their environment (``LRECL_*``)."""

from __future__ import annotations

import socket
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Common to all services; each adds its own."""

    model_config = SettingsConfigDict(env_prefix="LRECL_", extra="ignore")

    instance: str = Field(
        default_factory=socket.gethostname,
        max_length=64,
        description="Name of this replica in logs, metrics and the ledger.",
        examples=["processor-1"],
    )
    http_host: str = Field("127.0.0.1", description="Address that health and metrics listen on.")
    http_port: int = Field(8000, ge=0, le=65535, description="Port of health and metrics.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    heartbeat_seconds: float = Field(1.0, gt=0, description="Seconds between life signs with memory figures.")
    stop_grace_seconds: float = Field(20.0, gt=0, description="Seconds that work in hand gets to finish after SIGTERM.")
