"""Every code of the codec, with what to do about it: the one list that reports and documents draw from.

LRD001 … are data errors: the record becomes a reject. LRD9nn are errors of the caller's definition:
exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.errors import InputError, JobError

_LAYOUT = "Compare the copybook with the file: a field that starts elsewhere looks like this."

REMEDIES: Final[dict[str, str]] = {
    "LRD001": f"A nibble of a packed number is not a digit. {_LAYOUT}",
    "LRD002": "The last nibble of a packed number is no sign the policy allows. Low-values or spaces "
    "may be made null with null_when; lenient signs are C A E F and D B.",
    "LRD003": f"A byte of a DISPLAY number is not a digit. Spaces may be made null with null_when. {_LAYOUT}",
    "LRD004": "The sign byte of a zoned number is no sign the policy allows, or a minus in an unsigned "
    "picture. Add S to the picture, or relax strict_sign.",
    "LRD005": "The separate sign is neither + nor -. Check SIGN SEPARATE, LEADING or TRAILING, in the copybook.",
    "LRD006": "The binary number has more digits than its picture. Use COMP-5 (native_binary), or widen the picture.",
    "LRD007": "The spare first nibble of a packed number of an even number of digits is not zero. Widen "
    "the picture by one digit.",
    "LRD008": "The byte has no character in the code page. Name the page the file was written in.",
    "LRD009": "The floating-point number is infinite or NaN. Check whether the file's floats are IEEE or IBM's "
    "hexadecimal ones, and their byte order.",
    "LRD010": "Double bytes stand between SO (X'0E') and SI (X'0F'), both within the field. A text that was cut, or a "
    "field that starts elsewhere, lacks one of them.",
    "LRD011": "The bytes are no whole characters of UTF-8 or UTF-16. Name the page the file was written in; a field "
    "that was cut may end within a character.",
    "LRD012": f"The edited number does not follow its picture. {_LAYOUT} Spaces may be made null with null_when.",
    "LRD013": "The value is no number: digits with at most one sign, before or behind them, and one decimal point. "
    "A file with decimal commas needs decimal_comma.",
    "LRD014": "The number does not go into its picture without loss: widen the picture, or give it a sign (S).",
    "LRD901": "Use one of the known code pages, by number (037) or by Python's name (cp037).",
    "LRD902": "Offsets start at 0, lengths at 1.",
    "LRD903": "Every field must end within the record: compare the copybook's length with LRECL.",
    "LRD904": "A number has 1 to 31 digits, including the places that P stands for.",
    "LRD905": "DISPLAY takes a byte a digit (and one for a separate sign), COMP-3 digits // 2 + 1 "
    "bytes, COMP-6 (digits + 1) // 2, binary 1 to 16, COMP-1 4, COMP-2 8.",
    "LRD906": "Remove the option, or change the kind of the field.",
    "LRD908": "Pass a C-contiguous uint8 array of shape (records, record length).",
    "LRD909": "Pass what to_dict returned.",
    "LRD910": "Ask only for rows that the decoder marked as not valid.",
    "LRD911": "Only numbers that fit the picture, and a minus only with a sign, can be written.",
    "LRD912": "Only text of the code page's characters that fits the field can be written.",
    "LRD913": "Pass a column of the kind and width the function names.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one field of one record did not decode; ``position`` is the byte within the field."""

    code: str
    message: str
    position: int

    @property
    def remedy(self) -> str:
        """What to do about it, in a line."""
        return REMEDIES[self.code]


def bad_field(code: str, message: str, **context: object) -> JobError:
    """The error for a definition that cannot be worked with."""
    return JobError(code, message, remedy=REMEDIES[code], **context)


def bad_values(code: str, message: str, **context: object) -> InputError:
    """The error for arrays that cannot be worked with."""
    return InputError(code, message, remedy=REMEDIES[code], **context)
