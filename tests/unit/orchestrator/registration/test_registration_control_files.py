"""Registering: control files, digests, run ids, and the same content refused."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.registration.control_files import (
    ControlFigures,
    parse_control,
    side_file_figures,
    side_files_figures,
)
from services.orchestrator.registration.register import _refuse_repetition, new_run_id
from services.orchestrator.store.states import STAGES, TERMINAL, State, exit_code
from shared.errors import JobError, RequestError
from tests.support.definitions import DEFINITION, payments


def test_run_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_run_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert all(re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", run_id) for run_id in ids)
    stamps = [run_id.partition("-")[0] for run_id in ids]
    assert stamps == sorted(stamps)
    assert max(map(len, ids)) <= 32, "as the tables have it"


@pytest.mark.parametrize(
    ("text", "records", "totals"),
    [
        ('{"records": 3, "totals": {"A": "123.45", "B": "-7"}}', 3, {"A": Decimal("123.45"), "B": Decimal(-7)}),
        ('{"records": 3}', 3, {}),
        ('{"totals": {"A": 5}}', None, {"A": Decimal(5)}),
        ('{"records": null}', None, {}),
        ("{}", None, {}),
        ('{"totals": {"A": 12345678901234567890.12}}', None, {"A": Decimal("12345678901234567890.12")}),
    ],
)
def test_control_files(text: str, records: int | None, totals: dict[str, Decimal]) -> None:
    figures = parse_control(text.encode(), "in.ctl")
    assert figures == ControlFigures(records, totals)
    assert ControlFigures.from_json(json.dumps(figures.to_dict())) == figures


@pytest.mark.parametrize(
    "data",
    [
        b"", b"records=3", b"[]", b'"x"', b"null", b'{"totals": []}', b'{"totals": {"A": "many"}}', b"\xff\xfe",
        b'{"records": "many"}', b'{"records": {}}', b'{"totals": {"A": null}}', b'{"totals": {"A": NaN}}',
        b'{"totals": {"A": "Infinity"}}', b'{"records": 2.5}', b'{"records": -1}', b'{"records": true}',
        b'{"totals": {"A": true}}', b"[" * 5_000,
    ],
)  # fmt: skip
def test_control_files_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        parse_control(data, "in.ctl")
    assert (caught.value.code, caught.value.status) == ("LRQ022", 422)
    assert "in.ctl" in caught.value.message


@given(st.binary(max_size=200))
def test_no_bytes_end_in_another_error(data: bytes) -> None:
    with suppress(RequestError):
        parse_control(data, "in.ctl")


def test_the_side_file_beside_the_input(tmp_path: Path) -> None:
    _, job = payments(tmp_path)
    path = tmp_path / "in.dat"
    path.touch()
    with pytest.raises(RequestError) as caught:
        side_file_figures(path, job)
    assert (caught.value.code, caught.value.status) == ("LRQ021", 422)
    assert "in.dat.ctl" in caught.value.message
    (tmp_path / "in.dat.ctl").write_text('{"records": 2, "totals": {"PAY-AMOUNT": "1.50"}}')
    assert side_file_figures(path, job) == ControlFigures(2, {"PAY-AMOUNT": Decimal("1.50")})


class TestSeveralFiles:
    """Each has a control file of its own; the figures are summed."""

    def figures(self, tmp_path: Path, *texts: str) -> ControlFigures:
        _, job = payments(tmp_path)
        paths = [tmp_path / f"part{number}.dat" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            Path(f"{path}.ctl").write_text(text)
        return side_files_figures(paths, job)

    def test_figures_are_summed_to_the_last_digit(self, tmp_path: Path) -> None:
        huge = "1" * 40
        first = f'{{"records": 2, "totals": {{"PAY-AMOUNT": "{huge}.50"}}}}'
        second = '{"records": 3, "totals": {"PAY-AMOUNT": "-0.25"}}'
        found = self.figures(tmp_path, first, second)
        assert found == ControlFigures(5, {"PAY-AMOUNT": Decimal(f"{huge}.25")})

    @pytest.mark.parametrize("other", ["{}", '{"records": 1, "totals": {"PAY-AMOUNT": 1}}', '{"totals": {}}'])
    def test_all_must_give_the_same_figures(self, tmp_path: Path, other: str) -> None:
        with pytest.raises(RequestError, match=r"part1\.dat has other figures") as caught:
            self.figures(tmp_path, '{"records": 1}', other)
        assert caught.value.code == "LRQ022"

    def test_absurd_figures_are_refused_and_fill_no_memory(self, tmp_path: Path) -> None:
        with pytest.raises(RequestError, match="PAY-AMOUNT cannot be summed") as caught:
            self.figures(tmp_path, '{"totals": {"PAY-AMOUNT": "1E+999999999"}}', '{"totals": {"PAY-AMOUNT": 1}}')
        assert caught.value.code == "LRQ022"

    def test_a_missing_one_is_named(self, tmp_path: Path) -> None:
        _, job = payments(tmp_path)
        (tmp_path / "a.dat.ctl").write_text("{}")
        with pytest.raises(RequestError, match=r"b\.dat\.ctl is missing"):
            side_files_figures([tmp_path / "a.dat", tmp_path / "b.dat"], job)


def test_a_job_without_a_side_file_compares_nothing(tmp_path: Path) -> None:
    _, job = payments(tmp_path, DEFINITION.replace('  side_file: "{name}.ctl"\n', ""))
    assert side_file_figures(tmp_path / "in.dat", job) == ControlFigures()


def test_a_side_file_with_an_impossible_name(tmp_path: Path) -> None:
    _, job = payments(tmp_path, DEFINITION.replace("{name}.ctl", "x" * 300))
    with pytest.raises((JobError, RequestError)) as caught:
        side_file_figures(tmp_path / "in.dat", job)
    assert caught.value.code in {"LRJ055", "LRQ021"}


def earlier(*states: State) -> list[dict[str, str]]:
    return [{"run_id": f"run-{number}", "state": state.value} for number, state in enumerate(states)]


class TestTheSameContentAgain:
    @pytest.mark.parametrize("state", [state for state in State if state not in TERMINAL])
    @pytest.mark.parametrize("force", [False, True])
    def test_not_while_another_run_works_on_it(self, state: State, force: bool) -> None:
        with pytest.raises(RequestError) as caught:
            _refuse_repetition(earlier(State.FAILED, state), "in.dat", force=force)
        assert (caught.value.code, caught.value.status) == ("LRQ020", 409)
        assert "run-1" in caught.value.message
        assert caught.value.context["run_id"] == "run-1"

    def test_not_after_it_was_loaded_unless_forced(self) -> None:
        with pytest.raises(RequestError, match=r"already loaded by run run-0.*--force"):
            _refuse_repetition(earlier(State.COMPLETED), "in.dat", force=False)
        _refuse_repetition(earlier(State.COMPLETED), "in.dat", force=True)

    def test_after_failures_as_often_as_one_likes(self) -> None:
        _refuse_repetition(earlier(State.FAILED, State.FAILED), "in.dat", force=False)
        _refuse_repetition([], "in.dat", force=False)


def test_exit_codes() -> None:
    assert [exit_code(State.COMPLETED, rejected) for rejected in (0, 1)] == [0, 1]
    assert exit_code(State.PARTIAL, 0) == 1
    assert exit_code(State.FAILED, 0) == 2
    assert exit_code("completed", 0) == 0, "as the tables keep it"


def test_every_stage_is_a_state_that_is_not_the_end() -> None:
    assert not set(STAGES) & set(TERMINAL)
    assert all(len(state.value) <= 20 for state in State), "as the tables have it"
