"""The codes of the codec with their remedies, for reports and documents.

LRD001 to LRD014 are data errors: the record becomes a reject. LRD9nn are errors in the definition or in the call, and
are raised as exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.errors import InputError, JobError

_LAYOUT = "Compare the copybook with the file: a field at the wrong offset looks like this."

REMEDIES: Final[dict[str, str]] = {
    "LRD001": f"A nibble of a packed number is not a digit. {_LAYOUT}",
    "LRD002": "The last nibble of a packed number is not a sign that the policy allows. null_when can make low-values "
    "or spaces null; the lenient signs are C A E F and D B.",
    "LRD003": f"A byte of a DISPLAY number is not a digit. null_when can make spaces null. {_LAYOUT}",
    "LRD004": "The sign byte of a zoned number is not a sign that the policy allows, or is a minus in an unsigned "
    "picture. Add S to the picture, or relax strict_sign.",
    "LRD005": "The separate sign is neither + nor -. Check SIGN SEPARATE, LEADING or TRAILING, in the copybook.",
    "LRD006": "The binary number has more digits than its picture. Use COMP-5 (native_binary), or widen the picture.",
    "LRD007": "The unused first nibble of a packed number with an even number of digits is not zero. Widen the picture "
    "by one digit.",
    "LRD008": "The byte has no character in the code page. Give the code page of the file.",
    "LRD009": "The floating-point number is infinite or NaN. Check whether the file has IEEE or IBM "
    "hexadecimal floating-point numbers, and their byte order.",
    "LRD010": "Double-byte characters must be enclosed by SO (X'0E') and SI (X'0F') within the field. One of them is "
    "missing when the text was cut or when the field is at the wrong offset.",
    "LRD011": "The bytes are not complete characters of UTF-8 or UTF-16. Give the code page of the file; a field that "
    "was cut may end inside a character.",
    "LRD012": f"The edited number does not follow its picture. {_LAYOUT} null_when can make spaces null.",
    "LRD013": "The value is not a number: digits with at most one sign, before or after them, and at most one decimal "
    "point. A file with decimal commas needs decimal_comma.",
    "LRD014": "The number does not fit its picture without loss. Widen the picture, or add a sign (S).",
    "LRD901": "Use one of the known code pages, by its number (037) or by Python's name for it (cp037).",
    "LRD902": "Offsets start at 0, lengths at 1.",
    "LRD903": "Every field must end within the record. Compare the copybook's length with LRECL.",
    "LRD904": "A number has 1 to 31 digits, including the positions that P stands for.",
    "LRD905": "DISPLAY takes one byte per digit (and one for a separate sign), COMP-3 digits // 2 + 1 bytes, COMP-6 "
    "(digits + 1) // 2, binary 1 to 16, COMP-1 4, COMP-2 8.",
    "LRD906": "Remove the option, or change the kind of the field.",
    "LRD908": "Pass a C-contiguous uint8 array of shape (records, record length).",
    "LRD909": "Pass a dictionary that to_dict returned.",
    "LRD910": "Explain only rows that the decoder marked as not valid.",
    "LRD911": "Pass numbers that fit the picture; a negative number needs a picture with a sign.",
    "LRD912": "Pass text that fits the field and has only characters of its code page.",
    "LRD913": "Pass a column of the kind and width that the function expects.",
}


@dataclass(frozen=True, slots=True)
class FieldFault:
    """Why one field of one record did not decode. ``position`` is the offset in bytes within the field."""

    code: str
    message: str
    position: int

    @property
    def remedy(self) -> str:
        """What to do about it, in one line."""
        return REMEDIES[self.code]


def bad_field(code: str, message: str, **context: object) -> JobError:
    """The error for a field definition that is not valid."""
    return JobError(code, message, remedy=REMEDIES[code], **context)


def bad_values(code: str, message: str, **context: object) -> InputError:
    """The error for arrays that are not valid."""
    return InputError(code, message, remedy=REMEDIES[code], **context)
