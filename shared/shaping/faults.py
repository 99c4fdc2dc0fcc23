"""Every code of the room, with what to do about it. LRD04n are data faults, LRD94n errors of the caller."""

from __future__ import annotations

from typing import Final

from shared.errors import InputError, JobError

NO_COUNT: Final = "LRD040"
COUNT_OUT_OF_RANGE: Final = "LRD041"
TOO_LONG: Final = "LRD042"

REMEDIES: Final[dict[str, str]] = {
    NO_COUNT: "The counter of a table cannot be read. Compare the copybook with the file: a counter that starts "
    "elsewhere looks like this. A counter that is text needs counts for its values.",
    COUNT_OUT_OF_RANGE: "Correct the counter at the source, or widen the bounds of OCCURS … TO … in the copybook.",
    TOO_LONG: "Compare the copybook with the file: it lacks the last items, or the tables do not move up when they "
    "are not full. Without strict_length the surplus is ignored.",
    "LRD940": "Derive the shape from the copybook's layout: tables within their parents, counters before their tables.",
    "LRD941": "Starts and lengths come from the framing of the same data, one of each for a record.",
}


def bad_shape(message: str, **context: object) -> JobError:
    """The error for tables and counters that cannot be worked with."""
    return JobError("LRD940", message, remedy=REMEDIES["LRD940"], **context)


def bad_records(message: str, **context: object) -> InputError:
    """The error for records that do not lie in their data."""
    return InputError("LRD941", message, remedy=REMEDIES["LRD941"], **context)
