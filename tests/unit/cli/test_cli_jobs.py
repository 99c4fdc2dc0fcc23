"""``lrecl ddl`` and ``lrecl generate`` work from a job's definition."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.api import Lrecl
from tests.support.definitions import JOBS


def test_ddl_of_every_table(lrecl: Lrecl) -> None:
    found = lrecl("ddl", "orders", "--jobs", JOBS).stdout
    assert found.count("CREATE TABLE") == 6
    assert "-- ITEM" in found
    assert "CODEUNITS32" in found
    derby = json.loads(lrecl("ddl", "orders", "--jobs", JOBS, "--dialect", "derby", "--json").stdout)
    assert [one["record_type"] for one in derby] == ["CUSTOMER", "ORDER", "ITEM"]
    assert derby[2]["final"].endswith("PRIMARY KEY (ORD_NO, ITM_LINE)\n)")
    assert "CODEUNITS32" not in json.dumps(derby)


def test_a_job_that_is_not_there(lrecl: Lrecl) -> None:
    refused = lrecl("ddl", "none", "--jobs", JOBS)
    assert (refused.exit_code, refused.stderr[:6]) == (2, "LRJ006")


def test_sample_data_of_several_types_is_refused_before_anything_is_written(lrecl: Lrecl, tmp_path: Path) -> None:
    refused = lrecl("generate", "orders", tmp_path / "file", "--jobs", JOBS)
    assert (refused.exit_code, refused.stderr[:6]) == (2, "LRJ063")
    assert not list(tmp_path.iterdir())


def test_generate_says_what_it_wrote(lrecl: Lrecl, tmp_path: Path) -> None:
    words = ("generate", "customers", tmp_path / "c.dat", "-n", 100, "--bad-ratio", "0.02", "--jobs", JOBS)
    shown = lrecl(*words)
    assert shown.stdout.startswith(f"{tmp_path / 'c.dat'}: 100 records, 26,000 bytes, 2 bad (")
    figures = json.loads(lrecl(*words, "--json").stdout)
    assert figures.keys() == {"path", "records", "bytes", "bad", "kinds"}
    assert (figures["path"], figures["records"], figures["bytes"]) == (str(tmp_path / "c.dat"), 100, 26_000)


@pytest.mark.parametrize("name", [".", "none/c.dat", "-"])
def test_a_file_that_cannot_be_written(lrecl: Lrecl, tmp_path: Path, name: str) -> None:
    file = name if name == "-" else tmp_path / name
    refused = lrecl("generate", "customers", file, "-n", 10, "--jobs", JOBS)
    assert (refused.exit_code, refused.stderr[:6]) == (2, "LRQ083")
    assert not list(tmp_path.iterdir())
