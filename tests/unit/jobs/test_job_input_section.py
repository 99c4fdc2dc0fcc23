"""The section input: every record format, what inspect prints, and each way in which options do not fit."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.errors import LreclError
from shared.framing.detector import Findings, Guess
from shared.framing.protocol import Framing
from shared.framing.registry import framing_from_dict
from shared.jobs.compile import CompiledJob
from tests.support.definitions import COPYBOOK, DEFINITION, changed, payments
from tests.unit.framing.formats import EXAMPLES

TABLE = COPYBOOK + "           05  PAY-PART PIC X(02) OCCURS 0 TO 3 DEPENDING ON PAY-COUNT.\n"
LENGTH = 25
"""Bytes of the copybook; its last field is PAY-COUNT, COMP, at 21."""


def framing(root: Path, options: str, copybook: str = COPYBOOK) -> dict[str, Any]:
    return changed(root, f"input: {options}\n", copybook).framing


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{}", {"format": "F", "record_length": 23}),
        ("{record_format: FB, block_length: 230}", {"format": "F", "record_length": 23}),
        ("{record_format: FB, records_per_block: 10, record_length: 40}", {"format": "F", "record_length": 40}),
        ("{record_start_offset: 2, record_end_offset: 27}", {"record_length": 52, "record_end_offset": 27}),
        ("{record_format: V}", {"format": "V", "rdw_byte_order": "big", "rdw_counts_itself": True}),
        ("{record_format: VB, bdw_byte_order: little}", {"bdw_byte_order": "little", "rdw_byte_order": "big"}),
        ("{record_format: VS, rdw_adjustment: -4}", {"format": "VS", "rdw_adjustment": -4}),
        ("{record_format: VBS, rdw_largest: 90}", {"format": "VBS", "rdw_largest": 90}),
        ("{record_format: V, minimum_record_length: 3}", {"minimum_record_length": 3, "maximum_record_length": None}),
        ("{record_format: TEXT, line_end: crlf}", {"format": "TEXT", "line_end": "crlf"}),
        (
            "{record_format: LENGTH_FIELD, length_field: PAY-COUNT, adjustment: 4}",
            {"fields": {"PAY-COUNT": {"offset": 21, "length": 2, "kind": "binary"}}, "adjustment": 4},
        ),
        (
            "{record_format: LENGTH_FIELD, expression: PAY-COUNT * 2 + PAY-ID}",
            {
                "fields": {
                    "PAY-COUNT": {"offset": 21, "length": 2, "kind": "binary"},
                    "PAY-ID": {"offset": 0, "length": 6, "kind": "display"},
                }
            },
        ),
        (
            "{record_format: LENGTH_FIELD, length_field: PAY-KIND, lengths: {A: 23, BB: 30}, default_length: 23}",
            {"lengths": {"c140": 23, "c2c2": 30}, "default_length": 23},
        ),
        (
            "{record_format: LENGTH_FIELD, length_field: {offset: 0, length: 1}, lengths: {c1: 23, '02': 25}}",
            {"lengths": {"c1": 23, "02": 25}, "fields": {"length": {"offset": 0, "length": 1, "kind": "binary"}}},
        ),
        (
            "{record_format: HEADER, header_length: 5, length_field: {offset: 3, length: 2, kind: binary_little}, "
            "marker: '0100'}",
            {"header_length": 5, "length_field": {"offset": 3, "length": 2, "kind": "binary_little"}, "marker": "0100"},
        ),
    ],
)
def test_formats(tmp_path: Path, options: str, expected: dict[str, Any]) -> None:
    found = framing(tmp_path, options)
    assert {key: found[key] for key in expected} == expected
    framing_from_dict(found)


def test_records_that_are_as_long_as_their_counters_say(tmp_path: Path) -> None:
    job = changed(tmp_path, "input: {record_format: COUNTED, encoding: ascii}\n", TABLE)
    record = b"000001AA\0\0\0\1\x0c20240229\0\2xxyy"
    found = next(framing_from_dict(job.framing).cut(io.BytesIO(record * 3), 0, 3 * len(record), 10, 1))
    assert found.lengths.tolist() == [len(record)] * 3
    assert job.plan["record_length"] is None


def test_texts_that_count(tmp_path: Path) -> None:
    text = TABLE.replace("ON PAY-COUNT", "ON PAY-KIND")
    job = changed(tmp_path, "input: {record_format: COUNTED, counter_values: {PAY-KIND: {A: 1, BB: 2}}}\n", text)
    assert job.framing["counters"][0]["counts"] == {"c140": 1, "c2c2": 2}
    assert job.plan["records"][0]["shape"]["counters"][0]["values"] == {"A": 1, "BB": 2}


@pytest.mark.parametrize(
    ("options", "shifting", "length"),
    [
        ("{}", False, 29),
        ("{shifting: true}", True, 29),
        ("{record_format: V}", True, None),
        ("{record_format: V, shifting: false}", False, None),
    ],
)
def test_tables_move_what_is_behind_them_in_variable_records(
    tmp_path: Path, options: str, shifting: bool, length: int | None
) -> None:
    job = changed(tmp_path, f"input: {options}\n", TABLE)
    assert job.plan["records"][0]["shape"]["shifting"] is shifting
    assert job.plan["record_length"] == length


def test_the_rest_of_the_section(tmp_path: Path) -> None:
    options = (
        "{header_bytes: 10, trailer_records: 1, compression: gzip, splits: 4, strict_length: true, encoding: ascii}"
    )
    job = changed(tmp_path, f"input: {options}\n")
    assert (job.edges, job.compression, job.splits) == ({"header_bytes": 10, "trailer_records": 1}, "gzip", 4)
    assert job.plan["records"][0]["shape"]["strict_length"] is True
    assert job.plan["filler"] == 0x20
    assert {column["spec"]["code_page"] for column in job.plan["records"][0]["columns"]} == {"latin-1"}


@pytest.mark.parametrize(("options", "expected"), [("{splits: 2}", "skip"), ("{on_loaded: refuse}", "refuse")])
def test_what_a_run_does_with_loaded_files(tmp_path: Path, options: str, expected: str) -> None:
    assert changed(tmp_path, f"input: {options}\n").job.input.on_loaded == expected


def test_what_a_run_does_with_loaded_files_stays_out_of_messages_and_of_older_orchestrators(tmp_path: Path) -> None:
    jobs: list[CompiledJob] = []
    for value in ("skip", "refuse"):
        (tmp_path / value).mkdir()
        jobs.append(changed(tmp_path / value, f"input: {{on_loaded: {value}}}\n"))
    skip, refuse = jobs
    assert (skip.plan, skip.plan_digest, skip.framing) == (refuse.plan, refuse.plan_digest, refuse.framing)
    assert "on_loaded" not in skip.model_dump_json(), "the default is not written, as in messages"
    assert CompiledJob.model_validate_json(refuse.model_dump_json()) == refuse


def test_without_a_word_the_first_bytes_decide_on_compression(tmp_path: Path) -> None:
    assert changed(tmp_path, "input: {encoding: ebcdic}\n").compression is None


def test_what_is_cut_off_a_record_is_not_in_the_plan(tmp_path: Path) -> None:
    job = changed(tmp_path, "input: {record_length: 30, record_start_offset: 7}\n")
    assert (job.framing["record_length"], job.plan["record_length"]) == (30, 23)


def test_the_framing_is_no_part_of_the_plans_digest(tmp_path: Path) -> None:
    jobs: list[CompiledJob] = []
    for number, options in enumerate(
        ["{record_format: V}", "{record_format: VB}", "{record_format: V, strict_length: true}"]
    ):
        (tmp_path / str(number)).mkdir()
        jobs.append(changed(tmp_path / str(number), f"input: {options}\n"))
    assert jobs[0].plan_digest == jobs[1].plan_digest != jobs[2].plan_digest


DESCRIBED = [example for example in EXAMPLES if example.name != "delimited"]
"""The formats of which a copybook can say at which bytes values lie."""


@pytest.mark.parametrize("example", DESCRIBED, ids=[example.name for example in DESCRIBED])
def test_what_inspect_prints_can_be_pasted(tmp_path: Path, example: Any) -> None:
    findings = Findings(None, "ebcdic", "cp037", (), (Guess(example.framing, 1.0, (), {"header_bytes": 7}),))
    pasted: str = findings.to_yaml()
    short = "       01  SHORT.\n           05  A PIC X(02).\n           05  B PIC X(01).\n"
    definition = f"""\
