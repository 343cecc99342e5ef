"""A poll by keyboard, on a phone and a desktop, with scripts and without."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select

from pop_forum.domain.permissions import Role
from pop_forum.models import Ballot, Thread
from tests.browser.conftest import Enter
from tests.browser.host import VALOMBRE, RunningHost
from tests.browser.visitor import Screen

QUESTION = "Par quoi commencer"  # in the content of host.py


@pytest.fixture
def address(host: RunningHost) -> str:
    """The discussion with a poll, in which nobody of these tests has voted yet."""
    with host.communes[VALOMBRE].transaction() as site:
        site.session.execute(delete(Ballot))
        key = site.session.scalars(select(Thread.key).where(Thread.poll)).first()
    return f"/discussions/{key}"


def test_a_resident_votes_by_keyboard_and_changes_it(enter: Enter, address: str, screen: Screen) -> None:
    visitor = enter(VALOMBRE, Role.RESIDENT, screen)
    page = visitor.page
    visitor.go(address)
    poll = page.locator("#sondage")
    expect(poll.get_by_role("heading", level=2)).to_contain_text(QUESTION)
    expect(poll).to_contain_text("n’a pas de valeur scientifique")
    poll.get_by_label("Des romans policiers").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(poll.get_by_label("Des bandes dessinées")).to_be_checked()
    visitor.press("Voter")
    expect(page.get_by_role("status")).to_contain_text("Votre vote est enregistré")
    expect(poll).to_contain_text("1 personne a voté")
    assert page.url.endswith(f"{address}#sondage")
    for answer, chosen in (("Des romans policiers", True), ("Des bandes dessinées", True), ("Le jardin", False)):
        expect(poll.get_by_label(answer)).to_be_checked(checked=chosen)
    visitor.press("Retirer mon vote")
    expect(poll).to_contain_text("personne n’a encore voté")


def test_a_visitor_is_led_to_the_poll_through_signing_in(enter: Enter, address: str, screen: Screen) -> None:
    visitor = enter(VALOMBRE, None, screen)
    visitor.go(address)
    poll = visitor.page.locator("#sondage")
    expect(poll.get_by_role("checkbox")).to_have_count(0)
    expect(poll.get_by_role("link", name="Se connecter pour voter")).to_have_attribute(
        "href", f"/connexion?next={address}"
    )


def test_the_author_finds_what_is_missing_and_keeps_what_was_typed(
    enter: Enter, host: RunningHost, screen: Screen
) -> None:
    visitor = enter(VALOMBRE, Role.RESIDENT, screen)
    with host.communes[VALOMBRE].reading() as site:
        key = site.session.scalars(select(Thread.key).where(Thread.title.like("La navette passera%"))).one()
    visitor.go(f"/discussions/{key}/sondage")
    page = visitor.page
    page.get_by_label("Les réponses proposées").fill("Le vendredi")
    visitor.press("Ouvrir le sondage")
    expect(page.get_by_role("alert")).to_contain_text("Proposez au moins deux réponses")
    expect(page.get_by_label("Les réponses proposées")).to_have_value("Le vendredi")
