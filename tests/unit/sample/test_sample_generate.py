"""Generated files: the number of bad records, their list, the same bytes from the same seed, and constant memory."""

from __future__ import annotations

import json
import resource
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import LreclError
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.sample import Sample, generate
from shared.sample.generate import Spread
from shared.transform.plan import Plan
from shared.transform.sql_columns import python_values
from shared.transform.transformer import Outcome, Transformer
from tests.support.definitions import COPYBOOK, DEFINITION, JOBS, compiled, payments

CUSTOMERS = compiled(JOBS, "customers")
TRANSACTIONS = compiled(JOBS, "transactions")
EXAMPLES = pytest.mark.parametrize("job", [CUSTOMERS, TRANSACTIONS], ids=["customers", "transactions"])

Job = tuple[JobSource, CompiledJob]


def make(job: Job, folder: Path, records: int, ratio: float = 0.0, seed: int = 1) -> Sample:
    return generate(*job, records, ratio, seed, folder / "in.dat")


def truth(sample: Sample) -> list[dict[str, Any]]:
    text = sample.path.with_name(sample.path.name + ".bad.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def control(sample: Sample) -> dict[str, Any]:
    return json.loads(sample.path.with_name(sample.path.name + ".ctl").read_text())


def outcome(job: Job, sample: Sample) -> Outcome:
    return Transformer(Plan.from_dict(job[1].plan)).run(sample.path.read_bytes(), 0, 1)


def rows(found: Outcome, column: str) -> list[Any]:
    (batch,) = (one for one in found.tables[0].columns if one.target.name == column)
    return list(python_values(batch))


@EXAMPLES
@pytest.mark.parametrize("ratio", [0.0, 0.05, 0.29, 1.0])
def test_rejects_are_those_in_the_list_of_bad_records(job: Job, ratio: float, tmp_path: Path) -> None:
    sample = make(job, tmp_path, 5_300, ratio)
    found = outcome(job, sample)
    rejects = [(r.record_no, r.offset, r.field, r.code) for r in found.rejects]
    assert rejects == [(t["record_no"], t["offset"], t["field"], t["code"]) for t in truth(sample)]
    assert all(reject.faults == 1 for reject in found.rejects)
    assert len(found.tables[0]) == 5_300 - len(rejects)


@EXAMPLES
def test_control_totals_are_the_sums_of_all_and_of_the_accepted(job: Job, tmp_path: Path) -> None:
    sample = make(job, tmp_path, 6_000, 0.1)
    figures = control(sample)
    assert figures["records"] == 6_000
    assert list(figures["totals"]) == job[0].job.control.totals
    by_name = {total.name: total for total in outcome(job, sample).totals}
    for name, text in figures["totals"].items():
        total = by_name[name]
        assert (Decimal(total.valid).scaleb(-total.scale), total.rejected, total.unreadable) == (Decimal(text), 0, 0)
        assert total.valid != 0


@EXAMPLES
@pytest.mark.parametrize(
    ("records", "ratio", "bad"), [(100, 0.29, 29), (999, 0.01, 9), (1, 1.0, 1), (1, 0.9, 0), (0, 1.0, 0)]
)
def test_the_number_of_bad_records_is_exact(job: Job, records: int, ratio: float, bad: int, tmp_path: Path) -> None:
    sample = make(job, tmp_path, records, ratio)
    length = job[1].plan["record_length"]
    assert (sample.records, sample.bad, sum(sample.kinds.values()), len(truth(sample))) == (records, bad, bad, bad)
    assert sample.bytes == sample.path.stat().st_size == records * length


def test_all_kinds_take_turns(tmp_path: Path) -> None:
    asked = {
        "packed-digit",
        "packed-sign",
        "zoned-digit",
        "impossible-date",
        "not-in-list",
        "required-blank",
        "out-of-range",
    }
    codes = {
        "packed-digit": "LRD001", "packed-sign": "LRD002", "zoned-digit": "LRD003", "zoned-sign": "LRD004",
        "binary-digits": "LRD006", "required-blank": "LRV001", "out-of-range": "LRV002", "not-in-list": "LRV003",
        "impossible-date": "LRV004",
    }  # fmt: skip
    for job, more in ((CUSTOMERS, {"zoned-sign", "binary-digits"}), (TRANSACTIONS, {"binary-digits"})):
        sample = make(job, tmp_path, 1_000, 0.1)
        assert set(sample.kinds) == asked | more
        assert max(sample.kinds.values()) - min(sample.kinds.values()) <= 1
        assert all(codes[line["kind"]] == line["code"] for line in truth(sample))


def test_bad_records_are_spread_and_never_in_keys_or_totals(tmp_path: Path) -> None:
    sample = make(CUSTOMERS, tmp_path, 10_000, 0.02)
    places = [line["record_no"] for line in truth(sample)]
    gaps = np.diff([0, *places, 10_001])
    assert len(set(places)) == 200
    assert gaps.max() <= 50
    fields = Counter(line["field"] for line in truth(sample))
    assert not fields.keys() & {"CUST-ID", "CUST-BALANCE", "CUST-LOYALTY-POINTS"}
    assert len(fields) > 10, "the fields of a kind take turns, too"


@given(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(1, 700))
def test_a_spread_is_the_same_however_it_is_cut(records: int, bad: int, step: int) -> None:
    spread = Spread(records, min(bad, records))
    whole = list(spread.between(0, records)) if records else []
    parts = [pair for start in range(0, records, step) for pair in spread.between(start, min(start + step, records))]
    assert parts == whole
    assert [turn for turn, _ in whole] == list(range(spread.bad))
    places = [place for _, place in whole]
    assert len(set(places)) == len(places)
    assert all(0 <= place < records for place in places)


@EXAMPLES
def test_the_same_seed_gives_the_same_bytes(job: Job, tmp_path: Path) -> None:
    texts = []
    for number, seed in enumerate((5, 5, 6)):
        (tmp_path / str(number)).mkdir()
        sample = make(job, tmp_path / str(number), 5_100, 0.01, seed)
        texts.append([sample.path.with_name(f"in.dat{end}").read_bytes() for end in ("", ".ctl", ".bad.jsonl")])
    assert texts[0] == texts[1]
    assert texts[0][0] != texts[2][0]


def test_valid_records_do_not_depend_on_bad_ones(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    good = np.frombuffer(make(CUSTOMERS, tmp_path / "good", 200).path.read_bytes(), np.uint8).reshape(200, 260)
    sample = make(CUSTOMERS, tmp_path, 200, 0.1)
    spoilt = np.frombuffer(sample.path.read_bytes(), np.uint8).reshape(200, 260)
    differ = np.flatnonzero((good != spoilt).any(axis=1)) + 1
    assert differ.tolist() == [line["record_no"] for line in truth(sample)]


def test_fields_are_filled_by_the_jobs_generators(tmp_path: Path) -> None:
    found = outcome(CUSTOMERS, make(CUSTOMERS, tmp_path, 5_200))
    assert rows(found, "CUSTOMER_ID") == list(range(100_000_001, 100_005_201)), "over the chunk's end"
    assert set(rows(found, "CUST_FIRST_NAME")) >= {"José", "Zoë", "Ada"}
    assert all(len(street.split()) == 2 for street in rows(found, "CUST_STREET"))
    assert len(set(rows(found, "CUST_STREET"))) == 90, "each pair of different words"
    balances = rows(found, "CUST_BALANCE")
    assert Decimal(-5_000) <= min(balances) < 0 < max(balances) <= Decimal(900_000)
    assert {"A", "C", "S"} == set(rows(found, "CUST_STATUS"))
    scores = rows(found, "CUST_SCORE")
    assert min(scores) < 0 < max(scores), "by the picture: signed ones are sometimes negative"
    assert all(1 <= branch <= 999 for branch in rows(found, "CUST_BRANCH"))
    codes = rows(found, "CUST_POSTCODE")
    assert all(code.isalpha() and code.isupper() and 1 <= len(code) <= 10 for code in codes)
    assert None not in rows(found, "CUST_BIRTH_DATE")


def test_text_sequences_have_leading_zeros_and_julian_dates_are_days(tmp_path: Path) -> None:
    found = outcome(TRANSACTIONS, make(TRANSACTIONS, tmp_path, 12))
    assert rows(found, "TRAN_ID")[-1] == "0000000000000012"
    assert all("1970" <= day[:4] <= "2029" for day in rows(found, "TRAN_DATE"))


def test_fillers_are_spaces_of_the_code_page(tmp_path: Path) -> None:
    sample = make(CUSTOMERS, tmp_path, 3)
    records = np.frombuffer(sample.path.read_bytes(), np.uint8).reshape(3, 260)
    assert (records[:, 211 + 9 :] == 0x40).all()
    ascii_job = payments(tmp_path, "input: {record_length: 40, encoding: ascii}\n" + DEFINITION)
    records = np.frombuffer(make(ascii_job, tmp_path, 3).path.read_bytes(), np.uint8).reshape(3, 40)
    assert (records[:, 23:] == 0x20).all()


def test_defaults_respect_the_rules(tmp_path: Path) -> None:
    rules = (
        "rules:\n  - {field: PAY-COUNT, range: {min: -7, max: 5}}\n  - {field: PAY-AMOUNT, in_list: [0, 1.25, -2]}\n"
    )
    job = payments(tmp_path, DEFINITION.replace("rules:\n", rules))
    found = outcome(job, make(job, tmp_path, 2_000))
    assert not found.rejects
    assert set(rows(found, "PAY_COUNT")) == set(range(-7, 6))
    assert set(rows(found, "PAY_AMOUNT")) == {Decimal(0), Decimal("1.25"), Decimal(-2)}
    assert set(rows(found, "PAY_KIND")) == {"AA", "BB"}
    assert rows(found, "PAY_ID") == list(range(1, 2_001)), "a key alone counts on"


@pytest.mark.parametrize(
    "picture",
    [
        "PIC S9(31) COMP-3", "PIC 9(18)", "PIC S9(20)V9(5)", "PIC S9(04) COMP-3", "PIC 9(18) COMP",
        "PIC S9(05) SIGN IS LEADING SEPARATE CHARACTER", "PIC S9(05) SIGN LEADING", "PIC S9(18) COMP-5",
        "PIC 9(9) COMP-5", "PIC 9 COMP-3", "PIC S9", "PIC VPP99 COMP-3", "PIC 99PP", "PIC 9(7) COMP-6", "PIC X(200)",
        "PIC A",
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["cp037", "cp1047", "cp1252"])
def test_every_kind_of_field_is_filled_and_made_bad(picture: str, page: str, tmp_path: Path) -> None:
    family = "ascii" if page == "cp1252" else "ebcdic"
    copybook = COPYBOOK + f"           05  ONE {picture}.\n"
    job = payments(tmp_path, f"input: {{encoding: {family}, code_page: {page}}}\n" + DEFINITION, copybook)
    sample = make(job, tmp_path, 400, 0.5)
    rejects = [(r.record_no, r.field, r.code, r.faults) for r in outcome(job, sample).rejects]
    assert rejects == [(t["record_no"], t["field"], t["code"], 1) for t in truth(sample)]


@pytest.mark.parametrize("null", ["zeros", "spaces", "low_values", "high_values"])
@pytest.mark.parametrize("field", ["PAY-COUNT", "PAY-KIND", "PAY-FEE"])
def test_a_required_field_with_null_when_is_made_null(null: str, field: str, tmp_path: Path) -> None:
    rules = f"rules:\n  - {{field: {field}, required: true}}\n"
    sample_section = "sample:\n  PAY-COUNT: {kind: number, min: 1}\n  PAY-FEE: {kind: number, min: 1}\n"
    definition = DEFINITION.replace("fields:\n", f"fields:\n  {field}: {{null_when: [{null}]}}\n")
    definition = definition.replace("rules:\n", rules) + sample_section
    job = payments(tmp_path, definition, COPYBOOK + "           05  PAY-FEE PIC S9(5)V99 COMP-3.\n")
    sample = make(job, tmp_path, 300, 0.5)
    blanks = [line for line in truth(sample) if line["kind"] == "required-blank"]
    assert {line["field"] for line in blanks} == {field}
    rejects = [(r.record_no, r.field, r.code) for r in outcome(job, sample).rejects]
    assert rejects == [(t["record_no"], t["field"], t["code"]) for t in truth(sample)]


@pytest.mark.parametrize(("first", "blanks"), [("required: true", True), ("in_list: [AA, BB]", False)])
def test_the_first_of_two_rules_gives_the_reject_code(first: str, blanks: bool, tmp_path: Path) -> None:
    """A blank is not in the list either, so the rule that comes first gives the code."""
    second = {"required: true": "in_list: [AA, BB]", "in_list: [AA, BB]": "required: true"}[first]
    rules = f"  - {{field: PAY-KIND, {first}}}\n  - {{field: PAY-KIND, {second}}}\n"
    job = payments(tmp_path, DEFINITION.replace("  - {field: PAY-KIND, in_list: [AA, BB]}\n", rules))
    sample = make(job, tmp_path, 300, 0.5)
    assert ("required-blank" in sample.kinds) == blanks
    rejects = [(r.record_no, r.field, r.code) for r in outcome(job, sample).rejects]
    assert rejects == [(t["record_no"], t["field"], t["code"]) for t in truth(sample)]


def test_fields_that_share_bytes_are_filled_once_and_not_made_bad(tmp_path: Path) -> None:
    job = payments(tmp_path, DEFINITION.replace("fields:\n", "fields:\n  PAY-YEAR: {}\n"))
    sample = make(job, tmp_path, 500, 0.5)
    found = outcome(job, sample)
    assert all(str(year) == day[:4] for year, day in zip(rows(found, "PAY_YEAR"), rows(found, "PAY_DATE"), strict=True))
    assert not {line["field"] for line in truth(sample)} & {"PAY-DATE", "PAY-YEAR"}
    assert len(found.rejects) == 250


def test_spoil_false_excludes_a_field(tmp_path: Path) -> None:
    job = payments(tmp_path, DEFINITION + "sample: {PAY-COUNT: {kind: number, max: 9, spoil: false}}\n")
    sample = make(job, tmp_path, 300, 0.5)
    assert {line["field"] for line in truth(sample)} == {"PAY-KIND", "PAY-DATE"}


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ("PAY-KIND: {kind: choice, values: [AA, CC]}", "LRV003"),
        ("PAY-KIND: {kind: choice, values: [AAA]}", "does not fit"),
        ("PAY-KIND: {kind: number}", "is text"),
        ("PAY-KIND: {kind: date}", "is not a date"),
        ("PAY-KIND: {kind: constant, values: ['漢']}", "does not fit"),
        ("PAY-COUNT: {kind: words, values: [a, b]}", "not a number"),
        ("PAY-COUNT: {kind: choice, values: ['1.5']}", "decimal places"),
        ("PAY-COUNT: {kind: number, min: 5, max: 4}", "no number from 5"),
        ("PAY-COUNT: {kind: number, max: 10000}", "does not fit"),
        ("PAY-AMOUNT: {kind: number, max: 99999999999999999999}", "64 bits"),
        ("PAY-ID: {kind: sequence, start: 999999}", "does not fit"),
        ("PAY-DATE: {kind: constant, values: ['20230230']}", "LRV004"),
    ],
)
def test_a_generator_that_does_not_fit_is_named_with_its_line(section: str, reason: str, tmp_path: Path) -> None:
    job = payments(tmp_path, f"{DEFINITION}sample:\n  {section}\n")
    with pytest.raises(LreclError) as caught:
        make(job, tmp_path, 5)
    assert caught.value.code == "LRJ060"
    assert reason in caught.value.message
    assert caught.value.context["line"] == DEFINITION.count("\n") + 2
    assert not (tmp_path / "in.dat").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rules:\n", "rules:\n  - {field: PAY-AMOUNT, range: {min: 1}}\n"),
        (
            "control:\n  totals: [PAY-AMOUNT]",
            "sample: {PAY-KIND: {kind: choice, values: [AA], spoil: false}, PAY-DATE: {kind: date, spoil: false}}\n"
            "control:\n  totals: [PAY-AMOUNT, PAY-COUNT]",
        ),
    ],
)
def test_a_job_that_allows_no_bad_records(old: str, new: str, tmp_path: Path) -> None:
    assert old in DEFINITION
    job = payments(tmp_path, DEFINITION.replace(old, new))
    make(job, tmp_path, 10)
    with pytest.raises(LreclError) as caught:
        make(job, tmp_path, 10, 0.5)
    assert caught.value.code == "LRJ061"


