"""Which files a request means: one, or a pattern below the data root, and never one outside."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from services.orchestrator.registration import input_files
from services.orchestrator.registration.input_files import digest_of, file_digest, find, summary, taken
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
    assert [str(path.relative_to(root.resolve())) for path in find(root, wanted)] == names
    assert find(root, str(root.resolve() / wanted)) == find(root, wanted), "absolute, too"


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
        find(root, wanted)
    assert caught.value.code == code


def test_a_link_that_leads_outside_is_refused_among_others(root: Path) -> None:
    (root / "link.dat").symlink_to(root.parent / "secret.dat")
    with pytest.raises(LreclError) as caught:
        find(root, "*.dat")
    assert caught.value.code == "LRF010"


def test_no_more_files_than_a_run_may_have(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_files, "MOST_FILES", 2)
    assert len(find(root, "*.dat")) == 2
    monkeypatch.setattr(input_files, "MOST_FILES", 1)
    with pytest.raises(LreclError, match="more than 1 files match") as caught:
        find(root, "*.dat")
    assert caught.value.code == "LRQ025"


def test_one_file_is_known_by_its_content_alone(root: Path) -> None:
    (one,) = files = taken(root, find(root, "b.d*"))
    assert one.identity.path == "b.dat"
    assert digest_of(files) == one.digest == hashlib.sha256(b"b.dat").hexdigest()
    assert summary("b.d*", files) == one.identity


def test_several_are_known_by_their_names_and_contents(root: Path) -> None:
    files = taken(root, find(root, "*.dat"))
    listed = [[name, hashlib.sha256(name.encode()).hexdigest()] for name in ("a.dat", "b.dat")]
    assert digest_of(files) == hashlib.sha256(json.dumps(listed).encode()).hexdigest()
    whole = summary("*.dat", files)
    assert (whole.path, whole.size) == ("*.dat", 10)
    assert whole.mtime_ns == max((root / name).stat().st_mtime_ns for name in ("a.dat", "b.dat"))
    (root / "a.dat").rename(root / "aa.dat")
    assert digest_of(taken(root, find(root, "*.dat"))) != digest_of(files)


def test_the_digest_is_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "in.dat"
    path.write_bytes(bytes(range(256)) * 10_000)
    assert file_digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()
