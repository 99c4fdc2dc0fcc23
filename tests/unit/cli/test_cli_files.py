"""Files on the command line: standard input, and what is no regular file or may not be read or written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from lrecl.cli import files
from shared.errors import InputError, RequestError
from tests.support.api import Lrecl
from tests.support.definitions import JOBS

ROOT = Path(__file__).parents[3]
READERS: list[tuple[str, ...]] = [
    ("layout", "{}"),
    ("inspect", "{}"),
    ("inspect", str(ROOT / "README.md"), "--copybook", "{}"),
    ("decode", "customers", "{}", "--jobs", str(JOBS)),
    ("decode", "customers", "{}", "--jobs", str(JOBS), "--nested"),
    ("encode", "customers", "{}", "never.dat", "--jobs", str(JOBS)),
]


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    """Paths of what cannot be read."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    return {
        "missing": tmp_path / "none",
        "folder": tmp_path,
        "pipe": tmp_path / "pipe",
        "device": Path("/dev/zero"),
        "loop": tmp_path / "loop",
        "below a file": ROOT / "README.md" / "x",
    }


@pytest.mark.parametrize("words", READERS)
@pytest.mark.parametrize("name", ["missing", "folder", "pipe", "device", "loop", "below a file"])
def test_what_cannot_be_read_is_a_coded_error(
    lrecl: Lrecl,
    odd: dict[str, Path],
    words: tuple[str, ...],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = lrecl(*(word.replace("{}", str(odd[name])) for word in words))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"LRF011 {odd[name]} ")
    assert not (tmp_path / "never.dat").exists()


@pytest.mark.parametrize("words", READERS)
def test_what_may_not_be_read(
    lrecl: Lrecl, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(b"")
    secret.chmod(0)
    real = Path.open

    def refuse(self: Path, *more: Any, **named: Any) -> IO[Any]:  # root may read everything
        if self == secret:
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *more, **named)

    monkeypatch.setattr(Path, "open", refuse)
    refused = lrecl(*(word.replace("{}", str(secret)) for word in words))
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"LRF011 {secret} cannot be read: Permission denied.")


@pytest.mark.parametrize("words", [READERS[0], READERS[5]])
def test_a_text_that_is_not_utf8(
    lrecl: Lrecl, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_bytes(b"\xff\xfe")
    for name, stdin in ((str(tmp_path / "text"), None), ("-", b"\xff\xfe")):
        refused = lrecl(*(word.replace("{}", name) for word in words), stdin=stdin)
        assert refused.exit_code == 2
        assert refused.stderr.startswith("LRF011 ")
        assert "not UTF-8" in refused.stderr


@pytest.fixture
def sample(lrecl: Lrecl, tmp_path: Path) -> Path:
    file = tmp_path / "customers.dat"
    assert lrecl("generate", "customers", file, "-n", 300, "--jobs", JOBS).exit_code == 0
    return file


def test_decode_and_encode_read_standard_input(lrecl: Lrecl, sample: Path, tmp_path: Path) -> None:
    expected = lrecl("decode", "customers", sample, "--jobs", JOBS).stdout
    decoded = lrecl("decode", "customers", "-", "--jobs", JOBS, stdin=sample.read_bytes())
    assert (decoded.exit_code, decoded.stderr) == (0, "")
    assert decoded.stdout == expected
    done = lrecl("encode", "customers", "-", tmp_path / "again.dat", "--jobs", JOBS, stdin=expected)
    assert done.exit_code == 0
    assert (tmp_path / "again.dat").stat().st_size == sample.stat().st_size
    assert lrecl("decode", "customers", tmp_path / "again.dat", "--jobs", JOBS).stdout == expected


@pytest.mark.parametrize("way", ["pipe", "file", "file that was begun", "closed"])
def test_standard_input_of_a_process(sample: Path, way: str) -> None:
    """A pipe is copied; a file is read where it is, unless somebody has read a part of it."""
    command = [sys.executable, "-m", "lrecl", "decode", "customers", "-", "--jobs", str(JOBS)]
    more: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "check": False}
    if way == "pipe":
        done = subprocess.run(command, input=sample.read_bytes(), **more)
    elif way == "closed":
        done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *command], **more)
    else:
        with sample.open("rb", buffering=0) as file:
            file.seek(260 if way == "file that was begun" else 0)
            done = subprocess.run(command, stdin=file, **more)
    rows = [json.loads(line)["CUSTOMER_ID"] for line in done.stdout.splitlines()]
    expected = {"pipe": 300, "file": 300, "file that was begun": 299, "closed": 0}[way]
    assert len(set(rows)) == expected
    assert done.returncode == (2 if way == "closed" else 0), done.stderr
    assert done.stderr.startswith(b"LRF011 standard input") == (way == "closed")


def test_faults_in_standard_input_name_it(lrecl: Lrecl) -> None:
    refused = lrecl("decode", "customers", "-", "--jobs", JOBS, stdin=b"short")
    assert refused.exit_code == 2
    assert "LRF001" in refused.stderr
    assert "standard input" in refused.stderr
    assert "/tmp" not in refused.stderr


def test_dev_stdin_is_a_device_when_it_is_a_pipe() -> None:
    command = [sys.executable, "-m", "lrecl", "decode", "customers", "/dev/stdin", "--jobs", str(JOBS)]
    done = subprocess.run(command, input=b"x", cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"LRF011 /dev/stdin is a pipe")
    assert b"`-` reads standard input" in done.stderr


@pytest.mark.parametrize("name", ["missing", "folder", "pipe", "device", "-"])
def test_what_cannot_be_written_is_a_coded_error(odd: dict[str, Path], name: str) -> None:
    path = {"missing": odd["missing"] / "file", "-": Path("-")}.get(name) or odd[name]
    with pytest.raises(RequestError, match="LRQ083") as caught, files.replacement(path) as file:
        file.write(b"x")
    assert str(path) in caught.value.message


def test_a_replacement_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(InputError):
        _fail_amid(path)
    assert path.read_bytes() == b"old"
    with files.replacement(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"LRQ083.*No space left"), files.replacement(tmp_path / "file"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def _fail_amid(path: Path) -> None:
    with files.replacement(path) as file:
        file.write(b"new")
        raise InputError("LRF046", "no")
