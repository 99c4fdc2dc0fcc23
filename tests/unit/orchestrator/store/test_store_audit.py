"""The audit trail: details that stay JSON however long they are, and a chain in which an edit shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.store.audit import AuditStore, EventRow, _json
from services.orchestrator.store.base import TEXT_LENGTH

LONG = st.builds(lambda text, times: text * times, st.text(max_size=6), st.integers(0, 2_000))


class Trail(AuditStore):
    """EVENT in memory."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def _rows(self, name: str, parameters: Sequence[Any] = (), **_: str) -> list[dict[str, Any]]:
        found = [line for line in self.lines if line["run_id"] == parameters[0]]
        return found[-1:] if name == "last" else found

    def _change(self, name: str, parameters: Sequence[Any] = (), **_: str) -> int:
        assert name == "insert"
        names = ("run_id", "sequence", "happened_at", "kind", "actor", "detail", "previous_hash", "hash")
        self.lines.append(dict(zip(names, parameters, strict=True)))
        return 1

    @property
    def details(self) -> list[dict[str, Any]]:
        return [row.detail for row in self.trail("run")]


@pytest.fixture
def trail() -> Trail:
    made = Trail()
    made.append("run", "registered", "ops", file="in.dat", files=3, force=False)
    made.append("run", "state loading", "orchestrator")
    made.append("other", "registered", "ops")
    made.append("run", "cancel requested", "ops", reason="späte Datei")
    return made


class TestLines:
    def test_the_detail_is_parsed(self, trail: Trail) -> None:
        assert trail.details == [{"file": "in.dat", "files": 3, "force": False}, {}, {"reason": "späte Datei"}]

    def test_lines_are_numbered_by_run_and_chained(self, trail: Trail) -> None:
        rows = trail.trail("run")
        assert [row.sequence for row in rows] == [1, 2, 3]
        assert [row.previous_hash for row in rows] == ["0" * 64, rows[0].hash, rows[1].hash]
        assert trail.trail("other")[0].sequence == 1

    @pytest.mark.parametrize("name", ["happened_at", "kind", "actor", "detail", "hash", "sequence"])
    def test_an_edit_shows(self, trail: Trail, name: str) -> None:
        assert trail.first_broken("run") is None
        edits = {"happened_at": trail.lines[0]["happened_at"].replace(year=2001), "detail": '{"a": 1}', "sequence": 9}
        trail.lines[1][name] = edits.get(name, "edited")
        assert trail.first_broken("run") == 2

    def test_a_missing_line_shows(self, trail: Trail) -> None:
        del trail.lines[1]
        assert trail.first_broken("run") == 2

    def test_what_the_database_pads_is_read_without_its_padding(self, trail: Trail) -> None:
        trail.lines[0] |= {"hash": trail.lines[0]["hash"] + " " * 4}
        assert trail.first_broken("run") is None


class TestLongDetails:
    def test_short_ones_are_kept_as_they_are(self) -> None:
        assert json.loads(_json({"b": 1, "a": None, "c": [1.5]})) == {"a": None, "b": 1, "c": [1.5]}
        assert json.loads(_json({"total": Decimal("1.50")})) == {"total": "1.50"}

    def test_a_long_text_is_shortened(self) -> None:
        text = _json({"error": "x" * 10_000, "files": 3, "force": True, "stage": None, "ratio": 0.5})
        found = json.loads(text)
        assert len(text) <= TEXT_LENGTH
        assert set(found["error"]) == {"x"}
        assert len(found["error"]) > 200
        assert {name: found[name] for name in ("files", "force", "stage", "ratio")} == {
            "files": 3, "force": True, "stage": None, "ratio": 0.5,
        }, "figures stay figures"  # fmt: skip

    def test_a_text_of_signs_that_take_many_characters_in_json(self) -> None:
        text = _json({"error": "ä\n\U0001f600" * 2_000})
        assert len(text) <= TEXT_LENGTH
        assert json.loads(text)["error"].startswith("ä\n\U0001f600")

    @given(st.dictionaries(st.text(max_size=12), st.one_of(LONG, st.integers(), st.none(), st.booleans()), max_size=20))
    def test_every_detail_is_json_that_fits(self, detail: dict[str, Any]) -> None:
        text = _json(detail)
        assert len(text) <= TEXT_LENGTH
        found = json.loads(text)
        assert found.keys() == detail.keys()
        for name, value in detail.items():
            assert found[name] == value or (isinstance(value, str) and value.startswith(found[name]))

    def test_a_long_line_belongs_to_the_chain(self, trail: Trail) -> None:
        trail.append("run", "state failed", "orchestrator", error="x" * 10_000)
        assert trail.first_broken("run") is None
        assert EventRow.model_validate(trail.lines[-1]).detail["error"].startswith("xxx")
