"""The same records in every record format, in several files and for several readers: the same final table."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.framing.registry import framing_from_dict
from shared.framing.writing import writer_for
from tests.support.job_folders import EXAMPLES, write_job
from tests.support.operator import Operator, Report

pytestmark = [pytest.mark.broker, pytest.mark.database]

RECORDS = 3_000
BAD = 30
LENGTH = 260
_numbers = itertools.count()


class Truth:
    """A file of RECFM F, and what its load left in the final table."""

    def __init__(self, operator: Operator) -> None:
        job = customers(operator, record_format="F")
        data = operator.generate(job, "truth.dat", RECORDS, bad_ratio=BAD / RECORDS, seed=21).path.read_bytes()
        self.records = [data[at : at + LENGTH] for at in range(0, len(data), LENGTH)]
        self.report = operator.run(job, "truth.dat")
        assert (self.report["state"], self.report["records_rejected"]) == ("completed", BAD)
        self.hash = operator.final_hash(job)


@pytest.fixture(scope="module")
def truth(operator: Operator) -> Truth:
    return Truth(operator)


def customers(operator: Operator, **given: Any) -> str:
    """The customers job with another ``input`` and tables of its own; its name."""
    definition = yaml.safe_load((EXAMPLES / "customers" / "job.yaml").read_text("utf-8"))
    number = next(_numbers)
    definition["job"] = f"formats-{number}"
    definition["input"] = {"record_length": LENGTH} | given if given["record_format"] in ("F", "FB") else given
    definition["control"].pop("side_file")
    definition["target"] |= {"staging_table": f"STG_FORMATS_{number}", "final_table": f"FORMATS_{number}"}
    copybook = (EXAMPLES / "customers" / definition["copybook"]["path"]).read_text("utf-8")
    return write_job(operator.stack.jobs_root, definition, copybook)


def written(operator: Operator, job: str, records: list[bytes]) -> bytes:
    """``records`` in the job's record format."""
    return b"".join(writer_for(framing_from_dict(operator.compiled(job).framing))(records))


def assert_same(operator: Operator, job: str, report: Report, truth: Truth) -> None:
    assert (report["error"], report["state"], report["exit_code"]) == (None, "completed", 1)
    assert (report["records_read"], report["records_rejected"]) == (RECORDS, BAD)
    assert report["rejects_by_code"] == truth.report["rejects_by_code"]
    assert operator.final_hash(job) == truth.hash


@pytest.mark.parametrize("splits", [1, 3])
@pytest.mark.parametrize(
    "given",
    [
        {"record_format": "F"},
        {"record_format": "FB", "block_length": 2_600},
        {"record_format": "V"},
        {"record_format": "VB"},
        {"record_format": "VB", "rdw_byte_order": "little", "bdw_byte_order": "little"},
        {"record_format": "VBS"},
    ],
    ids=lambda given: "-".join(map(str, given.values())),
)
def test_every_record_format_gives_the_same_table(
    operator: Operator, truth: Truth, given: dict[str, Any], splits: int
) -> None:
    job = customers(operator, **given, splits=splits)
    name = operator.put(f"{job}.dat", written(operator, job, truth.records))
    run_id = operator.start(job, name)
    shown = operator.wait(run_id)
    assert_same(operator, job, operator.report(run_id), truth)
    assert (shown["splits_count"], len(shown["splits"])) == (splits, splits)
    assert all(split["reader"].startswith("reader") for split in shown["splits"])
    assert sum(split["records"] for split in shown["splits"]) == RECORDS
    assert shown["read"] == shown["written"] == {"records": RECORDS, "percent": 100.0}
    assert (shown["records_expected"], shown["records_estimated"]) == (RECORDS, False)


@pytest.mark.parametrize("record_format", ["F", "V"])
def test_compressed_input(operator: Operator, truth: Truth, record_format: str) -> None:
    job = customers(operator, record_format=record_format, splits=2)
    name = operator.put(f"{job}.gz", gzip.compress(written(operator, job, truth.records), 1))
    assert_same(operator, job, operator.run(job, name), truth)


