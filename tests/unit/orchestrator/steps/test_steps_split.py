"""Splitting: what is commanded for which file, and what a repetition after a crash does."""

from __future__ import annotations

import gzip
import hashlib
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.registration.repetition import ContentLoaded
from services.orchestrator.steps.load import split as splitting
from services.orchestrator.steps.load.split import split
from services.orchestrator.store.files import FileRow, SameContent
from services.orchestrator.store.splits import SplitRow
from services.orchestrator.store.states import State
from shared.errors import InputError
from shared.framing.files import identity
from shared.framing.fixed import FixedFraming
from shared.framing.protocol import Framing
from shared.framing.variable import VariableFraming
from shared.messaging.messages import ReadCommand
from shared.messaging.publisher import Cancelled
from shared.messaging.topology import READ
from tests.support.definitions import JOBS, compiled
from tests.support.run_rows import file_row, run_row, split_row
from tests.unit.framing.writers import rdw

JOB = compiled(JOBS, "transactions")[1]
V = VariableFraming()


class Run:
    """A run over real files, with tables in memory."""

    def __init__(self, root: Path, files: dict[str, bytes], framing: Framing, splits: int = 1, **changes: Any) -> None:
        self.rows: dict[int, SplitRow] = {}
        self.digests: dict[int, str] = {}
        self.claimed: list[str] = []
        self.same: list[SameContent] = []
        self.left_out: dict[int, str] = {}
        self.prepared = 0
        self.commands: list[ReadCommand] = []
        self.divided: dict[int, tuple[Any, ...]] = {}
        self.stopping = threading.Event()
        self.crash_at: int | None = None
        self.transactions = 0
        listed = []
        for number, (name, data) in enumerate(files.items()):
            (root / name).write_bytes(data)
            size, mtime = identity(root / name)
            listed.append(file_row(file_no=number, file_path=name, file_bytes=size, file_mtime_ns=mtime))
        self.files = listed
        at = SimpleNamespace(
            catalog=SimpleNamespace(prepare=self._prepare),
            audit=SimpleNamespace(append=lambda *_, **__: None),
            runs=SimpleNamespace(hold=lambda _: self.context.run, set_digest=self._claim),
            files=SimpleNamespace(
                loaded=self._loaded,
                set_digest=self._hashed,
                same_content=lambda *_: self.same,
                leave_out=self._leave_out,
                set_divided=self._divide,
            ),
            splits=SimpleNamespace(all=lambda _: list(self.rows.values()), insert=self._insert),
        )

        @contextmanager
        def stores() -> Any:
            self.transactions += 1
            yield at

        update = {"framing": framing.to_dict(), "splits": splits, **changes}
        self.context: Any = SimpleNamespace(
            run_id="run", run=run_row(), compiled=JOB.model_copy(update=update), stores=stores, stopping=self.stopping,
            control=ControlFigures(),
            publisher=SimpleNamespace(publish=self._publish), data_root=root, go_on=self._go_on,
            between_runs=threading.Lock(), hashed=lambda _: None,
        )  # fmt: skip

    def _loaded(self, _run: str) -> list[FileRow]:
        return [file.model_copy(update={"file_digest": self.digests.get(file.file_no, "")}) for file in self.files]

    def _hashed(self, _run: str, file_no: int, digest: str) -> None:
        self.digests[file_no] = digest

    def _claim(self, _run: str, digest: str) -> None:
        self.claimed.append(digest)

    def _go_on(self) -> None:
        if self.stopping.is_set():
            raise Cancelled

    def _prepare(self, _compiled: Any) -> list[str]:
        self.prepared += 1
        return ["STG"]

    def _leave_out(self, _run: str, file_no: int, loaded_by: str) -> None:
        self.left_out[file_no] = loaded_by

    def _divide(self, _run: str, file_no: int, *figures: Any) -> None:
        self.divided[file_no] = figures

    def _insert(self, _run: str, new: Any) -> None:
        assert new.split_no not in self.rows, "the key is unique"
        self.rows[new.split_no] = split_row(
            split_no=new.split_no, start_offset=new.start, end_offset=new.end, read_to=new.start
        )

    def _publish(self, queue: str, body: bytes, **_: Any) -> None:
        assert queue == READ
        if len(self.commands) == self.crash_at:
            raise ConnectionError
        self.commands.append(ReadCommand.unpack(body)[0])

    def split(self) -> dict[str, Any]:
        return split(self.context)


def test_one_file_in_one_part(tmp_path: Path) -> None:
    run = Run(tmp_path, {"a.dat": bytes(1_200)}, FixedFraming(120))
    assert run.split() == {"files": 1, "splits": 1, "data_bytes": 1_200, "tables_made": ["STG"]}
    (command,) = run.commands
    assert (command.file.path, command.split_no, command.offset, command.end) == ("a.dat", 0, 0, 1_200)
    assert (command.compression, command.batch_records, command.batch_bytes) == (None, 5_000, JOB.batch_bytes)
    assert run.divided == {0: (None, 0, 1_200)}


