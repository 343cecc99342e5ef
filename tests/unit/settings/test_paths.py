"""The folders that ship with the package: inside it in a wheel, beside it in an editable installation."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pop_forum import paths
from pop_forum.errors import SettingsError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "pop_forum"
    folder.mkdir()
    monkeypatch.setattr(paths, "PACKAGE", folder)
    return folder


@pytest.mark.parametrize("find", [paths.templates, paths.static, paths.translations], ids=lambda find: find.__name__)
def test_a_folder_is_found_inside_then_beside_the_package(package: Path, find: Callable[[], Path]) -> None:
    name = find.__name__
    with pytest.raises(SettingsError, match=name):
        find()
    (package.parent / name).mkdir()
    assert find() == package.parent / name
    (package / name).mkdir()
    assert find() == package / name


def test_the_programme_ships_with_the_code() -> None:
    assert (paths.data_files() / "programme.yaml").is_file()
