"""The settings of Derby that lrecl needs, written as a Java properties file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PRIVATE = 0o600

LOCK_TIMEOUT = 20
"""Seconds that a statement waits for a lock before it fails with SQLSTATE 40XL1."""
DEADLOCK_TIMEOUT = 2
"""Seconds before a waiting statement looks for a deadlock, which ends with SQLSTATE 40001."""
ESCALATION_THRESHOLD = 10_000_000
"""Row locks of one transaction before Derby locks the whole table. No batch has as many, so writers run in parallel."""
PAGES_CACHED = 8000
"""Pages of 4 to 32 KiB. The default of 1,000 does not hold the indexes that inserts change."""
STATEMENTS_CACHED = 2_000
"""Prepared statements that all sessions share by their text. An evaluation's jobs have fewer.

The default is 100. When the cache is full Derby 10.14 evicts statements, and a race there (NullPointerException in
ClockPolicy.rotateClock) makes every session hang that prepares the same statement. Derby's code reads the property
under this name. The name in the manual, derby.language.statementCache.size, has no effect.
"""


def server_properties(user: str, password: str, *, durable: bool) -> dict[str, str]:
    """The contents of ``derby.properties``. Unless ``durable``, a power failure may destroy the database."""
    settings = {
        "derby.connection.requireAuthentication": "true",
        "derby.authentication.provider": "BUILTIN",
        f"derby.user.{user}": password,
        "derby.locks.waitTimeout": str(LOCK_TIMEOUT),
        "derby.locks.deadlockTimeout": str(DEADLOCK_TIMEOUT),
        "derby.locks.escalationThreshold": str(ESCALATION_THRESHOLD),
        "derby.storage.pageCacheSize": str(PAGES_CACHED),
        "derby.language.statementCacheSize": str(STATEMENTS_CACHED),
        "derby.infolog.append": "true",
    }
    if not durable:
        settings["derby.system.durability"] = "test"
    return settings


def write(path: Path, properties: Mapping[str, str]) -> None:
    """Write a properties file that only its owner can read."""
    text = "".join(f"{_escaped(key)}={_escaped(value)}\n" for key, value in properties.items())
    # A file left by an earlier start may have other permissions. A new file has the right ones from the beginning.
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="ascii") as file:
        file.write(text)


def _escaped(text: str) -> str:
    """``text`` escaped for java.util.Properties. Only ASCII letters, digits, ``-``, ``.`` and ``_`` stay unchanged."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-._") else _utf16_escapes(c) for c in text)


def _utf16_escapes(character: str) -> str:
    encoded = character.encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(encoded[i : i + 2], 'big'):04x}" for i in range(0, len(encoded), 2))
