"""The forms of dates: a date as text in each of them, and text that is not a date."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from shared.codec import Column, DateForm, parse_date

TEXTS = {
    DateForm.ISO: ("2024-02-29", "2023-13-45"),
    DateForm.YYYYMMDD: ("20240229", "20231345"),
    DateForm.EUR: ("29.02.2024", "45.13.2023"),
    DateForm.USA: ("02/29/2024", "13/45/2023"),
    DateForm.JULIAN: ("2024060", "2023999"),
    DateForm.YYMMDD: ("240229", "231345"),
}


@pytest.mark.parametrize("form", DateForm)
def test_a_date_in_each_form_and_back(form: DateForm) -> None:
    text, impossible = TEXTS[form]
    assert form.text(date(2024, 2, 29)) == form.of_iso("2024-02-29") == text
    assert form.impossible == impossible
    assert form.numeric is text.isdigit()
    values = np.frombuffer((text + impossible).encode(), np.uint8).reshape(2, -1)
    parsed = parse_date(Column(values), form)
    assert parsed.values[0].tobytes() == b"2024-02-29"
    assert parsed.valid is not None
    assert parsed.valid.tolist() == [True, False]


@pytest.mark.parametrize("text", ["", "20240229", "2023-02-29", "2023-2-029", "abcd-ef-gh", "2024-02-29 "])
@pytest.mark.parametrize("form", DateForm)
def test_other_text_stays_as_it_is(form: DateForm, text: str) -> None:
    assert form.of_iso(text) == text
