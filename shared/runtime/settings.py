"""The settings that all services have, from their environment (``LRECL_*``)."""

from __future__ import annotations

import socket
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

NAME_BYTES: Final = 64
"""The ledger keeps the names of the readers, processors and writers that worked on a batch in columns of this width."""


def _fits(name: str) -> str:
    if len(name.encode()) > NAME_BYTES:
        raise ValueError(f"the name is longer than {NAME_BYTES} bytes")
    return name


class ServiceSettings(BaseSettings):
    """Common to all services; each adds its own."""

    model_config = SettingsConfigDict(env_prefix="LRECL_", extra="ignore")

    instance: Annotated[str, AfterValidator(_fits)] = Field(
        default_factory=socket.gethostname,
        min_length=1,
        description="Name of this replica in logs, metrics and the ledger.",
        examples=["processor-1"],
    )
    http_host: str = Field("127.0.0.1", description="Address that health and metrics listen on.")
    http_port: int = Field(8000, ge=0, le=65535, description="Port of health and metrics.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    heartbeat_seconds: float = Field(1.0, gt=0, description="Seconds between life signs with memory figures.")
    stop_grace_seconds: float = Field(20.0, gt=0, description="Seconds that work in hand gets to finish after SIGTERM.")

    def worker_name(self, number: int) -> str:
        """The name of the service's ``number``-th worker; the instance's name is cut to make both fit the ledger."""
        suffix = f"-{number}"
        return self.instance.encode()[: NAME_BYTES - len(suffix)].decode("utf-8", "ignore") + suffix
