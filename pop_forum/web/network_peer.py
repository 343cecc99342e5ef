"""The page of one commune in the console: how the exchange with it goes, and what one may decide on it."""

from collections.abc import Callable
from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import is_visible
from pop_forum.errors import Conflict, InvalidInput
from pop_forum.models import Peer
from pop_forum.services import line_tests, network_pages, nightly, peer_states, rereading
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.drafts import Kept
from pop_forum.services.peers import ACTIVE, LIMITED, SUSPENDED, WITHDRAWN
from pop_forum.services.site import Site
from pop_forum.web.drafts import forget_sent, restored
from pop_forum.web.forms import Form, too_long
from pop_forum.web.viewer import commune, viewer

blueprint = Blueprint("peer", __name__)

Answer: TypeAlias = "str | Response | tuple[str, int]"
Deed: TypeAlias = Callable[[Site, Viewer, Peer], None]

BAD_FORM = 400
SEE_OTHER = 303
NUMBER_DIGITS = 9  # of an entry: SQLite and PostgreSQL hold more, no journal has as many
LABELS = {
    ACTIVE: lazy_gettext("Échanger normalement"),
    LIMITED: lazy_gettext("Limiter"),
    SUSPENDED: lazy_gettext("Suspendre"),
    WITHDRAWN: lazy_gettext("Retirer du réseau"),
}


def _short(form: Form, field: TextAreaField) -> None:
    if len(field.data or "") > peer_states.REASON_CHARS:
        raise ValidationError(too_long(len(field.data), peer_states.REASON_CHARS))


class StateForm(Form):
    """What is decided on the exchange with a commune, and why."""

    state = RadioField(lazy_gettext("Votre décision"))
    reason = TextAreaField(lazy_gettext("Motif, public"), [_short])

    def offer(self, present: str) -> None:
        """Say what may be decided: anything but what is in place."""
        self.state.choices = [SelectChoice(value, label) for value, label in LABELS.items() if value != present]

    def validate_reason(self, field: TextAreaField) -> None:
        """A check that whoever cuts an exchange says why."""
        if self.state.data != ACTIVE and not is_visible(field.data or ""):
            raise ValidationError(gettext("Écrivez le motif : tout le monde le lira sur la page du réseau."))


@blueprint.get("/<int:peer_id>")
def show(peer_id: int) -> Answer:
    """Everything that is known of one commune."""
    with commune().reading() as site:
        kept = restored(site, url_for("network.admin.peer.decide", peer_id=peer_id))
    return _page(peer_id, StateForm(formdata=None, data=dict(kept.fields) if kept else {}), kept)


@blueprint.post("/<int:peer_id>/decider")
def decide(peer_id: int) -> Answer:
    """The exchange limited, suspended, resumed or ended."""
    form = StateForm()
    with commune().reading() as site:
        form.offer(network_pages.find_peer(site, peer_id).state)
    if not form.validate():
        return _page(peer_id, form), BAD_FORM
    try:
        with commune().transaction() as site:
            peer_states.decide(
                site, viewer(), network_pages.find_peer(site, peer_id), form.state.data, form.reason.data or ""
            )
            forget_sent(site)
    except Conflict as refusal:
        form.refuse("state", gettext(refusal.public))
        return _page(peer_id, form), Conflict.status
    flash(gettext("C’est décidé, et la page du réseau le dit."), "good")
    return redirect(url_for("network.admin.peer.show", peer_id=peer_id), SEE_OTHER)


@blueprint.post("/<int:peer_id>/essai")
def test(peer_id: int) -> Response:
    """A test message on its way."""
    said = gettext("Le message d’essai part. Rechargez cette page dans quelques secondes : sa réponse s’affichera.")
    return _do(peer_id, line_tests.ask, said)


@blueprint.post("/<int:peer_id>/pause")
def pause(peer_id: int) -> Response:
    """Nothing more is pushed."""
    return _do(peer_id, peer_states.pause, gettext("Les envois sont en pause. Ce qui lui est dû l’attend."))


@blueprint.post("/<int:peer_id>/envoyer")
def unpause(peer_id: int) -> Response:
    """What waits is pushed again."""
    return _do(peer_id, peer_states.unpause, gettext("Les envois reprennent : ce qui attendait part maintenant."))


@blueprint.post("/<int:peer_id>/relire")
def reread(peer_id: int) -> Response:
    """One of its journals read again and compared."""
    name, after = request.form.get("journal", ""), request.form.get("after", "0").strip()
    if not (after.isascii() and after.isdigit()) or len(after) > NUMBER_DIGITS:
        raise InvalidInput(f"{after[:40]!r} is no number of an entry", rereading.BEYOND)
    said = gettext("Son journal va être relu. Rechargez cette page dans quelques secondes : le résultat s’affichera.")
    return _do(peer_id, lambda site, who, peer: rereading.ask(site, who, peer, name, int(after)), said)


def _do(peer_id: int, deed: Deed, said: str) -> Response:
    with commune().transaction() as site:
        deed(site, viewer(), network_pages.find_peer(site, peer_id))
    flash(said, "good")
    return redirect(url_for("network.admin.peer.show", peer_id=peer_id), SEE_OTHER)


def _page(peer_id: int, form: StateForm, kept: Kept | None = None) -> str:
    with commune().reading() as site:
        line = network_pages.line_of(site, network_pages.find_peer(site, peer_id))
        form.offer(line.peer.state)
        return render_template(
            "network/peer.html",
            line=line,
            form=form,
            kept=kept,
            decidable=line.peer.state in peer_states.MET,
            acts=peer_states.acts_of(site, line.peer),
            stuck=network_pages.stuck(site, line.peer),
            owed_since=network_pages.owed_since(site, line),
            night=nightly.seen(site, line.peer),
            round=line_tests.last_round(line.peer),
            exchanging=line.peer.state in EXCHANGING,
            short=network_pages.short,
            grouped=network_pages.grouped,
            now=site.clock.now(),
            sent=request.method == "POST",
        )
