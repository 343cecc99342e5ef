"""A passkey in a real browser, with the virtual authenticator of Chromium: made, then used to sign in."""

from pop_forum.domain.permissions import Role
from tests.browser.conftest import Enter
from tests.browser.host import VALOMBRE

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_resident_makes_a_passkey_and_signs_in_with_it(enter: Enter) -> None:
    visitor = enter(VALOMBRE, Role.RESIDENT)
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    visitor.go("/mon-compte/cles")
    visitor.page.get_by_label("Nom de la clé").fill("mon ordinateur")
    visitor.press("Continuer")
    visitor.press("Créer la clé sur cet appareil")
    visitor.page.wait_for_url("**/mon-compte/cles")
    assert visitor.reads("mon ordinateur")
    visitor.context.clear_cookies()
    visitor.go("/connexion")
    visitor.press("Entrer avec une clé d’accès")
    visitor.page.wait_for_url(lambda url: "/connexion" not in url)
    visitor.go("/mon-compte")
    assert visitor.reads("Huguette P.")
    visitor.go("/mon-compte/cles")
    visitor.press("Retirer cette clé")
    assert not visitor.complaints
