"""The worker's signs of life, and the letters to admins when something lasts, in three real communes."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from pop_forum.adapters.speech import Speech
from pop_forum.commune import Commune
from pop_forum.domain.health import BEAT_EVERY, STALL, WORKER_SILENT, Finding, Trouble
from pop_forum.domain.permissions import Role
from pop_forum.models import Alarm, Beat, Journal, Mail, Mirror, Peer
from pop_forum.services import accounts, alarms, catchup, health, journal
from pop_forum.tasks import health as task
from tests.network import Network

DISK = Finding(Trouble.DISK)


def signs(commune: Commune) -> Beat:
    with commune.reading() as site:
        return site.session.get_one(Beat, 1)


def told(commune: Commune) -> list[str]:
    with commune.reading() as site:
        return list(site.session.scalars(select(Mail.subject).where(Mail.kind == alarms.ALARM).order_by(Mail.id)))


def review(commune: Commune, *found: Finding) -> int:
    with commune.transaction() as site:
        return alarms.review(site, found, Speech)


def live(network: Network, commune: Commune, span: timedelta) -> None:
    """Signs every half minute for so long, as a worker gives them; nothing else is done."""
    steps = span // BEAT_EVERY
    for _ in range(steps):
        network.clock.advance(seconds=BEAT_EVERY.total_seconds())
        task.run(commune)


def test_a_sign_is_written_twice_a_minute_at_most(trio: Network) -> None:
    commune = trio.communes["valombre"]
    task.run(commune)
    first = signs(commune).at
    trio.clock.advance(seconds=10)
    task.run(commune)
    assert signs(commune).at == first
    trio.clock.advance(seconds=20)
    task.run(commune)
    assert signs(commune).at > first and signs(commune).since == first


def test_a_pause_begins_the_count_anew(trio: Network) -> None:
    commune = trio.communes["valombre"]
    task.run(commune)
    trio.clock.advance(seconds=WORKER_SILENT.total_seconds() + 1)
    task.run(commune)
    assert signs(commune).since == signs(commune).at


def test_a_silent_commune_is_told_after_a_day_and_again_when_it_is_back(trio: Network) -> None:
    ours, theirs = trio.communes["valombre"], trio.communes["sainte-aure"]
    trio.settle()
    task.run(ours)
    trio.clock.advance(hours=25)
    live(trio, ours, STALL + BEAT_EVERY)
    silent = [subject for subject in told(ours) if "Aucune nouvelle" in subject]
    assert len(silent) == 2 and any(theirs.settings.host in subject for subject in silent)
    trio.settle()
    live(trio, ours, BEAT_EVERY)
    over = [subject for subject in told(ours) if "c’est réglé" in subject]
    assert len([subject for subject in over if "Aucune nouvelle" in subject]) == 2
    with ours.reading() as site:
        assert Trouble.SILENT not in site.session.scalars(select(Alarm.trouble)).all()


def test_work_that_nobody_begins_is_a_stall(trio: Network) -> None:
    ours = trio.communes["valombre"]
    trio.settle()
    task.run(ours)
    live(trio, ours, STALL + timedelta(minutes=2))  # comparisons come due every minute, and nobody makes them
    assert any("les comparaisons avec les autres communes" in subject for subject in told(ours))


def test_letters_wait_for_ever_where_no_server_is_set_and_that_is_no_stall(commune: Commune) -> None:
    review(commune, DISK)
    with commune.reading() as site:
        assert "mail" not in health.facts(site, mail_leaves=False).due
        assert "mail" in health.facts(site, mail_leaves=True).due


def test_a_journal_in_quarantine_is_told(trio: Network) -> None:
    ours = trio.communes["valombre"]
    trio.settle()
    with ours.transaction() as site:
        row = site.session.scalars(select(Journal).where(Journal.host != ours.settings.host)).first()
        assert row is not None
        catchup.quarantine(row, "another history")
        name = f"{row.host}/{row.name}"
    live(trio, ours, BEAT_EVERY)
    assert [subject for subject in told(ours) if name in subject]


def test_a_mirror_that_altered_a_page_is_told_until_it_is_read_again(trio: Network) -> None:
    ours = trio.communes["valombre"]
    trio.settle()
    with ours.transaction() as site:
        mirror = site.session.scalars(select(Mirror)).first()
        assert mirror is not None
        mirror.quarantined, mirror.quarantined_at = "a page was altered", site.clock.now()
        name = mirror.peer.host
    live(trio, ours, BEAT_EVERY)
    assert [subject for subject in told(ours) if "relayé modifié" in subject and name in subject]
    with ours.transaction() as site:
        site.session.execute(update(Mirror).values(quarantined=None))
    live(trio, ours, BEAT_EVERY)
    assert [subject for subject in told(ours) if "c’est réglé" in subject and "relayé modifié" in subject]


@pytest.mark.parametrize(("seconds", "hours", "letters"), [(60, 0, 0), (61, 0, 1), (-61, 0, 1), (3600, 25, 0)])
def test_clocks_that_differ_by_more_than_a_minute_are_told(
    trio: Network, seconds: int, hours: int, letters: int
) -> None:
    ours = trio.communes["valombre"]
    trio.settle()
    with ours.transaction() as site:
        peer = site.session.scalars(select(Peer).order_by(Peer.id)).first()
        assert peer is not None
        now = site.clock.now() - timedelta(hours=hours)
        ahead = timedelta(seconds=seconds)
        peer.test_sent_at, peer.test_reached_at, peer.test_back_at = now, now + ahead, now
    live(trio, ours, BEAT_EVERY)
    assert len([subject for subject in told(ours) if "horloge" in subject]) == letters


def test_a_trouble_is_told_once_a_day_while_it_lasts(trio: Network) -> None:
    commune = trio.communes["valombre"]
    assert review(commune, DISK) == 1
    trio.clock.advance(hours=23)
    assert review(commune, DISK) == 0
    trio.clock.advance(hours=1)
    assert review(commune, DISK) == 1
    assert review(commune) == 1  # it is over
    assert review(commune) == 0
    assert [("réglé" in subject) for subject in told(commune)] == [False, False, True]


def test_every_admin_is_told_in_their_language_and_the_contact_while_there_is_none(trio: Network) -> None:
    commune = trio.communes["valombre"]
    review(commune, DISK)
    with commune.transaction() as site:
        for name, language in (("Ada", "en"), ("Alix", None)):
            account = accounts.create_account(site, name, f"{name}@exemple.fr", "x", Role.ADMIN)
            account.language = language
        accounts.create_account(site, "Rémi", "remi@exemple.fr", "x", Role.RESIDENT)
    trio.clock.advance(days=2)
    review(commune, DISK)
    with commune.reading() as site:
        rows = site.session.execute(select(Mail.recipient, Mail.subject, Mail.text).order_by(Mail.id)).all()
    assert [row.recipient for row in rows] == [commune.settings.contact.mail, "Ada@exemple.fr", "Alix@exemple.fr"]
    assert "almost full" in rows[1].subject and "85%" in rows[1].text
    assert "presque plein" in rows[2].subject and "/administration/sante" in rows[2].text


@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_trouble_has_its_words(trouble: Trouble, language: str) -> None:
    subject = {Trouble.STALLED: journal.DELIVER}.get(trouble, "a.fr")
    headline, advice = alarms.words(Finding(trouble, subject), Speech(language))
    assert headline.endswith(".") and advice.endswith(".") and "%(" not in headline + advice and "%%" not in advice


def test_every_kind_of_work_that_may_stall_has_a_name() -> None:
    assert set(alarms.KINDS) == set(health.WORK) | set(health.POST)
