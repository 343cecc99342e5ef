"""Keys and secrets on disk: private, whole, and never guessed at (row 102)."""

import stat
import threading
from pathlib import Path

import pytest

from pop_forum.adapters.clock import SystemClock, SystemEntropy
from pop_forum.adapters.keystore import SECRET_FILE, create_keystore, open_keystore
from pop_forum.errors import SettingsError
from pop_forum.federation.keys import SiteKeys, fingerprint


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One keystore: making RSA keys takes a moment."""
    folder = tmp_path_factory.mktemp("site")
    create_keystore(folder)
    return folder / "keys"


@pytest.fixture
def keystore(made_once: Path, tmp_path: Path) -> Path:
    """A copy of it that the test may spoil."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    for path in made_once.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
        (folder / path.name).chmod(0o600)
    return folder


def test_a_keystore_is_made_private_and_read_back_the_same(tmp_path: Path) -> None:
    create_keystore(tmp_path / "valombre")
    keys, secret = open_keystore(tmp_path / "valombre")
    again, same = open_keystore(tmp_path / "valombre")
    folder = tmp_path / "valombre" / "keys"
    assert fingerprint(keys.public()) == fingerprint(again.public())
    assert (secret, len(secret)) == (same, 32)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert [path.name for path in folder.parent.iterdir()] == ["keys"]


def test_processes_that_start_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    secrets: list[bytes] = []
    work = [
        threading.Thread(target=lambda: (create_keystore(tmp_path), secrets.append(open_keystore(tmp_path)[1])))
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert (len(secrets), len(set(secrets))) == (4, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_the_newest_of_several_key_pairs_is_taken(keystore: Path) -> None:
    for name, content in SiteKeys.generate(2).to_files().items():
        (keystore / name).write_bytes(content)
        (keystore / name).chmod(0o600)
    assert open_keystore(keystore.parent)[0].number == 2


@pytest.mark.parametrize("length", [0, 1, 16, 31])
def test_row_102_a_short_secret_is_refused(keystore: Path, length: int) -> None:
    (keystore / SECRET_FILE).write_text(bytes(range(length)).hex())
    with pytest.raises(SettingsError, match="trop court"):
        open_keystore(keystore.parent)


@pytest.mark.parametrize("secret", [b"\0" * 32, b"change-me" * 4, b"0123456789" * 4])
def test_row_102_a_secret_that_is_not_random_is_refused(keystore: Path, secret: bytes) -> None:
    (keystore / SECRET_FILE).write_text(secret.hex())
    with pytest.raises(SettingsError, match="hasard"):
        open_keystore(keystore.parent)


def test_row_102_a_secret_that_is_not_hexadecimal_is_refused(keystore: Path) -> None:
    (keystore / SECRET_FILE).write_bytes("é motdepasse".encode())
    with pytest.raises(SettingsError, match="hexadécimal"):
        open_keystore(keystore.parent)


@pytest.mark.parametrize("name", [SECRET_FILE, "rsa-1.pem", "ed25519-1.pem"])
def test_row_102_a_missing_file_is_refused_and_not_made_anew(keystore: Path, name: str) -> None:
    (keystore / name).unlink()
    with pytest.raises(SettingsError, match=r"manque|ne contient pas"):
        open_keystore(keystore.parent)
    assert not (keystore / name).exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_row_102_a_secret_that_others_may_read_is_refused(keystore: Path, mode: int) -> None:
    (keystore / SECRET_FILE).chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        open_keystore(keystore.parent)


def test_a_folder_that_others_may_list_is_refused(keystore: Path) -> None:
    keystore.chmod(0o755)
    with pytest.raises(SettingsError, match="chmod 700"):
        open_keystore(keystore.parent)


def test_damaged_keys_are_refused_with_their_number(keystore: Path) -> None:
    (keystore / "rsa-1.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nnon\n-----END PRIVATE KEY-----\n")
    with pytest.raises(SettingsError, match="numéro 1"):
        open_keystore(keystore.parent)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="ne peut pas être créé"):
        create_keystore(tmp_path / "file")


def test_the_clock_is_aware_in_utc_and_counts_milliseconds() -> None:
    now = SystemClock().now()
    assert now.utcoffset() is not None
    assert now.microsecond % 1000 == 0


@pytest.mark.parametrize("length", [1, 12, 16, 33])
def test_tokens_are_lower_case_base32_of_the_wanted_length(length: int) -> None:
    token = SystemEntropy().token(length)
    assert len(token) == length
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_missing_keys_are_refused_and_never_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Restaurez"):
        open_keystore(tmp_path / "valombre")
    assert not (tmp_path / "valombre").exists()
