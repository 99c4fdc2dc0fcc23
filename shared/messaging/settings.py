"""Where the broker is and how to behave towards it, from the environment (``LRECL_BROKER_*``)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class BrokerSettings(BaseSettings):
    """One RabbitMQ (or cluster behind one name); the password comes from a file where one is named."""

    model_config = SettingsConfigDict(env_prefix="LRECL_BROKER_", extra="ignore")

    url: str = Field(
        "amqp://guest@127.0.0.1:5672/%2F",
        description="AMQP URL of the broker; amqps:// for TLS.",
        examples=["amqp://lrecl@rabbitmq:5672/%2F"],
    )
    password_file: Path | None = Field(None, description="File that holds the password.", examples=["/run/secrets/mq"])
    heartbeat_seconds: int = Field(30, ge=5, description="Heartbeat asked of the broker.", examples=[30])
    raw_queue_bound: int = Field(20, ge=1, description="Raw batches the broker holds before it refuses more.")
    processed_queue_bound: int = Field(
        10, ge=1, description="Processed batches the broker holds before it refuses more."
    )
    delivery_limit: int = Field(8, ge=1, description="Failed deliveries after which a message is dead-lettered.")

    def url_with_password(self) -> str:
        """The URL to connect with; it holds the password, so never log it."""
        parts = urlsplit(self.url)
        if self.password_file is not None:
            secret = quote(self.password_file.read_text().strip(), safe="")
        elif parts.username is not None and parts.password is None:
            secret = ""  # pika trips over a user without one; the broker shall say what it thinks of it
        else:
            return self.url
        user = f"{parts.username or 'guest'}:{secret}"
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{user}@{host}"))
