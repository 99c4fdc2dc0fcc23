"""Copybook and definition brought together: what fits, and each way in which it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.batch.types import SqlType
from shared.errors import LreclError
from shared.jobs.compile import CompiledJob
from shared.transform.plan import Plan, RuleKind, SummedField
from tests.support.definitions import COPYBOOK, DEFINITION, JOBS, compiled, payments


def columns(job: CompiledJob) -> dict[str, tuple[SqlType, bool]]:
    (plan,) = Plan.from_dict(job.plan).records
    return {column.target.name: (column.target.sql_type, column.target.nullable) for column in plan.columns}


def refused(root: Path, definition: str, copybook: str = COPYBOOK) -> LreclError:
    with pytest.raises(LreclError) as caught:
        payments(root, definition, copybook)
    return caught.value


def test_customers() -> None:
    _, job = compiled(JOBS, "customers")
    (plan,) = Plan.from_dict(job.plan).records
    assert (job.plan["record_length"], len(plan.columns), job.batch_records) == (260, 22, 1_048_576 // 260)
    (table,) = job.tables
    assert (str(table.staging), str(table.final), table.key) == (
        "LRECL.STG_CUSTOMERS",
        "LRECL.CUSTOMERS",
        ["CUSTOMER_ID"],
    )
    types = columns(job)
    assert types["CUSTOMER_ID"] == (SqlType.INTEGER, False)
    assert types["CUST_LAST_NAME"] == (SqlType.VARCHAR, False), "required"
    assert types["CUST_BALANCE"] == (SqlType.DECIMAL, True)
    assert types["CUST_BIRTH_DATE"][0] is types["CUST_OPEN_DATE"][0] is SqlType.DATE
    assert types["CUST_BRANCH"][0] is SqlType.SMALLINT
    assert types["CUST_LAST_TRANSACTION"][0] is SqlType.BIGINT
    assert "CUST_QUARTER_TURNOVER_4" in types
    limit = next(rule for rule in plan.rules if rule.field == "CUST-CREDIT-LIMIT")
    assert (limit.minimum, limit.maximum) == (0, 25_000_000), "scaled like the field"
    assert plan.rules[0].kind is RuleKind.REQUIRED
    assert plan.rules[0].field == "CUST-ID", "the key must be there, said or not"


def test_transactions() -> None:
    _, job = compiled(JOBS, "transactions")
    (plan,) = Plan.from_dict(job.plan).records
    assert (job.plan["record_length"], job.batch_records) == (120, 5_000)
    assert plan.totals == (SummedField("TRAN-AMOUNT", "TRAN-AMOUNT"),)
    assert columns(job)["TRAN_DATE"][0] is SqlType.DATE


def test_a_redefinition_is_loaded_only_when_named(tmp_path: Path) -> None:
    (tmp_path / "named").mkdir()
    (tmp_path / "unnamed").mkdir()
    named = DEFINITION.replace("fields:\n", "fields:\n  PAY-YEAR: {}\n")
    assert "PAY_YEAR" not in columns(payments(tmp_path / "unnamed")[1])
    loaded = columns(payments(tmp_path / "named", named)[1])
    assert "PAY_YEAR" in loaded
    assert "PAY_REST" not in loaded


def test_ambiguous_names_carry_their_groups(tmp_path: Path) -> None:
    copybook = (
        COPYBOOK
        + "           05  A.\n               10  CODE PIC X.\n           05  B.\n               10  CODE PIC X.\n"
    )
    loaded = columns(payments(tmp_path, DEFINITION, copybook)[1])
    assert {"A_CODE", "B_CODE"} <= set(loaded)
    assert "CODE" not in loaded


def test_skipped_fields_are_no_columns(tmp_path: Path) -> None:
    definition = DEFINITION.replace("fields:\n", "fields:\n  PAY-COUNT: {skip: true}\n")
    assert "PAY_COUNT" not in columns(payments(tmp_path, definition)[1])


def test_a_longer_record_than_the_copybook_keeps_its_length(tmp_path: Path) -> None:
    _, job = payments(tmp_path, "input: {record_length: 40}\n" + DEFINITION)
    assert (job.plan["record_length"], job.framing["record_length"]) == (40, 40)


def test_schemas_stay_where_they_are_given(tmp_path: Path) -> None:
    _, job = payments(tmp_path, DEFINITION.replace("final_table: PAYMENTS", "final_table: bank.payments"))
    assert (str(job.tables[0].staging), str(job.tables[0].final)) == ("LRECL.STG_PAYMENTS", "BANK.PAYMENTS")


def test_the_plan_digest_follows_the_plan_and_nothing_else(tmp_path: Path) -> None:
    jobs = []
    changes = [("", ""), ("job: payments", "job: payments\ndescription: other"), ("[AA, BB]", "[AA, CC]")]
    for number, (old, new) in enumerate(changes):
        (tmp_path / str(number)).mkdir()
        jobs.append(payments(tmp_path / str(number), DEFINITION.replace(old, new) if old else DEFINITION)[1])
    assert jobs[0].plan_digest == jobs[1].plan_digest != jobs[2].plan_digest


def test_the_compiled_job_travels_as_json(tmp_path: Path) -> None:
    _, job = payments(tmp_path)
    assert CompiledJob.model_validate_json(job.model_dump_json()) == job
    assert json.loads(json.dumps(job.plan)) == job.plan


def test_bounds_of_wide_fields_are_exact(tmp_path: Path) -> None:
    wide = COPYBOOK + "           05  WIDE PIC S9(29)V99 COMP-3.\n"
    most = "12345678901234567890123456789.01"
    definition = DEFINITION.replace("rules:\n", f'rules:\n  - {{field: WIDE, range: {{max: "{most}"}}}}\n')
    _, job = payments(tmp_path, definition, wide)
    rules = {rule.field: rule for rule in Plan.from_dict(job.plan).records[0].rules}
    assert rules["WIDE"].maximum == int(most.replace(".", ""))


RULE = "{field: PAY-KIND, in_list: [AA, BB]}"


@pytest.mark.parametrize(
    ("code", "old", "new", "key"),
    [
        ("LRJ020", "key: [PAY_ID]", "key: [PAY-ID]", None),
        ("LRJ020", "staging_table: STG_PAYMENTS", 'staging_table: "A; DROP TABLE B"', None),
        ("LRJ020", "fields:\n", "fields:\n  PAY-COUNT: {column: 1ST}\n", "fields.PAY-COUNT"),
        ("LRJ031", "fields:\n", "fields:\n  PAY-KIND: {type: integer}\n", "fields.PAY-KIND"),
        ("LRJ032", "fields:\n", "fields:\n  PAY-AMOUNT: {type: integer}\n", "fields.PAY-AMOUNT"),
        ("LRJ032", "fields:\n", "fields:\n  PAY-ID: {type: smallint}\n", "fields.PAY-ID"),
        ("LRJ032", "fields:\n", "fields:\n  PAY-ID: {type: varchar}\n", "fields.PAY-ID"),
        ("LRJ033", "fields:\n", "fields:\n  PAY-KIND: {column: run_id}\n", "fields.PAY-KIND"),
        ("LRJ040", "format: YYYYMMDD", "format: YYYY/MM/DD", "fields.PAY-DATE"),
        ("LRJ040", RULE, "{field: PAY-KIND, date: MM-YY}", "rules.0"),
        ("LRJ044", RULE, "{field: PAY-ID, date: YYYY-MM-DD}", "rules.0"),
        ("LRJ044", "fields:\n", "fields:\n  PAY-AMOUNT: {type: date, format: YYYYMMDD}\n", "fields.PAY-AMOUNT"),
        ("LRJ041", RULE, "{field: PAY-KIND, range: {min: 1}}", "rules.0"),
        ("LRJ042", RULE, "{field: PAY-COUNT, in_list: [ten]}", "rules.0"),
        ("LRJ043", RULE, "{field: PAY-AMOUNT, range: {max: 0.005}}", "rules.0"),
        ("LRJ043", RULE, "{field: PAY-COUNT, in_list: [1.5]}", "rules.0"),
        ("LRJ050", "job: payments", "job: payments\ninput: {record_length: 10}", "input.record_length"),
        ("LRJ051", "fields:\n", "fields:\n  PAY-NAME: {}\n", "fields.PAY-NAME"),
        ("LRJ051", "control:", "sample: {PAY: {kind: sequence}}\ncontrol:", "sample.PAY"),
        ("LRJ051", RULE, "{field: PAY-NAME, required: true}", "rules.0.field"),
        ("LRJ051", "totals: [PAY-AMOUNT]", "totals: [AMOUNT]", "control.totals.0"),
        ("LRJ052", "totals: [PAY-AMOUNT]", "totals: [PAY-KIND]", "control.totals.0"),
        ("LRJ053", "key: [PAY_ID]", "key: [PAY_ID, NUMBER]", "target.key.1"),
        ("LRJ054", "fields:\n", "fields:\n  PAY-KIND: {column: PAY_ID}\n", "fields.PAY-KIND"),
    ],
)
def test_what_does_not_fit_has_a_code_and_a_place(
    tmp_path: Path, code: str, old: str, new: str, key: str | None
) -> None:
    assert old in DEFINITION
    definition = DEFINITION.replace(old, new)
    error = refused(tmp_path, definition)
    assert error.code == code
    if key:
        assert error.context["key"] == key
        leaf = key.rpartition(".")[2]
        line = definition.splitlines()[int(str(error.context["line"])) - 1]
        assert (new if leaf.isdigit() else leaf) in line


def test_a_field_that_cannot_be_decoded_must_be_left_out(tmp_path: Path) -> None:
    error = refused(tmp_path, DEFINITION, COPYBOOK + "           05  RATE PIC 9(4) NATIONAL.\n")
    assert (error.code, error.context["key"]) == ("LRJ030", "fields.RATE")
    assert "skip: true" in error.remedy


def test_a_near_name_is_suggested(tmp_path: Path) -> None:
    error = refused(tmp_path, DEFINITION.replace("field: PAY-KIND", "field: KIND"))
    assert "PAY-KIND" in error.remedy


@pytest.mark.parametrize(
    ("fields", "code", "key"),
    [
        ("           05  MANY PIC X OCCURS 1100.\n", "LRJ057", "target"),
        ("           05  LONG-TEXT PIC X(32673).\n", "LRJ058", "target"),
    ],
)
def test_a_table_that_no_database_makes_is_refused(tmp_path: Path, fields: str, code: str, key: str) -> None:
    error = refused(tmp_path, DEFINITION, COPYBOOK + fields)
    assert (error.code, error.context["key"]) == (code, key)


def test_a_column_of_the_longest_text_is_possible(tmp_path: Path) -> None:
    payments(tmp_path, DEFINITION, COPYBOOK + "           05  LONG-TEXT PIC X(32672).\n")


def test_the_ledger_must_have_room_for_the_totals(tmp_path: Path) -> None:
    for count, fits in ((60, True), (130, False)):
        root = tmp_path / str(count)
        root.mkdir()
        names = [f"AMOUNT-{number:03}" for number in range(count)]
        copybook = COPYBOOK + "".join(f"           05  {name} PIC S9(9)V99 COMP-3.\n" for name in names)
        definition = DEFINITION.replace("totals: [PAY-AMOUNT]", f"totals: [{', '.join(names)}]")
        if fits:
            payments(root, definition, copybook)
        else:
            error = refused(root, definition, copybook)
            assert (error.code, error.context["key"]) == ("LRJ059", "control.totals")
