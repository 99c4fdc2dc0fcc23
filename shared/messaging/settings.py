"""The settings of the broker's clients, from the environment (``LRECL_BROKER_*``)."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import TransientError
from shared.messaging.tls import client_context


class BrokerSettings(BaseSettings):
    """One RabbitMQ, or a cluster behind one name; the password comes from a file if one is named."""

    model_config = SettingsConfigDict(env_prefix="LRECL_BROKER_", extra="ignore")

    url: str = Field(
        "amqp://guest@127.0.0.1:5672/%2F",
        description="AMQP URL of the broker; amqps:// for TLS.",
        examples=["amqp://lrecl@rabbitmq:5672/%2F"],
    )
    user: str = Field("", description="User; without one the URL's.", examples=["lrecl-reader"])
    password_file: Path | None = Field(None, description="File that holds the password.", examples=["/run/secrets/mq"])
    ca_file: Path | None = Field(
        None, description="CA (PEM) that signed the broker's certificate; without it the system's CAs are trusted."
    )
    certificate_file: Path | None = Field(None, description="Client certificate (PEM), if the broker asks for one.")
    key_file: Path | None = Field(None, description="Its private key (PEM), unless the certificate's file holds it.")
    heartbeat_seconds: int = Field(30, ge=5, description="Heartbeat requested from the broker.", examples=[30])
    raw_queue_bound: int = Field(20, ge=1, description="Raw batches the broker holds before it refuses more.")
    processed_queue_bound: int = Field(
        10, ge=1, description="Processed batches the broker holds before it refuses more."
    )
    delivery_limit: int = Field(8, ge=1, description="Failed deliveries after which a message is dead-lettered.")
    declare_queues: bool = Field(
        True, description="Whether this service creates exchanges and queues, or waits until another service has."
    )

    @model_validator(mode="after")
    def _tls_can_be_had(self) -> Self:
        """Let a service without its certificates end at its start, not at its first connection."""
        self.tls()
        return self

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context, made from the files each time; None for an amqp:// URL. LRM010 when it cannot be made."""
        files = self.ca_file, self.certificate_file, self.key_file
        if urlsplit(self.url).scheme == "amqps":
            return client_context(*files)
        if any(files):
            message = "certificates are set for the broker, but its URL is not an amqps:// one"
            raise TransientError("LRM010", message, remedy="Let LRECL_BROKER_URL begin with amqps://.")
        return None

    def url_with_password(self) -> str:
        """The URL to connect with; it holds the password, so never log it."""
        parts = urlsplit(self.url)
        if self.password_file is not None:
            secret = quote(self.password_file.read_text().strip(), safe="")
        elif self.user or (parts.username is not None and parts.password is None):
            secret = parts.password or ""  # pika fails on a user without a password; the broker decides
        else:
            return self.url
        user = f"{quote(self.user, safe='') or parts.username or 'guest'}:{secret}"
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{user}@{host}"))
