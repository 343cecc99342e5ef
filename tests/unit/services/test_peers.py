"""Invitations and acceptances, and the letters that carry them: each refusal, and nothing without two comparisons."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from pop_forum import tasks
from pop_forum.adapters.remote import Answer
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput, TooMany, Unauthenticated
from pop_forum.federation import handshake, proofs
from pop_forum.federation.canonical import jcs
from pop_forum.federation.handshake import Accept
from pop_forum.federation.identifiers import ObjectId, site_actor_id
from pop_forum.federation.journal import JOURNALS
from pop_forum.federation.keys import proof_key_id
from pop_forum.models import Delivery, Envelope, Peer
from pop_forum.services import authentication, envelopes, identity, invitations, journal, outbox, peers, sync
from tests.network import ADMIN, Network, TestClock, confirm, peer_of

ONE, OTHER, INBOX = "valombre.localhost:8080", "pont-hervel.localhost:8080", "/boite"


def invite(network: Network, slug: str, address: str, expected: str | None = None) -> None:
    with network.communes[slug].transaction() as site:
        invitations.invite(site, ADMIN, address, expected)


def state(network: Network, slug: str, host: str) -> str:
    with network.communes[slug].reading() as site:
        return peer_of(site, host).state


def letter(network: Network, number: int = 1, text: str = "x" * 8) -> tuple[dict[str, str], bytes]:
    """An acceptance from Pont-Hervel that answers nothing, signed."""
    with network.communes["pont-hervel"].reading() as site:
        actor = site_actor_id(site.settings.host)
        document = Accept(
            ObjectId(site.url(f"/a/{number:016d}")),
            actor,
            ObjectId(f"http://{ONE}/a/{text}"),
            site_actor_id(ONE),
            JOURNALS,
            identity.own_fingerprint(site),
            site.clock.now(),
        )
        method = proof_key_id(actor, site.keys.number)
        body = jcs(proofs.attach(handshake.build(document), site.keys.ed25519, method, site.clock.now()))
        return authentication.sign(site, "POST", f"http://{ONE}{INBOX}", body), body


def keep(network: Network, headers: dict[str, str], body: bytes) -> int:
    with network.communes["valombre"].transaction() as site:
        envelope = envelopes.keep(site, "POST", INBOX, headers, body)
        site.session.flush()
        return envelope.id


def envelope_states(network: Network) -> list[str]:
    with network.communes["valombre"].reading() as site:
        return list(site.session.scalars(select(Envelope.state).order_by(Envelope.id)))


def test_only_an_admin_invites_confirms_or_declines(network: Network) -> None:
    moderator = Viewer(1, Role.MODERATOR)
    with network.communes["valombre"].transaction() as site:
        with pytest.raises(Forbidden):
            invitations.invite(site, moderator, OTHER)
        peer = invitations.invite(site, ADMIN, OTHER)
        for act in (invitations.confirm, invitations.decline, peers.retry):
            with pytest.raises(Forbidden):
                act(site, moderator, peer)


@pytest.mark.parametrize("address", [ONE, f"http://{ONE}/", "", "pas un nom", "http://", "a" * 300])
def test_oneself_and_what_is_no_address_are_refused(network: Network, address: str) -> None:
    with pytest.raises(InvalidInput):
        invite(network, "valombre", address)


def test_a_commune_is_not_invited_twice(trio: Network) -> None:
    with pytest.raises(Conflict):
        invite(trio, "valombre", OTHER)


def test_an_address_is_one_peer_however_it_is_spelt(network: Network) -> None:
    """Row 29."""
    invite(network, "valombre", f"HTTP://{OTHER.upper()}/reseau".replace("HTTP", "http"))
    invite(network, "valombre", OTHER)
    with network.communes["valombre"].reading() as site:
        assert [peer.host for peer in peers.all_peers(site)] == [OTHER]


def test_a_site_with_another_fingerprint_than_the_expected_one_is_not_invited(network: Network) -> None:
    invite(network, "valombre", OTHER, "a" * 16)
    network.settle()
    with network.communes["valombre"].reading() as site:
        peer = peer_of(site, OTHER)
        assert (peer.state, peer.contact_due_at) == ("contacting", None)
        assert "empreinte" in (peer.error or "")
    with network.communes["valombre"].transaction() as site, pytest.raises(Conflict):
        invitations.confirm(site, ADMIN, peer_of(site, OTHER))


def test_both_may_invite_each_other(network: Network) -> None:
    for slug, host in (("valombre", OTHER), ("pont-hervel", ONE)):
        invite(network, slug, host)
    network.settle()
    for slug, host in (("valombre", OTHER), ("pont-hervel", ONE)):
        confirm(network.communes[slug], host)
    network.settle()
    assert state(network, "valombre", OTHER) == state(network, "pont-hervel", ONE) == "active"


def test_a_declined_invitation_is_told_to_who_invited(network: Network) -> None:
    invite(network, "valombre", OTHER)
    network.settle()
    confirm(network.communes["valombre"], OTHER)
    network.settle()
    with network.communes["pont-hervel"].transaction() as site:
        invitations.decline(site, ADMIN, peer_of(site, ONE))
    network.settle()
    assert state(network, "valombre", OTHER) == state(network, "pont-hervel", ONE) == "withdrawn"
    with network.communes["valombre"].reading() as site:
        assert peer_of(site, OTHER).confirmed_by is None


def test_what_was_compared_before_a_withdrawal_is_compared_again(network: Network) -> None:
    invite(network, "valombre", OTHER)
    network.settle()
    confirm(network.communes["valombre"], OTHER)
    with network.communes["valombre"].transaction() as site:
        invitations.decline(site, ADMIN, peer_of(site, OTHER))
    network.settle()
    invite(network, "pont-hervel", ONE)
    network.settle()
    confirm(network.communes["pont-hervel"], ONE)
    network.settle()
    assert state(network, "valombre", OTHER) == "invited"
    assert state(network, "pont-hervel", ONE) != "active"


@pytest.mark.parametrize("path", ["/acteur2", "/p/aaaabbbbcccc", "/acteur#autre"])
def test_row_24_an_actor_that_names_itself_otherwise_than_its_address_is_no_commune(
    network: Network, path: str
) -> None:
    address = f"http://{OTHER}/acteur"
    with network.communes["pont-hervel"].reading() as site:
        actor = handshake.site_actor(identity.own_actor(site))
    network.wire.answers["GET", address] = Answer(200, {}, jcs({**actor, "id": f"http://{OTHER}{path}"}), address)
    invite(network, "valombre", OTHER)
    network.settle(1)
    assert state(network, "valombre", OTHER) == "contacting"
    del network.wire.answers["GET", address]
    network.clock.advance(hours=1)
    network.settle(1)
    assert state(network, "valombre", OTHER) == "invited"


def test_row_22_an_acceptance_of_an_invitation_never_sent_is_refused(network: Network) -> None:
    keep(network, *letter(network))
    network.settle()
    assert envelope_states(network) == ["refused"]
    with network.communes["valombre"].reading() as site:
        assert site.session.scalars(select(Peer)).all() == []


def test_row_22_an_acceptance_of_another_invitation_is_refused(network: Network) -> None:
    invite(network, "valombre", OTHER)
    network.settle()
    confirm(network.communes["valombre"], OTHER)
    keep(network, *letter(network))
    network.work(network.communes["valombre"])
    assert state(network, "valombre", OTHER) == "invited"
    assert envelope_states(network) == ["refused"]


def test_row_7_the_same_letter_twice_is_kept_once_and_other_bytes_are_a_conflict(network: Network) -> None:
    first = letter(network)
    assert keep(network, *first) == keep(network, *first)
    with pytest.raises(Conflict):
        keep(network, *letter(network, text="autre"))
    assert envelope_states(network) == ["received"]


def test_a_host_may_leave_only_so_many_letters(network: Network) -> None:
    for number in range(envelopes.MAX_WAITING_PER_HOST):
        keep(network, *letter(network, number))
    with pytest.raises(TooMany):
        keep(network, *letter(network, 99))
    assert len(envelope_states(network)) == envelopes.MAX_WAITING_PER_HOST


def test_an_unknown_key_is_fetched_by_the_worker_alone(network: Network) -> None:
    """Row 12."""
    keep(network, *letter(network))
    assert network.wire.requests == []
    network.work(network.communes["valombre"])
    assert network.wire.requests == [("GET", f"http://{OTHER}/acteur")]


def test_a_wrong_signature_of_a_known_key_is_refused_at_once(trio: Network) -> None:
    """Rows 3, 5 and 8."""
    headers, body = letter(trio)
    for wrong in (
        ({**headers, "Host": "sainte-aure.localhost:8080"}, body),
        (headers, body.replace(b"xxxxxxxx", b"yyyyyyyy")),
        ({name: value for name, value in headers.items() if name != "Signature"}, body),
    ):
        with pytest.raises(Unauthenticated):
            keep(trio, *wrong)


def test_a_letter_waits_while_its_sender_s_actor_does_not_answer(network: Network) -> None:
    invite(network, "valombre", OTHER)
    network.settle()
    confirm(network.communes["valombre"], OTHER)
    network.work(network.communes["valombre"])
    url = f"http://{ONE}/acteur"
    network.wire.answers["GET", url] = Answer(503, {}, b"<html>", url)
    network.work(network.communes["pont-hervel"])
    network.wire.answers.clear()
    network.clock.advance(seconds=10)
    network.work(network.communes["pont-hervel"])
    assert state(network, "pont-hervel", ONE) == "invited"


def test_a_letter_that_cannot_be_judged_is_given_up_and_holds_up_no_other(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of ours while judging counts as a failed try: the letter is not owed for ever."""
    home = network.communes["valombre"]

    def broken(*_: object) -> str:
        raise OverflowError("a mistake of ours")

    keep(network, *letter(network))
    monkeypatch.setattr(invitations, "receive", broken)
    tried = 0
    while envelope_states(network) == ["received"]:
        with pytest.raises(OverflowError):
            tasks.run(home, envelopes.RECEIVE)
        network.clock.advance(minutes=35)
        tried += 1
    assert (tried, envelope_states(network)) == (envelopes.MAX_FAILURES, ["dead"])
    monkeypatch.undo()
    keep(network, *letter(network, 2))
    tasks.run(home, envelopes.RECEIVE)
    assert envelope_states(network) == ["dead", "refused"]


