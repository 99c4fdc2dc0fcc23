"""The HTTP API: health and metrics for machines, runs for operators. Interactive documentation at /docs."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from services.orchestrator.api import dead_letters, operations
from services.orchestrator.api.acting import require_acting
from services.orchestrator.api.auth import require_token
from services.orchestrator.api.runs import router
from services.orchestrator.service import Orchestrator
from shared.errors import CopybookError, InputError, JobError, LreclError, RequestError, TransientError
from shared.observability.logs import get_logger
from shared.observability.metrics import exposition

log = get_logger()


def create_app(orchestrator: Orchestrator) -> FastAPI:
    """The application over one orchestrator."""
    app = FastAPI(title="lrecl", description="Loads mainframe files into Db2, exactly once, with proof.")
    app.state.orchestrator = orchestrator
    app.include_router(router, prefix="/api/v1", dependencies=[Depends(require_token)])
    for more in (dead_letters.router, operations.router):
        app.include_router(more, prefix="/api/v1", dependencies=[Depends(require_token), Depends(require_acting)])
    app.add_exception_handler(LreclError, _coded)

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

    return app


async def _coded(_request: Request, error: Exception) -> JSONResponse:
    """A coded error as JSON: code, message, remedy and the data that broke."""
    if not isinstance(error, LreclError):
        raise error
    body = {"code": error.code, "message": error.message, "remedy": error.remedy, "context": error.context}
    status = _status(error)
    if status >= 500:
        log.error("request failed", code=error.code, error=error.message)
    return JSONResponse({"error": {k: v if k != "context" else _plain(error.context) for k, v in body.items()}}, status)


def _status(error: LreclError) -> int:
    if isinstance(error, RequestError):
        return error.status
    if isinstance(error, (JobError, CopybookError, InputError)):
        return 404 if error.code in ("LRJ006", "LRF011") else 422
    return 503 if isinstance(error, TransientError) else 500


def _plain(context: dict[str, object]) -> dict[str, object]:
    return {
        name: value if isinstance(value, (int, float, str, type(None))) else str(value)
        for name, value in context.items()
    }
