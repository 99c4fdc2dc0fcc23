"""Nested rows: fillers, redefinitions, records that are too short, and children below their parents."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import InputError
from shared.rows.nested import Look
from shared.rows.tree import FillerNames, Naming
from tests.unit.framing import writers
from tests.unit.rows.jobs import TARGET, TestJob

_FILLERS = """
       01 R.
          05 K PIC X.
          05 FILLER PIC X.
          05 FILLER.
             10 A PIC 9.
             10 FILLER PIC X.
          05 G.
             10 FILLER PIC X.
"""
_SHARED = """
       01 R.
          05 K PIC X.
          05 P1.
             10 NUM PIC 9(4).
          05 P2 REDEFINES P1.
             10 TXT PIC X(2).
          05 LAST-ONE PIC X(3).
"""
_FAMILY = """
       01 R.
          05 K PIC X.
          05 NAME PIC X(3).
          05 AGE REDEFINES NAME PIC 9(3).
"""


def _target(number: int) -> dict[str, Any]:
    return TARGET | {"staging_table": f"S{number}", "final_table": f"F{number}"}


_PARENTS = {
    "PARENT": {"when": {"K": ["P"]}, "target": TARGET, "redefines": ["NAME"]},
    "CHILD": {"when": {"K": ["C"]}, "parent": "PARENT", "redefines": ["AGE"], "target": _target(2)},
    "PET": {"when": {"K": ["D"]}, "parent": "CHILD", "redefines": ["NAME"], "target": _target(3)},
}  # fmt: skip


def ebcdic(*lines: str) -> bytes:
    return "".join(lines).encode("cp037")


@pytest.mark.parametrize(
    ("naming", "row"),
    [
        (Naming(), {"K": "a", "FILLER_1": {"A": 1}}),
        (Naming(group_fillers=False), {"K": "a"}),
        (
            Naming(value_fillers=True),
            {"K": "a", "FILLER_P1": "b", "FILLER_1": {"A": 1, "FILLER_P2": "c"}, "G": {"FILLER_P3": "d"}},
        ),
        (
            Naming(value_fillers=True, group_fillers=False, filler_names=FillerNames.PREVIOUS),
            {"K": "a", "FILLER_K": "b", "G": {"FILLER_G": "d"}},
        ),
        (Naming(texts=["G"]), {"K": "a", "FILLER_1": {"A": 1}}),
        (
            Naming(value_fillers=True, group_fillers=False, texts=["G"]),
            {"K": "a", "FILLER_P1": "b", "G": {"FILLER_P3": "d"}, "G_NT": "d"},
        ),
    ],
)
def test_which_fillers_are_shown(naming: Naming, row: dict[str, Any]) -> None:
    with TestJob(_FILLERS) as job:
        assert job.nested(ebcdic("ab1cd"), Look(naming)) == [row]


def test_all_redefinitions_are_shown() -> None:
    with TestJob(_SHARED) as job:
        found = job.nested(ebcdic("k0012end", "kab  end"), Look())
    assert found == [
        {"K": "k", "P1": {"NUM": 12}, "P2": {"TXT": "00"}, "LAST_ONE": "end"},
    ]
    assert [reject.code for reject in job.rejects] == ["LRD003"]


def test_values_with_their_bytes_in_hex() -> None:
    with TestJob(_SHARED) as job:
        (row,) = job.nested(ebcdic("k0012end"), Look(show_hex=True))
    assert row["K_debug"] == "92"
    assert row["P1"] == {"NUM": 12, "NUM_debug": "F0F0F1F2"}


@pytest.mark.parametrize(("text", "last"), [("k0012end", "end"), ("k0012en", "en"), ("k0012", ""), ("k", None)])
def test_cut_text_keeps_its_first_part(text: str, last: str | None) -> None:
    with TestJob(_SHARED, input={"record_format": "V"}) as job:
        (row,) = job.nested(writers.rdw(ebcdic(text)))
    assert row["LAST_ONE"] == last
    assert row["P1"]["NUM"] == (12 if len(text) >= 5 else None)


def test_children_are_below_their_parents() -> None:
    with TestJob(_FAMILY, records=_PARENTS) as job:
        data = ebcdic("Pann", "C012", "Drex", "Dtom", "C007", "Pbob")
        found = job.nested(data, Look())
        assert found == [
            {
                "K": "P",
                "NAME": "ann",
                "CHILD": [
                    {"K": "C", "AGE": 12, "PET": [{"K": "D", "NAME": "rex"}, {"K": "D", "NAME": "tom"}]},
                    {"K": "C", "AGE": 7, "PET": []},
                ],
            },
            {"K": "P", "NAME": "bob", "CHILD": []},
        ]
        assert job.encoded(found) == data


def test_children_of_a_rejected_record_do_not_belong_to_the_record_before() -> None:
    with TestJob(_FAMILY, records=_PARENTS) as job:
        found = job.nested(ebcdic("Pann", "C0x1", "Drex"), Look())
    assert found[0] == {"K": "P", "NAME": "ann", "CHILD": []}
    assert [reject.code for reject in job.rejects][:1] == ["LRD003"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"K": "k", "P1": {"NUM": 12345}, "LAST_ONE": ""}, "NUM: 12345"),
        ({"K": "k", "P1": {"NUM": "x"}, "LAST_ONE": ""}, "'x' is not a number"),
        ({"K": "k", "P1": {"NUM": 1.5}, "LAST_ONE": ""}, "more decimal places"),
        ({"K": "k", "P1": {"NUM": 1}, "LAST_ONE": "four"}, "'four' does not fit (LRD912"),
        ({"K": "漢", "P1": {"NUM": 1}, "LAST_ONE": ""}, "does not fit (LRD912"),
        ({"K": 1, "P1": {"NUM": 1}, "LAST_ONE": ""}, "1 is not text"),
        ({"K": "k", "P1": {"NUM": 1}}, "LAST-ONE: the row has no value"),
        ({"K": "k", "P1": 3, "LAST_ONE": ""}, "3 is not an object"),
        ({"K": "k", "P1": {"NUM": 1}, "LAST_ONE": "", "MORE": 1}, "MORE: the copybook has no such item"),
    ],
)
def test_the_reason_why_a_row_cannot_be_encoded(row: dict[str, Any], words: str) -> None:
    good = {"K": "k", "P1": {"NUM": 1}, "LAST_ONE": "x"}
    with TestJob(_SHARED) as job:
        before, wrong, after = job.tried([good, row, good])
    assert before == after == ebcdic("k0001x  ")
    assert isinstance(wrong, InputError)
    assert wrong.code == "LRF046"
    assert wrong.message.startswith("line 2, ")
    assert words in wrong.message


_DATED = """
       01 R.
          05 K PIC X.
          05 DAY-OF-YEAR PIC X(7).
