"""Registering: run ids, what the sizes alone tell, and what is kept of a request; no file is read through."""

from __future__ import annotations

import re
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.registration import register as registering
from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.registration.register import Registrar, RunRequest, check_files, new_run_id
from services.orchestrator.registration.repetition import ContentLoaded
from services.orchestrator.store.runs import NewRun, RunState
from services.orchestrator.store.states import State
from shared.errors import InputError, LreclError, PermanentError
from shared.framing.fixed import FixedFraming
from shared.framing.protocol import Framing
from shared.framing.variable import VariableFraming
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import FileIdentity
from tests.support.definitions import JOBS, compiled
from tests.unit.framing.writers import rdw

JOB = compiled(JOBS, "transactions")[1]
V = VariableFraming()


def job(framing: Framing, **edges: int) -> CompiledJob:
    return JOB.model_copy(update={"framing": framing.to_dict(), "edges": edges})


def test_run_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_run_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert all(re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", run_id) for run_id in ids)
    stamps = [run_id.partition("-")[0] for run_id in ids]
    assert stamps == sorted(stamps)
    assert max(map(len, ids)) <= 32, "as the tables have it"


@pytest.mark.parametrize(
    ("framing", "data", "edges", "code"),
    [
        (FixedFraming(10), bytes(101), {}, "LRF001"),
        (FixedFraming(10), bytes(101), {"header_bytes": 100, "trailer_bytes": 2}, "LRF041"),
        (FixedFraming(10), bytes(20), {"header_records": 2, "trailer_records": 1}, "LRF042"),
        (V, rdw(b"a") + bytes(4), {}, None),
    ],
)
def test_what_the_size_alone_tells(
    framing: Framing, data: bytes, edges: dict[str, int], code: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "in.dat"
    path.write_bytes(data)
    if code is None:
        check_files([path], job(framing, **edges))
        return
    with pytest.raises(InputError) as caught:
        check_files([path], job(framing, **edges))
    assert caught.value.code == code
    assert "in.dat" in caught.value.message


@pytest.mark.parametrize("framing", [FixedFraming(10), V])
def test_a_file_that_may_not_be_read_is_named(
    framing: Framing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "in.dat"
    path.write_bytes(bytes(20))
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"in\.dat cannot be read: Permission denied") as caught:
        check_files([path], job(framing))
    assert caught.value.code == "LRF011"


class Stores:
    """Notes what is kept; ``same`` are the runs of the same, unchanged files."""

    def __init__(self, *same: RunState) -> None:
        self.kept: list[tuple[str, Any]] = []
        self.asked: list[tuple[Any, ...]] = []
        self.catalog_error: PermanentError | None = None
        self.runs = SimpleNamespace(same_files=self._same_files, insert=lambda run: self._keep("run", run))
        self.files = SimpleNamespace(insert=lambda _run, number, file: self._keep("file", (number, file.path)))
        self.documents = SimpleNamespace(put_job=lambda _run, compiled: self._keep("job", compiled.job.job))
        self.audit = SimpleNamespace(append=lambda _run, *line, **detail: self._keep("line", (*line, detail)))
        self.catalog = SimpleNamespace(check=self._check)
        self._same = list(same)

    def _same_files(self, name: str, file: FileIdentity) -> list[RunState]:
        self.asked.append((name, file))
        return self._same

    def _check(self, _compiled: CompiledJob) -> None:
        if self.catalog_error:
            raise self.catalog_error

    def _keep(self, what: str, value: Any) -> None:
        self.kept.append((what, value))


class TestRegistering:
    def register(
        self, monkeypatch: pytest.MonkeyPatch, at: Stores, root: Path, *, file: str = "*.dat", **more: Any
    ) -> str:
        @contextmanager
        def opened(_pool: Any, fence: Any) -> Any:
            assert fence == "fence", "within the term or not at all"
            yield at

        monkeypatch.setattr(registering, "stores", opened)
        pool: Any = SimpleNamespace(settings=SimpleNamespace(control_schema="LRECL"))
        fence: Any = "fence"
        request = RunRequest("transactions", file, **({"control": ControlFigures()} | more))
        return Registrar(pool, JOBS, root).register(request, fence)

    def files(self, root: Path, **sizes: int) -> None:
        for name, size in sizes.items():
            with (root / f"{name}.dat").open("wb") as file:
                file.truncate(size)

    def test_run_files_job_and_line_are_kept_together(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.files(tmp_path, b=240, a=120)
        at = Stores()
        run_id = self.register(monkeypatch, at, tmp_path, requested_by="ops", force=True)
        (_, run), *rest = at.kept
        assert isinstance(run, NewRun)
        assert (run.run_id, run.job, run.forced, run.requested_by) == (run_id, "transactions", True, "ops")
        assert (run.file.path, run.file.size, run.record_length) == ("*.dat", 360, 120)
        assert (run.job_digest, run.copybook_digest) == (JOB.job_digest, JOB.copybook_digest)
        detail = {"file": "*.dat", "files": 2, "bytes": 360, "force": True}
        assert rest == [
            ("file", (0, "a.dat")), ("file", (1, "b.dat")), ("job", "transactions"),
            ("line", ("registered", "ops", detail)),
        ]  # fmt: skip
        assert at.asked == [("transactions", run.file)]

    def test_a_large_file_is_registered_without_being_read(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A sparse file that takes half a minute to hash."""
        size = 120 * 200_000_000
        self.files(tmp_path, a=size)
        at = Stores()
        began = monotonic()
        self.register(monkeypatch, at, tmp_path, file="a.dat")
        assert monotonic() - began < 2
        assert at.kept[0][1].files == (at.kept[0][1].file,)
        assert at.kept[0][1].file.size == size

    @pytest.mark.parametrize("force", [False, True])
    def test_the_same_unchanged_files_are_refused_at_once(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, force: bool
    ) -> None:
        self.files(tmp_path, a=120)
        at = Stores(RunState(run_id="run-0", state=State.LOADING))
        with pytest.raises(ContentLoaded) as caught:
            self.register(monkeypatch, at, tmp_path, force=force)
        assert (caught.value.code, caught.value.status, caught.value.context["run_id"]) == ("LRQ020", 409, "run-0")
        assert at.kept == []

    def test_a_table_that_does_not_fit_is_refused_at_once(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.files(tmp_path, a=120)
        at = Stores()
        at.catalog_error = PermanentError("LRR002", "the table has no column A")
        with pytest.raises(PermanentError, match="LRR002"):
            self.register(monkeypatch, at, tmp_path)
        assert at.kept == []

    @pytest.mark.parametrize(
        ("sizes", "more", "code"),
        [
            ({}, {}, "LRQ024"),
            ({"a": 121}, {}, "LRF001"),
            ({"a": 120}, {"control": None}, "LRQ021"),
            ({"a": 120}, {"control": ControlFigures(totals={"TRAN-AMUONT": Decimal(1)})}, "LRQ023"),
        ],
    )
    def test_what_is_wrong_is_found_before_anything_is_kept(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sizes: dict[str, int], more: dict[str, Any], code: str
    ) -> None:
        self.files(tmp_path, **sizes)
        at = Stores()
        with pytest.raises(LreclError) as caught:
            self.register(monkeypatch, at, tmp_path, **more)
        assert caught.value.code == code
        assert (at.asked, at.kept) == ([], [])
