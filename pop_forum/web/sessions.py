"""The session cookie and Flask-Login: a signed cookie holds a random token, the database only its digest."""

from datetime import timedelta
from typing import Any

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user

from pop_forum.services import sign_ins
from pop_forum.services.passwords import Passwords
from pop_forum.services.sign_ins import SignedIn
from pop_forum.settings import Instance
from pop_forum.web import rates
from pop_forum.web.compression import MaskedCSRF
from pop_forum.web.done import greet
from pop_forum.web.viewer import commune

PENDING = "pending"  # names the texts that this browser left before signing in: services/drafts.py
csrf = MaskedCSRF()
logins = LoginManager()


class BrowserSession:
    """The user object of Flask-Login: an account reached through one token."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str, account: SignedIn) -> None:
        self.token = token
        self.account = account

    def get_id(self) -> str:
        """What the cookie holds."""
        return self.token


def cookie_settings(settings: Instance) -> dict[str, Any]:
    """The configuration of cookies, CSRF and rates, as Flask keys."""
    secure = settings.scheme == "https"
    return {
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=settings.retention.sign_in_days),
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session: a draft may wait for a week
        "TRUSTED_HOSTS": [settings.host.partition(":")[0]],
        "PASSWORDS": Passwords(),
    }


def install(app: Flask) -> None:
    """CSRF, request rates and sign-in on this app."""
    rates.install(app)
    csrf.init_app(app)
    logins.session_protection = None  # the token is checked in the database at every request
    logins.init_app(app)


def load(token: str) -> BrowserSession | None:
    """Who holds the token of the cookie; a session in use is extended at most once an hour."""
    with commune().reading() as site:
        account = sign_ins.account_for_token(site, token)
    if account is None:
        return None
    if account.stale and commune().in_passing(lambda site: sign_ins.keep_signed_in(site, token)):
        session.modified = True
    return BrowserSession(token, account)


logins.user_loader(load)


def current_token() -> str | None:
    """The token in this browser's cookie, if any."""
    token = session.get("_user_id")
    return token if isinstance(token, str) else None


def enter(token: str, account: SignedIn) -> None:
    """Give this browser a new session: of the former one, only unsent texts survive (row 81)."""
    _clear(PENDING)
    session.permanent = True
    login_user(BrowserSession(token, account))


def welcome(token: str, account: SignedIn) -> None:
    """Nothing; this browser is signed in, and the next page greets its person."""
    enter(token, account)
    greet()


def leave() -> None:
    """End this browser's session."""
    logout_user()
    _clear()


def _clear(*names: str) -> None:
    kept = {name: session[name] for name in names if name in session}
    session.clear()
    session.update(kept)
