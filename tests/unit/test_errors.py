"""The text of a coded error."""

from __future__ import annotations

import pytest

from shared.errors import CopybookError, InputError, sentences


@pytest.mark.parametrize(
    ("message", "remedy", "text"),
    [
        ("the file is empty", "Check the transfer.", "the file is empty. Check the transfer."),
        ("The file is empty.", "Check the transfer.", "The file is empty. Check the transfer."),
        ("is it empty?", "Check the transfer.", "is it empty? Check the transfer."),
        ("the file is empty", "", "the file is empty"),
    ],
)
def test_message_and_remedy_are_two_sentences(message: str, remedy: str, text: str) -> None:
    assert sentences(message, remedy) == text
    assert str(InputError("LRF001", message, remedy=remedy)) == f"LRF001: {text}"


def test_the_data_at_fault_is_in_the_context() -> None:
    error = CopybookError("LRC016", "no picture", line=3, column=8, source="A.cpy")
    assert error.context == {"line": 3, "column": 8, "source": "A.cpy"}
