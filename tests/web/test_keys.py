"""The keys of the site in the console and in a terminal, and a peer that signs with a key unknown here."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from pop_forum.cli import federation, keys
from pop_forum.commune import Commune
from pop_forum.federation.keys import SiteKeys
from pop_forum.models import Peer
from pop_forum.services import identity, rotation
from pop_forum.sim.sites import SimPairs
from tests.web.neighbour import HOST, befriend, neighbour, neighbour_data, signed

__all__ = ["neighbour", "neighbour_data"]

PAGE = "/administration/reseau/cles"
HERE = "http://valombre.localhost:8080"
SignIn = Callable[..., Any]


def test_only_admins_see_and_change_the_keys(client: Any, commune: Commune, signed_in: SignIn) -> None:
    assert client.get(PAGE).status_code in (303, 401)
    browser = signed_in("moderator")
    assert browser.get(PAGE).status_code == 403
    assert browser.send(f"{PAGE}/changer", "/affichage", decided="1").status_code == 403
    assert commune.keys.number == 1


def test_an_admin_changes_the_keys_once_the_box_is_ticked(commune: Commune, signed_in: SignIn) -> None:
    browser = signed_in("admin")
    with commune.reading() as site:
        root = identity.own_short(site)
    refused = browser.send(f"{PAGE}/changer", PAGE)
    assert refused.status_code == 400 and "Cochez la case" in refused.text
    assert commune.keys.number == 1
    assert browser.send(f"{PAGE}/changer", PAGE, decided="1").status_code == 303
    assert commune.keys.number == 2
    shown = browser.get(PAGE).text
    assert root in shown and "encore acceptée" in shown and "Un changement est en cours" in shown
    assert "/changer" not in shown
    token = browser.csrf("/affichage")
    again = browser.post(f"{PAGE}/changer", data={"csrf_token": token, "decided": "1"})
    assert again.status_code == 409 and "déjà en cours" in again.text
    assert root in browser.get("/administration/reseau").text


def test_the_commands_change_the_keys_and_list_them(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "one", lambda slug: commune)

    def run(*words: str) -> str:
        done = CliRunner().invoke(federation.group, [*words])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "paire n°\u00a02 signe désormais" in run("rotate", "valombre") and commune.keys.number == 2
    told = run("keys", "valombre").splitlines()
    with commune.reading() as site:
        assert identity.own_short(site) in told[0]
        assert [pair.short in line for pair, line in zip(rotation.pairs(site), told[1:], strict=True)] == [True, True]
    assert "signe" in told[1] and "encore acceptée" in told[2] and "jusqu’au" in told[2]
    assert '"number": 2' in run("keys", "valombre", "--json")


def test_row_15_a_peer_with_an_unknown_key_is_refused_and_its_journals_are_read_at_most_now_and_then(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    with commune.transaction() as site:
        site.session.query(Peer).one().sync_due_at = None
    ours = neighbour.keystore
    neighbour.keystore = SimPairs(SiteKeys.generate(), neighbour.secret)
    asked = []
    for address, method in (("/journal", "GET"), ("/journal/forum?since=0", "GET"), ("/journal/forum", "POST")):
        body = b"{}" if method == "POST" else b""
        headers = signed(neighbour, method, f"{HERE}{address}", body)
        assert client.open(address, method=method, data=body, headers=headers).status_code == 401
        with commune.reading() as site:
            peer = site.session.query(Peer).one()
            asked.append((peer.key_asked_at, peer.sync_due_at))
    assert None not in asked[0] and asked[0] == asked[1] == asked[2]
    neighbour.keystore = ours
    known = client.get("/journal", headers=signed(neighbour, "GET", f"{HERE}/journal"))
    assert known.status_code == 200


def test_a_stranger_makes_nobody_s_journals_be_read(client: Any, commune: Commune, neighbour: Commune) -> None:
    befriend(commune, neighbour, "suspended")
    neighbour.keystore = SimPairs(SiteKeys.generate(), neighbour.secret)
    assert client.get("/journal", headers=signed(neighbour, "GET", f"{HERE}/journal")).status_code == 401
    with commune.reading() as site:
        assert site.session.query(Peer).filter_by(host=HOST).one().key_asked_at is None
