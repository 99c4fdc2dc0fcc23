"""A test whose service is missing is skipped, or fails where services are required (CI, scripts/test)."""

import os

import pytest


def services_are_required() -> bool:
    """Whether a missing broker or database is a failure: in CI, and with LRECL_REQUIRE_SERVICES=1."""
    return bool(os.environ.get("CI")) or os.environ.get("LRECL_REQUIRE_SERVICES") == "1"


def need(present: bool, what: str, remedy: str = "scripts/setup installs it") -> None:
    """Continue when ``present``; otherwise fail where services are required, else skip with the reason."""
    if present:
        return
    reason = f"{what} is missing; {remedy}"
    if services_are_required():
        pytest.fail(reason)
    pytest.skip(reason)
