"""Where the broker is and how to behave towards it, from the environment (``LRECL_BROKER_*``)."""

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
    """One RabbitMQ (or cluster behind one name); the password comes from a file where one is named."""

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
    certificate_file: Path | None = Field(None, description="Client certificate (PEM), where the broker asks for one.")
    key_file: Path | None = Field(None, description="Its private key (PEM), unless the certificate's file holds it.")
    heartbeat_seconds: int = Field(30, ge=5, description="Heartbeat asked of the broker.", examples=[30])
    raw_queue_bound: int = Field(20, ge=1, description="Raw batches the broker holds before it refuses more.")
    processed_queue_bound: int = Field(
        10, ge=1, description="Processed batches the broker holds before it refuses more."
    )
    delivery_limit: int = Field(8, ge=1, description="Failed deliveries after which a message is dead-lettered.")
    declare_queues: bool = Field(
        True, description="Whether this service makes exchanges and queues, or waits until somebody else has."
    )

    @model_validator(mode="after")
    def _tls_can_be_had(self) -> Self:
        """A service without its certificates ends at its start, and does not wait for the first connection."""
        self.tls()
        return self

    def tls(self) -> ssl.SSLContext | None:
        """How to speak TLS, read from the files anew; None for an amqp:// URL. LRM010 when that cannot be."""
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
            secret = parts.password or ""  # pika trips over a user without one; the broker shall judge of it
        else:
            return self.url
        user = f"{quote(self.user, safe='') or parts.username or 'guest'}:{secret}"
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{user}@{host}"))
