"""``lrecl rejects``: pages put together, parts of long records joined, records written back in the run's format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lrecl.cli import rejects as command
from shared.errors import InputError
from tests.unit.framing import writers

_PARTS = 3


class Server:
    """Answers as the API does, 500 parts a page; record 7 has three parts."""

    def __init__(self, records: list[bytes], framing: dict[str, Any]) -> None:
        self._framing = framing
        self.pages = 0
        self._rows = []
        for number, record in enumerate(records):
            size = -(-len(record) // (_PARTS if number % 7 == 0 else 1)) or 1
            pieces = [record[at : at + size] for at in range(0, len(record), size)] or [b""]
            for part, piece in enumerate(pieces):
                self._rows.append({"record_offset": number * 10, "part": part, "record_no": number + 1, "field": "F",
                                   "code": "LRD001", "message": "bad", "raw_hex": piece.hex()})  # fmt: skip

    def get(self, path: str) -> Any:
        parts = urlsplit(path)
        if parts.path.endswith("/framing"):
            return self._framing
        self.pages += 1
        after = int(parse_qs(parts.query)["after"][0])
        return [row for row in self._rows if row["record_offset"] > after][:500]


def run(monkeypatch: pytest.MonkeyPatch, server: Server, **options: Any) -> None:
    monkeypatch.setattr(command, "Client", lambda: server)
    command.rejects("run-1", **{"export": None, "as_json": False, **options})


@pytest.mark.parametrize("count", [0, 3, 390, 1200])
def test_rejects_are_written_back_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int) -> None:
    records = [bytes([number % 251]) * (3 + number % 5) for number in range(count)]
    server = Server(records, {"format": "V"})

    run(monkeypatch, server, export=tmp_path / "again.dat")

    data = (tmp_path / "again.dat").read_bytes()
    assert data == b"".join(map(writers.rdw, records))
    assert (server.pages > 1) == (count > 500)


def test_what_the_format_cannot_hold_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = Server([b"abc", b"ab"], {"format": "F", "record_length": 3})
    with pytest.raises(InputError):
        run(monkeypatch, server, export=tmp_path / "again.dat")
    assert list(tmp_path.iterdir()) == []


def test_lines_for_scripts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run(monkeypatch, Server([b"abcdef"], {"format": "V"}), as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["raw_hex"] == b"abcdef".hex()
