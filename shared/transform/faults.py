"""The codes of what a decoded record can do wrong. Decoding faults (LRDnnn) are the codec's and the shaper's."""

from __future__ import annotations

from typing import Final

from shared.errors import PoisonError

REQUIRED: Final = "LRV001"
OUT_OF_RANGE: Final = "LRV002"
NOT_IN_LIST: Final = "LRV003"
NO_DATE: Final = "LRV004"
UNKNOWN_TYPE: Final = "LRV005"
NO_PARENT: Final = "LRV006"
PARENT_UNREADABLE: Final = "LRV007"
CUT_OFF: Final = "LRV008"
OTHER_VALUES: Final = "LRV009"
TOO_LONG: Final = "LRV010"

REMEDIES: Final = {
    REQUIRED: "The field must not be empty: correct it at the source, or drop the rule.",
    OUT_OF_RANGE: "The value lies outside the rule's range: correct it at the source, or widen the range.",
    NOT_IN_LIST: "The value is not in the rule's list: correct it at the source, or add it to the list.",
    NO_DATE: "The value is no calendar date of the given form: correct it, or choose the form that the field has.",
    UNKNOWN_TYPE: "No record type of the job takes the record: add the type, or let the job skip such records.",
    NO_PARENT: "The record belongs to one that is not there: look whether the file begins or was cut amid a group.",
    PARENT_UNREADABLE: "Correct the field in the parent record; all records below it wait for it.",
    OTHER_VALUES: "Rows have a value for each elementary item: mend the row (a quote may be missing), or the copybook.",
    TOO_LONG: "The value has more characters than its item: shorten it, or widen the picture.",
    CUT_OFF: "The record ends amid a field: it was cut short, or the copybook describes another record.",
}


def bad_parts(message: str) -> PoisonError:
    """The error for offsets and lengths that are not those of the records they came with."""
    return PoisonError("LRP021", message, remedy="The reader that sent it broke the contract: report this as a bug.")
