"""The HTTP API: health and metrics for machines, runs for operators. Interactive documentation at /docs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from fastapi import Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST

from services.orchestrator.api import dead_letters, operations, runs
from services.orchestrator.api.acting import require_acting
from services.orchestrator.api.admission import Admission, BodyLimits
from services.orchestrator.api.auth import describe_token
from services.orchestrator.api.documentation import add_documentation
from services.orchestrator.api.errors import RESPONSES, handle_errors
from services.orchestrator.service import Orchestrator
from shared.observability.metrics import exposition

_PROBE_THREADS: Final = 2
_BODY: Final = BodyLimits(bytes=1_048_576, seconds=30.0)

Answer = TypeVar("Answer")


def create_app(orchestrator: Orchestrator, body: BodyLimits = _BODY) -> FastAPI:
    """The application over one orchestrator; ``body`` limits the bodies of requests."""
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
    app.add_middleware(Admission, token=orchestrator.token, body=body)
    token = [Depends(describe_token)]
    app.include_router(runs.router, prefix="/api/v1", dependencies=token, responses=RESPONSES)
    for router in (dead_letters.router, operations.router):
        dependencies = [*token, Depends(require_acting)]
        app.include_router(router, prefix="/api/v1", dependencies=dependencies, responses=RESPONSES)
    return app


def _add_health(app: FastAPI, orchestrator: Orchestrator) -> None:
    probes = ThreadPoolExecutor(_PROBE_THREADS, thread_name_prefix="probes")

    async def apart(call: Callable[[], Answer]) -> Answer:
        """The threads of other requests may all be at work."""
        return await asyncio.get_running_loop().run_in_executor(probes, call)

    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """Alive."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["health"])
    async def readyz(response: Response) -> dict[str, object]:
        """Ready: broker and database answer."""
        conditions = await apart(orchestrator.checks)
        response.status_code = 200 if all(conditions.values()) else 503
        return {"ready": all(conditions.values()), "checks": conditions}

    @app.get("/metrics", tags=["health"])
    async def metrics() -> Response:
        """Prometheus metrics."""
        return Response(await apart(exposition), media_type=CONTENT_TYPE_LATEST)
