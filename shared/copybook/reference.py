"""The reference format: which columns of a line are COBOL (Enterprise COBOL Language Reference, "Reference format").

======== ============== ================ ==================== ==================================
format   columns 1–6    column 7         program text         comment
======== ============== ================ ==================== ==================================
fixed    sequence       indicator        8–72                 ``*`` or ``/`` in column 7, ``*>``
variable sequence       indicator        8 to the line's end  the same
free     program text   program text     1 to the line's end  ``*>``, or ``*`` as first character
======== ============== ================ ==================== ==================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import Final, Literal, cast

ReferenceFormat = Literal["auto", "fixed", "variable", "free"]
ChosenFormat = Literal["fixed", "variable", "free"]

LAST_COLUMN: Final = 72
CARD: Final = 80
_DIRECTIVE = re.compile(r"^\s*(?:>>|\$\s*SET\b).*?\b(FIXED|FREE|VARIABLE)\b", re.IGNORECASE)
_LEVEL_AT_START = re.compile(r"^ {0,6}\d{1,2}\s+(?:[^\W\d]|:\w)", re.ASCII)
_WORD_CHARACTER = re.compile(r"[\w$#@-]")


def detect(lines: Iterable[str]) -> ChosenFormat:
    """The format of the lines, which have no tabs.

    A directive decides. Without one, text in the columns of sequence numbers means free format, text that continues
    after column 72 means variable format, and otherwise the format is fixed.
    """
    code = [line.rstrip() for line in lines if line.strip()]
    for line in code:
        if directive := _DIRECTIVE.match(line):
            return cast(ChosenFormat, directive.group(1).lower())
    if sum(_looks_free(line) - _looks_fixed(line) for line in code) > 0:
        return "free"
    followed = zip_longest(code, code[1:], fillvalue="")
    return "variable" if any(_continues_after_72(line, following) for line, following in followed) else "fixed"


def is_comment(line: str) -> bool:
    """Whether a line is a comment in fixed and variable format. The asterisk can also be before column 7."""
    sequence, indicator = line[:6], line[6:7]
    early = "*" in sequence and not sequence.strip(" *")
    return indicator in ("*", "/", "D", "d") or early or line[6:].lstrip().startswith("*") or _inline(line)


def _inline(line: str) -> bool:
    return line.lstrip().startswith("*>")


def _looks_free(line: str) -> bool:
    if line.lstrip().startswith("*") or line[:6].isdigit():
        return False
    if _LEVEL_AT_START.match(line):
        return True
    # A word in both column 6 and column 7 is not a sequence number followed by an indicator.
    return bool(_WORD_CHARACTER.match(line[5:6]) and _WORD_CHARACTER.match(line[6:7]) and line[6] not in "-Dd")


def _looks_fixed(line: str) -> bool:
    sequence, indicator = line[:6], line[6:7]
    numbered = len(sequence) == 6 and sequence.isdigit() and indicator in (*" *-/Dd", "")
    marked = not sequence.strip() and indicator in ("-", "/")
    identified = len(line) == CARD and " " not in line[LAST_COLUMN:] and line[LAST_COLUMN - 1] in " ."
    return numbered or marked or identified


def _continues_after_72(line: str, following: str) -> bool:
    if len(line) <= LAST_COLUMN or is_comment(line):
        return False
    if following[6:7] == "-":  # a continued literal fills the line, so a letter in column 72 means nothing
        return bool(line[CARD:].strip())
    head, tail = line[:LAST_COLUMN], line[LAST_COLUMN:CARD]
    through = _WORD_CHARACTER.match(head[-1]) and _WORD_CHARACTER.match(tail[0]) and not tail.strip().isdigit()
    closes = tail.endswith(".") and not head.rstrip().endswith(".")
    return bool(line[CARD:].strip() or through or closes)
