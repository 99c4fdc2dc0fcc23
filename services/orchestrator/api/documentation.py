"""The API's documentation at /docs: Swagger UI from a package, so that it works without the internet, behind the token.

A browser cannot send a bearer token by itself: it asks for a name and a password, and the password is the token. Only
these pages take it so; the API itself takes the bearer token alone, which no other site's page can make a browser send.
"""

from __future__ import annotations

from importlib import resources
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from services.orchestrator.api.auth import bearer_token, is_token

_ASSETS: Final = "/docs/assets"
_MEDIA_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
Asset = Literal["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"]

_basic = HTTPBasic(auto_error=False, description="Any name; the password is the API's token.")


def require_reader(
    request: Request,
    password: Annotated[HTTPBasicCredentials | None, Depends(_basic)],
    token: Annotated[str, Depends(bearer_token)],
) -> None:
    """LRQ002 (401) unless the request carries the token, as bearer token or as the password of any name."""
    if not is_token(request, token) and not is_token(request, password.password if password else ""):
        detail = "the documentation needs the API's token: give it as the password, with any name"
        raise HTTPException(401, detail, headers={"WWW-Authenticate": 'Basic realm="lrecl"'})


router = APIRouter(include_in_schema=False, dependencies=[Depends(require_reader)])


def add_documentation(app: FastAPI) -> None:
    """Serve /docs and /openapi.json for the application."""
    app.include_router(router)


@router.get("/docs")
def show_documentation(request: Request) -> HTMLResponse:
    """Swagger UI."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{request.app.title} API",
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon-32x32.png",
    )


@router.get("/openapi.json")
def show_schema(request: Request) -> dict[str, Any]:
    """The API as OpenAPI describes it."""
    schema: dict[str, Any] = request.app.openapi()
    return schema


@router.get(_ASSETS + "/{name}")
def show_asset(name: Asset) -> Response:
    """A file of Swagger UI."""
    content = (resources.files("fastapi_swagger") / "resources" / name).read_bytes()
    return Response(content, media_type=_MEDIA_TYPES[name], headers={"Cache-Control": "max-age=86400"})
