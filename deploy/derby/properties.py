"""Derby's settings for lrecl's way of working, written as Java properties."""

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
"""Row locks of one transaction before Derby locks the table: out of reach of any batch, so that writers stay apart."""
PAGES_CACHED = 8000
"""Pages of 4 to 32 KiB; the default of 1,000 does not hold the indexes that inserts touch."""
STATEMENTS_CACHED = 2_000
"""Prepared statements that all sessions share by their text, more than the jobs of an evaluation have.

Of the default's 100 some must give way to others, and Derby 10.14 may lose a race there (NullPointerException in
ClockPolicy.rotateClock): preparing that statement hangs from then on, for everybody. Its code reads the property under
this name; the manual's derby.language.statementCache.size has no effect.
"""


def server_properties(user: str, password: str, *, durable: bool) -> dict[str, str]:
    """The contents of ``derby.properties``; without durability a power cut may cost the database."""
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
    """Writes a properties file that only its owner can read."""
    text = "".join(f"{_escaped(key)}={_escaped(value)}\n" for key, value in properties.items())
    # A file of this name may be left from an earlier start with wider rights; a new one is given them at birth.
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="ascii") as file:
        file.write(text)


def _escaped(text: str) -> str:
    """Text as java.util.Properties reads it back: Latin letters and digits as they are, the rest as UTF-16 units."""
    plain = "-._"
    return "".join(c if c.isascii() and (c.isalnum() or c in plain) else _units(c) for c in text)


def _units(character: str) -> str:
    encoded = character.encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(encoded[i : i + 2], 'big'):04x}" for i in range(0, len(encoded), 2))
