"""The API's bearer token."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.errors import RequestError

_bearer = HTTPBearer(auto_error=False, description="The token from LRECL_API_TOKEN_FILE.")


def bearer_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    """The bearer token that the request carries; empty without one."""
    return credentials.credentials if credentials else ""


def is_token(request: Request, given: str) -> bool:
    """Whether ``given`` is the API's token, compared in constant time; nothing equals an empty one."""
    expected: str = request.app.state.orchestrator.token
    return bool(given and expected) and secrets.compare_digest(given.encode(), expected.encode())


def require_token(request: Request, token: Annotated[str, Depends(bearer_token)]) -> None:
    """LRQ002 (401) unless the request carries the token."""
    if not is_token(request, token):
        raise RequestError(
            "LRQ002", "the request needs the API's bearer token", status=401, remedy="Set LRECL_API_TOKEN(_FILE)."
        )