def test_a_kept_letter_whose_date_no_calendar_holds_is_refused_by_the_worker(network: Network) -> None:
    with network.communes["valombre"].transaction() as site:
        headers, body = letter(network)
        envelope = envelopes.keep(site, "POST", INBOX, headers, body)
        envelope.request = {**envelope.request, "date": "Mon, 23 Nov 99999999999999999999 10:00:00 GMT"}
    tasks.run(network.communes["valombre"], envelopes.RECEIVE)
    assert envelope_states(network) == ["refused"]


def test_an_unanswered_delivery_is_tried_again_and_given_up_in_the_end(network: Network) -> None:
    invite(network, "valombre", OTHER)
    network.settle()
    network.wire.down.add(OTHER)
    confirm(network.communes["valombre"], OTHER)
    for _ in range(45):
        network.clock.advance(days=1.1)
        network.work(network.communes["valombre"])
    with network.communes["valombre"].reading() as site:
        row = site.session.scalars(select(Delivery)).one()
        assert (row.due_at, row.outcome) == (None, "given up")
        assert journal.find(site, ONE, "forum") is not None


def test_only_the_journals_that_both_propose_are_carried(trio: Network) -> None:
    home = trio.communes["valombre"]
    with home.transaction() as site:
        peer = peers.all_peers(site)[0]
        for link in peers.links_of(site, peer):
            site.session.delete(link)
        peer.journals = ["programme", "autre"]
        site.session.flush()
        peers.activate(site, peer)
        site.session.flush()
        assert [link.journal for link in peers.links_of(site, peer)] == ["programme"]


