"""The words for what a measure's budget tab can say before anybody has priced it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

NATURES = {
    "investissement": lazy_gettext("Investissement, une fois"),
    "fonctionnement": lazy_gettext("Fonctionnement, chaque année"),
    "mixte": lazy_gettext("Investissement et fonctionnement"),
}
EFFECTS = {
    "depense": lazy_gettext("une dépense"),
    "economie": lazy_gettext("une économie"),
    "recette": lazy_gettext("une recette"),
    "neutre": lazy_gettext("aucun, ou presque"),
}
FAMILIES = {
    "detr": lazy_gettext("Dotation d’équipement des territoires ruraux (État, investissement)"),
    "dsil": lazy_gettext("Dotation de soutien à l’investissement local (État, investissement)"),
    "fonds_vert": lazy_gettext("Fonds vert (État, transition écologique)"),
    "feder": lazy_gettext("Fonds européen de développement régional"),
    "leader": lazy_gettext("Programme européen LEADER (groupes d’action locale)"),
    "region": lazy_gettext("Région"),
    "departement": lazy_gettext("Département"),
    "intercommunalite": lazy_gettext("Intercommunalité (fonds de concours, mutualisation)"),
    "caf": lazy_gettext("Caisse d’allocations familiales"),
    "msa": lazy_gettext("Mutualité sociale agricole"),
    "ars": lazy_gettext("Agence régionale de santé"),
    "agence_eau": lazy_gettext("Agence de l’eau"),
    "ademe": lazy_gettext("Agence de la transition écologique"),
    "anah": lazy_gettext("Agence nationale de l’habitat"),
    "banque_territoires": lazy_gettext("Banque des Territoires"),
    "fondations": lazy_gettext("Fondations et mécénat"),
    "usagers": lazy_gettext("Participation des usagères et usagers"),
    "autofinancement": lazy_gettext("Ressources propres de la commune"),
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known before there is any amount."""

    nature: str
    sections: str
    effect: str
    families: tuple[str, ...]


def outlook(facts: Mapping[str, Any]) -> Outlook:
    """The facts of a measure in words; a code that this version does not know is left as it is."""
    dominant, effect = facts.get("dominant", ""), facts.get("budget_effect", "")
    return Outlook(
        nature=str(NATURES.get(dominant, dominant)),
        sections=_sections(dominant, bool(facts.get("investissement")) and bool(facts.get("fonctionnement"))),
        effect=str(EFFECTS.get(effect, effect)),
        families=tuple(str(FAMILIES.get(code, code)) for code in facts.get("funding_hints", ())),
    )


def _sections(dominant: str, both: bool) -> str:
    """Which sections of a commune's budget are concerned (M57)."""
    if not both:
        return str(gettext("une seule section du budget"))
    if dominant == "fonctionnement":
        return str(gettext("avec une part d’investissement"))
    if dominant == "investissement":
        return str(gettext("avec une part de fonctionnement"))
    return str(gettext("les deux sections du budget"))
