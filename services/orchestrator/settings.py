"""The orchestrator's settings, from the environment (LRECL_*)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from shared.errors import PermanentError
from shared.runtime.settings import ServiceSettings


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

    def token(self) -> str:
        """The API's token; LRQ001 when there is none or a blank one, LRQ003 when its file cannot be read.

        An API without a token would be open to anyone.
        """
        token = self._configured_token().strip()
        if not token:
            remedy = "Set LRECL_API_TOKEN_FILE (or LRECL_API_TOKEN) to a token that is not blank."
            raise PermanentError("LRQ001", "the API has no token", remedy=remedy)
        return token

    def _configured_token(self) -> str:
        if self.api_token_file is None:
            return self.api_token.get_secret_value() if self.api_token else ""
        try:
            return self.api_token_file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            remedy = "LRECL_API_TOKEN_FILE names a text file that the service may read."
            raise PermanentError("LRQ003", f"the token file cannot be read: {error}", remedy=remedy) from error
