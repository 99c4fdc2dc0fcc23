"""From a name to a checked definition: errors name file, line and key; nothing outside the folder is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import JobError
from shared.jobs.load import job_names, load_job
from shared.jobs.model import schema
from tests.support.definitions import DEFINITION, JOBS, write_job


def refused(root: Path, name: str = "payments") -> JobError:
    with pytest.raises(JobError) as caught:
        load_job(root, name)
    return caught.value


def test_an_unknown_key_is_shown_with_its_line(tmp_path: Path) -> None:
    error = refused(write_job(tmp_path, DEFINITION.replace("  key: [PAY_ID]", "  key: [PAY_ID]\n  kee: 1")))
    assert (error.code, error.context["key"], error.context["line"]) == ("LRJ007", "target.kee", 11)
    assert "unknown key" in error.message


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("in_list: [AA, BB]", "in_list: [AA, NO]", "rules.0.in_list"),
        ("in_list: [AA, BB]", "in_list: []", "rules.0.in_list"),
        ("in_list: [AA, BB]", "required: true, date: ISO", "rules.0"),
        ("in_list: [AA, BB]", "required: false", "rules.0.required"),
        ("type: date, format: YYYYMMDD", "type: date", "fields.PAY-DATE"),
        ("type: date, format: YYYYMMDD", "format: YYYYMMDD", "fields.PAY-DATE"),
        ("key: [PAY_ID]", "key: []", "target.key"),
        ("job: payments", "job: Payments", "job"),
        ("copybook: {path", "input: {record_format: F, block_length: 100}\ncopybook: {path", "input.block_length"),
        ("copybook: {path", "input: {record_format: VB, line_end: lf}\ncopybook: {path", "input.line_end"),
        ("copybook: {path", "input: {record_format: U}\ncopybook: {path", "input.record_format"),
        ("control:", "sample: {PAY-KIND: {kind: choice}}\ncontrol:", "sample.PAY-KIND"),
        ("control:", "gate: {max_reject_ratio: 1.5}\ncontrol:", "gate.max_reject_ratio"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in DEFINITION
    error = refused(write_job(tmp_path, DEFINITION.replace(old, new)))
    assert error.code == "LRJ007"
    assert str(error.context["key"]).startswith(key)


def test_an_unknown_job_lists_the_known_ones(tmp_path: Path) -> None:
    error = refused(write_job(tmp_path), "payment")
    assert error.code == "LRJ006"
    assert "payments" in error.remedy


def test_an_unknown_job_is_told_names_that_come_close(tmp_path: Path) -> None:
    error = refused(write_job(tmp_path), "paymnets")
    assert (error.code, error.remedy) == ("LRJ006", "Did you mean payments?")


def test_a_job_of_a_root_without_jobs(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert (error.code, error.remedy) == ("LRJ006", "There are no jobs yet: make a folder with a job.yaml in it.")


def test_a_missing_root_is_told_from_a_missing_job(tmp_path: Path) -> None:
    error = refused(tmp_path / "nowhere")
    assert error.code == "LRJ011"
    assert str(tmp_path / "nowhere") in error.message
    assert "does not exist" in error.message


def test_a_root_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = refused(tmp_path / "file")
    assert error.code == "LRJ011"
    assert "is not a folder" in error.message


def test_a_root_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")  # what root never sees

    monkeypatch.setattr("os.scandir", denied)
    error = refused(write_job(tmp_path))
    assert error.code == "LRJ011"
    assert "Permission denied" in error.message


@pytest.mark.parametrize("root", ["nowhere", "file"])
def test_the_jobs_of_an_unreadable_root_are_no_empty_list(tmp_path: Path, root: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JobError, match="LRJ011"):
        job_names(tmp_path / root)


def test_a_definition_that_cannot_be_read_is_no_missing_job(tmp_path: Path) -> None:
    (write_job(tmp_path) / "payments" / "job.yaml").write_bytes(b"\xff\xfe")
    error = refused(tmp_path)
    assert error.code == "LRJ012"
    assert "UTF-8" in error.message


def test_the_name_must_be_the_folders(tmp_path: Path) -> None:
    assert refused(write_job(tmp_path, DEFINITION.replace("job: payments", "job: other"))).code == "LRJ008"


def test_a_copybook_that_is_not_there(tmp_path: Path) -> None:
    assert refused(write_job(tmp_path, DEFINITION.replace("payment.cpy", "other.cpy"))).code == "LRJ009"


def test_a_copybook_in_another_encoding(tmp_path: Path) -> None:
    write_job(tmp_path)
    (tmp_path / "payments" / "payment.cpy").write_bytes(b"\xf0\xf1\xff")
    assert refused(tmp_path).code == "LRJ009"


@pytest.mark.parametrize("name", ["..", "../jobs", "/etc", "", ".", "payments/../..", "a\0b"])
def test_names_that_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "root").mkdir()
    assert refused(write_job(tmp_path / "root"), name).code == "LRJ010"


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a\\0b"])
def test_copybooks_that_lead_out_of_the_folder(tmp_path: Path, path: str) -> None:
    definition = DEFINITION.replace("{path: payment.cpy}", f'{{path: "{path}"}}')
    assert refused(write_job(tmp_path, definition)).code == "LRJ010"


def test_a_link_that_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "outside.cpy").write_text("       01 A PIC X.\n")
    write_job(tmp_path / "root")
    copybook = tmp_path / "root" / "payments" / "payment.cpy"
    copybook.unlink()
    copybook.symlink_to(tmp_path / "outside.cpy")
    assert refused(tmp_path / "root").code == "LRJ010"


def test_a_loop_of_links_is_no_job(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refused(tmp_path, "loop").code in {"LRJ006", "LRJ010"}


def test_the_digest_follows_the_text(tmp_path: Path) -> None:
    source = load_job(write_job(tmp_path), "payments")
    (tmp_path / "payments" / "job.yaml").write_text(DEFINITION + "# changed\n")
    changed = load_job(tmp_path, "payments")
    assert changed.job_digest != source.job_digest
    assert changed.copybook_digest == source.copybook_digest


def test_the_examples_are_found() -> None:
    assert job_names(JOBS) == ["customers", "orders", "transactions"]


def test_every_key_of_the_definition_that_needs_one_has_a_description() -> None:
    tables = schema()["$defs"]
    told = {name: list(table["properties"]) for name, table in tables.items() if name in ("Input", "Target", "Control")}
    for name, keys in told.items():
        assert all("description" in tables[name]["properties"][key] for key in keys), name
