"""Texts in the control tables: as long as a column holds them by the database's count, and always text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.store.base import cut
from services.orchestrator.store.documents import DocumentStore


@pytest.mark.parametrize("text", ["x" * 5_000, "ü" * 5_000, "x" + "\U0001f600" * 5_000, "\udcff" * 5_000, "short", ""])
def test_a_text_is_cut_to_the_bytes_of_its_column(text: str) -> None:
    found = cut(text)
    assert found is not None
    assert min(len(text), 3_890) <= len(found.encode()) <= 4_000
    assert text.startswith(found) or "\udcff" in text
    assert cut(None) is None


@pytest.mark.parametrize("text", ["x" * 20_000, "ü" * 20_000, "x" + "\U0001f600" * 9_000, "short", ""])
def test_a_document_of_any_characters_is_kept_in_parts_that_fit(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[int, str] = {}

    def change(_store: Any, name: str, values: tuple[Any, ...]) -> None:
        if name == "insert":
            kept[values[2]] = values[3]

    monkeypatch.setattr(DocumentStore, "_change", change)
    settings: Any = SimpleNamespace(dialect="db2", control_schema="LRECL")
    session: Any = None
    DocumentStore(session, settings).put("run-1", "job", text)
    assert "".join(kept[part] for part in range(len(kept))) == text
    assert all(len(part.encode()) <= 8_000 for part in kept.values())
