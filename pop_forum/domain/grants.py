"""Roles and how far each reaches: what is granted, what follows from it, and which words say it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pop_forum.domain.badges import BADGED
from pop_forum.domain.permissions import DAILY, SITE, Role, measure_scope, theme_scope

SHOWN_FIRST = (Role.ELECTED, Role.CANDIDATE, Role.ADMIN, Role.MODERATOR)  # what the public sees of several roles
STRONGEST = (Role.ADMIN, Role.MODERATOR, Role.ELECTED, Role.CANDIDATE)  # what an account may do with several


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds now, its scope, and the grammatical form in which it is said."""

    role: str
    scope: str
    form: str = ""

    def __str__(self) -> str:
        return f"{self.role}@{self.scope}"


def main_role(held: Collection[Held]) -> Role:
    """The strongest role over the whole site, for what an account may do."""
    return _first(STRONGEST, held)


def public_role(held: Collection[Held]) -> Role:
    """The role that is told of a person: a badge before an office, for voters ask that first."""
    return _first(SHOWN_FIRST, held)


def badge_form(held: Iterable[Held]) -> str:
    """The grammatical form of the badge, empty without one."""
    return next((each.form for each in held if each.role in BADGED), "")


def parse_scope(text: str) -> tuple[str, str]:
    """The kind of a scope and its slug, empty for `site` and `quotidien`; ("", "") for what is no scope."""
    kind, colon, slug = text.partition(":")
    if not colon:
        return (kind, "") if kind in (SITE, DAILY) else ("", "")
    return (kind, slug) if slug and text in (theme_scope(slug), measure_scope(slug)) else ("", "")


def _first(order: Iterable[Role], held: Collection[Held]) -> Role:
    roles = {each.role for each in held if each.scope == SITE}
    return next((role for role in order if role in roles), Role.RESIDENT)
