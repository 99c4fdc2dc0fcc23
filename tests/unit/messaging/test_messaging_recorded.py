"""Messages and compiled jobs of earlier releases, as they lie in queues and tables during an upgrade.

The rule: within a version of a message fields are only added, each with the default that means what was meant before,
and a field at its default is not written (``exclude_if``). So a newer service reads everything older, an older one
everything newer that asks for nothing new; what does is refused by it as poison and replayed after the upgrade. A
change of meaning is a new version, whose class reads the one before as well.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from services.processor import child
from services.reader.split import read_split
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import Event, Message, ProcessedBatch, RawBatch, ReadCommand, RunFault, SplitReport
from shared.transform.plan import Plan
from tests.support.batches import load_in

RELEASES = sorted(path for path in (Path(__file__).parent / "recorded").glob("v*") if path.is_dir())
KINDS: dict[str, type[Message]] = {
    kind.kind: kind for kind in (ReadCommand, RawBatch, ProcessedBatch, SplitReport, RunFault)
}
SAMPLES = [path for release in RELEASES for path in sorted(release.glob("*.bin"))]
COMMANDS = [path for path in SAMPLES if path.name.endswith(".read.bin")]


def names(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def taken_apart(body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Header and parts, past lrecl's own code: as the envelope was when it was recorded."""
    magic, version, length = struct.unpack_from(">5sBI", body)
    assert (magic, version) == (b"LRECL", 1)
    header, rest = json.loads(body[10 : 10 + length]), body[10 + length :]
    parts = {}
    for name, size in header["parts"].items():
        parts[name], rest = rest[:size], rest[size:]
    return header, parts


def holds(found: Any, recorded: Any) -> bool:
    """Whether everything that was recorded is in what was found; keys may have been added."""
    if isinstance(recorded, dict):
        return isinstance(found, dict) and all(
            name in found and holds(found[name], value) for name, value in recorded.items()
        )
    if isinstance(recorded, list):
        return len(found) == len(recorded) and all(map(holds, found, recorded))
    return bool(found == recorded)


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_every_kind_of_message_is_recorded(release: Path) -> None:
    kinds = [taken_apart(path.read_bytes())[0]["kind"] for path in release.glob("*.bin")]
    assert sorted(kinds) == sorted(2 * list(KINDS)), "of two jobs each"


@pytest.mark.parametrize("path", SAMPLES, ids=names)
def test_a_recorded_message_is_read_field_by_field(path: Path) -> None:
    header, parts = taken_apart(path.read_bytes())
    message, found = KINDS[header["kind"]].unpack(path.read_bytes())
    assert holds(message.model_dump(mode="json"), {k: v for k, v in header.items() if k not in {"kind", "version"}})
    assert {name: bytes(part) for name, part in found.items()} == parts


@pytest.mark.parametrize("path", SAMPLES, ids=names)
def test_what_asks_for_nothing_new_is_written_as_it_was(path: Path) -> None:
    """Byte for byte the fields of before: the older services of a rolling upgrade understand it."""
    header, parts = taken_apart(path.read_bytes())
    message, _ = KINDS[header["kind"]].unpack(path.read_bytes())
    assert taken_apart(message.pack(parts)) == (header, parts)


@pytest.mark.parametrize("path", [path for path in SAMPLES if "raw" in path.name], ids=names)
def test_a_recorded_batch_is_worked_on_as_it_was(path: Path) -> None:
    header, _ = taken_apart(path.read_bytes())
    assert holds(Plan.from_dict(header["plan"]).to_dict(), header["plan"])
    then, _ = taken_apart(path.with_name(path.name.replace("raw", "processed")).read_bytes())
    now, _ = taken_apart(child.process(path.read_bytes(), then["processor_id"])[1])
    for measured in ("decode_micros", "parts"):
        del then[measured], now[measured]
    assert now == then


@pytest.mark.parametrize("path", [path for path in SAMPLES if "processed" in path.name], ids=names)
def test_a_recorded_processed_batch_is_what_the_writer_binds(path: Path) -> None:
    header, _ = taken_apart(path.read_bytes())
    load = load_in(path.read_bytes())
    assert [len(rows) for rows in load.tables] == [table["rows"] for table in header["tables"]]
    assert len(load.rejects) == header["records_rejected"] > 0


@pytest.mark.parametrize("path", COMMANDS, ids=names)
def test_a_recorded_command_reads_the_same_batches(path: Path, tmp_path: Path) -> None:
    command, _ = ReadCommand.unpack(path.read_bytes())
    file = tmp_path / command.file.path
    file.write_bytes((path.parent / command.file.path).read_bytes())
    os.utime(file, ns=(command.file.mtime_ns, command.file.mtime_ns))
    bodies: list[bytes] = []
    read_split(command, tmp_path, lambda message, parts: bodies.append(message.pack(parts)), seconds=60)
    recorded = path.with_name(path.name.replace("read", "raw")).read_bytes()
    assert taken_apart(bodies[-1]) == taken_apart(recorded)


@pytest.mark.parametrize("path", [p for release in RELEASES for p in release.glob("*.job.json")], ids=names)
def test_the_job_of_a_run_in_flight_is_read(path: Path) -> None:
    recorded = json.loads(path.read_text())
    job = CompiledJob.model_validate_json(path.read_text())
    assert holds(job.model_dump(mode="json"), recorded)
    assert holds(Plan.from_dict(job.plan).to_dict(), recorded["plan"])


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_an_event_is_heard(release: Path) -> None:
    recorded = json.loads((release / "event.json").read_text())
    assert Event.model_validate(recorded).model_dump(mode="json") == recorded
