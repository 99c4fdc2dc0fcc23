"""Which files a request means: one, or a pattern below the data root, and never one outside."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.registration import input_files
from services.orchestrator.registration.input_files import identities, match_files, summary
from shared.errors import LreclError
from shared.framing.files import identity


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


def answer(root: Path, wanted: str) -> tuple[str, str] | list[Path]:
    try:
        return match_files(root, wanted)
    except LreclError as error:
        return error.code, str(error)


@pytest.mark.parametrize(
    "wanted",
    [
        "out/*.dat",
        "out/secret*",
        "out/deep/*",
        "*/secret.dat",
        "**/secret.dat",
        "link.d?t",
        "[l]ink.dat",
        "out/**/*.dat",
    ],
)
def test_a_pattern_never_tells_what_exists_outside_the_root(root: Path, wanted: str) -> None:
    """A link that leads outside is a link to nothing, whatever it leads to."""
    outside = root.parent / "outside"
    (root / "out").symlink_to(outside)
    (root / "link.dat").symlink_to(outside / "secret.dat")
    without = answer(root, wanted)
    (outside / "deep").mkdir(parents=True)
    for name in ("secret.dat", "deep/secret.dat"):
        (outside / name).write_text("secret")
    assert answer(root, wanted) == without
    assert without[0] == "LRQ024"


def test_a_link_that_leads_outside_is_not_among_the_files(root: Path) -> None:
    (root / "link.dat").symlink_to(root.parent / "secret.dat")
    assert [path.name for path in match_files(root, "*.dat")] == ["a.dat", "b.dat"]


@pytest.mark.parametrize(
    "wanted", ["link.dat", "out/secret.dat", "out/nothing.dat", "out/../root/a.dat", "out/x/../../b"]
)
def test_a_path_never_tells_what_exists_outside_the_root(root: Path, wanted: str) -> None:
    outside = root.parent / "outside"
    (root / "out").symlink_to(outside)
    (root / "link.dat").symlink_to(outside / "secret.dat")
    without = answer(root, wanted)
    outside.mkdir()
    (outside / "secret.dat").symlink_to(outside / "secret.dat")
    (outside / "x").symlink_to(root / "in" / "deep")
    assert answer(root, wanted) == without
    assert without[0] == "LRF010"


class TestOneFileWithSeveralNames:
    def names(self, root: Path, wanted: str) -> list[str]:
        return [str(path.relative_to(root.resolve())) for path in match_files(root, wanted)]

    def test_through_links_to_the_file(self, root: Path) -> None:
        (root / "0.dat").symlink_to(root / "a.dat")
        (root / "c.dat").symlink_to(root / "a.dat")
        assert self.names(root, "*.dat") == ["a.dat", "b.dat"]

    def test_through_hard_links(self, root: Path) -> None:
        (root / "c.dat").hardlink_to(root / "b.dat")
        (root / "in" / "4.dat").hardlink_to(root / "b.dat")
        assert self.names(root, "*.dat") == ["a.dat", "b.dat"]
        assert len(self.names(root, "**/*.dat")) == 5

    def test_through_a_link_to_its_folder(self, root: Path) -> None:
        (root / "latest").symlink_to(root / "in")
        assert self.names(root, "*/*.dat") == ["in/1.dat", "in/2.dat"]
        assert self.names(root, "latest/?.dat") == ["in/1.dat", "in/2.dat"]

    def test_copies_are_files_of_their_own(self, root: Path) -> None:
        (root / "c.dat").write_bytes((root / "b.dat").read_bytes())
        assert self.names(root, "*.dat") == ["a.dat", "b.dat", "c.dat"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [("*/" * 300, "LRQ026"), ("*/" * 90 + "z*", "LRQ024"), ("a**/b", "LRQ026"), ("x" * 300 + "/*", "LRQ024")],
)
def test_patterns_without_a_bound_are_refused_or_end(root: Path, wanted: str, code: str) -> None:
    for name in ("up", "again"):
        (root / "in" / name).symlink_to(root)  # every level doubles the ways
    with pytest.raises(LreclError) as caught:
        match_files(root, wanted)
    assert caught.value.code == code


@given(st.text(alphabet="*?[]!-.a/\\^", min_size=1, max_size=200))
def test_no_pattern_ends_in_another_error(wanted: str) -> None:
    with suppress(LreclError):
        match_files(Path(__file__).parent, "*" + wanted)


def test_a_folder_that_may_not_be_searched_hides_its_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_symlink = Path.is_symlink

    def refuse(path: Path) -> bool:
        if path.parent.name == "in":
            raise PermissionError(13, "Permission denied")
        return is_symlink(path)

    monkeypatch.setattr(Path, "is_symlink", refuse)
    assert [path.name for path in match_files(root, "**/*.dat")] == ["a.dat", "b.dat"]
    assert answer(root, "in/*/3.dat")[0] == "LRQ024"


class TestNamesThatNoTableHolds:
    @pytest.mark.parametrize("wanted", ["*.dat", "link.txt"])
    def test_not_utf_8(self, root: Path, wanted: str) -> None:
        odd = os.fsencode(root) + b"/m\xfcnchen.dat"
        Path(os.fsdecode(odd)).write_text("x")
        (root / "link.txt").symlink_to(os.fsdecode(odd))
        with pytest.raises(LreclError) as caught:
            match_files(root, wanted)
        assert (caught.value.code, caught.value.message) == (
            "LRF014",
            r"the name of the file m\xfcnchen.dat is not UTF-8",
        )
        str(caught.value).encode()

    def test_too_long_for_its_column(self, root: Path) -> None:
        folder = root
        for _ in range(5):
            folder /= "f" * 250
            folder.mkdir()
        (folder / "a.dat").touch()
        with pytest.raises(LreclError, match="more than 1024") as caught:
            match_files(root, "**/a.d?t")
        assert caught.value.code == "LRF014"


@pytest.mark.parametrize("time", [2**63, 2**63 + 10**18])
def test_a_time_after_2262_is_refused(root: Path, time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every file system holds such a time."""
    status = SimpleNamespace(st_size=5, st_mtime_ns=time)
    monkeypatch.setattr(Path, "stat", lambda *_a, **_k: status)
    with pytest.raises(LreclError, match=r"b\.dat has a modification time after the year 2262") as caught:
        identity(root / "b.dat")
    assert caught.value.code == "LRF013"


def test_a_file_that_has_gone_since(root: Path) -> None:
    paths = match_files(root, "[ab].dat")
    paths[1].unlink()
    with pytest.raises(LreclError, match=r"b\.dat cannot be found") as caught:
        identities(root, paths)
    assert caught.value.code == "LRF011"


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
