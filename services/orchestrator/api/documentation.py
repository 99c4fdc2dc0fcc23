"""The API's documentation at /docs: Swagger UI from a package, so that it works without the internet."""

from __future__ import annotations

from importlib import resources
from typing import Any, Final, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from services.orchestrator.api.auth import DOCUMENTATION, SCHEMA

_ASSETS: Final = f"{DOCUMENTATION}/assets"
_MEDIA_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
Asset = Literal["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"]

router = APIRouter(include_in_schema=False)


def add_documentation(app: FastAPI) -> None:
    """Serve the documentation and the schema of the application."""
    app.include_router(router)


@router.get(DOCUMENTATION)
def show_documentation(request: Request) -> HTMLResponse:
    """Swagger UI."""
    return get_swagger_ui_html(
        openapi_url=SCHEMA,
        title=f"{request.app.title} API",
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon-32x32.png",
    )


@router.get(SCHEMA)
def show_schema(request: Request) -> dict[str, Any]:
    """The API as OpenAPI describes it."""
    schema: dict[str, Any] = request.app.openapi()
    return schema


@router.get(_ASSETS + "/{name}")
def show_asset(name: Asset) -> Response:
    """A file of Swagger UI."""
    content = (resources.files("fastapi_swagger") / "resources" / name).read_bytes()
    return Response(content, media_type=_MEDIA_TYPES[name], headers={"Cache-Control": "max-age=86400"})
