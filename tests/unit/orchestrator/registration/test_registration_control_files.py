"""Control files: figures as the sender wrote them, summed over several files, and files that cannot be read."""

from __future__ import annotations

import json
import tracemalloc
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
from shared.errors import JobError, RequestError
from tests.support.definitions import DEFINITION, payments


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
        b'{"totals": {"A": true}}', b"[" * 5_000, b'{"records": 9223372036854775808}', b'{"records": 1e99999999999999}',
        b'{"totals": {"A": 1e99999999999999999999}}', b'{"totals": {"A": 0e900000000}}', b'{"totals": {"A": sNaN}}',
        b'{"totals": {"A": 0.%s}}' % (b"1" * 201), b'{"totals": {"A": "%s"}}' % (b"1" * 201),
        b'{"records": %s}' % (b"1" * 5_000),
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


class TestReading:
    def figures(self, tmp_path: Path) -> ControlFigures:
        _, job = payments(tmp_path)
        return side_file_figures(tmp_path / "in.dat", job)

    def test_700_mb_are_not_read_and_refused(self, tmp_path: Path) -> None:
        with (tmp_path / "in.dat.ctl").open("wb") as file:
            file.write(b"{}")
            file.truncate(700 * 1024 * 1024)
        tracemalloc.start()
        try:
            with pytest.raises(
                RequestError, match=r"in\.dat\.ctl cannot be read: it has more than 65536 bytes"
            ) as caught:
                self.figures(tmp_path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (caught.value.code, caught.value.status) == ("LRQ022", 422)
        assert peak < 8 * 1024 * 1024

    @pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
    def test_one_that_may_not_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
        def refuse(path: Path) -> None:
            if path.name == "in.dat.ctl":
                raise error

        (tmp_path / "in.dat.ctl").write_text("{}")
        opened = Path.open
        monkeypatch.setattr(Path, "open", lambda path, *a, **k: refuse(path) or opened(path, *a, **k))
        with pytest.raises(RequestError, match=f"cannot be read: {error.strerror}") as caught:
            self.figures(tmp_path)
        assert (caught.value.code, caught.value.status) == ("LRQ022", 422)


def test_figures_that_an_earlier_release_stored_are_not_written_out() -> None:
    with pytest.raises(ValueError, match="more than 200 digits"):
        ControlFigures.from_json('{"records": null, "totals": {"A": "1E+900000000"}}')


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
        for first, second, reason in (
            ("1E+999999999", "1", "more than 200 digits"),
            ("1E+150", "1E-150", "PAY-AMOUNT cannot be summed"),
            ("9E+200", "9E+200", "PAY-AMOUNT cannot be summed"),
        ):
            folder = tmp_path / first
            folder.mkdir()
            with pytest.raises(RequestError, match=reason) as caught:
                self.figures(
                    folder,
                    f'{{"totals": {{"PAY-AMOUNT": "{first}"}}}}',
                    f'{{"totals": {{"PAY-AMOUNT": "{second}"}}}}',
                )
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
