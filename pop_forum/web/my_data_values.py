"""What the codes among a person's data mean, in the reader's language: no code is shown as the database has it.

Each text field of a section of services/my_data.py is shown as it was written (`PLAIN`), or has its words here. A code
without words is an error where `STRICT_WORDS` is set, as in tests; else it is shown raw and logged, because somebody
has a right to see it.
"""

import logging
from collections.abc import Callable

from flask import current_app
from flask_babel import gettext

from pop_forum.domain.consent import OPINIONS
from pop_forum.domain.devices import kept_device
from pop_forum.domain.grants import parse_scope
from pop_forum.domain.permissions import DAILY, SITE
from pop_forum.services.my_data import Titles
from pop_forum.web.moderation_words import ACTS, REASONS
from pop_forum.web.viewer import commune

log = logging.getLogger(__name__)

# Words of people, names, addresses, numbers and digests; « section.field » where another section has a code there.
PLAIN = frozenset(
    (
        "name", "uri", "mail", "title", "source", "text", "details", "sentence", "receipt", "version", "digest",
        "object", "place", "more", "moved_to", "question", "options", "choices", "alt", "picture", "file",
        "grants.reason", "mails.subject", "block",
    )
)  # fmt: skip

Say = Callable[[str, str, str], str]


class UnknownCode(LookupError):
    """A code for which nobody wrote words: write them in pop_forum/web/my_data_values.py."""


def speaker(titles: Titles) -> Say:
    """The function that says (section, field, value) in words."""
    words = _words()
    said: dict[str, Callable[[str], str]] = {
        **{field: known.__getitem__ for field, known in words.items()},
        "scope": lambda scope: _scope(scope, titles),
        "grants": lambda held: ", ".join(_held(each, words["role"], titles) for each in held.split()),
        "measure": lambda urn: titles.measures.get(urn) or gettext("mesure que ce site n’a pas reçue"),
        "category": _category,
        "device": _device,
    }

    def say(section: str, field: str, value: str) -> str:
        if field in PLAIN or f"{section}.{field}" in PLAIN:
            return value
        try:
            return (said.get(f"{section}.{field}") or said[field])(value)
        except LookupError as error:
            return _unknown(section, field, value, error)

    return say


def _unknown(section: str, field: str, value: str, error: LookupError) -> str:
    if current_app.config.get("STRICT_WORDS"):
        raise UnknownCode(f"{section}.{field} = {value!r}") from error
    log.error("no words for a code of %s.%s", section, field)
    return value


def _words() -> dict[str, dict[str, str]]:
    """For fields, or fields of one section, that hold a word of the code: what each means."""
    return {
        "act": {str(act): str(label) for act, label in ACTS.items()},
        "reason": {reason.value: str(label) for reason, label in REASONS.items()},
        "role": {
            "resident": gettext("Habitante ou habitant"),
            "candidate": gettext("Candidate ou candidat"),
            "elected": gettext("Élue ou élu"),
            "moderator": gettext("Modération"),
            "admin": gettext("Administration"),
        },
        "form": {"f": gettext("féminin"), "m": gettext("masculin")},
        "language": {"fr": gettext("français"), "en": gettext("anglais")},
        "board": {"quotidien": gettext("Quotidien"), "mesure": gettext("Discussion d’une mesure")},
        "reach": {"shared": gettext("Partagée avec le réseau"), "local": gettext("Reste dans la commune")},
        "deleted_by": {"author": gettext("vous"), "moderation": gettext("la modération")},
        "opinions.outcome": {
            "whole": gettext("À intégrer"),
            "part": gettext("À intégrer en partie"),
            "rework": gettext("À retravailler"),
            "refused": gettext("Non retenue"),
        },
        "consents.subject": {OPINIONS: gettext("publier des opinions politiques")},
        **_words_of_entering(),
        **_words_of_kinds(),
    }


def _words_of_entering() -> dict[str, dict[str, str]]:
    return {
        "method": {
            "mail": gettext("par courriel"),
            "password": gettext("par mot de passe"),
            "passkey": gettext("par clé d’accès"),
        },
        "attempts.kind": {
            "sign_in": gettext("connexion"),
            "message": gettext("message envoyé"),
            "code": gettext("code demandé par courriel"),
            "sign_up": gettext("courriel d’inscription"),
        },
    }


def _words_of_kinds() -> dict[str, dict[str, str]]:
    return {
        "notices.kind": {
            "reply": gettext("réponse à un de vos messages"),
            "followed": gettext("message dans une discussion suivie"),
            "mention": gettext("mention de votre nom"),
            "moderation": gettext("décision de la modération"),
        },
    }


def _scope(scope: str, titles: Titles) -> str:
    """How far a role reaches; a theme or a measure that is gone keeps the name in its address."""
    kind, slug = parse_scope(scope)
    if kind == "theme":
        return str(gettext("le thème « %(title)s »", title=titles.themes.get(slug, slug)))
    if kind == "mesure":
        return str(gettext("la mesure « %(title)s »", title=titles.measure_of(slug) or slug))
    return str({SITE: gettext("tout le site"), DAILY: gettext("le quotidien")}[kind])


def _held(grant: str, roles: dict[str, str], titles: Titles) -> str:
    role, _, scope = grant.partition("@")
    return f"{roles[role]} ({_scope(scope, titles)})"


def _category(slug: str) -> str:
    found = commune().settings.category(slug)
    return found.name if found else str(gettext("rubrique qui n’existe plus"))


def _device(kept: str) -> str:
    device = kept_device(kept)
    if device.browser and device.system:
        return str(gettext("%(browser)s sur %(system)s", browser=device.browser, system=device.system))
    return device.browser or device.system or gettext("Appareil inconnu")
