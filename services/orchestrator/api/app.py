"""The HTTP API: health and metrics for machines, runs for operators. Interactive documentation at /docs."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST

from services.orchestrator.api import dead_letters, operations, runs
from services.orchestrator.api.acting import require_acting
from services.orchestrator.api.auth import require_token
from services.orchestrator.api.documentation import add_documentation
from services.orchestrator.api.errors import RESPONSES, handle_errors
from services.orchestrator.service import Orchestrator
from shared.observability.metrics import exposition


def create_app(orchestrator: Orchestrator) -> FastAPI:
    """The application over one orchestrator."""
    app = FastAPI(
        title="lrecl",
        description="Loads mainframe files into Db2, exactly once, with proof.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.orchestrator = orchestrator
    handle_errors(app)
    add_documentation(app)
    _add_health(app, orchestrator)
    token = [Depends(require_token)]
    app.include_router(runs.router, prefix="/api/v1", dependencies=token, responses=RESPONSES)
    for router in (dead_letters.router, operations.router):
        dependencies = [*token, Depends(require_acting)]
        app.include_router(router, prefix="/api/v1", dependencies=dependencies, responses=RESPONSES)
    return app


def _add_health(app: FastAPI, orchestrator: Orchestrator) -> None:
    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """Alive."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["health"])
    def readyz(response: Response) -> dict[str, object]:
        """Ready: broker and database answer."""
        conditions = orchestrator.checks()
        response.status_code = 200 if all(conditions.values()) else 503
        return {"ready": all(conditions.values()), "checks": conditions}

    @app.get("/metrics", tags=["health"])
    def metrics() -> Response:
        """Prometheus metrics."""
        return Response(exposition(), media_type=CONTENT_TYPE_LATEST)
