"""The charters and legal notices that ship say what the site does, in its own words."""

from pathlib import Path

import pytest

INSTANCES = Path(__file__).parents[3] / "instances"
NOTICES = sorted(INSTANCES.glob("*/legal.md"))
CHARTERS = sorted(INSTANCES.glob("*/charter.md"))
NUMBERS = ("Cinq", "Six", "Sept", "Huit", "Neuf", "Dix")


@pytest.mark.parametrize("path", NOTICES, ids=lambda path: path.parent.name)
def test_a_notice_names_what_is_shared_and_how_to_report(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "fils" not in text and "pour les discussions « partagées avec le réseau » seulement" in text.replace(
        "\u202f", " "
    )
    assert "les images avec leurs descriptions" in text and "« Signaler »" in text.replace("\u202f", " ")
    assert "sauf si vous le demandez" not in text


@pytest.mark.parametrize("path", CHARTERS, ids=lambda path: path.parent.name)
def test_a_charter_says_that_a_removal_shows_its_reason_and_counts_no_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "avec la raison" in text and "journal de la modération" in text
    assert not any(f"{number} règles" in text for number in NUMBERS)
