"""The forms in which mainframe files hold dates. Without NumPy: processes that never decode also need them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class DateForm(StrEnum):
    """The form of a date. In the values, Y, M and D stand for digits; DDD is the day of the year.

    A new form is a member here; ``dates`` must know its digits if they are not year, month and day in this order.
    """

    ISO = "YYYY-MM-DD"
    YYYYMMDD = "YYYYMMDD"
    EUR = "DD.MM.YYYY"
    USA = "MM/DD/YYYY"
    JULIAN = "YYYYDDD"
    YYMMDD = "YYMMDD"

    @property
    def numeric(self) -> bool:
        """Whether a number can hold the date: the form has no separators."""
        return self.isalpha()

    @property
    def impossible(self) -> str:
        """A text of this form that is not a date: month 13 and day 45, or day 999."""
        text = self.replace("YYYY", "2023").replace("YY", "23")
        return text.replace("DDD", "999").replace("MM", "13").replace("DD", "45")

    def text(self, day: date) -> str:
        """The date in this form."""
        text = self.replace("DDD", f"{day:%j}").replace("MM", f"{day:%m}").replace("DD", f"{day:%d}")
        return text.replace("YYYY", f"{day.year:04}").replace("YY", f"{day:%y}")

    def of_iso(self, text: str) -> str:
        """An ISO date (``YYYY-MM-DD``) in this form; any other text unchanged."""
        if len(text) != len(DateForm.ISO) or text[4] + text[7] != "--":
            return text
        try:
            return self.text(date.fromisoformat(text))
        except ValueError:
            return text
