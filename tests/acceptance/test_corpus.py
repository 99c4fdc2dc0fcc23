"""Every case of the acceptance corpus: files and expectations of other tools, through a job definition of lrecl's own.

The corpus folder (LRECL_CORPUS, else ``shared/corpus`` beside the checkout) lists its cases in ``index.json``. A case
that asks for something the adapter does not know fails with that reason; none is passed over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from deploy.local.services import PROJECT
from shared.errors import LreclError
from shared.framing.detector import HEAD_BYTES, inspect
from shared.framing.registry import framing_from_dict
from shared.rows.nested import Row
from tests.acceptance.corpus import facts
from tests.acceptance.corpus.cases import Case, cases_of
from tests.acceptance.corpus.comparing import differences
from tests.acceptance.corpus.definition import prepared
from tests.acceptance.corpus.rows import Outcome, decoded, ordered, posted
from tests.support.requirements import services_are_required

_CORPUS = Path(os.environ.get("LRECL_CORPUS") or PROJECT.parent / "shared" / "corpus")
_CASES = cases_of(_CORPUS) if (_CORPUS / "index.json").is_file() else []
_SHOWN = 12


@pytest.fixture
def files(tmp_path: Path) -> Callable[[Case], list[Path]]:
    """The case's data as files; those that stand in the index are written."""

    def files_of(case: Case) -> list[Path]:
        if "data_hex" not in case.given:
            return case.paths
        path = tmp_path / "inline.dat"
        path.write_bytes(case.data[0])
        return [path]

    return files_of


def test_there_is_a_corpus() -> None:
    if not _CASES:
        reason = f"no acceptance corpus: {_CORPUS} has no index.json; LRECL_CORPUS names its folder"
        named = "LRECL_CORPUS" in os.environ
        pytest.fail(reason) if named and services_are_required() else pytest.skip(reason)
    assert {case.kind for case in _CASES} <= {"rows", "inline", "twin", "invariant"}


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.id)
def test_case(case: Case, files: Callable[[Case], list[Path]], tmp_path: Path) -> None:
    if case.kind in ("rows", "inline"):
        _rows_are_equal(case, files(case), tmp_path)
    elif case.kind == "twin":
        _twins_are_equal(case, tmp_path)
    else:
        assert case.kind == "invariant"
        facts.hold(case, tmp_path)


def _rows_are_equal(case: Case, paths: list[Path], folder: Path) -> None:
    if case.given.get("expected_error"):
        with pytest.raises(LreclError) as caught:
            decoded(prepared(case, folder), paths)
        facts.says_the_same(caught.value, case.given["expected_error"])
        return
    ready = prepared(case, folder)
    found = decoded(ready, paths)
    assert found.rejects == []
    if "expected_form" in case.given:
        facts.lines_are_equal(case, ready, found.rows)
        return
    _count_is_right(case, found)
    expected = case.expected_rows
    shown = ordered(posted(found.rows, ready, case), case)[: case.given.get("take", len(found.rows))]
    _compare([_without(row, case.ignored) for row in shown], [_without(row, case.ignored) for row in expected])


def _count_is_right(case: Case, found: Outcome) -> None:
    """All records of the file were read, where the case says how many there are and shows each."""
    records = case.given.get("input_records")
    counted = not any(name.startswith(("segment_filter", "segment-children")) for name in case.options)
    if records is not None and counted:
        assert len(found.rows) + found.skipped == records
    for total in re.findall(r"total (\d+) root records", " ".join(case.given.get("features", ()))):
        assert len(found.rows) == int(total)


def _without(row: Row, ignored: set[str]) -> Row:
    return {name: item for name, item in row.items() if name not in ignored}


def _compare(found: list[Row], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected)
    wrong = [line for number, (one, other) in enumerate(zip(found, expected, strict=True))
             for line in differences(one, other, f"row {number}")]  # fmt: skip
    assert wrong == [], "\n".join(["", *wrong[:_SHOWN], f"({len(wrong)} in all)"])


def _twins_are_equal(case: Case, folder: Path) -> None:
    ebcdic = decoded(prepared(case, folder / "ebcdic"), case.paths)
    twin = Case(case.root, {**case.given, "data": case.given["ascii_twin"], "record_format": "TEXT",
                            "record_length": None, "encoding": "ascii", "code_page": "latin-1"})  # fmt: skip
    ascii_ = decoded(prepared(twin, folder / "ascii"), twin.paths)
    assert ebcdic.rejects == ascii_.rejects == []
    drifted = {int(number) for number in re.findall(r"record (\d+) differs", case.given["checked"])}
    assert len(ebcdic.rows) == len(ascii_.rows) > len(drifted)
    kept = [number for number in range(1, len(ebcdic.rows) + 1) if number not in drifted]
    _compare([ebcdic.rows[number - 1] for number in kept], [ascii_.rows[number - 1] for number in kept])


@pytest.mark.parametrize("case", [case for case in _CASES if case.kind != "inline"], ids=lambda case: case.id)
def test_inspect_says_what_the_file_is(case: Case, tmp_path: Path) -> None:
    """By the bytes and the copybook's length alone; of pages only the family, because cases read one file in many."""
    ready = prepared(case, tmp_path)
    (data, *_), said = case.data, ready.compiled.framing
    length = None if ready.layout.is_variable else ready.layout.length
    found = inspect(data[:HEAD_BYTES], len(data), length)
    assert found.encoding == ready.source.job.input.encoding
    assert (found.compression == "gzip") == case.paths[0].name.endswith(".gz")
    assert found.best is not None
    options = found.best.framing.to_dict()
    if said["format"] == "LENGTH_FIELD":  # such a length, zeros behind it, is an RDW as well
        told = framing_from_dict(said).cut(BytesIO(data), 0, len(data), len(data), 1)
        guessed = found.best.framing.cut(BytesIO(data), 0, len(data), len(data), 1)
        assert [one.offsets for one in guessed] == [one.offsets for one in told]
    elif said["format"] != "COUNTED":  # whose counters only the copybook knows
        known = ("format", "record_length", "rdw_byte_order", "rdw_counts_itself", "header_length")
        assert {name: options.get(name) for name in known if name in said} == {
            name: said[name] for name in known if name in said
        }
        assert found.best.edges == ready.compiled.edges
