"""A commune limited, suspended, resumed and withdrawn by the console: what it may read, what we show, what we keep."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Entry, Journal, NetworkAct, Peer, Post, Thread
from pop_forum.services import deliveries, measures, mirror_pages, peer_states
from pop_forum.services.measures import MeasureDraft
from tests.web.neighbour import HERE, HOST, befriend, neighbour, neighbour_data, page, signed, write

__all__ = ["neighbour", "neighbour_data"]

ADMIN = "/administration/reseau"
FORUM = f"{HERE}/journal/forum"
WHY = "Son équipe ne répond plus depuis trois semaines."
SignIn = Callable[..., Any]


@pytest.fixture
def friends(commune: Commune, neighbour: Commune) -> Commune:
    """Pont-Hervel, an active peer on both sides, whose discussion « Chez les voisins » has come here."""
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    write(neighbour, "Chez les voisins", "La passerelle rouvre mardi.")
    return neighbour


def push(client: Any, signer: Commune) -> int:
    """The answer to a signed push of everything that the other commune wrote."""
    body = page(signer)
    answer = client.post("/journal/forum", data=body, headers=signed(signer, "POST", FORUM, body))
    return int(answer.status_code)


def read(client: Any, signer: Commune, address: str) -> int:
    """The answer to a signed reading."""
    answer = client.get(address, headers=signed(signer, "GET", HERE + address))
    return int(answer.status_code)


def number(commune: Commune) -> int:
    with commune.reading() as site:
        return site.session.scalars(select(Peer.id)).one()


def decide(browser: Any, commune: Commune, state: str, reason: str = WHY) -> Any:
    """The answer to the form of the console."""
    return browser.send(f"{ADMIN}/{number(commune)}/decider", ADMIN, state=state, reason=reason)


def thread_page(commune: Commune) -> str:
    with commune.reading() as site:
        return f"/discussions/{site.session.scalars(select(Thread.key).where(Thread.host == HOST)).one()}"


def test_a_suspended_commune_reads_nothing_sends_nothing_and_is_not_shown(
    client: Any, commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    assert push(client, friends) == 200
    where = thread_page(commune)
    assert client.get(where).status_code == 200
    assert decide(signed_in("admin"), commune, "suspended").status_code == 303
    for address in (
        "/journal",
        "/journal/forum?since=0",
        "/journal/programme?since=0",
        f"/journal/{HOST}/forum?since=0",
    ):
        assert read(client, friends, address) == 403
    write(friends, "Pendant la suspension")
    assert push(client, friends) == 403
    assert client.get(where).status_code == 404
    for listing in ("/", "/quotidien", "/quotidien/flux.atom", "/recherche?q=passerelle"):
        assert "Chez les voisins" not in client.get(listing).text
    with commune.reading() as site:
        assert site.session.query(Thread).count() == 1  # kept


def test_nothing_leaves_for_a_suspended_commune(commune: Commune, friends: Commune, signed_in: SignIn) -> None:
    write(commune, "Chez nous")
    decide(signed_in("admin"), commune, "suspended")
    with commune.transaction() as site:
        deliveries.sweep(site)
        assert deliveries.claim(site) == []


def test_the_reason_of_a_suspension_is_public_with_its_date(
    client: Any, commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    decide(signed_in("admin"), commune, "suspended")
    directory, log = client.get("/reseau").text, client.get("/reseau/decisions").text
    assert WHY in directory and "suspendue depuis le" in directory and "Communes suspendues" in directory
    assert WHY in log and "Pont-Hervel" in log
    assert "/reseau/decisions" in client.get("/moderation/journal").text


def test_resuming_shows_everything_again_and_takes_what_was_missed_once(
    client: Any, commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    push(client, friends)
    where, admin = thread_page(commune), signed_in("admin")
    decide(admin, commune, "suspended")
    write(friends, "Pendant la suspension")
    push(client, friends)
    assert decide(admin, commune, "active", "").status_code == 303
    assert push(client, friends) == push(client, friends) == 200
    assert client.get(where).status_code == 200
    assert client.get("/quotidien").text.count(">Pendant la suspension<") == 1
    with commune.reading() as site:
        assert site.session.query(Post).count() == 2
        peer = site.session.query(Peer).one()
        assert peer.sync_due_at is not None and peer.sync_due_at <= site.clock.now()
    assert WHY not in client.get("/reseau").text
    assert WHY in client.get("/reseau/decisions").text


def test_our_adaptations_stay_whatever_becomes_of_a_commune(
    client: Any, commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    admin = Viewer(1, Role.ADMIN)
    with commune.transaction() as site:
        measure = measures.by_slug(site, "navette-a-la-demande")
        base = measures.current_revision(site, measure.urn)
        draft = MeasureDraft("Notre navette", ((None, "Le samedi aussi."),), "Pour le marché.", base.digest)
        measures.adapt(site, admin, measure, draft)
    browser = signed_in("admin")
    for state in ("limited", "suspended", "withdrawn"):
        assert decide(browser, commune, state).status_code == 303
        text = client.get("/programme/navette-a-la-demande").text
        assert "Notre navette" in text and "Le samedi aussi." in text


def test_a_limited_commune_exchanges_and_is_in_no_list(
    client: Any, commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    assert decide(signed_in("admin"), commune, "limited").status_code == 303
    assert push(client, friends) == 200
    assert read(client, friends, "/journal") == read(client, friends, "/journal/forum?since=0") == 200
    for listing in ("/", "/reseau", "/quotidien", "/quotidien/flux.atom", "/recherche?q=passerelle"):
        assert "Chez les voisins" not in client.get(listing).text, listing
    assert "La passerelle rouvre" in client.get(thread_page(commune)).text
    directory = client.get("/reseau").text
    assert "limitée" in directory and WHY in directory


def test_a_withdrawn_commune_is_no_peer_any_more_and_can_be_invited_again(
    client: Any, commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    push(client, friends)
    browser = signed_in("admin")
    assert decide(browser, commune, "withdrawn").status_code == 303
    assert read(client, friends, "/journal") == 403
    assert client.get(thread_page(commune)).status_code == 404
    assert decide(browser, commune, "active").status_code == 409
    fields = {"csrf_token": browser.csrf(ADMIN), "address": HOST, "fingerprint": ""}
    assert browser.post(f"{ADMIN}/inviter", data=fields).status_code == 303


@pytest.mark.parametrize(
    ("state", "reason", "status"),
    [
        ("suspended", "", 400),
        ("suspended", " \n\u200b", 400),
        ("limited", "", 400),
        ("withdrawn", "", 400),
        ("suspended", "x" * peer_states.REASON_CHARS, 303),
        ("suspended", "x" * (peer_states.REASON_CHARS + 1), 400),
        ("active", "Rien ne change.", 400),
        ("invited", WHY, 400),
        ("", WHY, 400),
    ],
)
def test_a_decision_needs_a_choice_and_a_public_reason_within_its_limit(
    commune: Commune, friends: Commune, signed_in: SignIn, state: str, reason: str, status: int
) -> None:
    assert peer_states.REASON_CHARS == 500
    answer = decide(signed_in("admin"), commune, state, reason)
    assert answer.status_code == status
    if status == 400 and reason.strip():
        assert reason[:400] in answer.text  # what was typed is given back
    with commune.reading() as site:
        assert site.session.query(NetworkAct).count() == (status == 303)


def test_row_68_a_reason_is_inert(client: Any, commune: Commune, friends: Commune, signed_in: SignIn) -> None:
    decide(signed_in("admin"), commune, "limited", "<script>alert(1)</script>")
    for address in ("/reseau", "/reseau/decisions"):
        assert "<script>alert" not in client.get(address).text


@pytest.mark.parametrize("role", ["resident", "candidate", "moderator"])
def test_only_admins_decide(commune: Commune, friends: Commune, signed_in: SignIn, role: str) -> None:
    browser, address = signed_in(role), f"{ADMIN}/{number(commune)}"
    assert browser.get(address).status_code == 403
    token = browser.csrf("/affichage")
    sent = browser.post(f"{address}/decider", data={"csrf_token": token, "state": "suspended", "reason": WHY})
    assert sent.status_code == 403
    with commune.reading() as site:
        assert site.session.query(Peer).one().state == "active"


def test_an_unknown_commune_is_not_found(signed_in: SignIn) -> None:
    browser = signed_in("admin")
    assert browser.get(f"{ADMIN}/999").status_code == 404
    assert browser.send(f"{ADMIN}/999/decider", ADMIN, state="suspended", reason=WHY).status_code == 404


def test_a_suspended_commune_of_the_programme_is_not_shown_by_the_back_door(
    commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    with commune.transaction() as site:
        peer = site.session.query(Peer).one()
        peer_states.decide(site, Viewer(1, Role.ADMIN), peer, "suspended", WHY)
    browser = signed_in("admin")
    answer = browser.send(f"{ADMIN}/relais/montrer", ADMIN, host=HOST)
    assert answer.status_code == 409 and mirror_pages.CUT_OFF in answer.text
    assert "Montrer ici" not in browser.get(f"{ADMIN}/relais").text


def test_the_log_of_decisions_has_pages(
    client: Any, commune: Commune, friends: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_states, "ACTS_PER_PAGE", 2)
    with commune.transaction() as site:
        peer = site.session.query(Peer).one()
        for state in ("limited", "suspended", "active"):
            peer_states.decide(site, Viewer(1, Role.ADMIN), peer, state, f"Motif de {state}.")
    assert "Motif de limited" not in client.get("/reseau/decisions").text
    assert "Motif de limited" in client.get("/reseau/decisions?page=2").text
    assert client.get("/reseau/decisions?page=3").status_code == 404


def test_the_page_of_a_commune_says_where_the_exchange_stands(
    commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    write(commune, "Chez nous")
    text = signed_in("admin").get(f"{ADMIN}/{number(commune)}").text
    for words in (
        "Dernier contact",
        "le plus ancien envoi attend depuis",
        "0 sur 3",
        "pas encore comparables",
        "Relancer",
    ):
        assert words in text.replace("\u202f", " ").replace("\u00a0", " "), words


def test_a_test_message_leaves_and_its_times_are_shown(commune: Commune, friends: Commune, signed_in: SignIn) -> None:
    browser, address = signed_in("admin"), f"{ADMIN}/{number(commune)}"
    assert browser.send(f"{address}/essai", ADMIN).status_code == 303
    assert "pas encore arrivée" in browser.get(address).text
    with commune.transaction() as site:
        peer = site.session.query(Peer).one()
        sent = peer.test_sent_at
        assert sent is not None
        peer.test_reached_at, peer.test_back_at = sent + timedelta(seconds=90), sent + timedelta(seconds=2)
    text = browser.get(address).text.replace("\u202f", " ")
    assert "fonctionne dans les deux sens" in text and "2 000 millisecondes" in text and "88 secondes" in text


@pytest.mark.parametrize(("hours", "said"), [(23, None), (25, "depuis 1 jour"), (73, "depuis 3 jours")])
def test_a_commune_that_cannot_be_reached_says_for_how_long(
    commune: Commune, friends: Commune, signed_in: SignIn, hours: int, said: str | None
) -> None:
    with commune.transaction() as site:
        peer = site.session.query(Peer).one()
        peer.error, peer.error_at = "Son site ne répond pas.", site.clock.now() - timedelta(hours=hours)
    browser = signed_in("admin")
    for address in (ADMIN, f"{ADMIN}/{number(commune)}"):
        text = browser.get(address).text.replace("\u00a0", " ").replace("\u202f", " ")
        assert "injoignable" in text and ("depuis 1 jour" in text or "depuis 3 jours" in text) == (said is not None)
        assert said is None or said in text


def test_a_pause_is_begun_and_ended_by_a_button(commune: Commune, friends: Commune, signed_in: SignIn) -> None:
    browser, address = signed_in("admin"), f"{ADMIN}/{number(commune)}"
    assert browser.send(f"{address}/envoyer", ADMIN).status_code == 409
    assert browser.send(f"{address}/pause", ADMIN).status_code == 303
    assert "1 commune en pause" in browser.get(ADMIN).text and "Reprendre les envois" in browser.get(address).text
    assert browser.send(f"{address}/envoyer", ADMIN).status_code == 303
    assert "en pause" not in browser.get(ADMIN).text


@pytest.mark.parametrize("deed", ["essai", "pause", "envoyer"])
def test_only_admins_test_and_pause(commune: Commune, friends: Commune, signed_in: SignIn, deed: str) -> None:
    browser = signed_in("moderator")
    assert browser.send(f"{ADMIN}/{number(commune)}/{deed}", "/affichage").status_code == 403


def test_what_has_no_effect_is_listed_with_its_reason(
    client: Any, commune: Commune, friends: Commune, signed_in: SignIn
) -> None:
    push(client, friends)
    with commune.transaction() as site:
        entry = site.session.scalars(select(Entry).join(Journal).where(Journal.host == HOST, Entry.n == 3)).one()
        entry.outcome, entry.reason = "refused", "a date of another century"
    text = signed_in("admin").get(f"{ADMIN}/{number(commune)}").text
    assert "a date of another century" in text and "refusée" in text


@pytest.mark.parametrize(
    ("after", "status"), [("0", 303), ("2", 303), ("3", 400), ("x", 400), ("9" * 10, 400), ("", 400)]
)
def test_a_journal_is_read_again_from_an_entry_that_is_held(
    client: Any, commune: Commune, friends: Commune, signed_in: SignIn, after: str, status: int
) -> None:
    push(client, friends)
    browser, address = signed_in("admin"), f"{ADMIN}/{number(commune)}"
    assert browser.send(f"{address}/relire", ADMIN, journal="forum", after=after).status_code == status
    assert ("relecture en cours" in browser.get(address).text) == (status == 303)
