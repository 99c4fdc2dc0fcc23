"""The API from the command line's side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import RequestError, TransientError

_TIMEOUT = httpx.Timeout(30.0, read=None)
"""Registering a file reads all of it, for its digest: no limit on the answer."""


class ClientSettings(BaseSettings):
    """Where the orchestrator is."""

    model_config = SettingsConfigDict(env_prefix="LRECL_", extra="ignore")

    api_url: str = Field("http://127.0.0.1:8000", description="URL of the orchestrator.")
    api_token: SecretStr | None = Field(None, description="Bearer token; prefer api_token_file.")
    api_token_file: Path | None = Field(None, description="File that holds the bearer token.")

    def token(self) -> str:
        """The token; LRQ003 when its file cannot be read."""
        if self.api_token_file is None:
            return self.api_token.get_secret_value() if self.api_token else ""
        try:
            return self.api_token_file.read_text().strip()
        except OSError as error:
            raise RequestError("LRQ003", f"the token file cannot be read: {error}") from error


class Client:
    """Requests that raise the server's coded errors as they were."""

    def __init__(self, settings: ClientSettings | None = None) -> None:
        settings = settings or ClientSettings()
        self._url = settings.api_url
        token = settings.token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}  # the server says what is missing
        self._http = httpx.Client(base_url=f"{self._url}/api/v1", headers=headers, timeout=_TIMEOUT)

    def get(self, path: str, parameters: dict[str, Any] | None = None) -> Any:
        """JSON of a GET."""
        return self._request("GET", path, params=parameters).json()

    def text(self, path: str) -> str:
        """Text of a GET."""
        return self._request("GET", path).text

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """JSON answered to a POST."""
        return self._request("POST", path, json=body).json()

    def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **more)
        except httpx.TransportError as error:
            raise TransientError(
                "LRQ004",
                f"the orchestrator at {self._url} does not answer: {error}",
                remedy="Is it running? LRECL_API_URL says where it is.",
            ) from error
        if response.is_error:
            raise _server_error(response)
        return response


def _server_error(response: httpx.Response) -> RequestError:
    try:
        error = response.json()["error"]
        return RequestError(
            error["code"], error["message"], remedy=error["remedy"], status=response.status_code, **error["context"]
        )
    except (ValueError, KeyError, TypeError):
        return RequestError(
            "LRQ005", f"HTTP {response.status_code}: {response.text[:500]}", status=response.status_code
        )
