"""``lrecl run``, ``runs``, ``show``, ``report``: what they ask for and what they print."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from lrecl.cli import runs
from lrecl.cli.options import instant
from tests.support.api import RUN, Api, Lrecl, progress

LINE = {
    "run_id": RUN, "job": "customers-of-the-whole-group", "state": "reconciling", "file": "in/2026/11/customers.dat",
    "bytes": 2_147_483_648, "error": None, "created_at": "2026-11-21T12:00:00", "finished_at": None, "exit_code": None,
}  # fmt: skip


def test_run_prints_the_id_only(lrecl: Lrecl, api: Api) -> None:
    api.answers["POST /runs"] = httpx.Response(201, json={"run_id": RUN})
    assert lrecl("run", "customers", "in/*.dat", "--force").stdout == f"{RUN}\n"
    assert api.body() == {"job": "customers", "file": "in/*.dat", "force": True, "requested_by": "ops"}
    assert json.loads(lrecl("run", "customers", "x", "--json").stdout) == {"run_id": RUN}


def test_runs_filters_where_the_runs_are(lrecl: Lrecl, api: Api) -> None:
    api.answers["GET /runs"] = []
    since = "2026-11-21T06:00:00+01:00"
    words = ("--job", "customers", "--state", "failed", "--state", "partial", "--since", since, "--limit", "7")
    assert lrecl("runs", *words).exit_code == 0
    assert api.query() == [
        ("job", "customers"), ("state", "failed"), ("state", "partial"), ("since", "2026-11-21T05:00:00+00:00"),
        ("limit", "7"),
    ]  # fmt: skip
    lrecl("runs")
    assert api.query() == [("limit", "200")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T06:00:00Z", datetime(2026, 11, 21, 6, tzinfo=UTC)),
        ("2026-11-21 06:00+02:00", datetime(2026, 11, 21, 4, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21).astimezone()),
        ("2026-11-21T06:30", datetime(2026, 11, 21, 6, 30).astimezone()),
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_since_is_a_time_or_an_age(text: str, expected: datetime | timedelta) -> None:
    found = datetime.fromisoformat(instant(text))
    assert found.utcoffset() == timedelta(0)
    if isinstance(expected, timedelta):
        assert abs(datetime.now(UTC) - expected - found) < timedelta(seconds=5)
    else:
        assert found == expected


@pytest.mark.parametrize("text", ["", "2026", "h", "-2h", "2y", "999999999w", "2026-13-01", "yesterday"])
def test_since_that_is_no_time(lrecl: Lrecl, api: Api, text: str) -> None:
    refused = lrecl("runs", f"--since={text}")
    assert refused.exit_code == 2
    assert "LRQ082" in refused.stderr


def test_runs_on_80_columns_shows_whole_ids(lrecl: Lrecl, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = LINE | {"state": "completed", "exit_code": 1, "bytes": 999, "run_id": RUN[:-1] + "d"}
    api.answers["GET /runs"] = [LINE, ended]
    monkeypatch.setattr(runs, "terminal_width", lambda: 80)
    heading, first, second = lrecl("runs").stdout.splitlines()
    assert heading.split() == ["run", "state", "rc", "job", "file", "size"]
    assert max(map(len, (heading, first, second))) <= 80
    assert first.startswith(f"{RUN}  reconciling")
    assert first.endswith("2.1 GB")
    assert second.split()[:3] == [ended["run_id"], "completed", "1"]


def test_runs_elsewhere_cuts_nothing(lrecl: Lrecl, api: Api) -> None:
    api.answers["GET /runs"] = [LINE]
    line = lrecl("runs").stdout.splitlines()[1]
    assert line.split() == [RUN, "reconciling", LINE["job"], LINE["file"], "2.1", "GB", "2026-11-21", "12:00"]
    assert json.loads(lrecl("runs", "--json").stdout) == [LINE]


def test_show_says_what_it_waits_for_and_how_full_the_queues_are(lrecl: Lrecl, api: Api) -> None:
    waits = "Merging waits for run X, which merges into the same table."
    api.answers[f"GET /runs/{RUN}"] = progress("merging", waits_for=waits)
    shown = lrecl("show", RUN).stdout
    for part in ("MERGING", "8 rejected", "queues", "raw 60 of 64", "processed 3 of 64", waits, "about 12 s left"):
        assert part in shown
    assert json.loads(lrecl("show", RUN, "--json").stdout)["waits_for"] == waits


def test_show_tells_how_far_the_hashing_is_and_which_files_are_left_out(lrecl: Lrecl, api: Api) -> None:
    files = [{"path": "a.dat", "loaded_by": None}, {"path": "b.dat", "loaded_by": "20261120T120000Z-000000"}]
    api.answers[f"GET /runs/{RUN}"] = progress("splitting", hashed_bytes=65_000, files=files)
    shown = lrecl("show", RUN).stdout
    assert "65,000 of 260,000 bytes" in " ".join(shown.split())
    assert "left out: b.dat was loaded by run 20261120T120000Z-000000" in shown
    assert "a.dat" not in shown


@pytest.mark.parametrize("changes", [{"queues": []}, {"queues": [{"name": "x", "depth": 1, "bound": 0}]},
                                     {"stages": [{"stage": "hashing", "state": "refused", "seconds": None,
                                                  "error": None}]}, {"records_expected": 0}])  # fmt: skip
def test_show_takes_what_a_run_may_be(lrecl: Lrecl, api: Api, changes: dict[str, Any]) -> None:
    api.answers[f"GET /runs/{RUN}"] = progress(**changes)
    shown = lrecl("show", RUN)
    assert shown.exit_code == 0
    assert ("hashing" in shown.stdout) == ("stages" in changes)


def test_report_as_text_and_as_json(lrecl: Lrecl, api: Api) -> None:
    api.answers[f"GET /runs/{RUN}/report.txt"] = httpx.Response(200, text="RUN REPORT\n")
    api.answers[f"GET /runs/{RUN}/report"] = {"run_id": RUN}
    assert lrecl("report", RUN).stdout == "RUN REPORT\n"
    assert json.loads(lrecl("report", RUN, "--json").stdout) == {"run_id": RUN}


def test_a_terminals_width_is_asked_for() -> None:
    """A pseudo-terminal of 80 columns, as most are."""
    code = "from lrecl.cli.tables import terminal_width; print(terminal_width())"
    parent, child = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-c", f"import termios, fcntl, struct; "
               f"fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0)); {code}"]  # fmt: skip
    done = subprocess.run(command, stdout=child, env=environment, cwd=Path(__file__).parents[3], check=True)
    os.close(child)
    assert done.returncode == 0
    assert os.read(parent, 100).strip() == b"80"
    os.close(parent)
