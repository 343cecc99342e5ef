"""The settings of a host: the environment, its defaults and its refusals."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pop_forum.errors import SettingsError
from pop_forum.settings import Host, Mode, load_all, load_instance


def refused(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Host.from_environment(environ)
    return str(caught.value).replace("\u202f", " ").replace("\u00a0", " ")


def test_an_empty_environment_is_a_production_host() -> None:
    host = Host.from_environment({"HOME": "/home/a", "POP_FORUM_MODE": ""})
    assert (host.mode, host.broker, host.loopback) == (Mode.PRODUCTION, "redis://127.0.0.1:6379/0", frozenset())
    assert (host.instances, host.data) == (Path("instances").absolute(), Path("data").absolute())


def test_an_unknown_variable_is_refused_with_the_nearest_known_one() -> None:
    assert refused(POP_FORUM_MOD="demo").startswith(
        "environnement : variable inconnue « POP_FORUM_MOD ». Vouliez-vous « POP_FORUM_MODE » ?"
    )
    assert "Vouliez-vous « POP_FORUM_DATABASE_<COMMUNE> » ?" in refused(POP_FORUM_DATABASEVALOMBRE="x")


def test_all_wrong_variables_are_reported_at_once() -> None:
    assert len(refused(POP_FORUM_MODE="prod", POP_FORUM_BROKER="amqp://x", POP_FORUM_X="1").splitlines()) == 3


@pytest.mark.parametrize("mode", list(Mode))
def test_a_mode_is_one_of_three(mode: Mode) -> None:
    assert Host.from_environment({"POP_FORUM_MODE": mode.value}).mode is mode
    assert "POP_FORUM_MODE" in refused(POP_FORUM_MODE=mode.value.upper())


@pytest.mark.parametrize(
    "url", ["redis://localhost", "redis://h:6379/0", "redis+socket:///run/v.sock", "redis://:pass@h/1"]
)
def test_a_broker_is_redis(url: str) -> None:
    assert Host.from_environment({"POP_FORUM_BROKER": url}).broker == url


@pytest.mark.parametrize(
    "url",
    [
        "localhost",
        "amqp://h",
        "redis://",
        "redis:///0",
        "redis+socket://",
        "redis+socket://h/x",
        "redis://h:0x",
        "redis://[h",
    ],
)
def test_another_broker_is_refused_without_repeating_it(url: str) -> None:
    assert "« POP_FORUM_BROKER » doit s’écrire" in refused(POP_FORUM_BROKER=url)
    assert "motdepasse" not in refused(POP_FORUM_BROKER="amqp://:motdepasse@h")


def test_loopback_pairs_are_read() -> None:
    pairs = "a.localhost:8080, b.localhost:65535,"
    host = Host.from_environment({"POP_FORUM_MODE": "demo", "POP_FORUM_LOOPBACK": pairs})
    assert host.loopback == {("a.localhost", 8080), ("b.localhost", 65_535)}


@pytest.mark.parametrize("mode", ["production", ""])
def test_loopback_is_refused_in_production(mode: str) -> None:
    assert "jamais en production" in refused(POP_FORUM_MODE=mode, POP_FORUM_LOOPBACK="a.localhost:8080")


@pytest.mark.parametrize(
    "pair",
    ["a.localhost", "127.0.0.1:80", "a:0", "a:65536", "a:08", "a:٣", "http://a:80", ":80", "A:80", "a:80:90", "a: 80"],
)
def test_what_is_no_loopback_pair_is_refused(pair: str) -> None:
    assert "« POP_FORUM_LOOPBACK »" in refused(POP_FORUM_MODE="test", POP_FORUM_LOOPBACK=pair)


def test_the_environment_wins_over_a_commune_s_own_database(write: Callable[..., Path]) -> None:
    folder = write({"database_url": "sqlite:////a/b.sqlite"}, slug="pont-hervel")
    host = Host.from_environment({"POP_FORUM_DATABASE_PONT_HERVEL": "postgresql://a@b/c"})
    assert load_instance(folder, environment=host).database_url == "postgresql+psycopg://a@b/c"
    other = Host.from_environment({})
    assert load_instance(folder, environment=other).database_url == "sqlite:////a/b.sqlite"


@pytest.mark.parametrize("name", ["POP_FORUM_DATABASE_", "POP_FORUM_DATABASE_a", "POP_FORUM_DATABASE_A__B"])
def test_a_database_of_no_possible_commune_is_refused(name: str) -> None:
    assert name in refused(**{name: "postgresql://a@b/c"})


def test_a_database_url_of_another_kind_is_refused_without_repeating_it() -> None:
    sentence = refused(POP_FORUM_DATABASE_A="mysql://a:motdepasse@b/c")
    assert "POP_FORUM_DATABASE_A" in sentence
    assert "motdepasse" not in sentence


def test_a_database_of_a_commune_that_is_not_here_is_refused(write: Callable[..., Path], host: Host) -> None:
    write()
    lost = replace(host, databases={"pont-hervel": "postgresql+psycopg://a@b/c"})
    with pytest.raises(SettingsError, match="POP_FORUM_DATABASE_PONT_HERVEL"):
        load_all(host.instances, environment=lost)


@pytest.mark.parametrize("name", ["POP_FORUM_DATA", "POP_FORUM_INSTANCES"])
def test_a_folder_with_control_characters_is_refused(name: str) -> None:
    assert name in refused(**{name: "a\nb"})


@pytest.mark.parametrize(("text", "proxies"), [("", 0), ("0", 0), ("1", 1), ("5", 5)])
def test_the_number_of_proxies_is_read(text: str, proxies: int) -> None:
    assert Host.from_environment({"POP_FORUM_PROXIES": text}).proxies == proxies


@pytest.mark.parametrize("text", ["6", "-1", "un", "1.5", "²"])
def test_a_number_of_proxies_out_of_bounds_is_refused(text: str) -> None:
    assert "« POP_FORUM_PROXIES »" in refused(POP_FORUM_PROXIES=text)
