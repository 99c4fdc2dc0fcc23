"""The API's token, and who has to show it: everybody, except for health and metrics.

Nothing of a request but its headers is read before. A browser cannot send a bearer token by itself: for the
documentation it asks for a name and a password, and the password is the token. Only these pages take it so. The API
takes the bearer token alone, which no page of another site can make a browser send.
"""

from __future__ import annotations

import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Final

from fastapi.security import HTTPBearer

from shared.errors import RequestError

OPEN: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""For probes and Prometheus, which have no token."""

DOCUMENTATION: Final = "/docs"
SCHEMA: Final = "/openapi.json"

describe_token: Final = HTTPBearer(auto_error=False, description="The token from LRECL_API_TOKEN_FILE.")
"""A dependency that only says in the documentation what the API asks for."""


def require_token(path: str, headers: Mapping[str, str], token: str) -> None:
    """LRQ002 (401) unless the headers carry the token in one of the forms that the path takes."""
    if path in OPEN:
        return
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and _equal(given.strip(), token):
        return
    if _is_page(path) and scheme.lower() == "basic" and _equal(_password(given), token):
        return
    remedy = "Give the token as the password, with any name." if _is_page(path) else "Set LRECL_API_TOKEN(_FILE)."
    raise RequestError("LRQ002", "the request needs the API's token", status=401, remedy=remedy)


def challenge(path: str) -> str:
    """What a browser or client is asked for at ``path``: the value of WWW-Authenticate."""
    return 'Basic realm="lrecl"' if _is_page(path) else "Bearer"


def _is_page(path: str) -> bool:
    return path in (SCHEMA, DOCUMENTATION) or path.startswith(f"{DOCUMENTATION}/")


def _equal(given: str, token: str) -> bool:
    """Compared in constant time; nothing equals an empty token."""
    return bool(given and token) and secrets.compare_digest(given.encode(), token.encode())


def _password(credentials: str) -> str:
    try:
        return b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (Base64Error, UnicodeDecodeError):
        return ""
