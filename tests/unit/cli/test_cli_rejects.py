"""``lrecl rejects``: listed page by page, counted, and written back in the run's format."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import RUN, Api, Lrecl, progress
from tests.unit.framing import writers


def serve(api: Api, records: list[bytes], framing: dict[str, Any] | None = None, **more: Any) -> None:
    """The API over these rejected records; a cursor is the number of the next one."""
    rows = [
        {"record_no": number + 1, "record_offset": number * 10, "file_no": 0, "file": "in.dat", "batch_no": 0,
         "field": "CUST-BALANCE", "field_offset": 12, "code": f"LRD00{number % 3 + 1}", "message": "bad [digits]",
         "faults": 1, "raw_hex": record.hex()}
        for number, record in enumerate(records)
    ]  # fmt: skip
    pages: dict[str, httpx.Response] = {}

    def page(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        key = str(query)
        if key not in pages:
            found = [row for row in rows if query.get("code") in (None, row["code"])]
            first, limit = int(query.get("after", 0)), int(query["limit"])
            after = first + limit
            body = {"rejects": found[first:after], "next": str(after) if after < len(found) else None}
            pages[key] = httpx.Response(200, json=body)
        return pages[key]

    api.answers[f"GET /runs/{RUN}/rejects"] = page
    api.answers[f"GET /runs/{RUN}/framing"] = framing or {"format": "V"}
    api.answers[f"GET /runs/{RUN}"] = progress("completed", **more)


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (3, 1), (500, 1), (2500, 2), (10_501, 3)])
def test_rejects_are_written_back_whole(lrecl: Lrecl, api: Api, tmp_path: Path, count: int, pages: int) -> None:
    records = [bytes([number % 251]) * (3 + number % 5) for number in range(count)]
    serve(api, records)
    file = tmp_path / "again.dat"
    size = sum(len(record) + 4 for record in records)

    done = lrecl("rejects", RUN, "--export", file)

    assert (done.exit_code, done.stdout) == (0, f"{file}: {count:,} records, {size:,} bytes\n")
    assert file.read_bytes() == b"".join(map(writers.rdw, records))
    assert len([one for one in api.requests if one.url.path.endswith("/rejects")]) == pages
    as_json = json.loads(lrecl("rejects", RUN, "--export", file, "--json").stdout)
    assert as_json == {"path": str(file), "records": count, "bytes": size}


def test_what_the_format_cannot_hold_leaves_no_file(lrecl: Lrecl, api: Api, tmp_path: Path) -> None:
    serve(api, [b"abc", b"ab"], {"format": "F", "record_length": 3})
    refused = lrecl("rejects", RUN, "--export", tmp_path / "again.dat")
    assert (refused.exit_code, "LRF043" in refused.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["none/again.dat", "."])
def test_a_file_that_cannot_be_written(lrecl: Lrecl, api: Api, tmp_path: Path, name: str) -> None:
    serve(api, [b"abc"])
    refused = lrecl("rejects", RUN, "--export", tmp_path / name)
    assert (refused.exit_code, "LRQ083" in refused.stderr) == (2, True)


def test_lines_for_scripts(lrecl: Lrecl, api: Api) -> None:
    serve(api, [b"abcdef"])
    (line,) = lrecl("rejects", RUN, "--json").stdout.splitlines()
    assert json.loads(line)["raw_hex"] == b"abcdef".hex()


def test_lines_for_people(lrecl: Lrecl, api: Api) -> None:
    serve(api, [b"a", b"b"])
    assert lrecl("rejects", RUN).stdout.splitlines() == [
        "LRD001 record 1 at byte 0, field CUST-BALANCE (+12): bad [digits]",
        "LRD002 record 2 at byte 10, field CUST-BALANCE (+12): bad [digits]",
    ]
    serve(api, [b"a"], files_count=2)
    assert "record 1 of in.dat at byte 0" in lrecl("rejects", RUN).stdout


def asked(api: Api) -> list[int]:
    """The sizes of the pages."""
    return [int(one.url.params["limit"]) for one in api.requests if one.url.path.endswith("/rejects")]


@pytest.mark.parametrize(("limit", "pages"), [(1, [1]), (500, [500]), (501, [500, 1]), (2900, [500, 2400])])
def test_a_limit_is_asked_for(lrecl: Lrecl, api: Api, limit: int, pages: list[int]) -> None:
    serve(api, [b"x"] * 3000)
    assert len(lrecl("rejects", RUN, "--limit", limit).stdout.splitlines()) == limit
    assert asked(api) == pages


def test_pages_of_large_records_are_small(lrecl: Lrecl, api: Api) -> None:
    serve(api, [bytes(32_000)] * 1000)
    assert len(lrecl("rejects", RUN).stdout.splitlines()) == 1000
    assert asked(api) == [500, 262, 262]


def test_code_and_field_are_asked_for(lrecl: Lrecl, api: Api) -> None:
    serve(api, [b"x"] * 9)
    found = lrecl("rejects", RUN, "--code", "LRD002", "--field", "CUST-BALANCE").stdout.splitlines()
    assert [line[:6] for line in found] == ["LRD002"] * 3
    page = next(one for one in api.requests if one.url.path.endswith("/rejects"))
    assert (page.url.params["code"], page.url.params["field"]) == ("LRD002", "CUST-BALANCE")


def test_the_summary(lrecl: Lrecl, api: Api) -> None:
    counted = [
        {"code": "LRD001", "field": "CUST-BALANCE", "count": 29_000, "message": "A digit nibble is A."},
        {"code": "LRV003", "field": "CUST-STATUS", "count": 2, "message": "X is not in its list."},
    ]
    api.answers[f"GET /runs/{RUN}/rejects/summary"] = counted
    heading, first, second = lrecl("rejects", RUN, "--summary").stdout.splitlines()
    assert heading.split()[:3] == ["code", "field", "count"]
    assert first.split(maxsplit=3) == ["LRD001", "CUST-BALANCE", "29,000", "A digit nibble is A."]
    assert second.split()[:3] == ["LRV003", "CUST-STATUS", "2"]
    assert json.loads(lrecl("rejects", RUN, "--summary", "--json").stdout) == counted
    assert json.loads(lrecl("rejects", RUN, "--summary", "--json", "--code", "LRV003").stdout) == counted[1:]


def test_30000_rejects_take_about_a_second(lrecl: Lrecl, api: Api) -> None:
    """Time of this process, which a busy machine does not stretch; the pages are made before."""
    serve(api, [bytes(260)] * 30_000)
    lrecl("rejects", RUN)
    started = time.process_time()
    listed = lrecl("rejects", RUN)
    seconds = time.process_time() - started
    assert len(listed.stdout.splitlines()) == 30_000
    assert seconds < 3, f"{seconds:.1f} s"
