"""A site keeps its identity: its keys are made once, with its database, and never replaced in silence."""

import shutil
from pathlib import Path

import pytest

from pop_forum.commune import Commune, open_commune
from pop_forum.errors import SettingsError
from pop_forum.settings import Host
from tests.network import INSTANCES, Network


def reopened(commune: Commune, folder: Path) -> Commune:
    host = Host.from_environment(
        {
            "POP_FORUM_MODE": "test",
            "POP_FORUM_INSTANCES": str(INSTANCES),
            "POP_FORUM_DATA": str(folder),
            "POP_FORUM_LOOPBACK": "valombre.localhost:8080,pont-hervel.localhost:8080",
        }
    )
    return open_commune(commune.settings, host)


def test_a_site_whose_keys_are_gone_is_not_served_under_new_ones(tmp_path: Path) -> None:
    network = Network(tmp_path)
    commune = network.add("valombre")
    network.close()
    shutil.rmtree(commune.settings.data / "keys")
    again = reopened(commune, tmp_path)
    for refused in (again.check_schema, again.migrate):
        with pytest.raises(SettingsError, match="Restaurez"):
            refused()
    assert not (commune.settings.data / "keys").exists()
    again.close()


def test_keys_of_another_site_are_refused(tmp_path: Path) -> None:
    network = Network(tmp_path)
    commune, other = network.add("valombre"), network.add("pont-hervel")
    network.close()
    shutil.rmtree(commune.settings.data / "keys")
    shutil.copytree(other.settings.data / "keys", commune.settings.data / "keys")
    again = reopened(commune, tmp_path)
    with pytest.raises(SettingsError, match="ne sont pas celles"):
        again.check_schema()
    again.close()


def test_what_is_refused_makes_neither_keys_nor_a_database(tmp_path: Path) -> None:
    commune = Network(tmp_path / "one").add("valombre")
    commune.close()
    shutil.rmtree(commune.settings.data)
    again = reopened(commune, tmp_path / "one")
    with pytest.raises(SettingsError):
        again.check_schema()
    again.close()
    assert not commune.settings.data.exists()
