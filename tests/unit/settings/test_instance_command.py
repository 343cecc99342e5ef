"""`pop_forum instance` at the terminal: one sentence and exit status 2, or what was asked for."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pop_forum.cli.instance import group

REPOSITORY = Path(__file__).resolve().parents[3] / "instances"
NEW = ["new", "lys", "--name", 'Lys "la" Neuve', "--insee", "2A004", "--kind", "municipale", "--host", "lys.example",
       "--keeper", "la mairie", "--mail", "mairie@lys.example", "--population", "640"]  # fmt: skip
LOOPBACK = ",".join(f"{slug}.localhost:8080" for slug in ("valombre", "pont-hervel", "sainte-aure"))

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    shutil.copytree(REPOSITORY, tmp_path / "instances")
    environment = {
        "POP_FORUM_MODE": "demo",
        "POP_FORUM_INSTANCES": str(tmp_path / "instances"),
        "POP_FORUM_DATA": str(tmp_path / "data"),
        "POP_FORUM_LOOPBACK": LOOPBACK,
    }

    def invoke(*arguments: str, **more: str) -> Result:
        return CliRunner().invoke(group, arguments, prog_name="pop_forum instance", env={**environment, **more})

    return invoke


def changed(arguments: list[str], option: str, value: str) -> list[str]:
    place = arguments.index(option) + 1
    return [*arguments[:place], value, *arguments[place + 1 :]]


def assert_refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_demo_communes_are_in_order(run: Run) -> None:
    result = run("check")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "3 communes vérifiées\n", "")


def test_the_demo_communes_are_refused_in_production(run: Run) -> None:
    assert_refused(run("check", POP_FORUM_MODE="production"), "jamais en production")
    assert_refused(run("check", POP_FORUM_MODE="", POP_FORUM_LOOPBACK=""), "« host » n’accepte un port")


def test_a_wrong_commune_is_refused_with_all_its_problems(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "instances" / "valombre" / "instance.toml"
    settings.write_text(settings.read_text("utf-8").replace("population", "poplation"), "utf-8")
    assert_refused(run("check"), "clé inconnue « poplation ». Vouliez-vous « population » ?", "« population » manque")
    assert run("check", "sainte-aure").stdout == "1 commune vérifiée\n"


@pytest.mark.parametrize("slug", ["valombr", "../valombre"])
def test_checking_a_commune_that_is_misspelt_is_refused(run: Run, slug: str) -> None:
    assert_refused(run("check", slug), "n’existe pas. Vouliez-vous « valombre » ?")


@pytest.mark.parametrize("slug", ["", "é", "a\udcff"])
def test_checking_an_unknown_commune_is_refused_with_those_there_are(run: Run, slug: str) -> None:
    assert_refused(run("check", slug), "n’existe pas. Il y a : pont-hervel, sainte-aure, valombre.")


def test_communes_are_listed_as_a_table_and_as_json(run: Run) -> None:
    table = run("list").stdout.splitlines()
    assert [line.split()[0] for line in table] == ["commune", "pont-hervel", "sainte-aure", "valombre"]
    listed = json.loads(run("list", "--json").stdout)
    assert [one["insee"] for one in listed] == ["00002", "00003", "00001"]
    assert listed[2]["url"] == "http://valombre.localhost:8080"


def test_a_fresh_clone_without_settings_lists_what_it_can_and_says_where_to_look(run: Run) -> None:
    result = run("list", POP_FORUM_MODE="", POP_FORUM_LOOPBACK="")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["commune"]
    assert len(result.stderr.splitlines()) == 3 and "pop_forum instance check valombre" in result.stderr
    assert json.loads(run("list", "--json", POP_FORUM_MODE="", POP_FORUM_LOOPBACK="").stdout) == []


def test_the_template_is_said_to_be_one(run: Run) -> None:
    assert_refused(run("check", "exemple"), "est le modèle", "pop_forum instance new")


def test_a_new_commune_is_made_from_the_template_and_checked(run: Run, tmp_path: Path) -> None:
    result = run(*NEW)
    assert result.exit_code == 0, result.stderr
    assert "pop_forum instance check lys" in result.stdout
    check = run("check", "lys")
    assert check.exit_code == 0
    assert "legal.md" in check.stderr
    charter = (tmp_path / "instances" / "lys" / "charter.md").read_text("utf-8")
    assert charter.startswith('# Charte du site de Lys "la" Neuve')
    assert not list((tmp_path / "instances").glob(".*"))


def test_an_existing_commune_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    before = (tmp_path / "instances" / "valombre" / "instance.toml").read_bytes()
    assert_refused(run(*[argument if argument != "lys" else "valombre" for argument in NEW]), "existe déjà")
    assert (tmp_path / "instances" / "valombre" / "instance.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [
        ("--insee", "123", "« insee »"), ("--host", "LYS", "« host »"), ("--mail", "lys", "« contact.mail »"),
        ("--population", "0", "« population »"), ("--population", "beaucoup", "« --population »"),
        ("--kind", "privée", "Choix possibles : citoyenne"), ("--name", "a\nb", "« --name »"),
        ("--name", "a\udcff", "« --name »"), ("--name", "", "« name »"),
    ],
)  # fmt: skip
def test_a_refused_new_commune_leaves_nothing(run: Run, tmp_path: Path, option: str, value: str, word: str) -> None:
    before = sorted(path.name for path in (tmp_path / "instances").iterdir())
    assert_refused(run(*changed(NEW, option, value)), word)
    assert sorted(path.name for path in (tmp_path / "instances").iterdir()) == before


@pytest.mark.parametrize("slug", ["exemple", "Lys", "../lys", "a" * 41, "lys/neuve", "."])
def test_a_slug_that_names_no_commune_is_refused(run: Run, slug: str) -> None:
    assert_refused(run("new", slug, *NEW[2:]), "ne peut pas nommer une commune")


def test_a_missing_template_is_named(run: Run, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "instances" / "exemple")
    assert_refused(run(*NEW), "Le modèle")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["chek"], "Commande inconnue « chek »"),
        (["list", "--jsn"], "Vouliez-vous « --json » ?"),
        (["new"], "Il manque"),
        (["new", "lys"], "Il manque l’option"),
        (["list", "extra"], "Il y a un argument de trop. Voir « pop_forum instance list --help »."),
        (["new", "x", "--name"], "« --name »"),
    ],
)
def test_wrong_arguments_get_a_sentence(run: Run, arguments: list[str], word: str) -> None:
    assert_refused(run(*arguments), word)


def test_a_missing_folder_of_communes_gets_a_sentence(run: Run, tmp_path: Path) -> None:
    assert_refused(run("list", POP_FORUM_INSTANCES=str(tmp_path / "nulle-part")), "nulle-part")


def test_a_commune_with_the_address_of_another_is_not_made(run: Run, tmp_path: Path) -> None:
    assert run(*NEW).exit_code == 0
    again = changed([*NEW[:1], "autre", *NEW[2:]], "--insee", "2A005")
    assert_refused(run(*again), "« host » lys.example est déjà celui de « lys »")
    assert not (tmp_path / "instances" / "autre").exists()


@pytest.mark.parametrize("name", ["instance.toml", "charter.md", "legal.md"])
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_regular_file_is_refused_at_once(run: Run, tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / "instances" / "valombre" / name
    path.unlink()
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    assert_refused(run("check"), f"valombre/{name}", "n’est pas un fichier ordinaire")
