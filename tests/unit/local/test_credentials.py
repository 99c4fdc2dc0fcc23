from deploy.local.credentials import secret, write_private


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
