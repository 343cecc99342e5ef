"""Keys and secrets on disk: private, whole, and never guessed at (row 102)."""

import stat
import threading
from pathlib import Path

import pytest

from pop_forum.adapters.clock import SystemClock, SystemEntropy
from pop_forum.adapters.keystore import SECRET_FILE, Keystore, create_keystore
from pop_forum.errors import SettingsError
from pop_forum.federation.keys import PublicKeys, fingerprint


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
    first, second = Keystore(tmp_path / "valombre"), Keystore(tmp_path / "valombre")
    keys, secret, again, same = first.pair(1), first.secret, second.pair(1), second.secret
    folder = tmp_path / "valombre" / "keys"
    assert fingerprint(keys.public()) == fingerprint(again.public())
    assert (secret, len(secret)) == (same, 32)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert [path.name for path in folder.parent.iterdir()] == ["keys"]


def test_processes_that_start_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    secrets: list[bytes] = []
    work = [
        threading.Thread(target=lambda: (create_keystore(tmp_path), secrets.append(Keystore(tmp_path).secret)))
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert (len(secrets), len(set(secrets))) == (4, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_a_later_pair_is_made_once_beside_the_first(keystore: Path) -> None:
    folder = keystore.parent
    assert not Keystore(folder).has(2)
    made = Keystore(folder).prepare(2)
    assert Keystore(folder).prepare(2).public() == made.public() == Keystore(folder).pair(2).public()
    assert (made.number, Keystore(folder).numbers()) == (2, [1, 2])
    assert {stat.S_IMODE(path.stat().st_mode) for path in keystore.iterdir()} == {0o600}
    assert not [path.name for path in keystore.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("lost", ["rsa-2.pem", "ed25519-2.pem"])
def test_half_a_pair_that_a_crash_left_is_completed(keystore: Path, lost: str) -> None:
    folder = keystore.parent
    made = Keystore(folder).prepare(2).public()
    (keystore / lost).unlink()
    again = Keystore(folder).prepare(2).public()
    assert (again.rsa_pem == made.rsa_pem) == (lost != "rsa-2.pem")
    assert (again.ed25519 == made.ed25519) == (lost != "ed25519-2.pem")


def test_processes_that_make_a_pair_at_once_end_with_the_same(keystore: Path) -> None:
    made: list[PublicKeys] = []
    work = [threading.Thread(target=lambda: made.append(Keystore(keystore.parent).prepare(2).public())) for _ in "123"]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert (len(made), len(set(made))) == (3, 1)


def test_a_registered_pair_whose_files_are_gone_is_one_sentence(keystore: Path) -> None:
    with pytest.raises(SettingsError, match="numéro 2 de ce site manquent"):
        Keystore(keystore.parent).pair(2)


@pytest.mark.parametrize("length", [0, 1, 16, 31])
def test_row_102_a_short_secret_is_refused(keystore: Path, length: int) -> None:
    (keystore / SECRET_FILE).write_text(bytes(range(length)).hex())
    with pytest.raises(SettingsError, match="trop court"):
        Keystore(keystore.parent).pair(1)


@pytest.mark.parametrize("secret", [b"\0" * 32, b"change-me" * 4, b"0123456789" * 4])
def test_row_102_a_secret_that_is_not_random_is_refused(keystore: Path, secret: bytes) -> None:
    (keystore / SECRET_FILE).write_text(secret.hex())
    with pytest.raises(SettingsError, match="hasard"):
        Keystore(keystore.parent).pair(1)


def test_row_102_a_secret_that_is_not_hexadecimal_is_refused(keystore: Path) -> None:
    (keystore / SECRET_FILE).write_bytes("é motdepasse".encode())
    with pytest.raises(SettingsError, match="hexadécimal"):
        Keystore(keystore.parent).pair(1)


@pytest.mark.parametrize("name", [SECRET_FILE, "rsa-1.pem", "ed25519-1.pem"])
def test_row_102_a_missing_file_is_refused_and_not_made_anew(keystore: Path, name: str) -> None:
    (keystore / name).unlink()
    with pytest.raises(SettingsError, match=r"manque|ne contient pas"):
        Keystore(keystore.parent).pair(1)
    assert not (keystore / name).exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_row_102_a_secret_that_others_may_read_is_refused(keystore: Path, mode: int) -> None:
    (keystore / SECRET_FILE).chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        Keystore(keystore.parent).pair(1)


def test_a_folder_that_others_may_list_is_refused(keystore: Path) -> None:
    keystore.chmod(0o755)
    with pytest.raises(SettingsError, match="chmod 700"):
        Keystore(keystore.parent).pair(1)


def test_damaged_keys_are_refused_with_their_number(keystore: Path) -> None:
    (keystore / "rsa-1.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nnon\n-----END PRIVATE KEY-----\n")
    with pytest.raises(SettingsError, match="numéro 1"):
        Keystore(keystore.parent).pair(1)


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
        Keystore(tmp_path / "valombre")
    assert not (tmp_path / "valombre").exists()
