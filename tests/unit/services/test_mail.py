"""Mail as rows: owed with its cause, leased, tried again, given up, forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pop_forum import tasks
from pop_forum.commune import Commune
from pop_forum.domain.letters import Posted, Trouble
from pop_forum.domain.permissions import VISITOR, Role, Viewer
from pop_forum.domain.text import TextTooLong
from pop_forum.errors import Conflict, Forbidden, InvalidInput, NotFound
from pop_forum.models import Mail
from pop_forum.services import claims, mail
from tests.unit.adapters.smtp_server import Script, SmtpServer, smtp_server

ADMIN = Viewer(1, Role.ADMIN)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that takes everything."""
    with smtp_server() as running:
        yield running


def post(commune: Commune, **options: Any) -> int:
    with commune.transaction() as site:
        return mail.post(site, "kind", "jeanne@exemple.fr", "Un objet", "Un texte.", **options).id


def letter(commune: Commune, mail_id: int) -> Any:
    with commune.reading() as site:
        return site.session.get(Mail, mail_id)


def advance(commune: Commune, **duration: float) -> None:
    commune.clock.advance(**duration)  # type: ignore[attr-defined]


def test_a_letter_is_owed_only_when_its_cause_is_kept(commune: Commune) -> None:
    with pytest.raises(RuntimeError), commune.transaction() as site:
        mail.post(site, "kind", "jeanne@exemple.fr", "Un objet", "Un texte.")
        raise RuntimeError("the cause was taken back")
    assert letter(commune, 1) is None
    assert letter(commune, post(commune)).next_at is not None


def test_the_task_sends_what_is_due_once(commune: Commune, server: SmtpServer) -> None:
    commune.mail_server = server.settings()
    numbers = [post(commune) for _ in range(mail.BATCH + 1)]
    tasks.run(commune, mail.MAIL)
    tasks.run(commune, mail.MAIL)
    assert len(server.letters) == len(numbers) and server.connections == 2
    assert all(letter(commune, number).sent_at for number in numbers)
    assert "Valombre" in server.letters[0] and "@valombre.localhost>" in server.letters[0]


def test_without_a_server_mail_waits_and_the_sweep_wakes_nobody(commune: Commune) -> None:
    woken: list[str] = []
    commune.wakeups.wake = lambda slug, kind: bool(woken.append(kind)) or True  # type: ignore[method-assign]
    number = post(commune)
    assert woken == [mail.MAIL]
    tasks.run(commune, mail.MAIL)
    tasks.run(commune, tasks.SWEEP)
    assert letter(commune, number).next_at and woken == [mail.MAIL]


def test_the_sweep_finds_a_letter_whose_wake_up_was_lost(commune: Commune, server: SmtpServer) -> None:
    number = post(commune)
    commune.mail_server = server.settings()
    commune.wakeups.wake = lambda slug, kind: kind != mail.MAIL or tasks.run(commune, kind) is None  # type: ignore[method-assign]
    tasks.run(commune, tasks.SWEEP)
    assert letter(commune, number).sent_at


def test_a_failed_letter_is_tried_ever_more_rarely_and_given_up_after_three_days(commune: Commune) -> None:
    number, pauses = post(commune), []
    with smtp_server(Script({"RCPT": "451 later"})) as server:
        commune.mail_server = server.settings()
        while letter(commune, number).next_at is not None:
            tasks.run(commune, mail.MAIL)
            row = letter(commune, number)
            if row.next_at is not None:
                pauses.append(row.next_at - commune.clock.now())
                advance(commune, seconds=pauses[-1].total_seconds() + 1)
    assert pauses == sorted(pauses) or pauses[-1] <= mail.LONGEST_PAUSE
    assert timedelta(0) < mail.FIRST_PAUSE - pauses[0] < timedelta(seconds=1) and max(pauses) <= mail.LONGEST_PAUSE
    assert row.given_up_at and row.trouble == Trouble.LATER and row.last_error == "451 later"
    assert row.given_up_at - row.created_at > mail.PATIENCE - mail.LONGEST_PAUSE


def test_a_refusal_for_good_is_given_up_at_once(commune: Commune) -> None:
    number = post(commune)
    with smtp_server(Script({"RCPT": "550 5.1.1 unknown"})) as server:
        commune.mail_server = server.settings()
        tasks.run(commune, mail.MAIL)
    row = letter(commune, number)
    assert row.given_up_at and row.attempts == 1 and row.last_error == "550 5.1.1 unknown"


