"""Exact decimals as scaled integers, and control totals, which are sums of scaled integers.

A value is an integer × 10^-scale. Decimal's arithmetic would round to 28 digits, so values are converted through text
or as integers. Without NumPy and pydantic: the orchestrator and the pool children use this.

A control total in the ledger is the text ``NAME:scale:valid:rejected:unreadable``; several are joined by semicolons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, Inexact, localcontext
from typing import Final, Protocol

MOST_DIGITS: Final = 200
"""Digits of the largest sum, and the largest exponent: values beyond these are mistakes, and would need much memory."""

_SHOWN: Final = 40


class TooManyPlaces(ValueError):
    """The value has more decimal places than the scale."""


def to_decimal(number: int, scale: int) -> Decimal:
    """The scaled integer as a decimal, exactly.

    >>> to_decimal(-1250, 2)
    Decimal('-12.50')
    """
    return Decimal(f"{number}E{-scale}")


def to_text(number: int, scale: int) -> str:
    """The scaled integer as decimal text without an exponent.

    >>> to_text(-1250, 2), to_text(5, -3)
    ('-12.50', '5000')
    """
    return format(to_decimal(number, scale), "f")


def to_scaled(value: str | int | Decimal, scale: int) -> int:
    """The scaled integer of a value. Raises TooManyPlaces, or ValueError when the value is not a finite number.

    >>> to_scaled("-12.5", 2)
    -1250
    """
    numerator, denominator = _ratio(value)
    up, down = int(10 ** max(scale, 0)), int(10 ** max(-scale, 0))
    scaled, rest = divmod(numerator * up, denominator * down)
    if rest:
        raise TooManyPlaces(f"{value!r} has more than {scale} decimal places")
    return scaled


def _ratio(value: str | int | Decimal) -> tuple[int, int]:
    return bounded_decimal(value).as_integer_ratio()


def bounded_decimal(value: str | int | Decimal) -> Decimal:
    """The exact decimal of a value that comes in from outside.

    Whatever reads numbers (requests, control files, stored figures, job definitions, rows to encode) makes them with
    this: the digits of a greater exponent would fill the memory as soon as they are written out. Raises ValueError
    when the value is not a finite number, or has more than 200 digits or an exponent beyond them.

    >>> bounded_decimal("-12.50")
    Decimal('-12.50')
    """
    try:
        number = Decimal(value)
    except (ArithmeticError, ValueError, TypeError) as error:
        raise ValueError(f"{_shown(value)} is not a number") from error
    if not number.is_finite():
        raise ValueError(f"{number} is not a number")
    if len(number.as_tuple().digits) > MOST_DIGITS or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError(f"{_shown(value)} is not a number: it has more than {MOST_DIGITS} digits")
    return number


def _shown(value: object) -> str:
    """The value for a message, shortened where it is long."""
    text = str(value)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def in_scale(value: Decimal, scale: int) -> str:
    """The decimal as text in this scale, so that equal values look equal; with more places if it needs them.

    >>> in_scale(Decimal("12.5"), 2), in_scale(Decimal("12.505"), 2)
    ('12.50', '12.505')
    """
    text = f"{value:.{max(scale, 0)}f}"
    return text if Decimal(text) == value else f"{value:f}"


def sum_decimals(values: Iterable[Decimal]) -> Decimal:
    """The exact sum. Raises ArithmeticError when it would need more than 200 digits."""
    with localcontext(prec=MOST_DIGITS) as exactly:
        exactly.traps[Inexact] = True
        return sum(values, Decimal(0))


class TotalFigures(Protocol):
    """Anything with the figures of a control total."""

    @property
    def name(self) -> str: ...
    @property
    def scale(self) -> int: ...
    @property
    def valid(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def unreadable(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Total:
    """A control total: sums of scaled integers over valid and over rejected records.

    ``rejected`` sums the readable values; ``unreadable`` counts rejected records whose value did not decode.
    """

    name: str
    scale: int
    valid: int
    rejected: int
    unreadable: int

    def decimal(self, number: int) -> Decimal:
        """A sum of this total as a decimal."""
        return to_decimal(number, self.scale)


def format_totals(totals: Iterable[TotalFigures]) -> str:
    """Control totals as the text in the ledger.

    >>> format_totals([Total("AMOUNT", 2, 1250, -5, 1), Total("COUNT", 0, 3, 0, 0)])
    'AMOUNT:2:1250:-5:1;COUNT:0:3:0:0'
    """
    return ";".join(f"{t.name}:{t.scale}:{t.valid}:{t.rejected}:{t.unreadable}" for t in totals)


def parse_totals(text: str) -> Iterator[Total]:
    """The control totals that ``format_totals`` made text of."""
    for entry in filter(None, text.split(";")):
        name, *figures = entry.split(":")
        scale, valid, rejected, unreadable = map(int, figures)
        yield Total(name, scale, valid, rejected, unreadable)


def sum_totals(totals: Iterable[Total]) -> dict[str, Total]:
    """The exact sums of control totals by name; totals of one name have one scale."""
    sums: dict[str, Total] = {}
    for one in totals:
        other = sums.get(one.name, Total(one.name, one.scale, 0, 0, 0))
        sums[one.name] = Total(
            one.name,
            one.scale,
            other.valid + one.valid,
            other.rejected + one.rejected,
            other.unreadable + one.unreadable,
        )
    return sums
