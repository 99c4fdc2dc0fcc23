"""Which files a request means: one, or a pattern below the data root, and never one outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.orchestrator.registration import input_files
from services.orchestrator.registration.input_files import identities, match_files, summary
from shared.errors import LreclError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    for name in ("b.dat", "a.dat", "c.txt", ".hidden.dat", "in/2.dat", "in/1.dat", "in/deep/3.dat"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
    (made / "folder.dat").mkdir()
    (tmp_path / "secret.dat").write_text("secret")
    return made


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("a.dat", ["a.dat"]),
        ("in/1.dat", ["in/1.dat"]),
        ("*.dat", ["a.dat", "b.dat"]),
        ("[!a].dat", ["b.dat"]),
        ("in/?.dat", ["in/1.dat", "in/2.dat"]),
        ("*/1.dat", ["in/1.dat"]),
        ("**/[123].dat", ["in/1.dat", "in/2.dat", "in/deep/3.dat"]),
        (".h*", [".hidden.dat"]),
    ],
)
def test_files_and_patterns(root: Path, wanted: str, names: list[str]) -> None:
    assert [str(path.relative_to(root.resolve())) for path in match_files(root, wanted)] == names
    assert match_files(root, str(root.resolve() / wanted)) == match_files(root, wanted), "absolute, too"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("z*", "LRQ024"),
        ("folder*", "LRQ024"),
        ("../*.dat", "LRF010"),
        ("in/../../*.dat", "LRF010"),
        ("/etc/*", "LRF010"),
        ("../secret.dat", "LRF010"),
        ("z.dat", "LRF011"),
        ("**/in/**/*.dat", "LRQ026"),
        ("*\0", "LRQ024"),
    ],
)
def test_refusals(root: Path, wanted: str, code: str) -> None:
    with pytest.raises(LreclError) as caught:
        match_files(root, wanted)
    assert caught.value.code == code


def test_a_link_that_leads_outside_is_refused_among_others(root: Path) -> None:
    (root / "link.dat").symlink_to(root.parent / "secret.dat")
    with pytest.raises(LreclError) as caught:
        match_files(root, "*.dat")
    assert caught.value.code == "LRF010"


def test_no_more_files_than_a_run_may_have(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_files, "MOST_FILES", 2)
    assert len(match_files(root, "*.dat")) == 2
    monkeypatch.setattr(input_files, "MOST_FILES", 1)
    with pytest.raises(LreclError, match="more than 1 files match") as caught:
        match_files(root, "*.dat")
    assert caught.value.code == "LRQ025"


def test_one_file_stands_for_itself(root: Path) -> None:
    (one,) = files = identities(root, match_files(root, "b.d*"))
    assert (one.path, one.size, one.mtime_ns) == ("b.dat", 5, (root / "b.dat").stat().st_mtime_ns)
    assert summary("b.d*", files) == one


def test_several_are_one_under_the_pattern(root: Path) -> None:
    files = identities(root, match_files(root, "*.dat"))
    assert [file.path for file in files] == ["a.dat", "b.dat"]
    whole = summary("*.dat", files)
    assert (whole.path, whole.size) == ("*.dat", 10)
    assert whole.mtime_ns == max((root / name).stat().st_mtime_ns for name in ("a.dat", "b.dat"))
