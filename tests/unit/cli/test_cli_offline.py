"""Commands that need no stack: layout, inspect, ddl."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lrecl.cli.main import app
from shared.errors import InputError, JobError
from tests.support.definitions import JOBS

ORDER = JOBS / "orders" / "order.cpy"
RDW = b"".join((len(text) + 4).to_bytes(2, "big") + b"\0\0" + text.encode("cp037") for text in ("ADA", "GRACE") * 20)


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_layout_shows_what_decides_about_a_field() -> None:
    found = run("layout", str(ORDER))
    lines = {line.split()[1]: line.split() for line in found.splitlines()[2:]}
    assert lines["ORD-TOTAL"] == ["10", "ORD-TOTAL", "13", "6", "S9(09)V99", "COMP-3", "11", "2"]
    assert lines["ORD-NOTE"][2:] == ["21", "20", "X(20)", "DISPLAY", "0–4", "by", "ORD-NOTE-COUNT"]
    assert lines["ORDER-DATA"][-1] == "CUSTOMER-DATA"
    assert lines["SEGMENT"][-3:] == ["CUSTOMER-SEGMENT", "ORDER-SEGMENT", "ITEM-SEGMENT"]


def test_the_layout_as_json() -> None:
    fields = {field["name"]: field for field in json.loads(run("layout", str(ORDER), "--json"))["fields"]}
    assert fields["SEGMENT"]["conditions"][0]["name"] == "CUSTOMER-SEGMENT"
    note = fields["ORD-NOTE"]["occurs"][0]
    assert (note["maximum"], note["depending_on"][-1]) == (4, "ORD-NOTE-COUNT")
    assert (fields["ORD-TOTAL"]["usage"], fields["ITEM-DATA"]["redefines"]) == ("COMP-3", "CUSTOMER-DATA")


@pytest.mark.parametrize("packed", [False, True])
def test_inspect_prints_a_section_to_paste(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(gzip.compress(RDW) if packed else RDW)
    found = run("inspect", str(file))
    section = yaml.safe_load(found[found.index("input:") :])["input"]
    assert (section["record_format"], section["encoding"]) == ("V", "ebcdic")
    assert section.get("compression") == ("gzip" if packed else None)
    assert "RDW big-endian" in found


def test_inspect_as_json_uses_the_copybooks_length(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"".join(f"{number:04}ABCD".encode("cp037") for number in range(200)))
    (tmp_path / "c.cpy").write_text("       01  R.\n           05  N PIC 9(4).\n           05  T PIC X(4).\n")
    found = json.loads(run("inspect", str(tmp_path / "file"), "--copybook", str(tmp_path / "c.cpy"), "--json"))
    assert (found["bytes"], found["input"]["record_format"], found["input"]["record_length"]) == (1600, "F", 8)
    assert found["guesses"][0]["evidence"][0].startswith("the copybook's 8 bytes")


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "the file is empty" in run("inspect", str(tmp_path / "file"))


def test_ddl_of_every_table() -> None:
    found = run("ddl", "orders", "--jobs", str(JOBS))
    assert found.count("CREATE TABLE") == 6
    assert "-- ITEM" in found
    assert "CODEUNITS32" in found
    derby = json.loads(run("ddl", "orders", "--jobs", str(JOBS), "--dialect", "derby", "--json"))
    assert [one["record_type"] for one in derby] == ["CUSTOMER", "ORDER", "ITEM"]
    assert derby[2]["final"].endswith("PRIMARY KEY (ORD_NO, ITM_LINE)\n)")
    assert "CODEUNITS32" not in json.dumps(derby)


@pytest.mark.parametrize(
    "command", [("inspect", "none"), ("layout", "none.cpy"), ("inspect", str(ORDER), "--copybook", "none")]
)
def test_files_that_are_not_there(command: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="LRF011"):
        run(*command)


def test_a_job_that_is_not_there() -> None:
    with pytest.raises(JobError, match="LRJ006"):
        run("ddl", "none", "--jobs", str(JOBS))


def test_sample_data_of_several_types_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="LRJ063"):
        run("generate", "orders", str(tmp_path / "file"), "--jobs", str(JOBS))
    assert not list(tmp_path.iterdir())
