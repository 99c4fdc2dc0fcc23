"""Settings of the database, from the environment (``LRECL_DB_*``)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.batch.types import identifier
from shared.errors import PermanentError

Dialect = Literal["db2", "derby"]


class DatabaseSettings(BaseSettings):
    """How to reach one database. The password comes from a file (a mounted secret) or, on a laptop, from a variable."""

    model_config = SettingsConfigDict(env_prefix="LRECL_DB_", extra="ignore")

    host: str = Field("127.0.0.1", description="Host name of Db2, or of Derby's gateway.", examples=["db2.farm"])
    port: int = Field(50000, description="TCP port of Db2 or of the gateway.", examples=[50000])
    name: str = Field("LRECL", description="Database name.", examples=["LRECL"])
    user: str = Field("lrecl", description="User that owns the control tables.")
    password: SecretStr | None = Field(None, description="The user's password. Prefer password_file.")
    password_file: Path | None = Field(None, description="File that holds the password.", examples=["/run/secrets/db"])
    dialect: Dialect = Field("db2", description="The database's SQL: db2, or derby for evaluation and tests.")
    control_schema: str = Field("LRECL", description="Schema of the control tables and of unqualified tables.")
    dsn_file: Path | None = Field(
        None,
        description="File that holds a whole CLI connection string (DATABASE=…;HOSTNAME=…;…). It replaces the others.",
        examples=["/run/secrets/db-dsn"],
    )
    tls_certificate: Path | None = Field(None, description="The server's certificate (PEM). It switches TLS on.")

    @field_validator("control_schema")
    @classmethod
    def _is_identifier(cls, value: str) -> str:
        return identifier(value)

    def connection_string(self) -> str:
        """The CLI driver's connection string. It holds the password and must not be logged."""
        if self.dsn_file is not None:
            return self.dsn_file.read_text().strip()
        parts = {
            "DATABASE": self.name,
            "HOSTNAME": self.host,
            "PORT": str(self.port),
            "PROTOCOL": "TCPIP",
            "UID": self.user,
            "PWD": self._secret(),
        }
        if self.tls_certificate:
            parts |= {"SECURITY": "SSL", "SSLServerCertificate": str(self.tls_certificate)}
        else:
            parts["AUTHENTICATION"] = "SERVER"
        return "".join(f"{key}={_quoted(value)};" for key, value in parts.items())

    def _secret(self) -> str:
        if self.password_file:
            return self.password_file.read_text().strip()
        return self.password.get_secret_value() if self.password else ""


def _quoted(value: str) -> str:
    """``value``, if a connection string can carry it. Raises LRB003 for a semicolon or NUL, which would end it."""
    if ";" in value or "\0" in value:
        raise PermanentError(
            "LRB003",
            "A database setting contains a semicolon or NUL, which a connection string cannot carry.",
            remedy="Change the value, or give the whole connection string in LRECL_DB_DSN_FILE.",
        )
    return value