@pytest.mark.parametrize("name", ["../{name}", "sub/{name}.ctl", "{name}", "/etc/{name}"])
def test_control_files_are_in_the_folder_of_the_input(name: str, tmp_path: Path) -> None:
    job = payments(tmp_path, DEFINITION.replace('"{name}.ctl"', f'"{name}"'))
    with pytest.raises(LreclError) as caught:
        make(job, tmp_path, 1)
    assert caught.value.code == "LRJ062"


@pytest.mark.parametrize(
    ("records", "ratio", "seed"), [(-1, 0, 0), (1, -0.1, 0), (1, 1.1, 0), (1, float("nan"), 0), (1, 0, -1)]
)
def test_counts_out_of_range(records: int, ratio: float, seed: int, tmp_path: Path) -> None:
    with pytest.raises(LreclError) as caught:
        make(TRANSACTIONS, tmp_path, records, ratio, seed)
    assert caught.value.code == "LRQ080"


def test_an_interruption_leaves_no_files(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(records: int) -> None:
        assert (tmp_path / "in.dat.part").exists()
        if records > 5_000:
            raise Stop

    with pytest.raises(Stop):
        generate(*CUSTOMERS, 20_000, 0.1, 1, tmp_path / "in.dat", stop)
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_records(tmp_path: Path) -> None:
    told: list[int] = []
    generate(*TRANSACTIONS, 10_001, 0.0, 1, tmp_path / "in.dat", told.append)
    assert told == [5_000, 10_000, 10_001]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    make(TRANSACTIONS, tmp_path, 20_000, 0.05)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    make(TRANSACTIONS, tmp_path, 300_000, 0.05)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4_096, "kilobytes; the file has 36 MB"


@settings(max_examples=15)
@given(st.integers(0, 60), st.floats(0, 1), st.integers(0, 2**40))
def test_any_counts_and_seeds(tmp_path_factory: pytest.TempPathFactory, records: int, ratio: float, seed: int) -> None:
    sample = make(TRANSACTIONS, tmp_path_factory.mktemp("sample"), records, ratio, seed)
    rejects = [(r.record_no, r.field, r.code) for r in outcome(TRANSACTIONS, sample).rejects]
    assert rejects == [(t["record_no"], t["field"], t["code"]) for t in truth(sample)]
