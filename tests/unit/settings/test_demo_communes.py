"""The communes of the repository: three invented ones of three kinds, and a template that loads."""

import re
from pathlib import Path

import pytest

from pop_forum.domain.french import narrow_spaces
from pop_forum.settings import Host, Instance, Kind, advice, load_all, load_instance

FOLDER = Path(__file__).resolve().parents[3] / "instances"
SLUGS = ("pont-hervel", "sainte-aure", "valombre")
HOST = Host.from_environment(
    {"POP_FORUM_MODE": "demo", "POP_FORUM_LOOPBACK": ",".join(f"{slug}.localhost:8080" for slug in SLUGS)}
)
COMMUNES = load_all(FOLDER, environment=HOST)


def test_three_kinds_with_codes_that_no_commune_bears() -> None:
    assert [(one.slug, one.insee, one.kind, one.population) for one in COMMUNES] == [
        ("pont-hervel", "00002", Kind.PARTISANE, 3_870),
        ("sainte-aure", "00003", Kind.MUNICIPALE, 640),
        ("valombre", "00001", Kind.CITOYENNE, 1_140),
    ]
    assert [one.slug for one in COMMUNES if one.is_programme_home] == ["valombre"]
    assert {one.programme.home for one in COMMUNES} == {"valombre.localhost:8080"}


@pytest.mark.parametrize("commune", COMMUNES, ids=lambda one: one.slug)
def test_a_demo_commune_says_that_it_is_one(commune: Instance) -> None:
    assert "Ce site est une démonstration" in commune.legal
    assert "inventée" in commune.legal
    assert advice(commune) == ()


@pytest.mark.parametrize("commune", COMMUNES, ids=lambda one: one.slug)
def test_a_charter_has_six_to_eight_numbered_rules(commune: Instance) -> None:
    assert 6 <= len(re.findall(r"(?m)^\d\. \*\*", commune.charter)) <= 8


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.md")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_texts_use_french_spaces_and_apostrophes(path: Path) -> None:
    text = path.read_text("utf-8")
    assert narrow_spaces(text) == text
    assert "'" not in text
    assert "·" not in text


def test_the_template_loads_and_names_what_is_left_to_do() -> None:
    template = load_instance(FOLDER / "exemple", environment=Host.from_environment({}))
    assert template.scheme == "https"
    assert [remark.split("\u00a0")[0] for remark in advice(template)] == ["instance.toml", "charter.md", "legal.md"]
