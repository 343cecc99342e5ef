"""Proving again who one is, before changing what protects the account."""

from flask_babel import gettext

from pop_forum.services import accounts, sign_ins
from pop_forum.services.sign_ins import SignedIn
from pop_forum.web import sessions
from pop_forum.web.forms import NewAddressForm, PasswordForm
from pop_forum.web.viewer import commune, passwords


def needs_password(account: SignedIn) -> bool:
    """Whether the current password is asked for: not of who came in a moment ago, nor of who has none.

    A password that was forgotten is changed so: come in by a code, then choose another one.
    """
    token = sessions.current_token() or ""
    with commune().reading() as site:
        return bool(accounts.password_hash_of(site, account.person_id)) and not sign_ins.is_fresh(site, token)


def prove(form: PasswordForm | NewAddressForm, account: SignedIn) -> None:
    """Nothing when it is proven who asks; else the refusal is beside the field."""
    if not needs_password(account):
        return
    with commune().reading() as site:
        kept = accounts.password_hash_of(site, account.person_id)
    if not passwords().verify(form.current.data or "", kept)[0]:
        form.refuse("current", gettext("Ce n’est pas votre mot de passe actuel."))
