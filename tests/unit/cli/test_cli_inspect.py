"""``lrecl inspect`` tells a file's form and prints what a job has to say."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import yaml

from tests.support.api import Lrecl

RDW = b"".join((len(text) + 4).to_bytes(2, "big") + b"\0\0" + text.encode("cp037") for text in ("ADA", "GRACE") * 20)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("piped", [False, True])
def test_inspect_prints_a_section_to_paste(lrecl: Lrecl, tmp_path: Path, packed: bool, piped: bool) -> None:
    data = gzip.compress(RDW) if packed else RDW
    (tmp_path / "file").write_bytes(data)
    shown = lrecl("inspect", "-", stdin=data) if piped else lrecl("inspect", tmp_path / "file")
    assert shown.exit_code == 0
    found = shown.stdout
    section = yaml.safe_load(found[found.index("input:") :])["input"]
    assert (section["record_format"], section["encoding"]) == ("V", "ebcdic")
    assert section.get("compression") == ("gzip" if packed else None)
    assert "RDW big-endian" in found


@pytest.mark.parametrize("piped", [False, True])
def test_inspect_as_json_uses_the_copybooks_length(lrecl: Lrecl, tmp_path: Path, piped: bool) -> None:
    data = b"".join(f"{number:04}ABCD".encode("cp037") for number in range(200))
    (tmp_path / "file").write_bytes(data)
    (tmp_path / "c.cpy").write_text("       01  R.\n           05  N PIC 9(4).\n           05  T PIC X(4).\n")
    file = "-" if piped else tmp_path / "file"
    shown = lrecl("inspect", file, "--copybook", tmp_path / "c.cpy", "--json", stdin=data if piped else None)
    found = json.loads(shown.stdout)
    assert (found["bytes"], found["input"]["record_format"], found["input"]["record_length"]) == (1600, "F", 8)
    assert found["guesses"][0]["evidence"][0].startswith("the copybook's 8 bytes")


def test_of_a_stream_the_size_counts_and_the_head_is_kept(lrecl: Lrecl) -> None:
    """Five megabytes and a byte: the size contradicts records of eight bytes, which the head alone does not."""
    data = "0001ABCD".encode("cp037") * 655_360
    (fits, not_quite) = (json.loads(lrecl("inspect", "-", "--json", stdin=data + more).stdout) for more in (b"", b"x"))
    assert (fits["bytes"], not_quite["bytes"]) == (len(data), len(data) + 1)
    assert fits["guesses"] != not_quite["guesses"]


def test_an_empty_file_is_said_to_be_empty(lrecl: Lrecl, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "the file is empty" in lrecl("inspect", tmp_path / "file").stdout
    assert "the file is empty" in lrecl("inspect", "-", stdin=b"").stdout
