"""Skip on a bare laptop, fail where services are promised (CI, scripts/test)."""

import os

import pytest


def services_are_required() -> bool:
    """Whether a missing broker or database is a failure: in CI, and with LRECL_REQUIRE_SERVICES=1."""
    return bool(os.environ.get("CI")) or os.environ.get("LRECL_REQUIRE_SERVICES") == "1"


def need(present: bool, what: str, remedy: str = "scripts/setup installs it") -> None:
    """Go on when ``present``; otherwise fail where services are required, else skip and say why."""
    if present:
        return
    reason = f"{what} is not there; {remedy}"
    if services_are_required():
        pytest.fail(reason)
    pytest.skip(reason)
