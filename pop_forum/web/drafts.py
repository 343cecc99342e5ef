"""Drafts through the door: saved while one types, kept for who is not signed in, restored, erased."""

import re

from flask import Blueprint, Response, g, redirect, request, session
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.errors import ForumError
from pop_forum.services import drafts
from pop_forum.services.drafts import Holder, Kept, Sent, Source, Turn
from pop_forum.services.site import Site
from pop_forum.web.done import Done, tell
from pop_forum.web.sessions import PENDING
from pop_forum.web.viewer import commune, network, require_account, signed_in

SEE_OTHER = 303
_SUBMISSION = re.compile(r"[a-z2-7]{26}")
_PICTURE = re.compile(r"image-[1-9]")
_TURN = re.compile(r"([a-z0-9]{1,26})\.([0-9]{1,15})")  # the name of a tab, and a number that a script holds exactly

PART = re.compile(r"/(?:sondage|roles|decider)$")
ARRANGED = re.compile(r"/(?:clore|epingler|deplacer)$")

blueprint = Blueprint("drafts", __name__)


@blueprint.post("/brouillons")
def save() -> Response:
    """204: what was typed so far is kept for this account."""
    account, typed = require_account(), request.form
    with commune().transaction() as site:
        source = Source(submission(typed.get("envoi")), typed.get("version"), turn())
        drafts.save(site, account.person_id, typed.get("place", ""), typed_fields(), source)
    return Response(status=204)


@blueprint.post("/brouillons/effacer")
def erase() -> AnyResponse:
    """The form, empty again."""
    place = drafts.check_place(request.form.get("place", ""))
    with commune().transaction() as site:
        drafts.forget(site, holder(), place, turn())
    return redirect(_page_of(place), SEE_OTHER)


def typed_fields() -> dict[str, str]:
    """The fields of the form that was sent; those of passages, which bear one name, are numbered.

    The passages that were ticked are one field.
    """
    passages, ticked = request.form.getlist("block"), request.form.getlist("passage")
    fields = {name: value for name, value in request.form.items() if not (passages and name in ("block", "text"))}
    for name in ("block", "text") if passages else ():
        fields |= {f"{name}-{place}": value for place, value in enumerate(request.form.getlist(name), start=1)}
    return fields | ({"passage": " ".join(ticked)} if ticked else {})


def lost_pictures() -> dict[str, str]:
    """The places of the pictures that were sent: only an account's are kept."""
    chosen = [name for name, file in request.files.items() if file.filename and _PICTURE.fullmatch(name)]
    return {name.replace("image", "perdue"): "1" for name in chosen}


def holder() -> Holder:
    """Whose drafts this request may see: the account's, and those this browser left before signing in."""
    account, token = signed_in(), session.get(PENDING)
    return Holder(account.person_id if account else None, token if isinstance(token, str) else None)


def restored(site: Site, place: str) -> Kept | None:
    """The draft that this browser's form at `place` is filled with."""
    mine = holder()
    return drafts.find(site, mine, place) if mine != Holder(None) else None


def forget_sent(site: Site) -> None:
    """Nothing; the draft of the form that was just sent is gone: what another tab typed in it stays."""
    sent = Sent(typed_fields(), turn(), submission(request.form.get("envoi")), request.form.get("brouillon"))
    drafts.forget_sent(site, holder(), request.path, sent)


def filled_from(kept: Kept | None) -> str:
    """The moment of the draft that a form was filled with, also when the form comes back; "" without one."""
    return kept.moment if kept else request.form.get("brouillon", "") if request.method == "POST" else ""


def hold(place: str) -> AnyResponse:
    """The form again, filled: its text is kept, and its writer is asked who she is."""
    _hold(place)
    tell(Done(gettext("Votre texte est gardé. Il reste à dire qui vous êtes.")))
    return redirect(_page_of(place), SEE_OTHER)


def _hold(place: str, *, previewed: bool = False) -> None:
    token = session.get(PENDING) or commune().entropy.token(drafts.TOKEN_LETTERS)
    with commune().transaction() as site:
        drafts.hold(site, token, network(), place, typed_fields() | lost_pictures(), previewed=previewed)
    session[PENDING] = token


def keep_typed() -> bool:
    """Whether what was just sent and not published waits in its form for who typed it."""
    account = signed_in()
    if not kept_here():
        return False
    try:
        if account is None:
            _hold(request.path, previewed=True)
        else:
            source = Source(submission(request.form.get("envoi")), request.form.get("version"), turn())
            typed = typed_fields() | {each.name: each.value for each in g.get("given_back_too", [])}
            with commune().transaction() as site:
                drafts.save(site, account.person_id, request.path, typed, source)
    except ForumError:
        return False
    return True


def kept_here() -> bool:
    """Whether the form that was just sent is one whose text waits for its writer."""
    return request.method == "POST" and drafts.is_place(request.path)


def new_submission() -> str:
    """The name of one more form: whatever happens, it publishes one message."""
    return commune().entropy.token(drafts.TOKEN_LETTERS)


def submission(name: str | None) -> str | None:
    """The name of the form that was sent, or None when it is not one of ours."""
    return name if name and _SUBMISSION.fullmatch(name) else None


def turn() -> Turn | None:
    """Which save of its page this request is, as the script says; None without it."""
    found = _TURN.fullmatch(request.form.get("saisie", ""))
    return Turn(found[1], int(found[2])) if found else None


def _page_of(place: str) -> str:
    """The page with the form that is sent there; a poll is judged on the page of its message, and three forms
    arrange a discussion on one page; an opinion is given on the page of its improvement.
    """
    if place.startswith(("/moderation/", "/administration/")):
        return PART.sub("", place)
    return ARRANGED.sub("/ranger", place.removesuffix("/avis"))
