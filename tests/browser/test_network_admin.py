"""« Network admin »: from an invitation to a test message seen green, then a suspension and its end, by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import StorageState
from sqlalchemy import select

from pop_forum.cli.demo_seeding import PASSWORD
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Account, Peer, Person, Post, Thread
from pop_forum.services import peer_states, peers, threads
from pop_forum.services.threads import ThreadDraft
from tests.browser.conftest import Enter, nobody
from tests.browser.host import SAINTE_AURE, VALOMBRE, RunningHost, mail, wait_until
from tests.browser.test_keyboard import enter_on, tab_to, type_into
from tests.browser.visitor import DESKTOP, PHONE, Screen, Visitor

CONSOLE = "/administration/reseau"
ADMIN = Viewer(0, Role.ADMIN)
WHY = "Son équipe ne répond plus à nos appels."
LONG_OUTAGE = "injoignable"


@pytest.fixture(scope="module")
def host(quiet_host: RunningHost) -> RunningHost:
    """Three communes where nobody publishes: this journey cuts one off from another."""
    return quiet_host


@pytest.fixture(scope="module")
def profile() -> Callable[[str, Role], StorageState]:
    """Everybody signs in by the form: this host is its own."""
    return nobody


@pytest.fixture
def strangers(host: RunningHost) -> tuple[Commune, Commune]:
    """Valombre and Sainte-Aure, which have left each other's network."""
    pair = host.communes[VALOMBRE], host.communes[SAINTE_AURE]
    for one, other in (pair, pair[::-1]):
        with one.transaction() as site:
            peer_states.decide(site, ADMIN, peers.by_host(site, other.settings.host), "withdrawn", "Pour commencer.")
    return pair


def admin_of(enter: Enter, slug: str, screen: Screen) -> Visitor:
    visitor = enter(slug, screen=screen)
    visitor.sign_in(mail(slug, Role.ADMIN), PASSWORD)
    return visitor


def number(commune: Commune, other: Commune) -> int:
    with commune.reading() as site:
        return site.session.scalars(select(Peer.id).where(Peer.host == other.settings.host)).one()


def open_thread(commune: Commune, title: str) -> None:
    with commune.transaction() as site:
        resident = select(Person).join(Account, Account.person_id == Person.id).where(Account.role == Role.RESIDENT)
        author = site.session.scalars(resident.order_by(Person.id)).first()
        assert author is not None
        threads.open_thread(site, author, ThreadDraft(title, "Bonjour à toutes et à tous.", None, True))


def holds(commune: Commune, title: str) -> int:
    with commune.reading() as site:
        held = select(Post.id).join(Thread).where(Thread.title == title)
        return len(site.session.scalars(held).all())


def compare_and_confirm(visitor: Visitor, theirs: str, button: str) -> None:
    """The fingerprint on the page is the one that the other admin reads aloud; then it is confirmed, by keyboard."""
    assert visitor.page.locator(".note .fingerprint code").first.inner_text() == theirs
    tab_to(visitor, "J’ai comparé l’empreinte")
    visitor.page.keyboard.press("Space")
    enter_on(visitor, button)


def own_fingerprint(visitor: Visitor) -> str:
    visitor.go(CONSOLE)
    return visitor.page.locator(".band .fingerprint code").first.inner_text()


def decide(visitor: Visitor, page: str, choice: str, reason: str = "") -> None:
    """The choice of this name taken with the arrows, its reason typed, the button pressed with Enter."""
    visitor.go(page)
    tab_to(visitor, "Limiter|Échanger normalement")
    visitor.page.keyboard.press("Space")
    for _ in range(3):
        if visitor.page.evaluate("() => document.activeElement.labels[0].innerText").startswith(choice):
            break
        visitor.page.keyboard.press("ArrowDown")
    if reason:
        type_into(visitor, "Motif", reason)
    enter_on(visitor, "Décider$")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_an_admin_links_tests_suspends_and_resumes_a_commune(
    enter: Enter, strangers: tuple[Commune, Commune], size: tuple[int, int]
) -> None:
    here, there = strangers
    ours, theirs = (admin_of(enter, slug, Screen(*size)) for slug in (VALOMBRE, SAINTE_AURE))
    our_print, their_print = own_fingerprint(ours), own_fingerprint(theirs)

    type_into(ours, "Adresse de son site", there.settings.host)
    enter_on(ours, "Chercher cette commune")
    ours.wait_to_read(CONSOLE, "Comparer avant d’inviter")
    compare_and_confirm(ours, their_print, "Inviter cette commune")
    theirs.wait_to_read(CONSOLE, "nous invite")
    compare_and_confirm(theirs, our_print, "Accepter l’invitation")

    page = f"{CONSOLE}/{number(here, there)}"
    ours.wait_to_read(page, "Message d’essai")
    enter_on(ours, "Envoyer un message d’essai")
    ours.wait_to_read(page, "fonctionne dans les deux sens")
    assert ours.reads("millisecondes")

    decide(ours, page, "Suspendre", WHY)
    anybody = enter(VALOMBRE, screen=Screen(*size))
    anybody.go("/reseau")
    assert anybody.reads("Communes suspendues") and anybody.reads(WHY)
    title = f"Pendant la suspension, sur {size[0]} pixels"
    open_thread(there, title)
    theirs.wait_to_read(f"{CONSOLE}/{number(there, here)}", LONG_OUTAGE)
    assert holds(here, title) == 0

    decide(ours, page, "Échanger normalement")
    wait_until(lambda: holds(here, title) == 1, "what was missed comes once the exchange is resumed")
    anybody.go("/quotidien")
    assert anybody.page.get_by_role("link", name=title).count() == 1
    assert ours.complaints == theirs.complaints == anybody.complaints == []
