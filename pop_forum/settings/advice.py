"""What a commune's settings allow and should not: shown by `pop_forum instance check`, never refused."""

from pop_forum.settings.colour import discouraged
from pop_forum.settings.model import Instance

PLACEHOLDER = "[à compléter"


def advice(instance: Instance) -> tuple[str, ...]:
    """One French sentence for each thing to do before the site goes public."""
    texts = {"instance.toml": instance.keeper, "charter.md": instance.charter, "legal.md": instance.legal}
    remarks = [
        f"{name} : il reste un passage « [à compléter …] »." for name, text in texts.items() if PLACEHOLDER in text
    ]
    if discouraged(instance.accent.day):
        remarks.append("instance.toml : « accent.day » ressemble à une marque de l’État, choisissez une autre couleur.")
    return tuple(remarks)


def legal_is_complete(instance: Instance) -> bool:
    """Whether the legal notice no longer holds a passage left to fill in."""
    return PLACEHOLDER not in instance.legal
