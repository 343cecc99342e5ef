"""The console of what communes pass on for each other, and of who is of the programme."""

from collections.abc import Callable
from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, InvalidInput
from pop_forum.federation.activities import MemberListed
from pop_forum.federation.handshake import KINDS
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.services import invitations, members, mirror_pages, network_pages
from pop_forum.services.site import Site
from pop_forum.web.compiled import MOST_ROWS
from pop_forum.web.errors import sentence
from pop_forum.web.viewer import commune, viewer

blueprint = Blueprint("relays", __name__)

Answer: TypeAlias = "str | Response | tuple[str, int]"
Deed: TypeAlias = Callable[[Site, Viewer], None]

FIELD_CHARS = 300
NO_KIND = "Choisissez qui parle sur ce site."


@blueprint.get("/relais")
def passed_on() -> str:
    """What our peers hold of other communes, how old its signed head is, and what was wrong with it."""
    with commune().reading() as site:
        return render_template("network/relays.html", origins=mirror_pages.origins(site), now=site.clock.now())


@blueprint.post("/relais/<int:mirror_id>/reprendre")
def lift_mirror(mirror_id: int) -> Response:
    """A journal is read from this commune again."""
    said = gettext("Nous relirons ce journal chez cette commune à la prochaine comparaison.")
    return _do(lambda site, who: mirror_pages.lift_mirror(site, who, mirror_id), said)


@blueprint.post("/journaux/<int:journal_id>/reprendre")
def lift_journal(journal_id: int) -> Response:
    """A journal in quarantine is taken again."""
    said = gettext("Nous reprenons ce journal à la suite de ce que nous en tenons.")
    return _do(lambda site, who: mirror_pages.lift_journal(site, who, journal_id), said)


@blueprint.post("/relais/montrer")
def show() -> Response:
    """What a commune of the programme shares is shown here, without a link."""
    said = gettext("Ce que cette commune partage est maintenant montré ici.")
    return _do(lambda site, who: mirror_pages.show(site, who, _field("host")), said)


@blueprint.post("/relais/cacher")
def hide() -> Response:
    """What it shares is kept, and no longer shown."""
    said = gettext("Ce que cette commune partage n’est plus montré ici.")
    return _do(lambda site, who: mirror_pages.hide(site, who, _field("host")), said)


@blueprint.get("/programme")
def programme() -> str:
    """The communes of the programme; their list is kept on the site of its home."""
    return _programme()


@blueprint.post("/programme/inscrire")
def admit() -> Answer:
    """A commune on the list: one that exchanges with us, or one whose fingerprint was compared by voice."""
    try:
        with commune().transaction() as site:
            if _field("peer"):
                number = _field("peer")
                known = number.isdecimal() and number.isascii() and int(number) <= MOST_ROWS
                peer = network_pages.find_peer(site, int(number) if known else 0)
                members.admit(site, viewer(), peer)
            else:
                members.admit_unlinked(site, viewer(), _listed())
    except (InvalidInput, Conflict) as error:
        return _programme(sentence(error)), error.status
    flash(gettext("La commune est inscrite : tous les sites du programme l’apprendront."), "good")
    return redirect(url_for("network.admin.relays.programme"), 303)


@blueprint.post("/programme/retirer")
def dismiss() -> Response:
    """A commune off the list."""
    with commune().transaction() as site:
        members.dismiss(site, viewer(), _field("host"))
    flash(gettext("La commune n’est plus sur la liste. Ce qu’elle a partagé reste où il est."), "good")
    return redirect(url_for("network.admin.relays.programme"), 303)


def _listed() -> MemberListed:
    """The commune that the form names. Raises InvalidInput."""
    if _field("kind") not in KINDS:
        raise InvalidInput("kind of a member", NO_KIND)
    root = Fingerprint("".join(_field("fingerprint").split()).lower())
    return MemberListed(invitations.host_of(_field("address")), _field("name"), _field("kind"), root)


def _programme(error: str = "") -> str:
    with commune().reading() as site:
        listed, others = mirror_pages.candidates(site)
        fields = ("address", "name", "kind", "fingerprint")
        return render_template(
            "network/members.html",
            members=listed,
            others=others,
            home=site.settings.programme.home,
            is_home=site.settings.is_programme_home,
            kinds=sorted(KINDS),
            short=network_pages.short,
            grouped=network_pages.grouped,
            typed={name: _field(name) for name in fields},
            error=error,
        )


def _field(name: str) -> str:
    return request.form.get(name, "")[:FIELD_CHARS].strip()


def _do(deed: Deed, said: str) -> Response:
    with commune().transaction() as site:
        deed(site, viewer())
    flash(said, "good")
    return redirect(url_for("network.admin.relays.passed_on"), 303)
