"""What is shown beside a name: the badge of who stands for election or was elected, and the name of who has left."""

DEPARTED = "Compte supprimé"  # federation.md, Leaving: what Update{Person} says of who left without their name
BADGED = ("candidate", "elected")
FEMININE, MASCULINE, BOTH = "f", "m", ""


def badge_of(role: str, form: str = BOTH) -> str:
    """The badge of a role in a grammatical form, `candidate-f`; empty for a role that has none.

    Other communes tell the role only: their people get both forms. A role we do not know is never shown, or a site
    could print a title of its choice beside a name.
    """
    if role not in BADGED:
        return ""
    return f"{role}-{form}" if form in (FEMININE, MASCULINE) else role
