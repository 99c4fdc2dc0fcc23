"""One form for every error that the API answers with: ``{"error": {code, message, remedy, context}}``.

lrecl's own errors keep their codes; what the web framework refuses (a wrong body, an unknown path, a wrong method) gets
one of LRQ027 to LRQ029, and an unforeseen error LRQ099, with the details in the log only.
"""

from __future__ import annotations

from collections.abc import Mapping
from traceback import format_exception
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from services.orchestrator.store.leases import LeaseLost
from shared.errors import (
    CopybookError,
    InputError,
    JobError,
    LreclError,
    ReconciliationError,
    RequestError,
    TableError,
    TransientError,
)
from shared.observability.logs import get_logger
from shared.texts import printable

log = get_logger()


class ErrorDetail(BaseModel):
    """A coded error: what is wrong, what to do next, and the data that broke."""

    code: str
    message: str
    remedy: str
    context: dict[str, Any]


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorDetail


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "The request cannot be carried out; `code` says why."},
    "5XX": {"model": ErrorBody, "description": "A temporary or unforeseen error; `code` says which."},
}
"""What the documentation of every path says of errors."""


def handle_errors(app: FastAPI) -> None:
    """Let the application answer every error in the one form."""
    app.add_exception_handler(LreclError, _coded)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unforeseen)


async def _coded(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, LreclError):
        raise error
    status = _status(error)
    if status >= 500:
        log.error("request failed", code=error.code, error=error.message)
    return answer(status, error)


def answer(status: int, error: LreclError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a request that ended with ``error``."""
    return _answer(status, error.code, error.message, error.remedy, error.context, headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [{"where": ".".join(map(str, fault["loc"])), "message": fault["msg"]} for fault in error.errors()]
    listed = "; ".join(f"{fault['where']}: {fault['message']}" for fault in faults)
    remedy = "The API's documentation at /docs describes each request."
    return _answer(422, "LRQ027", f"the request is not valid: {listed}", remedy, {"faults": faults})


async def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    path, method = request.url.path, request.method
    if error.status_code == 404:
        return _answer(404, "LRQ028", f"there is no {path}", "The API's documentation at /docs lists its paths.", {})
    if error.status_code == 405:
        message = f"{path} does not take {method}"
        return _answer(405, "LRQ029", message, "The API's documentation at /docs lists its methods.", {}, error.headers)
    return _answer(error.status_code, "LRQ027", str(error.detail), "", {}, error.headers)


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error in a request", path=request.url.path, traceback="".join(format_exception(error)))
    remedy = "Report this as a bug; the orchestrator's log has the traceback."
    return _answer(500, "LRQ099", f"unexpected {type(error).__name__}", remedy, {})


def _answer(
    status: int,
    code: str,
    message: str,
    remedy: str,
    context: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    plain = {printable(name): _plain(value) for name, value in context.items()}
    told = ErrorDetail(code=code, message=printable(message), remedy=printable(remedy), context=plain)
    body = ErrorBody(error=told)
    return JSONResponse(body.model_dump(), status, headers=dict(headers or {}))


def _status(error: LreclError) -> int:
    if isinstance(error, RequestError):
        return error.status
    if isinstance(error, (JobError, CopybookError, InputError, TableError)):
        return 404 if error.code in ("LRJ006", "LRF011") else 422
    if isinstance(error, ReconciliationError):
        return 409
    return 503 if isinstance(error, (TransientError, LeaseLost)) else 500


def _plain(value: object) -> object:
    """``value`` as JSON holds it."""
    if isinstance(value, Mapping):
        return {printable(str(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (int, type(None))) else printable(str(value))
