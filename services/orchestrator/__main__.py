"""``python -m services.orchestrator``: runs, API, reports. Configured by the environment (LRECL_*)."""

from __future__ import annotations

import sys
import threading

import uvicorn

from services.orchestrator.api.app import create_app
from services.orchestrator.service import Orchestrator
from services.orchestrator.settings import OrchestratorSettings
from shared.database.settings import DatabaseSettings
from shared.messaging.settings import BrokerSettings
from shared.runtime.service import HttpServer, run


class _WebServer:
    """uvicorn in a thread: the frame keeps the main thread and the signals."""

    def __init__(self, orchestrator: Orchestrator, host: str, port: int) -> None:
        config = uvicorn.Config(create_app(orchestrator), host=host, port=port, log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self.server_port = port
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)
        self._thread.start()

    def shutdown(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(5)


def main() -> int:
    """Run the orchestrator until SIGTERM."""
    settings = OrchestratorSettings()

    def listen(worker: Orchestrator) -> HttpServer:
        return _WebServer(worker, settings.http_host, settings.http_port)

    return run("orchestrator", settings, lambda: Orchestrator(settings, DatabaseSettings(), BrokerSettings()), listen)


if __name__ == "__main__":
    sys.exit(main())
