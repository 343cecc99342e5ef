"""Reading one commune: what is accepted, and each refusal with its sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pop_forum.errors import SettingsError
from pop_forum.settings import (
    Host,
    Instance,
    Kind,
    Limits,
    Retention,
    advice,
    legal_is_complete,
    load_all,
    load_instance,
)

Load = Callable[..., Instance]
Refusal = Callable[..., str]
Write = Callable[..., Path]


def test_the_least_settings_take_every_default(load: Load, host: Host) -> None:
    instance = load()
    assert (instance.slug, instance.insee, instance.kind) == ("aubepine", "01234", Kind.CITOYENNE)
    assert (instance.limits, instance.retention) == (Limits(), Retention())
    assert (instance.languages, instance.coordinates, instance.scheme) == (("fr",), None, "https")
    assert (instance.accent.day, instance.accent.night) == ("#0d5561", "#86cbd5")
    assert (instance.roles.open_registration, instance.roles.candidates) == (True, True)
    assert instance.base_url == "https://forum.aubepine.example"
    assert instance.data == host.data / "aubepine"
    assert instance.database_url == f"sqlite:///{host.data}/aubepine/forum.sqlite"


def test_the_programme_home_knows_itself(load: Load) -> None:
    assert load().is_programme_home
    assert not load({"programme.home": "ailleurs.example"}).is_programme_home


def test_an_unknown_key_is_refused_with_the_nearest_known_one(refusal: Refusal) -> None:
    sentence = refusal({"poplation": 3})
    assert "aubepine/instance.toml : clé inconnue « poplation ». Vouliez-vous « population » ?" in sentence


@pytest.mark.parametrize("table", ["contact", "coordinates", "roles", "limits", "retention", "accent", "programme"])
def test_an_unknown_key_of_each_table_is_refused(refusal: Refusal, table: str) -> None:
    present = {"coordinates.latitude": 1, "coordinates.longitude": 1} if table == "coordinates" else {}
    assert f"clé inconnue « {table}.zzz »" in refusal({**present, f"{table}.zzz": 1})


def test_all_problems_are_reported_at_once_one_per_line(refusal: Refusal) -> None:
    lines = refusal({"insee": "1", "population": 0, "accent.day": "#ffffff", "nom": "x", "name": None}).splitlines()
    for word in ("« insee »", "« population »", "« accent.day »", "« nom »", "« name » manque"):
        assert any(word in line for line in lines), word
    assert all(line.startswith("aubepine/instance.toml : ") for line in lines)


@pytest.mark.parametrize(
    "key",
    ["name", "insee", "kind", "host", "keeper", "population", "contact", "contact.mail", "programme", "programme.home"],
)
def test_a_missing_setting_is_named(refusal: Refusal, key: str) -> None:
    assert f"« {key} » manque" in refusal({key: None})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", 3), ("name", ""), ("name", "  "), ("name", "deux\nlignes"), ("name", "inversé\u202e"),
        ("insee", 1234), ("kind", "privée"), ("kind", 1), ("kind", ["citoyenne"]), ("host", True), ("scheme", "ftp"),
        ("keeper", []), ("languages", "fr"), ("languages", [1]), ("population", "812"), ("population", 812.0),
        ("population", True), ("contact", 3), ("coordinates", "ici"), ("coordinates.latitude", "46"),
        ("coordinates.latitude", True), ("roles", []), ("roles.open_registration", "oui"), ("roles.candidates", 1),
        ("limits", 3), ("limits.messages", "3"), ("retention", "a"), ("accent", "#fff"), ("accent.day", 3),
        ("accent.night", "rouge"), ("programme", 1), ("programme.home", 1), ("database_url", 3), ("contact.hours", 9),
    ],
)  # fmt: skip
def test_a_wrong_type_is_refused(refusal: Refusal, key: str, value: Any) -> None:
    assert f"« {key} »" in refusal({key: value})


@pytest.mark.parametrize("code", ["01234", "2A004", "2B033", "97411", "00001"])
def test_an_insee_code_is_accepted(load: Load, code: str) -> None:
    assert load({"insee": code}).insee == code


@pytest.mark.parametrize("code", ["1234", "012345", "2C004", "2a004", "A2004", "01 23", "0123A", "٠١٢٣٤"])
def test_what_is_no_insee_code_is_refused(refusal: Refusal, code: str) -> None:
    assert "« insee » doit compter cinq caractères" in refusal({"insee": code})


@pytest.mark.parametrize(
    "name",
    ["Forum.example", "https://forum.example", "forum.example/a", "127.0.0.1", "10.1", "[::1]", "::1",
     "forum.example:443", "forum.example:", "localhost", "forum..example", "-a.example", "forum.example.",
     "forum_a.example", "été.example",
     "u@forum.example", "127.0.0.1:8080", "forum.example?x", "a" * 64 + ".example"],
)  # fmt: skip
@pytest.mark.parametrize("key", ["host", "programme.home"])
def test_what_is_no_host_is_refused(refusal: Refusal, name: str, key: str) -> None:
    assert f"« {key} »" in refusal({key: name})


def test_a_port_and_http_are_for_named_loopback_addresses(load: Load, refusal: Refusal) -> None:
    assert load({"host": "a.localhost:8080", "scheme": "http"}).base_url == "http://a.localhost:8080"
    assert "« host » n’accepte un port" in refusal({"host": "a.localhost:8081", "scheme": "http"})
    assert "« scheme » n’accepte « http »" in refusal({"scheme": "http"})
    assert "« scheme » doit valoir « http »" in refusal({"host": "a.localhost:8080"})


@pytest.mark.parametrize("languages", [["en"], ["en", "fr"], ["fr", "fr"], ["fr", "de"], []])
def test_languages_begin_with_french(refusal: Refusal, languages: list[str]) -> None:
    assert "« languages »" in refusal({"languages": languages})


def test_a_municipal_site_has_no_candidates(load: Load, refusal: Refusal) -> None:
    assert "« roles.candidates » doit être false" in refusal({"kind": "municipale", "roles.candidates": True})
    assert load({"kind": "municipale"}).roles.candidates is False


@pytest.mark.parametrize("mail", ["contact", "a@b", "a b@c.example", "a@c.example\u200b", "@c.example", "a@C.example"])
def test_what_is_no_mail_address_is_refused(refusal: Refusal, mail: str) -> None:
    assert "« contact.mail »" in refusal({"contact.mail": mail})


def test_an_illegible_accent_is_refused_with_the_measured_ratio(refusal: Refusal) -> None:
    assert "« accent.day » #888888 : contraste de 3,54 sur #ffffff" in refusal({"accent.day": "#888888"})
    assert "« accent.night » #0d5561 : contraste de 2," in refusal({"accent.night": "#0d5561"})


def test_a_day_colour_alone_gets_its_night(load: Load) -> None:
    assert load({"accent.day": "#6F2340"}).accent.day == "#6f2340"
    assert load({"accent.day": "6f2340"}).accent.night != "#86cbd5"


@pytest.mark.parametrize(
    "url",
    ["mysql://a/b", "sqlite://", "sqlite:///relatif.sqlite", "sqlite:///:memory:", "sqlite:////dossier/", "postgresql+psycopg://a/b",
     "postgresql://hote", "postgresql://hote/", "postgresql://hote:abc/base", "postgresql://hote:99999/base",
     "postgres://a/b", "postgresql:", "sqlite:////a b", "postgresql://[/base"],
)  # fmt: skip
def test_another_database_is_refused(refusal: Refusal, url: str) -> None:
    assert "« database_url »" in refusal({"database_url": url})


def test_postgresql_is_spoken_through_psycopg(load: Load) -> None:
    assert load({"database_url": "postgresql://a@b/c"}).database_url == "postgresql+psycopg://a@b/c"
    socket = "postgresql:///c?host=/run/pg"
    assert load({"database_url": socket}).database_url == "postgresql+psycopg:///c?host=/run/pg"
    assert load({"database_url": "sqlite:////a/b.sqlite"}).database_url == "sqlite:////a/b.sqlite"


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("name = \n", "(ligne 1, colonne 8)"),
        ("a = 1\na = 2\nb = 3", "(ligne 2, colonne 6)"),
        ("a = " + "[" * 50_000, "lisible."),
        ("a = " + "9" * 5_000, "lisible."),
        ("\x00", "(ligne 1, colonne 1)"),
        ("name = ", "(à la fin du fichier)."),
        ('name = "é', "(à la fin du fichier)."),
    ],
)
def test_what_is_no_toml_is_refused_with_its_place(refusal: Refusal, raw: str, place: str) -> None:
    sentence = refusal(raw=raw)
    assert "n’est pas du TOML lisible" in sentence
    assert place in sentence


@pytest.mark.parametrize("name", ["instance.toml", "charter.md", "legal.md"])
def test_a_missing_empty_huge_or_undecodable_file_is_refused(write: Write, host: Host, name: str) -> None:
    folder = write()
    largest = 65_536 if name == "instance.toml" else 100_000
    for content in (None, b"", b"\xff\xfe", b"#" * (largest + 1)):
        (folder / name).unlink()
        if content is not None:
            (folder / name).write_bytes(content)
        with pytest.raises(SettingsError, match="aubepine/"):
            load_instance(folder, environment=host)
        (folder / name).touch()


def test_the_largest_page_is_accepted(write: Write, host: Host) -> None:
    folder = write()
    (folder / "charter.md").write_bytes(b"#" * 100_000)
    assert len(load_instance(folder, environment=host).charter) == 100_000


@pytest.mark.parametrize("slug", ["Majuscule", "a_b", "-a", "a--b", "é", "a" * 41])
def test_a_badly_named_folder_is_refused(refusal: Refusal, slug: str) -> None:
    assert "le dossier doit être nommé" in refusal(slug=slug)


def test_forty_characters_may_name_a_folder(load: Load) -> None:
    assert load(slug="a" * 40).slug == "a" * 40


def test_all_communes_come_sorted_without_the_template(write: Write, host: Host) -> None:
    write({"host": "b.example"}, slug="b")
    write({"host": "a.example"}, slug="a")
    write(slug="exemple")
    (host.instances / "README.md").write_text("ceci n’est pas une commune")
    assert [one.slug for one in load_all(host.instances, environment=host)] == ["a", "b"]


def test_two_communes_with_one_host_are_refused(write: Write, host: Host) -> None:
    write(slug="a")
    write(slug="b")
    with pytest.raises(SettingsError, match=r"^b/instance.toml.*forum.aubepine.example est déjà celui de .*a.*\.$"):
        load_all(host.instances, environment=host)


def test_the_problems_of_all_communes_are_reported_together(write: Write, host: Host) -> None:
    write({"population": 0}, slug="a")
    write({"insee": "x"}, slug="b")
    with pytest.raises(SettingsError) as caught:
        load_all(host.instances, environment=host)
    assert [line[:2] for line in str(caught.value).splitlines()] == ["a/", "b/"]


def test_a_missing_folder_of_communes_is_refused(host: Host) -> None:
    with pytest.raises(SettingsError, match="POP_FORUM_INSTANCES"):
        load_all(host.instances, environment=host)


def test_a_passage_left_to_fill_in_is_pointed_out(write: Write, host: Host) -> None:
    folder = write()
    assert advice(load_instance(folder, environment=host)) == ()
    (folder / "legal.md").write_text("Éditeur : [à compléter]", "utf-8")
    instance = load_instance(folder, environment=host)
    assert not legal_is_complete(instance)
    assert [remark.split("\u00a0")[0] for remark in advice(instance)] == ["legal.md"]


@pytest.mark.parametrize("day", ["#000091", "#0000c0", "#b00000", "#800080"])
def test_a_colour_like_the_state_s_is_pointed_out(load: Load, day: str) -> None:
    assert "marque de l’État" in advice(load({"accent.day": day}))[0]
