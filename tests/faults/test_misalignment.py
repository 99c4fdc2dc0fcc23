"""One byte too few amid a file: no record format hides it; the run stops and says where it suspects it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import yaml

from shared.framing.registry import framing_from_dict
from shared.framing.writing import writer_for
from tests.faults.conftest import RECORD_LENGTH, Input, Site
from tests.support.job_folders import EXAMPLES, write_job

pytestmark = [pytest.mark.broker, pytest.mark.database]

_numbers = itertools.count(1)
DELETED_RECORD = 1_200
"""The record, from 0, that loses its tenth byte."""


def job_of(site: Site, record_format: str) -> str:
    """The customers job for another record format and without a control file, which would tell before anything else."""
    definition = yaml.safe_load((EXAMPLES / "customers" / "job.yaml").read_text("utf-8"))
    number = next(_numbers)
    definition["job"] = f"misaligned-{number}"
    definition["input"] = {"record_format": record_format}
    if record_format == "F":
        definition["input"]["record_length"] = RECORD_LENGTH
    definition["control"].pop("side_file")
    definition["gate"] = {"max_reject_ratio": 1, "max_consecutive_rejects": 100}
    definition["target"] |= {"staging_table": f"STG_MISALIGNED_{number}", "final_table": f"MISALIGNED_{number}"}
    copybook = (EXAMPLES / "customers" / definition["copybook"]["path"]).read_text("utf-8")
    return write_job(site.stack.jobs_root, definition, copybook)


def written(site: Site, job: str, given: Input) -> bytes:
    """The records of the input in the job's format."""
    data = given.path.read_bytes()
    records = [data[at : at + RECORD_LENGTH] for at in range(0, len(data), RECORD_LENGTH)]
    return b"".join(writer_for(framing_from_dict(site.operator.compiled(job).framing))(records))


def without_one(data: bytes, start: int) -> bytes:
    """The data without the tenth byte from ``start``."""
    return data[: start + 9] + data[start + 10 :]


def assert_stopped(site: Site, job: str, report: dict[str, Any]) -> str:
    """Failed before the merge; the error."""
    assert (report["state"], report["exit_code"], report["rows_merged"]) == ("failed", 2, 0)
    site.tally.add(misaligned=1)
    return str(report["error"])


def test_a_record_file_with_a_remainder_is_refused_at_once(site: Site, small: Input) -> None:
    job = job_of(site, "F")
    data = without_one(written(site, job, small), DELETED_RECORD * RECORD_LENGTH)
    status, error = site.operator.refused(job, site.operator.put(f"{job}.dat", data))
    assert (status, error["code"]) == (422, "LRF001")
    assert "a remainder of 259" in error["message"]
    site.tally.add(misaligned=1)


def test_a_byte_that_another_makes_up_for_is_found_by_the_rejects_in_a_row(site: Site, small: Input) -> None:
    """The size is right; every record from the place on is read one byte off."""
    job = job_of(site, "F")
    data = without_one(written(site, job, small), DELETED_RECORD * RECORD_LENGTH) + b"\x40"
    error = assert_stopped(site, job, site.operator.run(job, site.operator.put(f"{job}.dat", data)))
    assert error.startswith("LRR021")
    told = re.search(r"from record (\d+) at byte (\d+)", error)
    assert told is not None
    assert abs(int(told[1]) - 1 - DELETED_RECORD) <= 1
    assert abs(int(told[2]) - DELETED_RECORD * RECORD_LENGTH) <= RECORD_LENGTH


@pytest.mark.parametrize("record_format", ["V", "VB"])
def test_descriptors_that_are_not_where_they_should_be_stop_the_run(
    site: Site, small: Input, record_format: str
) -> None:
    job = job_of(site, record_format)
    data = written(site, job, small)
    place = data.index(given_record(small))
    name = site.operator.put(f"{job}.dat", without_one(data, place))
    error = assert_stopped(site, job, site.operator.run(job, name))
    assert error.startswith("LRF")
    told = re.search(rf"{name}: byte (\d+)", error)
    assert told is not None
    assert 0 <= int(told[1]) - place <= RECORD_LENGTH
    assert "(hex " in error


def given_record(given: Input) -> bytes:
    """The record that loses a byte."""
    start = DELETED_RECORD * RECORD_LENGTH
    return given.path.read_bytes()[start : start + RECORD_LENGTH]
