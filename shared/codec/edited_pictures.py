"""Pictures of edited numbers, position by position (Enterprise COBOL Language Reference, "PICTURE clause" editing).

Only what decoding needs; the copybook parser checks whether a picture is valid. Without NumPy.
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

    symbols: one for each character position; CR and DB have two. digits: the positions of the number's digits.
    floating: the sign or currency symbol that floats to the first digit, or ''. fill: what replaces leading zeros, a
    space or an asterisk. overpunched: the picture has an S, so the sign is over the last digit.
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
        """The first position where leading zeros are replaced; the length when they are replaced nowhere."""
        return next((place for place in range(len(self.symbols)) if self.suppresses(place)), len(self.symbols))

    def suppresses(self, place: int) -> bool:
        """Whether the symbol at ``place`` replaces a leading zero."""
        symbol = self.symbols[place]
        return symbol in ("Z", "*") or (symbol == self.floating != "")

    def may_be_filled(self, place: int) -> bool:
        """Whether ``place`` can hold a fill character: from the first suppressing symbol to a 9 or the last digit."""
        return self.first_suppressed <= place <= self.digits[-1] and "9" not in self.symbols[: place + 1]

    def point(self, scale: int) -> int:
        """The position of the decimal point, which is before the last ``scale`` digits; -1 when there is none."""
        if scale <= 0 or scale > len(self.digits):
            return -1
        first = self.digits[len(self.digits) - scale]
        before = self.symbols[:first].rstrip("B0/")
        return len(before) - 1 if before.endswith((".", ",")) else -1


@lru_cache(maxsize=256)
def edited_picture(text: str) -> EditedPicture:
    """The picture that ``text`` describes; a picture without positions when it is not one of an edited number."""
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