@pytest.mark.parametrize(("open_already", "judged"), [(-1, "applied"), (0, "refused")])
def test_row_65_invitations_that_wait_for_our_admin_are_bounded(
    network: Network, open_already: int, judged: str
) -> None:
    assert invitations.MAX_OPEN_INVITATIONS == 50
    with network.communes["valombre"].transaction() as site:
        for number in range(invitations.MAX_OPEN_INVITATIONS + open_already):
            site.session.add(
                Peer(
                    host=f"commune-{number}.example",
                    base_url=f"https://commune-{number}.example",
                    state=peers.INVITED,
                    invited_by=peers.THEM,
                    created_at=site.clock.now(),
                )
            )
    invite(network, "pont-hervel", ONE)
    network.settle(1)
    confirm(network.communes["pont-hervel"], ONE)
    network.settle(2)
    assert envelope_states(network) == [judged]
    with network.communes["valombre"].reading() as site:
        known = site.session.scalar(select(Peer).where(Peer.host == OTHER))
        assert (known is not None) == (judged == "applied")


@pytest.mark.parametrize(("kind", "kept"), [(Envelope, envelopes.KEPT), (Delivery, outbox.KEPT)])
def test_what_is_settled_is_cleared_after_its_time_and_what_is_owed_never(
    network: Network, kind: type[Envelope] | type[Delivery], kept: timedelta
) -> None:
    home = network.communes["valombre"]
    with home.transaction() as site:
        for number, (age, settled) in enumerate([(kept, True), (kept - timedelta(minutes=1), True), (kept * 2, False)]):
            then = site.clock.now() - age
            due = None if settled else then
            if kind is Envelope:
                row: Envelope | Delivery = Envelope(
                    activity_id=f"a{number}",
                    sha256="x",
                    host=OTHER,
                    request={},
                    body=b"",
                    state="applied",
                    received_at=then,
                    due_at=due,
                )
            else:
                row = Delivery(inbox="x", host=OTHER, activity=b"", created_at=then, due_at=due)
            site.session.add(row)
    network.wire.down |= {OTHER, "sainte-aure.localhost:8080"}
    tasks.run(home, tasks.SWEEP)
    with home.reading() as site:
        assert list(site.session.scalars(select(kind.id).order_by(kind.id))) == [2, 3]


