"""The API's bearer token."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.errors import RequestError

_bearer = HTTPBearer(auto_error=False, description="The token from LRECL_API_TOKEN_FILE.")


def require_token(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """LRQ002 (401) unless the request carries the token; compared in constant time."""
    expected: str = request.app.state.orchestrator.token
    given = credentials.credentials if credentials else ""
    if not secrets.compare_digest(given.encode(), expected.encode()):
        raise RequestError(
            "LRQ002", "the request needs the API's bearer token", status=401, remedy="Set LRECL_API_TOKEN(_FILE)."
        )
