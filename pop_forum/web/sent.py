"""What this browser has just sent: its back button brings the words back, in a form with a new name (issue 3, 2.2).

Our pages are not kept by browsers, so that nobody reads them after signing out. The page that is gone back to is
therefore a new one, and the browser puts the old words in it: sent again, they would be published twice.
"""

import hashlib
from datetime import timedelta

from flask import request, session

from pop_forum.models import Post
from pop_forum.services import reading
from pop_forum.services.draft_fields import TYPED
from pop_forum.services.pictures import Attached
from pop_forum.services.sign_ins import SignedIn
from pop_forum.services.site import Site

_KEY = "sent"
MOST = 3  # messages that a browser remembers: one goes back a step or two
WITHIN = timedelta(hours=1)  # later, the same words are meant
CHOSEN = ("to", "reach", "category")


def remember(message: str, shown: list[Attached]) -> None:
    """Nothing; this browser knows again what it sends in this request, and the key of the message that it became."""
    session[_KEY] = [[_digest(shown), message], *session.get(_KEY, [])][:MOST]


def known(shown: list[Attached]) -> list[str]:
    """The keys of the messages that this browser has made of the same words in the same place, the newest first."""
    if _KEY not in session:
        return []
    digest = _digest(shown)
    return [message for before, message in session[_KEY] if before == digest]


def standing(site: Site, account: SignedIn, messages: list[str]) -> Post | None:
    """The one of these messages that is new, and as it was sent."""
    for post in (reading.find_post(site, message) for message in messages):
        untouched = post.deleted_at is None and post.edited_at is None and post.author_id == account.person_id
        if untouched and site.clock.now() < post.published + WITHIN:
            return post
    return None


def _digest(shown: list[Attached]) -> str:
    words = [
        (name, value.replace("\r\n", "\n").strip())
        for name, value in sorted(request.form.items())
        if TYPED.fullmatch(name) and not name.startswith("gardee-") or name in CHOSEN
    ]
    pictures = [(one.digest, one.alt) for one in shown]
    return hashlib.sha256(repr((request.path, words, pictures)).encode()).hexdigest()[:16]