# What another site's refusal means


class Apart(TestClock):
    """A clock that is a day ahead."""

    def now(self) -> datetime:
        return super().now() + timedelta(days=1)


def test_two_clocks_a_day_apart_are_told_to_both_admins_until_one_is_set_right(trio: Network) -> None:
    one, other = trio.communes["valombre"], trio.communes["pont-hervel"]
    with pytest.MonkeyPatch.context() as wrong:
        wrong.setattr(other, "clock", Apart())
        for commune in (one, other):
            with commune.transaction() as site:
                sync.ask_all(site)
            tasks.run(commune, peers.SYNC)
    for commune, host in ((one, OTHER), (other, ONE)):
        with commune.reading() as site:
            assert peer_of(site, host).error == peers.EXPLAINED_CODES["horloge-decalee"]
    trio.clock.advance(minutes=5)
    for commune, host in ((one, OTHER), (other, ONE)):
        with commune.transaction() as site:
            sync.ask_all(site)
        tasks.run(commune, peers.SYNC)
        with commune.reading() as site:
            assert peer_of(site, host).error is None


@pytest.mark.parametrize("code", ["signature-refusee", "horloge-decalee"])
def test_the_code_of_a_refusal_says_what_to_do(code: str) -> None:
    body = jcs({"code": code, "error": "…"})
    assert peers.explain_status(401, body) == peers.EXPLAINED_CODES[code]
    assert peers.explain_status(403, body) == peers.EXPLAINED[403]


def test_an_answer_is_read_for_its_code_up_to_a_limit() -> None:
    body = jcs({"code": "signature-refusee"})
    assert peers.explain_status(401, body.ljust(peers.MAX_ERROR_BYTES)) == peers.EXPLAINED_CODES["signature-refusee"]
    assert peers.explain_status(401, body.ljust(peers.MAX_ERROR_BYTES + 1)) == peers.EXPLAINED[401]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"code":7}', b'{"code":"introuvable"}', b'{"code":["x"]}', b"[" * 9_000, b"\xff"]
)
def test_any_other_401_is_explained_by_its_status(body: bytes) -> None:
    assert peers.explain_status(401, body) == peers.EXPLAINED[401]
