"""A service's metrics as Prometheus sees them."""

from __future__ import annotations

import re

import httpx

_SAMPLE = re.compile(r"^(lrecl_\w+(?:\{.*\})?) (\S+)$", re.MULTILINE)


def scraped(url: str) -> dict[str, float]:
    """Every series of lrecl that the service at ``url`` exports now: ``name{label="value"}`` and its value."""
    text = httpx.get(f"{url}/metrics", timeout=10).raise_for_status().text
    return {series: float(value) for series, value in _SAMPLE.findall(text)}
