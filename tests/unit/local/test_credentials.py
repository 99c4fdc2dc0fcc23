import os

import pytest

from deploy.local.credentials import open_private, private_folder, secret, write_private


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "secrets" / "token"
    made = secret(path, "lrecl-")
    assert made.startswith("lrecl-")
    assert len(made) > 30
    assert secret(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_two_homes_have_different_secrets(tmp_path):
    assert secret(tmp_path / "a") != secret(tmp_path / "b")


def test_writing_replaces_a_file_that_others_could_read(tmp_path):
    path = tmp_path / "conf"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("open_umask")
def test_folders_and_files_are_private_whatever_the_umask(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    private_folder(folder)
    private_folder(folder / "logs" / "old")
    with open(folder / "log", "ab", opener=open_private):
        pass
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / "logs" / "old", folder / "log")]
    assert modes == [0o700, 0o700, 0o600]
