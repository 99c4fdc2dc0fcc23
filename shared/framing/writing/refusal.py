"""What all writers say when a record cannot be written."""

from __future__ import annotations

from shared.errors import InputError


def refused(number: int, what: str, remedy: str) -> InputError:
    """LRF043: record ``number`` (1-based, in the order of writing) does not go into the format."""
    return InputError("LRF043", f"record {number}: {what}", remedy=remedy, record=number)
