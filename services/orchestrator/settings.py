"""The orchestrator's settings, from the environment (LRECL_*)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr

from shared.errors import PermanentError
from shared.runtime.settings import ServiceSettings

_TOKEN_LENGTH: Final = 16


class OrchestratorSettings(ServiceSettings):
    """The orchestrator's own settings."""

    jobs_root: Path = Field(Path("jobs"), description="Folder of job definitions.", examples=["/jobs"])
    data_root: Path = Field(
        Path("/data"), description="Folder of input files; no file outside it is read.", examples=["/data/landing"]
    )
    api_token: SecretStr | None = Field(None, description="Bearer token of the API; prefer api_token_file.")
    api_token_file: Path | None = Field(None, description="File that holds the API's bearer token.")
    poll_seconds: float = Field(0.5, gt=0, description="Seconds between looks at the ledger while a run loads.")
    lease_seconds: float = Field(
        4.0, gt=0, description="Seconds without a renewal after which another orchestrator may act."
    )
    dead_letter_seconds: float = Field(1.0, gt=0, description="Seconds between looks at the dead-letter queues.")

    http_connections: int = Field(200, ge=10, description="Most connections at once; one more is answered with 503.")
    http_header_seconds: float = Field(
        10.0, gt=0, description="Seconds within which a request's headers must come; idle connections are closed."
    )
    http_body_bytes: int = Field(1_048_576, ge=1_024, description="Most bytes in a request's body (413).")
    http_body_seconds: float = Field(30.0, gt=0, description="Seconds within which a request's body must come (408).")

    def token(self) -> str:
        """The API's token; LRQ001 when there is none or one that is too short, LRQ003 when its file cannot be read.

        An API without a token would be open to anyone, and a short one can be guessed.
        """
        token = self._configured_token().strip()
        if len(token) < _TOKEN_LENGTH:
            what = f"the API's token has only {len(token)} characters" if token else "the API has no token"
            remedy = f"Set LRECL_API_TOKEN_FILE (or LRECL_API_TOKEN) to a token of at least {_TOKEN_LENGTH} characters."
            raise PermanentError("LRQ001", what, remedy=remedy)
        return token

    def _configured_token(self) -> str:
        if self.api_token_file is None:
            return self.api_token.get_secret_value() if self.api_token else ""
        try:
            return self.api_token_file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            remedy = "LRECL_API_TOKEN_FILE names a text file that the service may read."
            raise PermanentError("LRQ003", f"the token file cannot be read: {error}", remedy=remedy) from error
