"""The codes of rules that a decoded record can break. Decoding faults (LRDnnn) are the codec's."""

from __future__ import annotations

from typing import Final

REQUIRED: Final = "LRV001"
OUT_OF_RANGE: Final = "LRV002"
NOT_IN_LIST: Final = "LRV003"
NO_DATE: Final = "LRV004"

REMEDIES: Final = {
    REQUIRED: "The field must not be empty: correct it at the source, or drop the rule.",
    OUT_OF_RANGE: "The value lies outside the rule's range: correct it at the source, or widen the range.",
    NOT_IN_LIST: "The value is not in the rule's list: correct it at the source, or add it to the list.",
    NO_DATE: "The value is no calendar date of the given form: correct it, or choose the form that the field has.",
}
