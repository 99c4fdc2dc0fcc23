"""YAML: what is refused, and whether the line is the right one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import JobError
from shared.jobs.source import read_document


def refused(text: str) -> JobError:
    with pytest.raises(JobError) as caught:
        read_document(text, "x/job.yaml")
    return caught.value


def test_lines_of_keys_list_items_and_of_what_is_not_there() -> None:
    document = read_document("# a comment\njob: x\nrules:\n  - field: A\n    range:\n      min: 1\n  - field: B\n", "x")
    assert document.line(("job",)) == 2
    assert document.line(("rules", 0, "range", "min")) == 6
    assert document.line(("rules", 1)) == 7
    assert document.line(("rules", 1, "range", "min")) == 7, "the nearest parent that is there"
    assert document.line(("absent",)) == 1


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: {b: 1", "LRJ002", 1),
        ("a: 1\n  b: 2\n", "LRJ002", 2),
        ("a: !!python/object/apply:os.system [ls]", "LRJ004", 1),
        ("a: 1\n---\nb: 2\n", "LRJ002", 2),
        ("a: &x [1]\nb: *x\n", "LRJ004", 2),
        ("a: 1\nb: !!int ''\n", "LRJ004", 2),
        ("a: 1\nb: 2\na: 3\n", "LRJ005", 3),
        ("fields:\n  X: {skip: true}\n  X: {skip: false}\n", "LRJ005", 3),
    ],
)
def test_refused_with_the_line(text: str, code: str, line: int) -> None:
    error = refused(text)
    assert (error.code, error.context["line"]) == (code, line)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "LRJ003"),
        ("- a\n- b\n", "LRJ003"),
        ("just words", "LRJ003"),
        ("a: 2023-13-45", "LRJ002"),
        ("a: " + "1" * 5_000, "LRJ002"),
        ("a: \x07", "LRJ002"),
        ('a: "\\uD800"', "LRJ002"),
        ("[" * 1_200 + "]" * 1_200, "LRJ004"),
        ("a: " + "x" * 300_000, "LRJ001"),
    ],
)
def test_refused_as_no_definition(text: str, code: str) -> None:
    assert refused(text).code == code


def test_a_bomb_of_aliases_costs_nothing() -> None:
    layers = "\n".join(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}]" for n in range(1, 40))
    assert refused(f"l0: &l0 [x]\n{layers}\n").code == "LRJ004"


@given(st.text(max_size=60))
def test_any_text_is_a_mapping_or_a_coded_error(text: str) -> None:
    with suppress(JobError):
        assert isinstance(read_document(text, "x").data, dict)


@pytest.mark.timeout(10)
def test_deep_nesting_is_refused_before_it_costs_anything() -> None:
    with pytest.raises(JobError) as caught:
        read_document("job: " + "[" * 20_000, "job.yaml")
    assert caught.value.code == "LRJ004"
