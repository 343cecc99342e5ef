"""Whose request this is: the commune it came to, and who is signed in."""

from flask import current_app, g, request
from flask_login import current_user

from pop_forum.commune import Commune
from pop_forum.domain.permissions import VISITOR, Viewer
from pop_forum.errors import Forbidden, Unauthenticated
from pop_forum.models import Person
from pop_forum.services import accounts
from pop_forum.services.passwords import Passwords
from pop_forum.services.sign_ins import SignedIn
from pop_forum.services.site import Site


def commune() -> Commune:
    """The commune this app serves."""
    found: Commune = current_app.extensions["pop_forum"]
    return found


def passwords() -> Passwords:
    """How this app hashes passwords."""
    found: Passwords = current_app.config["PASSWORDS"]
    return found


def signed_in() -> SignedIn | None:
    """Who is signed in, or None for a visitor; the one for all, while a page is rendered for many readers."""
    stand_in: SignedIn | None = g.get("stand_in")
    if stand_in is not None:
        return stand_in
    found: SignedIn | None = getattr(current_user, "account", None)
    return found


def viewer() -> Viewer:
    """Who looks, for the rules of domain/permissions.py."""
    account = signed_in()
    return account.viewer if account else VISITOR


def require_account() -> SignedIn:
    """Who is signed in; Unauthenticated for a visitor."""
    account = signed_in()
    if account is None:
        raise Unauthenticated("visitor")
    return account


def require_admin() -> SignedIn:
    """The admin who is signed in; Forbidden for anybody else."""
    account = require_account()
    if not account.viewer.administers:
        raise Forbidden("not an admin")
    return account


def author(site: Site) -> Person:
    """The person who is signed in, inside the transaction of `site`."""
    return accounts.person(site, require_account().person_id)


def network() -> str:
    """The address the connection came from: the socket's, never a header's (row 86)."""
    return request.remote_addr or "127.0.0.1"
