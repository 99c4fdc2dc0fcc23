"""RUN_FILE: the files of a run, in the order in which they are read."""

from __future__ import annotations

from services.orchestrator.store.base import Char, Record, Store
from services.orchestrator.store.states import ACTIVE, State, listed
from shared.framing.compressed import Compression
from shared.messaging.messages import FileIdentity


class FileRow(Record):
    """A row of RUN_FILE.

    ``file_digest`` is empty until the file was hashed; ``loaded_by`` names the run that has its content already, where
    this run leaves it out; the data's place is known when the file is divided.
    """

    file_no: int
    file_path: str
    file_bytes: int
    file_mtime_ns: int
    file_digest: Char
    loaded_by: str | None
    compression: Compression | None
    data_start: int | None
    data_end: int | None

    @property
    def identity(self) -> FileIdentity:
        """The file as messages name it."""
        return FileIdentity(path=self.file_path, size=self.file_bytes, mtime_ns=self.file_mtime_ns)


class FileSums(Record):
    """Sums over a run's files: how many, their bytes, those hashed so far, and bytes of data in those that are loaded.

    A file that is not divided yet counts with its size; ``undivided`` says how many there are.
    """

    files: int
    file_bytes: int
    hashed_bytes: int
    data_bytes: int
    undivided: int


class SameContent(Record):
    """A file of a run, and another run that has, or will have, loaded the same content."""

    file_no: int
    run_id: str
    state: State


class FileStore(Store):
    """The files of runs."""

    table = "run_file"

    def insert(self, run_id: str, file_no: int, file: FileIdentity) -> None:
        """A file that is not hashed yet."""
        self._change("insert", (run_id, file_no, file.path, file.size, file.mtime_ns))

    def all(self, run_id: str) -> list[FileRow]:
        """The run's files in their order, those that are left out too."""
        return self._records(FileRow, "list", (run_id,))

    def loaded(self, run_id: str) -> list[FileRow]:
        """The files that the run loads."""
        return [file for file in self.all(run_id) if file.loaded_by is None]

    def first(self, run_id: str) -> list[FileRow]:
        """The first of the run's files, as many as are worth showing."""
        return self._records(FileRow, "first", (run_id,))

    def sums(self, run_id: str) -> FileSums:
        """Sums over the run's files."""
        return FileSums.model_validate(self._row("sums", (run_id,)))

    def set_digest(self, run_id: str, file_no: int, digest: str) -> None:
        """Note the SHA-256 of a file's bytes."""
        self._change("hashed", (digest, run_id, file_no))

    def leave_out(self, run_id: str, file_no: int, loaded_by: str) -> None:
        """Leave a file out, because ``loaded_by`` has its content."""
        self._change("left_out", (loaded_by, run_id, file_no))

    def set_divided(self, run_id: str, file_no: int, compression: str | None, start: int, end: int) -> None:
        """Note how a file is compressed, and where in its content the data lie."""
        self._change("divided", (compression, start, end, run_id, file_no))

    def same_content(self, run_id: str, job: str) -> list[SameContent]:
        """For each file of the run the other runs of the job that load, or have loaded, its content; oldest first."""
        states = listed((*ACTIVE, State.COMPLETED))
        return self._records(SameContent, "same_content", (run_id, job), states=states)
