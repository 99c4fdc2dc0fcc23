"""lrecl's own database sessions on the tests' Derby."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from pydantic import SecretStr

from shared.database.migrate import migrate
from shared.database.pool import SessionPool
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


@contextmanager
def migrated_pool(endpoint: DerbyEndpoint, schema: str) -> Iterator[SessionPool]:
    """Sessions on control tables that only one test module uses, for the block."""
    made = SessionPool(settings_for(endpoint, schema=schema))
    with made.session() as session:
        migrate(session, schema)
    yield made
    made.close()