@pytest.mark.parametrize("record_format", ["F", "VB"])
def test_several_files_are_one_run(operator: Operator, truth: Truth, record_format: str) -> None:
    job = customers(operator, record_format=record_format, splits=2)
    cuts = [0, 500, 500, 1_800, RECORDS]
    for number, (start, end) in enumerate(itertools.pairwise(cuts)):
        data = written(operator, job, truth.records[start:end])
        operator.put(f"{job}.part{number}", gzip.compress(data) if number == 3 else data)
    run_id = operator.start(job, f"{job}.part*")
    shown = operator.wait(run_id)
    assert_same(operator, job, operator.report(run_id), truth)
    assert [Path(file["path"]).suffix for file in shown["files"]] == [".part0", ".part1", ".part2", ".part3"]
    assert [file["compression"] for file in shown["files"]] == [None, None, None, "gzip"]
    assert sum(file["data_bytes"] for file in shown["files"]) == shown["data_bytes"]
    status, error = operator.refused(job, f"{job}.part*")
    assert (status, error["code"], error["context"]["run_id"]) == (409, "LRQ020", run_id)
    again = operator.run(job, f"{job}.part[0-9]")
    assert (again["state"], again["batches"]) == ("refused", 0), "another pattern, but the same content"
    assert again["error"].startswith("LRQ020")
    assert run_id in again["error"]
    assert operator.refused(job, f"{job}.none*")[1]["code"] == "LRQ024"


@pytest.mark.parametrize("splits", [1, 3])
@pytest.mark.parametrize("record_format", ["F", "VB"])
def test_header_and_trailer_records_are_no_data(
    operator: Operator, truth: Truth, record_format: str, splits: int
) -> None:
    job = customers(operator, record_format=record_format, splits=splits, header_records=1, trailer_records=2)
    around = [b"HEADER".ljust(LENGTH), b"TRAILER 1".ljust(LENGTH), b"TRAILER 2".ljust(LENGTH)]
    name = operator.put(f"{job}.dat", written(operator, job, [around[0], *truth.records, *around[1:]]))
    assert_same(operator, job, operator.run(job, name), truth)


def test_header_and_trailer_bytes_are_no_data(operator: Operator, truth: Truth) -> None:
    job = customers(operator, record_format="F", splits=2, header_bytes=11, trailer_bytes=3)
    name = operator.put(f"{job}.dat", b"HEADER-BYTE" + b"".join(truth.records) + b"END")
    assert_same(operator, job, operator.run(job, name), truth)


LINES = """\
       01  LINE.
           05  LINE-ID         PIC 9(06).
           05  LINE-NAME       PIC X(20).
           05  LINE-AMOUNT     PIC 9(07)V99.
"""


def test_lines_of_text_give_the_same_table_as_fixed_records(operator: Operator) -> None:
    hashes = []
    data = b""
    for form in ("F", "TEXT"):
        name = f"lines-{form.lower()}"
        target = {"staging_table": f"STG_LINES_{form}", "final_table": f"LINES_{form}", "key": ["LINE_ID"]}
        definition = {
            "job": name,
            "input": {"record_format": form, "encoding": "ascii", **({"splits": 3} if form == "TEXT" else {})},
            "copybook": {"path": "line.cpy"},
            "target": target | {"create_final": True},
            "sample": {"LINE-ID": {"kind": "sequence"}, "LINE-NAME": {"kind": "choice", "values": ["Ada", "Grace"]}},
        }
        job = write_job(operator.stack.jobs_root, definition, LINES)
        if form == "F":
            data = operator.generate(job, "lines.dat", 2_000, seed=5).path.read_bytes()
            operator.run(job, "lines.dat")
        else:
            lines = [data[at : at + 35] for at in range(0, len(data), 35)]
            report = operator.run(job, operator.put("lines.txt", b"\r\n".join(lines)))
            assert (report["state"], report["records_read"]) == ("completed", 2_000)
        hashes.append(operator.final_hash(job))
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("splits", [1, 2])
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:-1], "LRF022"),
        (lambda data: data[:1_000] + data[1_001:], None),
        (lambda data: data[: 264 * 40] + bytes(8) + data[264 * 40 :], "LRF020"),
        (lambda data: data[: 264 * 40] + b"\xff\xff" + data[264 * 40 + 2 :], "LRF021"),
    ],
    ids=["cut off", "a byte deleted", "garbage between", "a word too large"],
)
def test_a_damaged_file_stops_the_run_and_says_where(
    operator: Operator, truth: Truth, splits: int, spoil: Any, code: str | None
) -> None:
    job = customers(operator, record_format="V", splits=splits)
    name = operator.put(f"{job}.dat", spoil(written(operator, job, truth.records[:400])))
    report = operator.run(job, name)
    assert (report["state"], report["exit_code"], report["rows_merged"]) == ("failed", 2, 0)
    assert code is None or report["error"].startswith(code)
    assert report["error"].startswith("LRF")
    assert f"{name}: byte " in report["error"]
    assert "(hex " in report["error"]


