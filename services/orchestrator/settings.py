"""What the orchestrator is told by its environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from shared.errors import PermanentError
from shared.runtime.settings import ServiceSettings


class OrchestratorSettings(ServiceSettings):
    """The orchestrator's own knobs."""

    jobs_root: Path = Field(Path("jobs"), description="Folder of job definitions.", examples=["/jobs"])
    data_root: Path = Field(
        Path("/data"), description="Folder that input files must lie in.", examples=["/data/landing"]
    )
    api_token: SecretStr | None = Field(None, description="Bearer token of the API; prefer api_token_file.")
    api_token_file: Path | None = Field(None, description="File that holds the API's bearer token.")
    poll_seconds: float = Field(0.5, gt=0, description="Seconds between looks at the ledger while a run loads.")
    lease_seconds: float = Field(
        4.0, gt=0, description="Seconds without a renewal after which another orchestrator may act."
    )
    dead_letter_seconds: float = Field(1.0, gt=0, description="Seconds between looks at the dead-letter queues.")

    def token(self) -> str:
        """The API's token; LRQ001 when none is set, because an API without one is open to everybody."""
        if self.api_token_file:
            return self.api_token_file.read_text().strip()
        if self.api_token and self.api_token.get_secret_value():
            return self.api_token.get_secret_value()
        raise PermanentError("LRQ001", "the API has no token", remedy="Set LRECL_API_TOKEN_FILE (or LRECL_API_TOKEN).")