def test_parts_of_several_files_have_numbers_of_their_own(tmp_path: Path) -> None:
    files = {"a.dat": bytes(360), "b.dat": b"", "c.dat": bytes(120), "d.gz": gzip.compress(bytes(480))}
    run = Run(tmp_path, files, FixedFraming(120), splits=2)
    assert run.split()["splits"] == 4
    told = [(c.file_no, c.split_no, c.offset, c.end, c.records_before, c.compression) for c in run.commands]
    assert told == [
        (0, 0, 0, 240, 0, None),
        (0, 1, 240, 360, 2, None),
        (2, 4, 0, 120, 0, None),
        (3, 6, 0, 480, 0, "gzip"),
    ]
    assert run.divided == {0: (None, 0, 360), 1: (None, 0, 0), 2: (None, 0, 120), 3: ("gzip", 0, 480)}


def test_the_job_may_say_that_nothing_is_compressed(tmp_path: Path) -> None:
    data = b"\x1f\x8b\x08" + bytes(117)
    run = Run(tmp_path, {"a.dat": data}, FixedFraming(120), compression="none")
    assert run.split()["data_bytes"] == 120
    with pytest.raises(InputError, match=r"a\.dat: .*cannot be read") as caught:
        Run(tmp_path, {"a.dat": data}, FixedFraming(120)).split()
    assert caught.value.code == "LRF038"


def test_a_repetition_after_a_crash_commands_what_is_not_read(tmp_path: Path) -> None:
    data = b"".join(rdw(bytes([number]) * 20) for number in range(30))
    whole = Run(tmp_path, {"a.dat": data}, V, splits=3)
    whole.split()
    assert len(whole.commands) == 3
    run = Run(tmp_path, {"a.dat": data}, V, splits=3)
    run.crash_at = 2
    with pytest.raises(ConnectionError):
        run.split()
    assert len(run.rows) == 3, "the third is in the table, but nobody reads it"
    assert len(run.commands) == 2
    run.crash_at = None
    run.rows[0] = run.rows[0].model_copy(update={"read_to": run.rows[0].end_offset})
    run.split()
    assert [command.split_no for command in run.commands] == [0, 1, 1, 2]
    places = [[(c.offset, c.end, c.records_before) for c in one.commands] for one in (run, whole)]
    assert places[0][2:] == places[1][1:]


def test_many_small_files_share_transactions(tmp_path: Path) -> None:
    run = Run(tmp_path, {f"{number:03}": bytes(120) for number in range(300)}, FixedFraming(120))
    run.split()
    assert [command.file_no for command in run.commands] == list(range(300))
    assert len(run.divided) == 300
    assert run.transactions < 100


def test_a_part_is_commanded_before_the_file_is_surveyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "_GATHER_SECONDS", 0.0)
    data = b"".join(rdw(bytes(996)) for _ in range(4_000)) + bytes(4)
    run = Run(tmp_path, {"a.dat": data}, V, splits=2)
    with pytest.raises(InputError):
        run.split()
    assert [command.split_no for command in run.commands] == [0], "the damage lies behind it"


def test_a_stopping_orchestrator_commands_no_more(tmp_path: Path) -> None:
    run = Run(tmp_path, {"a.dat": bytes(1_200)}, FixedFraming(120))
    run.stopping.set()
    with pytest.raises(Cancelled):
        run.split()
    assert run.commands == []


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (rdw(b"one") + bytes(4) + rdw(b"two"), "LRF020", "b.dat: byte 7"),
        (rdw(b"one") + rdw(b"two")[:-1], "LRF022", "b.dat: byte 7"),
    ],
)
def test_what_the_pass_finds_wrong_names_file_and_place(tmp_path: Path, data: bytes, code: str, said: str) -> None:
    run = Run(tmp_path, {"a.dat": rdw(b"one"), "b.dat": data}, V, splits=2)
    with pytest.raises(InputError) as caught:
        run.split()
    assert caught.value.code == code
    assert said in caught.value.message
    assert "hex" in caught.value.message


def test_files_are_hashed_and_claimed_before_anything_else(tmp_path: Path) -> None:
    run = Run(tmp_path, {"a.dat": bytes(1_200)}, FixedFraming(120))
    run.split()
    digest = hashlib.sha256(bytes(1_200)).hexdigest()
    assert (run.digests, run.claimed) == ({0: digest}, [digest])
    again = Run(tmp_path, {"a.dat": bytes(1_200)}, FixedFraming(120))
    again.same = [SameContent(file_no=0, run_id="other", state=State.LOADING)]
    with pytest.raises(ContentLoaded):
        again.split()
    assert (again.prepared, again.claimed, again.rows, again.commands) == (0, [], {}, [])
    assert run.prepared == 1


def test_a_file_whose_content_is_loaded_is_not_commanded(tmp_path: Path) -> None:
    run = Run(tmp_path, {"a.dat": bytes(1_200), "b.dat": bytes(240)}, FixedFraming(120), splits=2)
    run.same = [SameContent(file_no=0, run_id="other", state=State.COMPLETED)]
    assert run.split() == {"files": 1, "splits": 2, "data_bytes": 240, "tables_made": ["STG"]}
    assert [(command.file_no, command.split_no) for command in run.commands] == [(1, 2), (1, 3)]
    assert run.left_out == {0: "other"}
    assert run.divided.keys() == {1}


def test_a_file_that_changed_since_it_was_registered_is_refused(tmp_path: Path) -> None:
    run = Run(tmp_path, {"a.dat": bytes(1_200)}, FixedFraming(120))
    (tmp_path / "a.dat").write_bytes(bytes(2_400))
    with pytest.raises(InputError) as caught:
        run.split()
    assert caught.value.code == "LRF003"
