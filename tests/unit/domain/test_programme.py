"""The programme's file is read strictly, and every problem names its place."""

from pathlib import Path

import pytest

from pop_forum.domain.programme import load_programme
from pop_forum.errors import SettingsError

FILE = Path(__file__).parents[3] / "pop_forum" / "data" / "programme.yaml"
CONTENT = FILE.read_bytes()


def refusal(content: bytes) -> str:
    with pytest.raises(SettingsError) as error:
        load_programme(content)
    return str(error.value)


def edited(old: str, new: str) -> bytes:
    assert old in CONTENT.decode()
    return CONTENT.decode().replace(old, new, 1).encode()


def test_the_first_edition_has_eleven_themes_and_forty_measures() -> None:
    programme = load_programme(CONTENT)
    assert (programme.edition.id, programme.edition.date.isoformat()) == ("2026-1", "2026-11-23")
    assert len(programme.themes) == 11
    assert len(list(programme.measures)) == 40
    shuttle = next(programme.measures)
    assert (shuttle.slug, shuttle.budget_effect, shuttle.cost_nature.dominant) == (
        "navette-a-la-demande",
        "depense",
        "fonctionnement",
    )
    assert "intercommunalite" in shuttle.funding_hints
    assert shuttle.related == ("navette-sante",)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("budget_effect: depense", "budget_effet: depense", "«\u202fthemes[1].measures[1].budget_effet\u202f»"),
        ("budget_effect: depense", "budget_effet: depense", "«\u202fbudget_effect\u202f»"),
        ("budget_effect: depense", "budget_effect: gratuit", "doit valoir"),
        ("budget_effect: depense", "budget_effect: [depense]", "doit valoir"),
        ("- navette-sante", "- navette-santé", "«\u202fnavette-sante\u202f»"),
        ("    - leader", "    - leadeur", "«\u202fleader\u202f»"),
        ("slug: trajets-scolaires-surs", "slug: navette-a-la-demande", "deux fois «\u202fnavette-a-la-demande\u202f»"),
        ("slug: trajets-scolaires-surs", "slug: Trajets sûrs", "slug"),
        ("position: 2", "position: deux", "position"),
        ("position: 2", "position: true", "position"),
        ("date: '2026-11-23'", "date: '2026-02-30'", "edition.date"),
        ("date: '2026-11-23'", "date: 2026-11-23", "edition.date"),
        ("schema_version: 1", "schema_version: 2", "schema_version"),
        ("schema_version: 1", "schema_version: 1\nschema_version: 1", "deux fois"),
        ("locale: fr", "locale: fr\nextra: 1", "«\u202fextra\u202f»"),
        ("edition:", "editions:", "«\u202fedition\u202f»"),
        ("themes:", "thèmes:", "themes"),
        ("    title: Navette locale à la demande\n", "", "title"),
        ("investissement: true", "investissement: 'oui'", "investissement"),
    ],
)
def test_a_fault_is_named_with_its_place(old: str, new: str, told: str) -> None:
    assert told in refusal(edited(old, new))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"a: [",
        b"\xff\xfe",
        b"1: 2",
        b"themes: !!python/object/apply:os.system [id]",
        b"a: &a [*a]",
        b"? {a: 1}\n: 2",
        b"themes: 3",
        b"[" * 50_000,
        b"a: " * 10_000,
        b" " * 2_000_000,
        b"date: 2026-99-99",
    ],
)
def test_what_is_not_a_programme_is_refused_in_a_sentence(content: bytes) -> None:
    assert refusal(content).startswith("programme.yaml")


def test_all_problems_are_told_at_once() -> None:
    content = edited("position: 2", "position: 0").replace(b"locale: fr", b"locale: en")
    assert len(refusal(content).splitlines()) == 2
