"""What communes pass on for each other, as admins see it: late, altered, shown or kept; and who is of the programme."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.federation.activities import MemberListed
from pop_forum.federation.identifiers import Fingerprint, Host
from pop_forum.models import Journal, Member, Mirror, Peer
from pop_forum.services import catchup, identity, journal, members
from tests.unit.services.scribe import PAPER, Scribe
from tests.web.neighbour import HOST, befriend, neighbour, neighbour_data

__all__ = ["neighbour", "neighbour_data"]

CONSOLE = "/administration/reseau"
RELAYS, MEMBERS = f"{CONSOLE}/relais", f"{CONSOLE}/programme"
SignIn = Callable[..., Any]
FAR = "papier.localhost:8080"


@pytest.fixture
def scribe() -> Scribe:
    """Papier, a commune that this one never meets, with a thread."""
    written = Scribe()
    written.opens("fil", "Bonjour de loin.")
    return written


@pytest.fixture
def passed_on(commune: Commune, neighbour: Commune, scribe: Scribe) -> Commune:
    """Papier is of the programme, and what it wrote came through Pont-Hervel."""
    befriend(commune, neighbour)
    with commune.transaction() as site:
        members._say(site, MemberListed(PAPER, "Papier", "citoyenne", scribe.root))
        catchup.receive_page(site, PAPER, scribe.root, "forum", scribe.page(), HOST)
        peer = site.session.query(Peer).one()
        site.session.add(
            Mirror(peer_id=peer.id, host=PAPER, journal="forum", epoch=1, n=2, asked_n=2, head_epoch=1, head_n=2,
                   head_at=site.clock.now() - timedelta(days=3), asked_at=site.clock.now())
        )  # fmt: skip
    return commune


def change(commune: Commune, **values: object) -> None:
    with commune.transaction() as site:
        mirror = site.session.query(Mirror).one()
        for name, value in values.items():
            setattr(mirror, name, value)


def post(browser: Any, url: str, **fields: str) -> Any:
    return browser.post(url, data={"csrf_token": browser.csrf("/affichage"), **fields})


# what is shown


@pytest.mark.parametrize("address", ["/", "/quotidien", "/reseau", "/flux.atom"])
def test_content_of_a_commune_that_is_not_accepted_is_kept_and_not_shown(
    client: Any, passed_on: Commune, address: str
) -> None:
    with passed_on.reading() as site:
        assert site.session.query(Journal).filter_by(host=PAPER).one().n == 2
    assert "La place" not in client.get(address).text


def test_what_an_admin_shows_is_read_here_and_hidden_again(signed_in: SignIn, client: Any, passed_on: Commune) -> None:
    browser = signed_in("admin")
    assert "gardée, pas montrée" in browser.get(RELAYS).text
    assert post(browser, f"{RELAYS}/montrer", host=FAR).status_code == 303
    assert "La place" in client.get("/reseau").text
    assert "Papier" in client.get("/reseau").text
    assert "montrée ici" in browser.get(RELAYS).text
    assert "relayée" in browser.get(CONSOLE).text
    assert post(browser, f"{RELAYS}/cacher", host=FAR).status_code == 303
    assert "La place" not in client.get("/reseau").text


def test_a_suspended_commune_is_not_shown_through_others(signed_in: SignIn, client: Any, passed_on: Commune) -> None:
    post(signed_in("admin"), f"{RELAYS}/montrer", host=FAR)
    with passed_on.transaction() as site:
        site.session.query(Peer).filter_by(host=FAR).one().state = "suspended"
    assert "La place" not in client.get("/reseau").text


def test_only_a_commune_of_the_programme_that_is_not_linked_is_shown_so(signed_in: SignIn, passed_on: Commune) -> None:
    browser = signed_in("admin")
    assert post(browser, f"{RELAYS}/montrer", host="inconnue.example").status_code == 409
    with passed_on.transaction() as site:
        members._say(site, MemberListed(Host(HOST), "Pont-Hervel", "partisane", Fingerprint("a" * 52)))
    answer = post(browser, f"{RELAYS}/montrer", host=HOST)
    assert answer.status_code == 409 and "déjà reliée" in answer.text
    assert post(browser, f"{RELAYS}/cacher", host="inconnue.example").status_code == 404


# late, altered


def test_a_source_in_step_tells_the_age_of_its_head(signed_in: SignIn, passed_on: Commune) -> None:
    text = signed_in("admin").get(RELAYS).text
    assert "à jour" in text and "il y a 3 jours" in text.replace("\u00a0", " ")


def test_a_source_is_late_as_soon_as_any_other_shows_a_higher_signed_head(
    signed_in: SignIn, passed_on: Commune, scribe: Scribe
) -> None:
    browser = signed_in("admin")
    scribe.replies(scribe.at("/o/fil"))
    with passed_on.transaction() as site:  # by the origin itself, by another mirror: whoever shows it
        site.session.query(Journal).filter_by(host=PAPER).one().highest_n = 3
    text = browser.get(RELAYS).text
    assert "en retard" in text and "D’autres en ont davantage" in text and "Il en manque" in text


def test_a_source_that_gives_less_than_it_says_is_late(signed_in: SignIn, passed_on: Commune) -> None:
    change(passed_on, problem="withheld")
    text = signed_in("admin").get(RELAYS).text
    assert "en retard" in text and "moins qu’elle n’annonce" in text


@pytest.mark.parametrize(("problem", "said"), [("root", "autre empreinte"), ("refused", "ne le donne pas")])
def test_other_troubles_of_a_source_are_said(signed_in: SignIn, passed_on: Commune, problem: str, said: str) -> None:
    change(passed_on, problem=problem)
    assert said in signed_in("admin").get(RELAYS).text


def test_a_quarantined_source_is_shown_first_and_read_again_when_the_admin_says_so(
    signed_in: SignIn, passed_on: Commune
) -> None:
    with passed_on.reading() as site:
        now = site.clock.now()
        number = site.session.query(Mirror).one().id
    change(passed_on, quarantined="the hash after entry 2 is not the listed one", quarantined_at=now)
    browser = signed_in("admin")
    text = browser.get(RELAYS).text
    assert "à examiner" in text and "avait été modifiée" in text
    assert post(browser, f"{RELAYS}/{number}/reprendre").status_code == 303
    with passed_on.reading() as site:
        mirror = site.session.query(Mirror).one()
        assert (mirror.quarantined, mirror.quarantined_at, mirror.asked_at) == (None, None, None)
        assert site.session.query(Peer).filter_by(host=HOST).one().sync_due_at is not None
    assert post(browser, f"{RELAYS}/999/reprendre").status_code == 404


def test_a_quarantined_journal_is_taken_again_when_the_admin_says_so(
    signed_in: SignIn, passed_on: Commune, scribe: Scribe
) -> None:
    with passed_on.transaction() as site:
        row = site.session.query(Journal).filter_by(host=PAPER).one()
        catchup.quarantine(row, "fork: entry 2 has two contents")
        number = row.id
    browser = signed_in("admin")
    assert "deux histoires" in browser.get(RELAYS).text
    assert post(browser, f"{CONSOLE}/journaux/{number}/reprendre").status_code == 303
    scribe.replies(scribe.at("/o/fil"))
    with passed_on.transaction() as site:
        assert catchup.receive_page(site, PAPER, scribe.root, "forum", scribe.page(since=2), HOST).new == 1
    assert post(browser, f"{CONSOLE}/journaux/999/reprendre").status_code == 404


# the list


def test_the_home_lists_communes_and_takes_them_off(signed_in: SignIn, commune: Commune, neighbour: Commune) -> None:
    assert commune.settings.is_programme_home
    befriend(commune, neighbour)
    browser = signed_in("admin")
    assert "Pont-Hervel" in browser.get(MEMBERS).text  # listed when its admin and ours had compared
    assert post(browser, f"{MEMBERS}/retirer", host=HOST).status_code == 303
    assert "pas encore inscrites" in browser.get(MEMBERS).text
    with commune.reading() as site:
        number = site.session.query(Peer).one().id
    assert post(browser, f"{MEMBERS}/inscrire", peer=str(number)).status_code == 303
    with commune.reading() as site:
        assert [row.active for row in site.session.query(Member)] == [True]
        assert journal.find(site, site.settings.host, "programme").n == 4  # its keys, listed, taken off, listed
        root = identity.own_fingerprint(site)
    far = {"address": "brevaux.example", "name": "Brevaux", "kind": "municipale", "fingerprint": root}
    assert post(browser, f"{MEMBERS}/inscrire", **far).status_code == 303
    assert "Brevaux" in browser.get(MEMBERS).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"fingerprint": "abcd"},
        {"fingerprint": "é" * 52},
        {"name": ""},
        {"name": "x" * 101},
        {"kind": "royale"},
        {"address": "pas une adresse"},
        {"address": "valombre.localhost:8080"},
        {"peer": "99"},
        {"peer": "x"},
    ],
)
def test_what_cannot_be_listed_is_said_and_changes_nothing(
    signed_in: SignIn, commune: Commune, wrong: dict[str, str]
) -> None:
    far = {"address": "brevaux.example", "name": "Brevaux", "kind": "municipale", "fingerprint": "a" * 52, **wrong}
    answer = post(signed_in("admin"), f"{MEMBERS}/inscrire", **far)
    assert answer.status_code in (400, 404, 409)
    with commune.reading() as site:
        assert site.session.query(Member).count() == 0


def test_elsewhere_the_list_is_read_only(signed_in: SignIn, commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(commune.settings), "is_programme_home", property(lambda settings: False))
    browser = signed_in("admin")
    assert "Inscrire une commune" not in browser.get(MEMBERS).text
    answer = post(browser, f"{MEMBERS}/retirer", host=HOST)
    assert answer.status_code == 403 and "Seul le site qui rédige" in answer.text


DEEDS = [f"{RELAYS}/1/reprendre", f"{CONSOLE}/journaux/1/reprendre", f"{RELAYS}/montrer", f"{RELAYS}/cacher",
         f"{MEMBERS}/inscrire", f"{MEMBERS}/retirer"]  # fmt: skip


@pytest.mark.parametrize("role", ["resident", "moderator"])
@pytest.mark.parametrize("address", [RELAYS, MEMBERS, *DEEDS])
def test_nobody_but_an_admin_sees_or_decides(signed_in: SignIn, passed_on: Commune, role: str, address: str) -> None:
    browser = signed_in(role)
    answer = browser.get(address) if address in (RELAYS, MEMBERS) else post(browser, address, host=FAR)
    assert answer.status_code == 403
    visitor = browser.application.test_client()
    assert visitor.get(RELAYS).status_code == 401