def test_a_code_that_expired_is_not_sent(commune: Commune, server: SmtpServer) -> None:
    quarter = timedelta(minutes=15)
    number = post(commune, useful_for=quarter)
    advance(commune, minutes=15)
    commune.mail_server = server.settings()
    tasks.run(commune, mail.MAIL)
    tasks.run(commune, tasks.SWEEP)
    row = letter(commune, number)
    assert server.letters == [] and row.given_up_at and row.trouble == Trouble.TOO_LATE
    with pytest.raises(Conflict), commune.transaction() as site:
        mail.retry(site, ADMIN, number)


def test_a_leased_letter_is_sent_by_nobody_else_until_the_lease_ends(commune: Commune) -> None:
    post(commune)
    with commune.transaction() as site:
        assert len(mail.claim(site)) == 1
    with commune.transaction() as site:
        assert mail.claim(site) == []
    advance(commune, seconds=mail.LEASE.total_seconds() + 1)
    with commune.transaction() as site:
        assert len(mail.claim(site)) == 1
        claims.release_all(site)
        assert len(mail.claim(site)) == 1


def test_an_answer_to_a_letter_that_was_sent_meanwhile_changes_nothing(commune: Commune) -> None:
    number = post(commune)
    with commune.transaction() as site:
        mail.record(site, [Posted(number), Posted(number, Trouble.REFUSED, "550"), Posted(999)])
    assert letter(commune, number).sent_at and letter(commune, number).given_up_at is None


def test_texts_are_emptied_after_a_day_and_rows_forgotten_after_a_month(commune: Commune, server: SmtpServer) -> None:
    number = post(commune)
    commune.mail_server = server.settings()
    tasks.run(commune, mail.MAIL)
    for duration, text in ((mail.TEXT_KEPT - timedelta(minutes=1), True), (timedelta(minutes=2), False)):
        advance(commune, seconds=duration.total_seconds())
        tasks.run(commune, tasks.SWEEP)
        assert bool(letter(commune, number).text) is text
    advance(commune, seconds=(mail.KEPT - mail.TEXT_KEPT - timedelta(minutes=2)).total_seconds())
    tasks.run(commune, tasks.SWEEP)
    assert letter(commune, number) is not None
    advance(commune, minutes=3)
    tasks.run(commune, tasks.SWEEP)
    assert letter(commune, number) is None


def test_the_limits_of_a_letter(commune: Commune) -> None:
    with commune.transaction() as site:
        row = mail.post(site, "kind", "a@exemple.fr", "s" * (mail.SUBJECT_CHARS + 1), "t" * mail.TEXT_CHARS)
        assert len(row.subject) == mail.SUBJECT_CHARS
        with pytest.raises(TextTooLong):
            mail.post(site, "kind", "a@exemple.fr", "Objet", "t" * (mail.TEXT_CHARS + 1))
        with pytest.raises(InvalidInput):
            mail.post(site, "kind", "a@exemple.fr\r\nBcc: b@exemple.fr", "Objet", "Texte.")


def test_row_77_a_subject_stays_on_its_line(commune: Commune) -> None:
    with commune.transaction() as site:
        row = mail.post(site, "kind", "a@exemple.fr", "Objet\r\nBcc: b@exemple.fr", "Texte.")
    assert "\n" not in row.subject and "\r" not in row.subject


def test_a_letter_that_failed_can_be_tried_again_by_an_admin_only(commune: Commune, server: SmtpServer) -> None:
    number = post(commune)
    with commune.transaction() as site:
        mail.record(site, [Posted(number, Trouble.REFUSED, "550")])
        for nobody in (VISITOR, Viewer(1, Role.MODERATOR)):
            with pytest.raises(Forbidden):
                mail.retry(site, nobody, number)
            with pytest.raises(Forbidden):
                mail.overview(site, nobody)
            with pytest.raises(Forbidden):
                mail.post_test(site, nobody, "a@exemple.fr", "Objet", "Texte.")
        with pytest.raises(NotFound):
            mail.retry(site, ADMIN, 999)
        assert mail.overview(site, ADMIN).failed_count == 1
        mail.retry(site, ADMIN, number)
        assert mail.overview(site, ADMIN).waiting_count == 1
    commune.mail_server = server.settings()
    tasks.run(commune, mail.MAIL)
    assert letter(commune, number).sent_at
    with pytest.raises(Conflict), commune.transaction() as site:
        mail.retry(site, ADMIN, number)
