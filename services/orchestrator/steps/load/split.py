"""Splitting: files hashed, tables prepared, the files cut into splits, a read command sent for each split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, BinaryIO, Final, NamedTuple

from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.dividing import Divider, Part
from services.orchestrator.steps.load.hashing import claim_files
from services.orchestrator.steps.load.read_commands import Place, read_command
from services.orchestrator.store.files import FileRow
from services.orchestrator.store.splits import NewSplit, SplitRow
from shared.errors import InputError
from shared.framing.compressed import HEAD_BYTES, Compression, compression_of, uncompressed_size
from shared.framing.files import open_registered, reading
from shared.framing.protocol import named
from shared.messaging.messages import FILE_STRIDE, FileIdentity, ReadCommand
from shared.messaging.topology import READ

_GATHER_SECONDS: Final = 0.2


def split(context: RunContext) -> dict[str, Any]:
    """Hash the files, prepare the tables and command the reading.

    Repeated after a crash it may send a command twice: the ledger makes the second reading a duplicate. Splits that
    were read to their end are not commanded again. LRQ020 when the content is loaded already, LRF001, LRF041 and LRF042
    when a file does not fit its format and edges, the format's own errors when it has to be read for splitting, LRR001
    and LRR002 when a table is missing or does not fit.
    """
    files = claim_files(context)
    with context.between_runs, context.stores() as at:  # two first runs of a job would both make its tables
        made = at.catalog.prepare(context.compiled)
    with context.stores() as at:
        known = {row.split_no: row for row in at.splits.all(context.run_id)}
    work = _Splitting(context, known)
    for file in files:
        try:
            work.over(file)
        except InputError as error:
            raise named(error, file.file_path) from error
    work.flush()
    return {"files": len(files), "splits": work.splits, "data_bytes": work.data_bytes, "tables_made": made}


class _Divided(NamedTuple):
    """Where the data of a file lie."""

    file_no: int
    compression: Compression | None
    start: int
    end: int


@dataclass(slots=True)
class _Splitting:
    """Splits are gathered for a moment: a transaction for each of ten thousand small files would take minutes."""

    context: RunContext
    known: dict[int, SplitRow]
    splits: int = 0
    data_bytes: int = 0
    divider: Divider = field(init=False)
    _commands: list[ReadCommand] = field(default_factory=list)
    _divided: list[_Divided] = field(default_factory=list)
    _due: float = 0.0

    def __post_init__(self) -> None:
        self.divider = Divider(self.context.compiled, self._go_on)

    def over(self, file: FileRow) -> None:
        """Command the reading of one file and note where its data lie."""
        identity = file.identity
        compression = self._compression(identity)
        start = end = 0
        for number, part in enumerate(self._parts(identity, compression)):
            start = start if number else part.begin.offset
            end = part.end
            split_no = file.file_no * self.context.compiled.splits + number
            begin = Place(part.begin.offset, part.begin.block_end, records_before=part.begin.record_no - 1)
            self._commands.append(
                read_command(self.context, file, compression, split_no, begin, part.end, part.open_records)
            )
            self.splits += 1
            self._go_on()
        self._divided.append(_Divided(file.file_no, compression, start, end))
        self.data_bytes += end - start
        self._go_on()

    def _go_on(self) -> None:
        """Called all the time: look up, and send what has waited long enough."""
        self.context.go_on()
        if monotonic() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Put what was found into the tables, then command it."""
        commands, divided = self._commands, self._divided
        self._commands, self._divided = [], []
        if commands or divided:
            self._keep(commands, divided)
            for command in commands:
                self._send(command)
        self._due = monotonic() + _GATHER_SECONDS

    def _keep(self, commands: list[ReadCommand], divided: list[_Divided]) -> None:
        run_id = self.context.run_id
        with self.context.stores() as at:
            for command in commands:
                if command.split_no not in self.known:
                    at.splits.insert(run_id, _new_split(command))
            for file in divided:
                at.files.set_divided(run_id, *file)

    def _send(self, command: ReadCommand) -> None:
        row = self.known.get(command.split_no)
        if row is None or not row.is_read:
            self.context.publisher.publish(READ, command.pack(), stopping=self.context.stopping.is_set)

    def _compression(self, file: FileIdentity) -> Compression | None:
        wanted = self.context.compiled.compression
        if wanted is not None:
            return None if wanted == "none" else wanted
        with closing(self._open(file, None)) as content:
            return compression_of(content.read(HEAD_BYTES))

    def _open(self, file: FileIdentity, compression: Compression | None) -> BinaryIO:
        with reading(file.path):
            return open_registered(self.context.data_root, file.path, file.size, file.mtime_ns, compression)

    def _parts(self, file: FileIdentity, compression: Compression | None) -> Iterator[Part]:
        """A compressed file is one part: a reader that begins in its middle has to decompress everything before."""
        with closing(self._open(file, compression)) as content:
            size = uncompressed_size(content, self._go_on) if compression else file.size
            _refuse_beyond_stride(file.path, size)
            yield from self.divider.parts(content, size, file.path, 1 if compression else self.context.compiled.splits)


def _new_split(command: ReadCommand) -> NewSplit:
    place = (command.split_no, command.file_no, command.offset, command.end, command.block_end)
    return NewSplit(*place, command.records_before)


def _refuse_beyond_stride(path: str, size: int) -> None:
    if size > FILE_STRIDE:
        raise InputError(
            "LRF048",
            f"{path} has {size} bytes of content, more than the {FILE_STRIDE} that an offset can tell apart",
            remedy="Split the file and load the parts as one run, by a pattern.",
            path=path,
        )
