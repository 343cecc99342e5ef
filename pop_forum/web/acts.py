"""Undoing one's own act, for ten minutes."""

from flask import Blueprint, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.services import reading, undo
from pop_forum.web.done import Done, tell
from pop_forum.web.threads import restored_words, see
from pop_forum.web.viewer import commune, require_account, viewer

blueprint = Blueprint("acts", __name__)


@blueprint.post("/messages/<key>/annuler")
def take_back(key: str) -> AnyResponse:
    """The message as it was before one's last act."""
    require_account()
    act = request.form.get("acte", "")
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        undo.undo(site, viewer(), post, act)
        back, again = see(site, post), restored_words(post)
    sentences = {
        undo.PUBLISH: gettext("Votre message est retiré. Son texte vous attend, en brouillon, dans le formulaire."),
        undo.EDIT: gettext("Votre message est redevenu ce qu’il était."),
        undo.DELETE: again,
    }
    tell(Done(sentences[act]))
    return back
