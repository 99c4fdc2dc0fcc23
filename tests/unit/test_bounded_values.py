"""Types for values from outside: bounded in bytes, always encodable, and never written out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.bounded_values import Actor, Count, Figure, Note, RunId
from shared.texts import cut_text, printable

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)


@given(ANY_TEXT)
def test_a_text_that_is_taken_fits_its_column(text: str) -> None:
    try:
        taken = TypeAdapter(Actor).validate_python(text)
    except ValidationError:
        return
    assert taken == text
    assert 1 <= len(text.encode()) <= 128
    assert "\0" not in text


@pytest.mark.parametrize(
    ("kind", "value"),
    [(RunId, "x" * 33), (RunId, "ü" * 17), (Note, "x" * 501), (Actor, ""), (Actor, "a\0"), (Actor, "\ud800"),
     (Count, -1), (Count, 2**63), (Figure, "1e201"), (Figure, "NaN"), (Figure, "1e-900000000"), (Figure, "9" * 201)],
)  # fmt: skip
def test_refusals(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_the_largest_that_are_taken() -> None:
    assert TypeAdapter(RunId).validate_python("ü" * 16) == "ü" * 16
    assert TypeAdapter(Note).validate_python("\U0001f600" * 500) == "\U0001f600" * 500
    assert TypeAdapter(Count).validate_python(2**63 - 1) == 2**63 - 1
    figure: Decimal = TypeAdapter(Figure).validate_python("9" * 200)
    assert figure == Decimal("9" * 200)


@given(ANY_TEXT, st.integers(0, 500))
def test_a_cut_text_is_encodable_and_not_longer(text: str, most: int) -> None:
    found = cut_text(text, most)
    assert len(found.encode()) <= most
    assert printable(text).startswith(found)
    assert len(found.encode()) > most - 4 or found == printable(text)
