"""Pictures of edited numbers, position by position (Enterprise COBOL Language Reference, "PICTURE clause" editing).

Without NumPy, and as much of the language as decoding needs: whether a picture is right is the copybook's matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

CURRENCY: Final = "$£€¥"
_SYMBOL: Final = re.compile(r"(CR|DB|[9ZSVPB*0/,.+\-$£€¥])(?:\((\d+)\))?")
_FLOATING: Final = "+-" + CURRENCY
_UNSTORED: Final = "SVP"


@dataclass(frozen=True, slots=True)
class EditedPicture:
    """An edited picture.

    symbols: one for each character position, CR and DB in two. digits: the positions that hold the number's digits.
    floating: the sign or currency symbol that moves up to the first digit, or ''. fill: what stands for leading zeros,
    a space or an asterisk. overpunched: an S, the sign being over the last digit.
    """

    symbols: str
    digits: tuple[int, ...]
    floating: str
    fill: str
    overpunched: bool

    @property
    def signed(self) -> bool:
        """Whether the picture can show a minus."""
        return self.overpunched or any(symbol in "+-CD" for symbol in self.symbols)

    @property
    def zero_field(self) -> bool:
        """Whether a field without any digit is zero."""
        return "9" not in self.symbols

    @property
    def first_suppressed(self) -> int:
        """The position from which leading zeros are replaced; the length where there are none to replace."""
        return next((place for place in range(len(self.symbols)) if self.suppresses(place)), len(self.symbols))

    def suppresses(self, place: int) -> bool:
        """Whether the symbol there is one for which a leading zero is replaced."""
        symbol = self.symbols[place]
        return symbol in ("Z", "*") or (symbol == self.floating != "")

    def may_be_filled(self, place: int) -> bool:
        """Whether what stands for leading zeros can stand there: from the first symbol for them to a 9 or the end."""
        return self.first_suppressed <= place <= self.digits[-1] and "9" not in self.symbols[: place + 1]

    def point(self, scale: int) -> int:
        """The position of the decimal point, -1 where there is none: before the last ``scale`` digits."""
        if scale <= 0 or scale > len(self.digits):
            return -1
        first = self.digits[len(self.digits) - scale]
        before = self.symbols[:first].rstrip("B0/")
        return len(before) - 1 if before.endswith((".", ",")) else -1


@lru_cache(maxsize=256)
def edited_picture(text: str) -> EditedPicture:
    """The picture that ``text`` describes; one without positions when it is none of an edited number."""
    upper = text.upper()
    if not re.fullmatch(f"(?:{_SYMBOL.pattern})+", upper):
        return EditedPicture("", (), "", " ", overpunched=False)
    runs = [(match[1], int(match[2] or 1)) for match in _SYMBOL.finditer(upper)]
    symbols = "".join(symbol * count for symbol, count in runs if symbol not in _UNSTORED)
    floating = next((symbol for symbol in _FLOATING if symbols.count(symbol) > 1), "")
    first = symbols.find(floating) if floating else -1
    digits = tuple(
        place
        for place, symbol in enumerate(symbols)
        if symbol in "9Z*" or (symbol == floating != "" and place != first)
    )
    overpunched = any(symbol == "S" for symbol, _ in runs)
    return EditedPicture(symbols, digits, floating, "*" if "*" in symbols else " ", overpunched)
