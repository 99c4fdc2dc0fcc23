"""``lrecl layout`` shows a copybook's fields."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.api import Lrecl
from tests.support.definitions import JOBS

ORDER = JOBS / "orders" / "order.cpy"


@pytest.mark.parametrize("piped", [False, True])
def test_the_layout_shows_what_decides_about_a_field(lrecl: Lrecl, piped: bool) -> None:
    shown = lrecl("layout", "-", stdin=ORDER.read_bytes()) if piped else lrecl("layout", ORDER)
    assert shown.exit_code == 0
    lines = {line.split()[1]: line.split() for line in shown.stdout.splitlines()[2:]}
    assert lines["ORD-TOTAL"] == ["10", "ORD-TOTAL", "13", "6", "S9(09)V99", "COMP-3", "11", "2"]
    assert lines["ORD-NOTE"][2:] == ["21", "20", "X(20)", "DISPLAY", "0–4", "by", "ORD-NOTE-COUNT"]
    assert lines["ORDER-DATA"][-1] == "CUSTOMER-DATA"
    assert lines["SEGMENT"][-3:] == ["CUSTOMER-SEGMENT", "ORDER-SEGMENT", "ITEM-SEGMENT"]


def test_the_layout_as_json(lrecl: Lrecl) -> None:
    fields = {field["name"]: field for field in json.loads(lrecl("layout", ORDER, "--json").stdout)["fields"]}
    assert fields["SEGMENT"]["conditions"][0]["name"] == "CUSTOMER-SEGMENT"
    note = fields["ORD-NOTE"]["occurs"][0]
    assert (note["maximum"], note["depending_on"][-1]) == (4, "ORD-NOTE-COUNT")
    assert (fields["ORD-TOTAL"]["usage"], fields["ITEM-DATA"]["redefines"]) == ("COMP-3", "CUSTOMER-DATA")


def test_members_lie_beside_the_copybook_or_in_the_current_folder(
    lrecl: Lrecl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "part.cpy").write_text("           05  N PIC 9(4).\n")
    (tmp_path / "whole.cpy").write_text("       01  R.\n           COPY PART.\n")
    expected = lrecl("layout", tmp_path / "whole.cpy").stdout
    assert " N " in expected
    monkeypatch.chdir(tmp_path)
    assert lrecl("layout", "-", stdin=(tmp_path / "whole.cpy").read_text()).stdout == expected


def test_mistakes_are_told_with_their_source(lrecl: Lrecl) -> None:
    refused = lrecl("layout", "-", stdin="       01  R.\n           05  N PICTURE 9(4)Q.\n")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("LRC")
    assert "standard input" in refused.stderr


def test_a_text_larger_than_any_copybook(lrecl: Lrecl, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"      * comment\n" * 600_000)
    refused = lrecl("layout", tmp_path / "large")
    assert (refused.exit_code, "LRC001" in refused.stderr) == (2, True)
