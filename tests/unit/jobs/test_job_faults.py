"""A job with several mistakes: one error shows all of them with line, key and code, and none that only follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.errors import CopybookError, LreclError
from tests.support.definitions import COPYBOOK, DEFINITION, ORDERS, TYPED, payments


def refused(root: Path, definition: str, copybook: str = COPYBOOK) -> LreclError:
    with pytest.raises(LreclError) as caught:
        payments(root, definition, copybook)
    return caught.value


def faults(error: LreclError) -> list[tuple[int, str, str]]:
    found: Any = error.context["faults"]
    return [(fault["line"], fault["key"], fault["code"]) for fault in found]


def edited(*changes: tuple[str, str], definition: str = DEFINITION) -> str:
    for old, new in changes:
        assert old in definition
        definition = definition.replace(old, new)
    return definition


def test_a_misspelt_section_is_named_and_does_not_hide_behind_the_missing_one(tmp_path: Path) -> None:
    error = refused(tmp_path, edited(("copybook:", "copybok:")))
    assert faults(error) == [(2, "copybok", "LRJ007")]
    assert error.message == "payments/job.yaml, line 2, copybok: copybok is an unknown key"
    assert error.remedy == "Did you mean copybook?"


def test_all_mistakes_of_a_definition_are_shown_at_once(tmp_path: Path) -> None:
    error = refused(
        tmp_path,
        edited(
            ("copybook:", "copybok:"),
            ("  key: [PAY_ID]", "  kee: [PAY_ID]"),
            ("  final_table: PAYMENTS", "  merge: replace"),
            ("in_list: [AA, BB]", "in_list: [AA, NO]"),
            ("  totals", "  total"),
        ),
    )
    assert faults(error) == [
        (2, "copybok", "LRJ007"),
        (6, "rules.0.in_list", "LRJ007"),
        (7, "target.final_table", "LRJ007"),
        (9, "target.merge", "LRJ007"),
        (10, "target.kee", "LRJ007"),
        (12, "control.total", "LRJ007"),
    ]
    assert (error.code, error.context["line"], error.context["key"]) == ("LRJ007", 2, "copybok")


def test_what_is_wrong_with_fields_and_tables_is_shown_together(tmp_path: Path) -> None:
    error = refused(
        tmp_path,
        edited(
            ("type: date, format: YYYYMMDD}", "type: bigint}\n  PAY-KINDS: {trim: both}"),
            ("rules:", "  PAY-AMOUNT: {type: date, format: X}\nrules:"),
            ("{field: PAY-KIND, in_list: [AA, BB]}", "{field: PAY-KIND, range: {min: 1}}"),
            ("target:", "  - {field: PAY-NONE, required: true}\ntarget:"),
            ("STG_PAYMENTS", "STG-PAYMENTS"),
            ("totals: [PAY-AMOUNT]", "totals: [PAY-KIND, PAY-COUNTS]"),
        ),
    )
    assert faults(error) == [
        (4, "fields.PAY-DATE", "LRJ031"),
        (5, "fields.PAY-KINDS", "LRJ051"),
        (6, "fields.PAY-AMOUNT", "LRJ040"),
        (8, "rules.0", "LRJ041"),
        (9, "rules.1.field", "LRJ051"),
        (11, "target.staging_table", "LRJ020"),
        (15, "control.totals.0", "LRJ052"),
        (15, "control.totals.1", "LRJ051"),
    ]
    assert error.code == "LRJ013", "several codes"


def test_the_message_can_be_read_by_itself(tmp_path: Path) -> None:
    error = refused(
        tmp_path, edited(("PAY-DATE:", "PAY-DAT:"), ("key: [PAY_ID]", "key: [PAY_IDS]"), ("  totals", "  tot"))
    )
    assert error.message == (
        "payments/job.yaml has 2 mistakes. Line 4, fields.PAY-DAT (LRJ051): the copybook has no field PAY-DAT. "
        "Did you mean PAY-DATE? Line 12, control.tot (LRJ007): tot is an unknown key. Did you mean totals?"
    )
    assert str(error).startswith("LRJ013: payments/job.yaml has 2 mistakes.")


def test_unknown_keys_do_not_keep_the_rest_from_being_looked_at(tmp_path: Path) -> None:
    error = refused(
        tmp_path, edited(("copybook:", "copybok:"), ("PAY-DATE:", "PAY-DATES:"), ("control:", "gates: {}\ncontrol:"))
    )
    assert faults(error) == [
        (2, "copybok", "LRJ007"),
        (4, "fields.PAY-DATES", "LRJ051"),
        (11, "gates", "LRJ007"),
    ]


def test_a_key_of_another_section_is_told_where_it_belongs(tmp_path: Path) -> None:
    error = refused(tmp_path, "record_format: V\n" + DEFINITION)
    assert (error.code, error.context["key"]) == ("LRJ007", "record_format")
    assert error.remedy == "It belongs to the section input."


def test_several_record_types(tmp_path: Path) -> None:
    error = refused(
        tmp_path,
        edited(
            ("{KIND: H}", "{KIND: HH, KINDS: 1}"),
            ("parent: HEADS", "parent: HEAD"),
            ("key: [CUST, ITEM]", "key: [CUST, ITEMS]"),
            ("S_LINES", "S_HEADS"),
            ("[LINES.ITEM]", "[LINE.ITEM]"),
            definition=TYPED,
        ),
        ORDERS,
    )
    assert faults(error) == [
        (6, "records.HEADS.when.KIND.0", "LRJ072"),
        (6, "records.HEADS.when.KINDS", "LRJ051"),
        (11, "records.LINES.parent", "LRJ080"),
        (13, "records.LINES.target.staging_table", "LRJ084"),
        (16, "control.totals.0", "LRJ083"),
    ]


def test_a_field_that_cannot_be_decoded_is_one_fault_although_rules_and_totals_name_it(tmp_path: Path) -> None:
    copybook = COPYBOOK.replace("PIC S9(07)V99 COMP-3", "POINTER")
    error = refused(
        tmp_path,
        edited(
            ("  PAY-DATE: {type: date, format: YYYYMMDD}", "  PAY-AMOUNT: {type: bigint}"),
            ("{field: PAY-KIND, in_list: [AA, BB]}", "{field: PAY-AMOUNT, range: {min: 1}}"),
            ("key: [PAY_ID]", "key: [PAY_ID, PAY_AMOUNT]"),
        ),
        copybook,
    )
    assert faults(error) == [(4, "fields.PAY-AMOUNT", "LRJ031")]


def test_an_unknown_code_page_is_said_once(tmp_path: Path) -> None:
    error = refused(tmp_path, edited(("copybook:", "input: {code_page: cp9}\ncopybook:"), ("PAY-DATE:", "PAY-DAT:")))
    assert faults(error) == [(2, "input.code_page", "LRD901"), (5, "fields.PAY-DAT", "LRJ051")]


def test_an_option_of_a_group_is_one_fault_for_all_fields_in_it(tmp_path: Path) -> None:
    error = refused(tmp_path, edited(("  PAY-DATE:", "  PAY-DAY-PARTS: {code_page: cp9}\n  PAY-DATE:")))
    assert faults(error) == [(4, "fields.PAY-DAY-PARTS.code_page", "LRD901")]


def test_mistakes_in_the_copybook_and_in_the_definition(tmp_path: Path) -> None:
    error = refused(tmp_path, edited(("STG_PAYMENTS", "STG-P")), COPYBOOK.replace("PIC 9(06)", "PIC 9(06"))
    found: Any = error.context["faults"]
    assert [(fault["file"], fault["line"], fault["code"]) for fault in found] == [
        ("payments/job.yaml", 8, "LRJ020"),
        ("payment.cpy", 2, "LRC017"),
    ]


def test_a_mistake_in_the_copybook_alone_stays_what_it_is(tmp_path: Path) -> None:
    error = refused(tmp_path, DEFINITION, COPYBOOK.replace("PIC 9(06)", "PIC 9(06"))
    assert isinstance(error, CopybookError)
    assert error.code == "LRC017"


def test_a_missing_copybook_and_a_wrong_name(tmp_path: Path) -> None:
    error = refused(tmp_path, edited(("job: payments", "job: payment"), ("payment.cpy", "paiment.cpy")))
    assert faults(error) == [(1, "job", "LRJ008"), (2, "copybook.path", "LRJ009")]


def test_keys_that_stand_twice_are_all_shown(tmp_path: Path) -> None:
    error = refused(tmp_path, DEFINITION + "job: x\ntarget: {}\n")
    assert faults(error) == [(14, "job", "LRJ005"), (15, "target", "LRJ005")]


def test_what_does_not_go_together_is_shown_together(tmp_path: Path) -> None:
    error = refused(tmp_path, "input: {line_end: lf, marker: '00'}\nunmatched: skip\n" + DEFINITION)
    assert faults(error) == [(1, "input.line_end", "LRJ007"), (1, "input.marker", "LRJ007"), (2, "unmatched", "LRJ007")]


def test_an_error_is_two_sentences(tmp_path: Path) -> None:
    error = refused(tmp_path, edited(("  key: [PAY_ID]", "  key: [PAY_ID]\n  merges: upsert")))
    assert str(error) == (
        "LRJ007: payments/job.yaml, line 11, target.merges: merges is an unknown key. Did you mean merge?"
    )