"""


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("2024-02-29", "k2024060"),
        ("2023-02-29", "does not fit"),
        ("abcd-ef-gh", "does not fit"),
        ("2024060", "k2024060"),
    ],
)
def test_a_text_that_is_not_a_date_is_refused_and_nothing_else(text: str, result: str) -> None:
    fields = {"DAY-OF-YEAR": {"type": "date", "format": "YYYYDDD"}}
    with TestJob(_DATED, fields=fields) as job:
        (found,) = job.tried([{"K": "k", "DAY_OF_YEAR": text}])
    assert found == ebcdic(result) if isinstance(found, bytes) else result in found.message


@pytest.mark.timeout(10)
@pytest.mark.parametrize("number", ["1E999999999", "1E-999999999", "NaN", "Infinity"])
def test_an_absurd_number_is_refused_at_once(number: str) -> None:
    with TestJob(_SHARED) as job:
        (found,) = job.tried([{"K": "k", "P1": {"NUM": number}, "LAST_ONE": ""}])
    assert isinstance(found, InputError)
    assert "is not a number" in found.message


_COUNTED = """
       01 R.
          05 K PIC X.
          05 N PIC 9.
          05 T OCCURS 0 TO 3 DEPENDING ON N PIC X.
"""


@pytest.mark.parametrize(
    ("row", "result"),
    [
        ({"K": "k", "N": 2, "T": ["a", "b"]}, "k2ab"),
        ({"K": "k", "T": ["a"]}, "k1a"),
        ({"K": "k", "T": []}, "k0"),
        ({"K": "k", "N": 3, "T_1": "a", "T_2": "b", "T_3": "c"}, "k3abc"),
        ({"K": "k", "N": 1, "T": ["a", "b"]}, "N: it is 1, but T has 2 items"),
        ({"K": "k", "N": 1, "T_1": "a", "T_2": "b"}, "N: it is 1, but T has 2 items"),
        ({"K": "k", "T": list("abcd")}, "4 items, but the table has at most 3"),
        ({"K": "k", "T": "abc"}, "'abc' is not a list"),
    ],
)
def test_counters_and_tables_agree(row: dict[str, Any], result: str) -> None:
    with TestJob(_COUNTED, input={"record_format": "V"}) as job:
        (found,) = job.tried([row])
    assert found == ebcdic(result) if isinstance(found, bytes) else result in found.message


@pytest.mark.parametrize("line", ["{", "[]", '{"_type": "OTHER"}'])
def test_lines_that_are_not_rows(line: str) -> None:
    from shared.rows.encoding import JobEncoder

    with TestJob(_SHARED) as job:
        (found,) = JobEncoder(job.source, job.compiled).records([line])
    assert isinstance(found, InputError)
    assert found.code == "LRF045"
