"""The orchestrator's API, as the command line uses it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import RequestError, TransientError
from shared.texts import printable

LATEST: Final = "latest"
"""Stands for the id of the newest run."""

_CONNECT_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 60.0


class ClientSettings(BaseSettings):
    """Where the orchestrator is, and the token that it asks for."""

    model_config = SettingsConfigDict(env_prefix="LRECL_", extra="ignore")

    api_url: str = Field("http://127.0.0.1:8000", description="URL of the orchestrator.")
    api_token: SecretStr | None = Field(None, description="Bearer token; api_token_file is safer.")
    api_token_file: str | None = Field(None, description="File that holds the bearer token.")

    def token(self) -> str | None:
        """The token; None when no setting names one.

        LRQ003 when its file cannot be read, LRQ084 when it is empty or cannot be a token.
        """
        if self.api_token_file is not None:
            return _checked_token(_read_token(self.api_token_file), "the token file")
        if self.api_token is not None:
            return _checked_token(self.api_token.get_secret_value().strip(), "LRECL_API_TOKEN")
        return None


def _read_token(name: str) -> str:
    if not name.strip():
        raise RequestError(
            "LRQ084", "LRECL_API_TOKEN_FILE is empty.", remedy="Set it to the path of the token file, or unset it."
        )
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise RequestError(
            "LRQ003",
            f"The token file {name} cannot be read: {reason}.",
            remedy="LRECL_API_TOKEN_FILE names it; check the path, and that you may read it.",
        ) from error


def _checked_token(token: str, source: str) -> str:
    if not token:
        raise RequestError(
            "LRQ084", f"The API token is empty: {source} holds nothing.", remedy="Set the token, or unset the variable."
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise RequestError(
            "LRQ084",
            f"The API token in {source} holds characters that a token cannot have.",
            remedy="A token is one line of printable ASCII without spaces.",
        )
    return token


class Client:
    """Requests to the API. An error that the API answers is raised with its own code, message, remedy and context."""

    def __init__(self, settings: ClientSettings | None = None) -> None:
        """LRQ003 and LRQ084 for settings that cannot be used."""
        settings = settings or ClientSettings()
        self._url = settings.api_url
        token = settings.token()
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            if not httpx.URL(self._url).is_absolute_url:
                raise httpx.InvalidURL("It has no scheme and host.")
            self._http = httpx.Client(base_url=f"{self._url}/api/v1", headers=headers)
        except httpx.InvalidURL as error:
            raise RequestError(
                "LRQ084",
                f"LRECL_API_URL={self._url!r} is not a URL: {error}",
                remedy="It looks like http://host:8000.",
            ) from error

    def get(self, path: str, **query: Any) -> Any:
        """JSON of a GET; parameters that are None are left out."""
        return self._json(self._request("GET", path, query))

    def text(self, path: str) -> str:
        """Text of a GET."""
        return self._request("GET", path).text

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """JSON that a POST is answered with, however long the work takes."""
        return self._json(self._request("POST", path, body=body))

    def run_id(self, name: str) -> str:
        """The id that ``name`` stands for: itself, or the newest run's for ``latest``. LRQ010 when there is no run."""
        if name != LATEST:
            return name
        newest: list[dict[str, Any]] = self.get("/runs", limit=1)
        if not newest:
            raise RequestError("LRQ010", "There is no run yet.", remedy="`lrecl run` starts one.", status=404)
        return str(newest[0]["run_id"])

    def _request(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        _check_texts([*given.values(), *(body or {}).values()])
        timeout = httpx.Timeout(_CONNECT_SECONDS, read=_ANSWER_SECONDS if method == "GET" else None)
        try:
            response = self._http.request(method, path, params=given, json=body, timeout=timeout)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TransientError(
                "LRQ004",
                f"The orchestrator at {self._url} does not answer: {error or type(error).__name__}.",
                remedy="Check that it runs and that LRECL_API_URL names it.",
            ) from error
        if response.is_error:
            raise _server_error(response)
        return response

    def _json(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise _foreign(response) from error


def _check_texts(values: Iterable[object]) -> None:
    """LRQ082 for a word of the command line, such as the name of a file, that is not UTF-8."""
    for value in values:
        if isinstance(value, str) and (shown := printable(value)) != value:
            remedy = "The bytes that are not UTF-8 are shown escaped. Rename the file, if it is the name of one."
            raise RequestError("LRQ082", f"{shown} is not text in UTF-8.", remedy=remedy)


def _server_error(response: httpx.Response) -> RequestError:
    try:
        error = response.json()["error"]
        coded = RequestError(error["code"], error["message"], remedy=error["remedy"], status=response.status_code)
        coded.context = dict(error["context"])
    except (ValueError, KeyError, TypeError):
        return _foreign(response)
    return coded


def _foreign(response: httpx.Response) -> RequestError:
    return RequestError(
        "LRQ005",
        f"The answer is not the orchestrator's: HTTP {response.status_code}, {response.text[:200].strip()!r}.",
        remedy="LRECL_API_URL may name another program, or a proxy that answered instead.",
        status=response.status_code,
    )
