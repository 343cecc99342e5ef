"""The console of the network: inviting communes, comparing fingerprints, and seeing how each exchange goes."""

from collections.abc import Callable
from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.models import Peer
from pop_forum.services import acknowledgements, identity, invitations, network_pages, peers, reprise
from pop_forum.services.site import Site
from pop_forum.web import network_keys, network_peer, network_relays
from pop_forum.web.errors import sentence
from pop_forum.web.viewer import commune, require_account, viewer

blueprint = Blueprint("admin", __name__, url_prefix="/administration/reseau")
blueprint.register_blueprint(network_relays.blueprint)
blueprint.register_blueprint(network_peer.blueprint)
blueprint.register_blueprint(network_keys.blueprint)

Answer: TypeAlias = "str | Response | tuple[str, int]"
Deed: TypeAlias = Callable[[Site, Viewer, Peer], None]

FIELD_CHARS = 300
NOT_ADMIN = "Seules les personnes qui administrent ce site voient cette page."
OTHER_FINGERPRINT = "L’empreinte de ce site a changé depuis que la page s’est affichée. Comparez-la de nouveau."
NOT_DECIDED = "Cochez la case : sans les réponses qui manquent, ce site ne sait pas s’il a tout repris."
NOT_COMPARED = "Comparez l’empreinte au téléphone, puis cochez la case avant de confirmer."


@blueprint.before_request
def require_network_admin() -> None:
    """Nothing here is for anybody else."""
    require_account()
    if not permissions.may_administer_network(viewer()):
        raise Forbidden("not an admin of the network", NOT_ADMIN)


@blueprint.get("")
def index() -> str:
    """Every commune we have to do with, and what waits."""
    return _console()


@blueprint.post("/inviter")
def invite() -> Answer:
    """A commune looked up; its fingerprint can be compared once its site has answered."""
    address, expected = _field("address"), _field("fingerprint")
    try:
        with commune().transaction() as site:
            peer = invitations.invite(site, viewer(), address, expected or None)
    except (InvalidInput, Conflict) as error:
        field = "fingerprint" if error.public == invitations.NO_FINGERPRINT else "address"
        return _console(address=address, expected=expected, error=sentence(error), field=field), error.status
    flash(gettext("Nous cherchons %(host)s. Son empreinte s’affichera ici dès sa réponse.", host=peer.host), "good")
    return _back()


@blueprint.post("/<int:peer_id>/confirmer")
def confirm(peer_id: int) -> Answer:
    """The fingerprint was compared: the invitation leaves, or is accepted."""
    if request.form.get("compared") != "1":
        with commune().reading() as site:
            invitations.require_waiting(network_pages.find_peer(site, peer_id))
            field = f"compare-{peer_id}"
        return _console(error=gettext(NOT_COMPARED), field=field), InvalidInput.status
    with commune().transaction() as site:
        peer = network_pages.find_peer(site, peer_id)
        if request.form.get("fingerprint") != peer.fingerprint:
            raise Conflict("another fingerprint than the one shown", OTHER_FINGERPRINT)
        invited = peer.invited_by == peers.US
        invitations.confirm(site, viewer(), peer)
    if invited:
        flash(gettext("L’invitation est partie. L’échange commencera quand l’autre commune aura accepté."), "good")
    else:
        flash(gettext("C’est fait : les deux communes échangent désormais ce qu’elles partagent."), "good")
    return _back()


@blueprint.post("/<int:peer_id>/decliner")
def decline(peer_id: int) -> Response:
    """An invitation declined, or ours taken back."""
    return _do(peer_id, invitations.decline, gettext("L’invitation est retirée."))


@blueprint.post("/<int:peer_id>/oublier")
def forget(peer_id: int) -> Response:
    """A commune with which nothing was ever exchanged, off the list."""
    return _do(peer_id, invitations.forget, gettext("Cette commune n’est plus dans la liste."))


@blueprint.post("/<int:peer_id>/relancer")
def retry(peer_id: int) -> Response:
    """What waits for this commune is tried again now."""
    done = _do(peer_id, peers.retry, gettext("Nouvel essai demandé. Rechargez la page dans quelques secondes."))
    return redirect(url_for("network.admin.peer.show", peer_id=peer_id), 303) if request.form.get("page") else done


@blueprint.post("/reprise")
def resume() -> Answer:
    """An admin waits no longer for communes that do not answer: the site writes again."""
    if request.form.get("decided") != "1":
        with commune().reading() as site:
            found = reprise.waiting(site)
        if found is None or not found.silent:
            raise Conflict("nobody is waited for", gettext("Ce site n’attend aucune commune pour écrire."))
        return _console(error=gettext(NOT_DECIDED), field="decided"), InvalidInput.status
    with commune().transaction() as site:
        reprise.decide(site, viewer(), commune().marker.read())
    commune().erase_again()
    flash(gettext("Ce site écrit de nouveau."), "good")
    return _back()


def _do(peer_id: int, deed: Deed, said: str) -> Response:
    with commune().transaction() as site:
        deed(site, viewer(), network_pages.find_peer(site, peer_id))
    flash(said, "good")
    return _back()


def _console(*, address: str = "", expected: str = "", error: str = "", field: str = "") -> str:
    with commune().reading() as site:
        own = identity.own_fingerprint(site)
        lines = network_pages.console(site)
        return render_template(
            "network/console.html",
            lines=lines,
            waiting=[line for line in lines if line.state in ("invited", "unconfirmed") and line.peer.fingerprint],
            states=network_pages.count_states(lines),
            reprise=reprise.waiting(site),
            unanswered=acknowledgements.unanswered(site),
            own_short=network_pages.short(own),
            own_full=network_pages.grouped(own),
            short=network_pages.short,
            grouped=network_pages.grouped,
            journals=network_pages.own_journals(site),
            address=address,
            expected=expected,
            error=error,
            field=field,
            now=site.clock.now(),
        )


def _field(name: str) -> str:
    return request.form.get(name, "")[:FIELD_CHARS].strip()


def _back() -> Response:
    return redirect(url_for("network.admin.index"), 303)
