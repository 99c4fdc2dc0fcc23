"""RECFM F: sizes that do not divide, batches, files that end early, paths that lead out."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError
from shared.framing.files import identity, inside
from shared.framing.fixed import FixedFraming


@pytest.mark.parametrize(
    ("length", "size", "cause"),
    [
        (300, 1_000, "ended 200 bytes before"),
        (300, 3_010, "a line feed"),  # 10 × 301
        (300, 3_020, "carriage return and line feed"),  # 10 × 302
        (300, 3_040, "record descriptor word"),  # 10 × 304
        (80, 7, "ended 73 bytes before"),
    ],
)
def test_a_size_that_does_not_divide(length: int, size: int, cause: str) -> None:
    with pytest.raises(InputError) as caught:
        FixedFraming(length).check_size("in/a.dat", size)
    error = caught.value
    assert error.code == "LRF001"
    for figure in ("in/a.dat", size, length, size // length, size % length):
        assert str(figure) in error.message
    assert cause in error.remedy
    assert (error.context["size"], error.context["record_length"], error.context["remainder"]) == (
        size,
        length,
        size % length,
    )


@pytest.mark.parametrize("size", [0, 300, 300 * 10**9])
def test_a_size_that_divides(size: int) -> None:
    FixedFraming(300).check_size("a", size)


@given(st.integers(1, 9), st.integers(0, 40), st.integers(1, 9), st.data())
def test_batches_hold_every_byte_once(length: int, records: int, batch: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, records))
    text = os.urandom(length * records) + b"trailing"
    cut = list(FixedFraming(length).cut(io.BytesIO(text), start * length, records * length, batch, start + 1))
    assert b"".join(one.data for one in cut) == text[start * length : records * length]
    assert all(one.records == len(one.data) // length == min(batch, one.records) for one in cut)
    assert [one.offset for one in cut] == list(range(start * length, records * length, batch * length))
    assert [one.first_record_no for one in cut] == list(range(start + 1, records + 1, batch))


def test_a_cut_can_go_on_at_any_batch() -> None:
    framing, file = FixedFraming(4), io.BytesIO(bytes(range(200)))
    whole = list(framing.cut(file, 0, 200, 7, 1))
    for place, batch in enumerate(whole):
        assert list(framing.cut(file, batch.offset, 200, 7, batch.first_record_no)) == whole[place:]


@pytest.mark.parametrize("held", [0, 39, 40, 79])
def test_a_file_that_ends_early(held: int) -> None:
    cut = FixedFraming(20).cut(io.BytesIO(bytes(held)), 0, 80, 2, 1)
    for _ in range(held // 40):
        next(cut)
    with pytest.raises(InputError) as caught:
        next(cut)
    assert caught.value.code == "LRF002"
    assert caught.value.context["offset"] == held
    assert f"byte {held}" in caught.value.message


@pytest.mark.parametrize(
    ("records", "size", "length", "expected"),
    [(5_000, 1_048_576, 200, 5_000), (5_000, 1_048_576, 260, 4_032), (5_000, 100, 260, 1), (1, 10**6, 1, 1)],
)
def test_records_of_a_batch(records: int, size: int, length: int, expected: int) -> None:
    assert FixedFraming(length).records_per_batch(records, size) == expected


def test_the_framing_travels() -> None:
    assert FixedFraming.from_dict(FixedFraming(80).to_dict()) == FixedFraming(80)
    with pytest.raises(InputError) as caught:
        FixedFraming.from_dict({"format": "VB"})
    assert caught.value.code == "LRF009"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "in").mkdir(parents=True)
    (tmp_path / "root" / "in" / "a.dat").write_bytes(b"12345")
    (tmp_path / "secret").write_bytes(b"x")
    return tmp_path / "root"


@pytest.mark.parametrize("path", ["in/a.dat", "./in/../in/a.dat", "link.dat"])
def test_files_inside(root: Path, path: str) -> None:
    (root / "link.dat").symlink_to(root / "in" / "a.dat")
    assert inside(root, path) == (root / "in" / "a.dat").resolve()
    assert inside(root, str(root / "in" / "a.dat")).is_file()


@pytest.mark.parametrize("path", ["../secret", "in/../../secret", "/etc/passwd", "link", "folder/secret"])
def test_paths_that_lead_out(root: Path, path: str) -> None:
    (root / "link").symlink_to(root.parent / "secret")
    (root / "folder").symlink_to(root.parent)
    with pytest.raises(InputError) as caught:
        inside(root, path)
    assert caught.value.code == "LRF010"


def test_a_neighbour_with_the_roots_name_in_front_is_outside(root: Path) -> None:
    (root.parent / "root2").mkdir()
    (root.parent / "root2" / "a").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        inside(root, "../root2/a")
    assert caught.value.code == "LRF010"


@pytest.mark.parametrize("path", ["absent", "in", "", "a\0b", "in/a.dat/x", "x" * 5_000, "loop"])
def test_paths_that_are_no_files(root: Path, path: str) -> None:
    (root / "loop").symlink_to(root / "loop")
    with pytest.raises(InputError) as caught:
        inside(root, path)
    assert caught.value.code == "LRF011"


def test_fifos_are_no_files(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(InputError) as caught:
        inside(root, "pipe")
    assert caught.value.code == "LRF011"


def test_the_identity_changes_with_the_file(root: Path) -> None:
    path = root / "in" / "a.dat"
    before = identity(path)
    assert before[0] == 5
    os.utime(path, ns=(1, before[1] + 1))
    assert identity(path) != before


def test_nobody_is_told_what_exists_outside_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "there").touch()
    for name in ("../there", "../missing"):
        with pytest.raises(InputError) as caught:
            inside(root, name)
        assert caught.value.code == "LRF010"