job: payments
{pasted}
copybook: {{path: payment.cpy}}
target: {{staging_table: S, final_table: T, key: [A]}}
"""
    job = payments(tmp_path, definition, short)[1]
    inner: Framing = getattr(example.framing, "fixed", example.framing)
    assert framing_from_dict(job.framing) == inner
    assert job.edges == {"header_bytes": 7}
    assert yaml.safe_load(pasted)["input"]["record_format"] == example.framing.to_dict()["format"]


REFUSED = [
    ("LRJ007", "{record_format: V, record_length: 40}", COPYBOOK, "record_length"),
    ("LRJ007", "{record_format: F, rdw_byte_order: little}", COPYBOOK, "rdw_byte_order"),
    ("LRJ007", "{record_format: V, bdw_adjustment: 1}", COPYBOOK, "bdw_adjustment"),
    ("LRJ007", "{record_format: V, rdw_byte_order: middle}", COPYBOOK, "rdw_byte_order"),
    ("LRJ007", "{record_format: TEXT, delimiter: ;}", COPYBOOK, "delimiter"),
    ("LRJ007", "{splits: 0}", COPYBOOK, "splits"),
    ("LRJ007", "{on_loaded: merge}", COPYBOOK, "on_loaded"),
    ("LRJ007", "{record_format: HEADER, header_length: 4, marker: XY}", COPYBOOK, "marker"),
    ("LRD901", "{code_page: cp999999}", COPYBOOK, "code_page"),
    ("LRJ050", "{record_length: 22}", COPYBOOK, "record_length"),
    ("LRJ050", "{record_length: 23, record_start_offset: 1}", COPYBOOK, "record_length"),
    ("LRJ085", "{record_format: FB, block_length: 230, records_per_block: 10}", COPYBOOK, "block_length"),
    ("LRJ085", "{record_format: FB, block_length: 100}", COPYBOOK, "block_length"),
    ("LRJ085", "{record_format: V, rdw_largest: 3}", COPYBOOK, None),
    ("LRJ085", "{record_format: HEADER, header_length: 4}", COPYBOOK, None),
    ("LRJ085", "{record_format: DELIMITED, encoding: ascii, delimiter: ab}", COPYBOOK, "delimiter"),
    ("LRJ085", "{minimum_record_length: 9, maximum_record_length: 3}", COPYBOOK, None),
    ("LRJ086", "{record_format: LENGTH_FIELD, length_field: PAY-ID, expression: PAY-COUNT}", COPYBOOK, None),
    ("LRJ086", "{record_format: LENGTH_FIELD}", COPYBOOK, None),
    ("LRJ086", "{record_format: LENGTH_FIELD, length_field: PAY-AMOUNT}", COPYBOOK, "length_field"),
    ("LRJ051", "{record_format: LENGTH_FIELD, length_field: PAY}", COPYBOOK, "length_field"),
    ("LRJ051", "{record_format: LENGTH_FIELD, expression: PAY + 1}", COPYBOOK, "expression"),
    ("LRF035", "{record_format: LENGTH_FIELD, expression: PAY-ID +}", COPYBOOK, "expression"),
    ("LRJ072", "{record_format: LENGTH_FIELD, length_field: PAY-KIND, lengths: {AAA: 9}}", COPYBOOK, "lengths.AAA"),
    ("LRJ073", "{record_format: LENGTH_FIELD, length_field: 'PAY-PART(1)'}", TABLE, "length_field"),
    ("LRJ087", "{record_format: COUNTED}", COPYBOOK, "record_format"),
    ("LRJ087", "{record_format: COUNTED, shifting: false}", TABLE, "record_format"),
    ("LRJ088", "{record_format: DELIMITED, delimiter: ;}", COPYBOOK, "record_format"),
    ("LRJ070", "{counter_values: {PAY-KIND: {A: 1}}}", TABLE, "counter_values.PAY-KIND"),
    ("LRJ070", "{counter_values: {PAY: {A: 1}}}", TABLE, "counter_values.PAY"),
    ("LRD940", "{counter_values: {PAY-COUNT: {A: 1}}}", TABLE, "counter_values"),
    ("LRJ071", "{record_format: V}", TABLE.replace("ON PAY-COUNT", "ON PAY-KIND"), "counter_values"),
]


@pytest.mark.parametrize(("code", "options", "copybook", "key"), REFUSED)
def test_what_does_not_fit_has_a_code_and_a_place(
    tmp_path: Path, code: str, options: str, copybook: str, key: str | None
) -> None:
    lines = yaml.safe_dump(yaml.safe_load(f"input: {options}"), sort_keys=False)
    with pytest.raises(LreclError) as caught:
        payments(tmp_path, lines + DEFINITION, copybook)
    assert caught.value.code == code, caught.value
    assert caught.value.context["key"] == ("input" if key is None else f"input.{key}")
    line = (lines + DEFINITION).splitlines()[int(str(caught.value.context["line"])) - 1]
    leaf = key.rpartition(".")[2] if key else "input"
    assert (leaf if f"{leaf}:" in lines else "input") in line