def test_a_byte_deleted_from_records_of_one_length_is_refused_at_once(operator: Operator, truth: Truth) -> None:
    job = customers(operator, record_format="F")
    data = b"".join(truth.records[:100])
    name = operator.put(f"{job}.dat", data[:1_000] + data[1_001:])
    status, error = operator.refused(job, name)
    assert (status, error["code"]) == (422, "LRF001")
    assert "a remainder of 259" in error["message"]


ORDERS = """\
       01  CUSTOMER.
           05  MARK            PIC X(01).
           05  CUST-ID         PIC 9(06).
           05  CUST-NAME       PIC X(12).
       01  CUSTOMER-ORDER.
           05  MARK            PIC X(01).
           05  ORDER-NO        PIC 9(06).
           05  ORDER-AMOUNT    PIC S9(07)V99 COMP-3.
"""


def test_parts_of_a_hierarchical_file_lose_no_parent(operator: Operator) -> None:
    """Customers with up to seven orders: a part begins amid a customer, and its orders still are that customer's."""
    data = []
    for customer in range(1_000):
        data.append(f"C{customer:06}{'Ada':<12}".encode("cp037"))
        for order in range(customer % 8):
            data.append(f"O{customer * 10 + order:06}".encode("cp037") + bytes.fromhex(f"{customer:09}C"))
    expected = [(f"{c * 10 + o:06}", f"{c:06}") for c in range(1_000) for o in range(c % 8)]
    for splits in (1, 4):
        job = write_job(operator.stack.jobs_root, _orders_job(splits), ORDERS)
        name = operator.put(f"{job}.dat", written(operator, job, data))
        report = operator.run(job, name)
        assert (report["error"], report["state"], report["records_read"]) == (None, "completed", len(data))
        rows = operator.query(
            "SELECT ORDER_NO, CUST_ID FROM {table} ORDER BY ORDER_NO", table=operator.compiled(job).tables[1].final
        )
        assert [(f"{int(row['order_no']):06}", f"{int(row['cust_id']):06}") for row in rows] == expected


def _orders_job(splits: int) -> dict[str, Any]:
    def target(name: str, key: str) -> dict[str, Any]:
        table = f"{name}_{splits}"
        return {"staging_table": f"STG_{table}", "final_table": table, "key": [key], "create_final": True}

    return {
        "job": f"orders-{splits}",
        "input": {"record_format": "V", "splits": splits},
        "copybook": {"path": "orders.cpy"},
        "records": {
            "CUSTOMERS": {"when": {"MARK": ["C"]}, "record": "CUSTOMER", "target": target("CUSTS", "CUST_ID")},
            "ORDERS": {
                "when": {"MARK": ["O"]},
                "record": "CUSTOMER-ORDER",
                "parent": "CUSTOMERS",
                "inherit": {"CUST_ID": "CUSTOMERS.CUST-ID"},
                "target": target("ORDERS", "ORDER_NO"),
            },
        },
        "tuning": {"batch_records": 500},
    }
