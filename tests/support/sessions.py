"""lrecl's own database code on the tests' Derby."""

from __future__ import annotations

from itertools import count

from pydantic import SecretStr

from shared.database.settings import DatabaseSettings
from tests.support.derby import DerbyEndpoint

_NUMBERS = count(1)


def fresh_name(stem: str) -> str:
    """An identifier that no other test uses."""
    return f"{stem}{next(_NUMBERS)}"


def settings_for(endpoint: DerbyEndpoint, port: int | None = None, schema: str = "LRECL") -> DatabaseSettings:
    """How lrecl reaches the database, directly or through the proxy at ``port``."""
    return DatabaseSettings(
        host=endpoint.host,
        port=port or endpoint.port,
        name=endpoint.database,
        user=endpoint.user,
        password=SecretStr(endpoint.password),
        dialect="derby",
        control_schema=schema,
    )
