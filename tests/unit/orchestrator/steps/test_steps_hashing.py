"""Hashing: digests of whole files, progress while they are read, and the claim of their content."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.registration.input_files import identities, match_files
from services.orchestrator.registration.repetition import ContentLoaded
from services.orchestrator.steps.load import hashing
from services.orchestrator.steps.load.hashing import claim_files, digest, digest_of
from services.orchestrator.store.files import FileRow, SameContent
from services.orchestrator.store.states import State
from shared.errors import InputError
from shared.messaging.publisher import Cancelled
from tests.support.run_rows import file_row, run_row


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Run:
    """A run over real files, with the tables in memory."""

    def __init__(self, root: Path, files: dict[str, bytes], *, on_loaded: str = "skip", **run: Any) -> None:
        for name, data in files.items():
            (root / name).write_bytes(data)
        self.rows = [
            file_row(
                file_no=number, file_path=name, file_bytes=len(data), file_mtime_ns=(root / name).stat().st_mtime_ns
            )
            for number, (name, data) in enumerate(files.items())
        ]
        self.same: list[SameContent] = []
        self.claims: list[str] = []
        self.lines: list[Any] = []
        self.told: list[int] = []
        self.stopping = threading.Event()
        self.transactions = 0
        at = SimpleNamespace(
            runs=SimpleNamespace(hold=lambda _: self.context.run, set_digest=self._claim),
            files=SimpleNamespace(
                loaded=lambda _: [row for row in self.rows if row.loaded_by is None],
                set_digest=lambda _, number, found: self._change(number, file_digest=found),
                leave_out=lambda _, number, owner: self._change(number, loaded_by=owner),
                same_content=lambda *_: self.same,
            ),
            audit=SimpleNamespace(append=lambda *line, **detail: self.lines.append((*line, detail))),
        )

        @contextmanager
        def stores() -> Iterator[Any]:
            self.transactions += 1
            yield at

        job = SimpleNamespace(input=SimpleNamespace(on_loaded=on_loaded))
        self.context: Any = SimpleNamespace(
            run_id="run", run=run_row(**run), control=ControlFigures(),
            compiled=SimpleNamespace(job=job), stores=stores, data_root=root,
            go_on=self._go_on, hashed=self.told.append, between_runs=threading.Lock(),
        )  # fmt: skip

    def _change(self, number: int, **values: Any) -> None:
        self.rows[number] = self.rows[number].model_copy(update=values)

    def _claim(self, run_id: str, found: str) -> None:
        assert run_id == "run"
        assert self.context.between_runs.locked(), "one run at a time claims"
        self.claims.append(found)

    def _go_on(self) -> None:
        if self.stopping.is_set():
            raise Cancelled

    def claim(self) -> list[FileRow]:
        return claim_files(self.context)


class TestDigests:
    def test_the_digest_is_of_the_whole_file(self, tmp_path: Path) -> None:
        data = bytes(range(256)) * 10_000
        path = tmp_path / "in.dat"
        path.write_bytes(data)
        told: list[int] = []
        with path.open("rb") as content:
            assert digest(content, told.append) == sha(data)
        assert (sum(told), len(told)) == (len(data), 3), "a block of a mebibyte at a time"
        assert digest(io.BytesIO(), told.append) == sha(b"")

    def test_the_work_ends_between_two_blocks(self) -> None:
        def stop(_size: int) -> None:
            raise Cancelled

        content = io.BytesIO(bytes(5_000_000))
        with pytest.raises(Cancelled):
            digest(content, stop)
        assert content.tell() < 2_000_000

    def test_one_file_is_known_by_its_content_alone(self, tmp_path: Path) -> None:
        run = Run(tmp_path, {"b.dat": b"b.dat"})
        (one,) = files = run.claim()
        assert one.identity.path == "b.dat"
        assert digest_of(files) == one.file_digest == sha(b"b.dat")
        assert run.claims == [sha(b"b.dat")]

    def test_several_are_known_by_their_names_and_contents(self, tmp_path: Path) -> None:
        run = Run(tmp_path, {name: name.encode() for name in ("a.dat", "b.dat")})
        files = run.claim()
        listed = [[name, sha(name.encode())] for name in ("a.dat", "b.dat")]
        assert digest_of(files) == sha(json.dumps(listed).encode())
        assert run.claims == [digest_of(files)]
        renamed = [files[0].model_copy(update={"file_path": "aa.dat"}), files[1]]
        assert digest_of(renamed) != digest_of(files)


class TestClaiming:
    def test_all_files_are_hashed_and_claimed(self, tmp_path: Path) -> None:
        run = Run(tmp_path, {"a.dat": b"abc", "b.dat": b""})
        files = run.claim()
        assert [(file.file_no, file.file_digest) for file in files] == [(0, sha(b"abc")), (1, sha(b""))]
        assert [row.file_digest for row in run.rows] == [sha(b"abc"), sha(b"")]
        assert run.told == [3]
        assert run.lines == [("run", "files hashed", "orchestrator", {"files": 2, "digest": digest_of(files)})]

    def test_the_files_are_the_registered_ones(self, tmp_path: Path) -> None:
        run = Run(tmp_path, {"a.dat": b"abc"})
        assert [file.identity for file in run.rows] == list(identities(tmp_path, match_files(tmp_path, "*.dat")))
        (tmp_path / "a.dat").write_bytes(b"abcd")
        with pytest.raises(InputError) as caught:
            run.claim()
        assert caught.value.code == "LRF003"
        assert run.claims == []

    def test_a_loaded_file_is_left_out_with_a_line_in_the_trail(self, tmp_path: Path) -> None:
        run = Run(tmp_path, {"a.dat": b"abc", "b.dat": b"de"})
        run.same = [SameContent(file_no=0, run_id="other", state=State.COMPLETED)]
        assert [file.file_no for file in run.claim()] == [1]
        assert [row.loaded_by for row in run.rows] == ["other", None]
        assert run.claims == [sha(b"de")], "the run owns what it loads"
        assert run.lines == [
            ("run", "files hashed", "orchestrator", {"files": 1, "digest": sha(b"de")}),
            ("run", "files left out", "orchestrator", {"files": 1}),
        ]

    @pytest.mark.parametrize(("on_loaded", "files"), [("refuse", 2), ("skip", 1)])
    def test_a_refused_run_owns_nothing(self, tmp_path: Path, on_loaded: str, files: int) -> None:
        run = Run(tmp_path, {f"{number}.dat": bytes(number) for number in range(files)}, on_loaded=on_loaded)
        run.same = [SameContent(file_no=0, run_id="other", state=State.COMPLETED)]
        with pytest.raises(ContentLoaded) as caught:
            run.claim()
        assert (caught.value.code, caught.value.context["run_id"]) == ("LRQ020", "other")
        assert run.claims == []
        assert [row.loaded_by for row in run.rows] == [None] * files

    def test_claimed_files_are_not_looked_at_again(self, tmp_path: Path) -> None:
        """Whatever other runs have loaded since: a restart must load the same files."""
        run = Run(tmp_path, {"a.dat": b"abc"}, file_digest="d" * 64)
        run.same = [SameContent(file_no=0, run_id="other", state=State.COMPLETED)]
        (tmp_path / "a.dat").unlink()
        assert [file.file_no for file in run.claim()] == [0]
        assert (run.claims, run.told) == ([], [])


class TestInterruption:
    def test_it_goes_on_with_the_files_that_are_left(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hashing, "_GATHER_SECONDS", 0.0)
        run = Run(tmp_path, {"a.dat": b"abc", "b.dat": b"de"})
        run.context.hashed = lambda _: run.stopping.set()
        with pytest.raises(Cancelled):
            run.claim()
        assert [row.file_digest for row in run.rows] == [sha(b"abc"), ""]
        run.stopping.clear()
        run.context.hashed = run.told.append
        (tmp_path / "a.dat").unlink()
        assert [file.file_digest for file in run.claim()] == [sha(b"abc"), sha(b"de")]
        assert run.told == [5], "the bytes of all files so far"

    def test_digests_of_many_small_files_are_kept_together(self, tmp_path: Path) -> None:
        run = Run(tmp_path, {f"{number:03}": b"x" for number in range(300)})
        run.claim()
        assert run.told[-1] == 300
        assert run.transactions < 50


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_a_file_that_can_no_longer_be_read_ends_the_run_with_a_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(*_: object) -> None:
        raise error

    run = Run(tmp_path, {"a.dat": b"1"})
    monkeypatch.setattr(hashing, "open_registered", refuse)
    with pytest.raises(InputError, match=rf"a\.dat cannot be read: {error.strerror}") as caught:
        claim_files(run.context)
    assert caught.value.code == "LRF011"
    assert run.claims == []
