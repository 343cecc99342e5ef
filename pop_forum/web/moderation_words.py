"""What moderation decides and for which reasons, in words."""

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from pop_forum.domain.arrangement import Act as Arranged
from pop_forum.domain.moderation import Act, Reason

REASONS: dict[Reason, LazyString] = {
    Reason.INSULT: lazy_gettext("Injure, moquerie ou procès d’intention"),
    Reason.PRIVACY: lazy_gettext("Atteinte à la vie privée"),
    Reason.ILLEGAL: lazy_gettext("Propos que la loi interdit (menace, haine, diffamation)"),
    Reason.IMPERSONATION: lazy_gettext("Se fait passer pour quelqu’un d’autre"),
    Reason.ADVERTISING: lazy_gettext("Publicité ou message répété"),
    Reason.OFF_TOPIC: lazy_gettext("Hors sujet"),
    Reason.VOTING: lazy_gettext("Sondage sur des intentions de vote"),
    Reason.OTHER: lazy_gettext("Autre raison"),
}
ACTS: dict[str, LazyString] = {
    Act.KEEP: lazy_gettext("Signalement examiné, message laissé en place"),
    Act.HIDE: lazy_gettext("Message retiré"),
    Act.RESTORE: lazy_gettext("Message rétabli"),
    Act.WARN: lazy_gettext("Avertissement"),
    Act.SUSPEND: lazy_gettext("Suspension de 7 jours"),
    Act.LIFT: lazy_gettext("Suspension levée"),
    Act.POLL_CLOSE: lazy_gettext("Sondage clos avant sa fin"),
    Act.POLL_REMOVE: lazy_gettext("Sondage retiré"),
    Arranged.CLOSED: lazy_gettext("Discussion close"),
    Arranged.REOPENED: lazy_gettext("Discussion rouverte"),
    Arranged.PINNED: lazy_gettext("Discussion épinglée en tête de sa liste"),
    Arranged.UNPINNED: lazy_gettext("Discussion remise parmi les autres"),
    Arranged.MOVED: lazy_gettext("Discussion déplacée"),
}


def reason_label(reason: str) -> str:
    """A reason in words, for templates."""
    return str(REASONS[Reason(reason)])


def act_label(act: str) -> str:
    """A decision, or what was done with a discussion, in words, for templates."""
    return str(ACTS[act])
