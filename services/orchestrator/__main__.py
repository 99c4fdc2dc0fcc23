"""``python -m services.orchestrator``: runs, API, reports. Configured by the environment (LRECL_*)."""

from __future__ import annotations

import sys

from services.orchestrator.api.admission import BodyLimits
from services.orchestrator.api.app import create_app
from services.orchestrator.api.server import ConnectionLimits, WebServer
from services.orchestrator.service import Orchestrator
from services.orchestrator.settings import OrchestratorSettings
from shared.database.settings import DatabaseSettings
from shared.messaging.settings import BrokerSettings
from shared.runtime.service import HttpServer, run


def main() -> int:
    """Run the orchestrator until SIGTERM."""
    settings = OrchestratorSettings()
    connections = ConnectionLimits(settings.http_connections, settings.http_header_seconds)
    bodies = BodyLimits(settings.http_body_bytes, settings.http_body_seconds)

    def listen(worker: Orchestrator) -> HttpServer:
        return WebServer(create_app(worker, bodies), settings.http_host, settings.http_port, connections)

    return run("orchestrator", settings, lambda: Orchestrator(settings, DatabaseSettings(), BrokerSettings()), listen)


if __name__ == "__main__":
    sys.exit(main())
