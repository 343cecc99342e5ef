"""The front page: what is new here, what moves in the network, how to take part, the dates, the programme."""

import dataclasses
import html
import re
from datetime import date, time, timedelta
from typing import Any

import pytest

from pop_forum.app import create_app
from pop_forum.commune import Commune
from pop_forum.domain.french import in_paris
from pop_forum.models import Revision
from pop_forum.settings import Event
from tests.web.conftest import Browser
from tests.web.neighbour import HERE, befriend, neighbour, neighbour_data, page, signed, write

__all__ = ["neighbour", "neighbour_data"]


def read(client: Any, **options: Any) -> str:
    """The words of the front page, with ordinary spaces."""
    [main] = re.findall(r"<main.*?</main>", client.get("/", **options).text, re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", main)))


def with_agenda(commune: Commune, *dates: Event, notice: str = "") -> Browser:
    """A visitor of the commune with this agenda."""
    commune.settings = dataclasses.replace(commune.settings, dates=dates, notice=notice)
    app = create_app(commune, RATES_ENABLED=False)
    app.test_client_class = Browser
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


def days_from_now(commune: Commune, days: int) -> date:
    return (in_paris(commune.clock.now()) + timedelta(days=days)).date()


def test_a_new_site_says_what_will_be_where_and_how_to_begin(commune: Commune) -> None:
    words = read(with_agenda(commune))
    assert "Rien encore. La première discussion peut être la vôtre." in words
    assert "Ce site n’est encore relié à aucune autre commune." in words
    assert "Aucune date annoncée pour le moment." in words
    assert "11 thèmes, 40 mesures" in words
    assert "À savoir" not in words


def test_a_linked_site_says_that_the_others_shared_nothing_yet(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    assert "Les autres communes n’ont encore rien partagé." in read(client)


def test_what_a_neighbour_shares_is_shown_with_its_plate(client: Any, commune: Commune, neighbour: Commune) -> None:
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    write(neighbour, "Le marché de Pont-Hervel")
    body = page(neighbour)
    url = f"{HERE}/journal/forum"
    client.post("/journal/forum", data=body, headers=signed(neighbour, "POST", url, body))
    shown = client.get("/").text
    assert re.search(r'class="origin">Pont-Hervel</span></p>\s*<h3><a[^>]*>Le marché de Pont-Hervel', shown)


def test_a_common_text_that_is_not_the_home_s_is_not_news(client: Any, commune: Commune, neighbour: Commune) -> None:
    befriend(commune, neighbour)
    with commune.transaction() as site:
        edition = site.session.query(Revision).first()
        assert edition is not None
        site.session.add(
            Revision(
                digest="Qm" + "a" * 44, measure=edition.measure, host=neighbour.settings.host, role="common",
                title="Un texte usurpé", blocks=edition.blocks, budget=None, parents=[edition.digest],
                author="https://ailleurs.example/commune", created="2026-11-01T10:00:00Z", summary="",
                received_at=site.clock.now(),
            )
        )  # fmt: skip
    assert "Un texte usurpé" not in client.get("/").text
    assert "Un texte usurpé" not in client.get("/programme/flux.atom").text


def test_taking_part_is_told_in_three_steps(client: Any) -> None:
    [part] = re.findall(r'<h2 id="part">.*?</aside>', client.get("/").text, re.DOTALL)
    assert part.count("<li>") == 3
    assert "adresse électronique suffit" in part.replace("\u202f", " ")


def test_nobody_who_is_signed_in_is_asked_who_they_are(signed_in: Any, client: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    first, then = browser.get("/").text, browser.get("/").text
    assert "Bonjour Huguette P.\u202f!" in first and "Bonjour" not in then
    assert "Identifiez-vous" not in first and "Identifiez-vous" in client.get("/").text


def test_the_coming_dates_are_shown_and_past_ones_are_not(commune: Commune) -> None:
    today = days_from_now(commune, 0)
    client = with_agenda(
        commune,
        Event("Hier", days_from_now(commune, -1)),
        Event("Recueil des idées", today, time(10), "Salle du Préau", "/quotidien"),
        Event("Ailleurs", days_from_now(commune, 3), None, "", "https://ailleurs.example/"),
    )
    words = read(client)
    assert (
        "Hier" not in words and "Recueil des idées" in words and "10 h, Salle du Préau" in words.replace("\u00a0", " ")
    )
    shown = client.get("/").text
    assert '<a href="/quotidien">Recueil des idées</a>' in shown
    assert '<a href="https://ailleurs.example/" rel="noopener">Ailleurs</a>' in shown


def test_five_dates_are_shown_and_all_are_in_the_calendar(commune: Commune) -> None:
    dates = [Event(f"Marche {n}", days_from_now(commune, n)) for n in range(1, 7)]
    client = with_agenda(commune, *dates)
    assert "Marche 5" in read(client) and "Marche 6" not in read(client)
    assert "Les voir toutes dans votre agenda" in read(client)
    file = client.get("/dates.ics")
    assert (file.status_code, file.mimetype) == (200, "text/calendar")
    assert file.text.count("BEGIN:VEVENT") == 6


def test_the_calendar_is_read_again_only_when_it_changed(commune: Commune) -> None:
    client = with_agenda(commune, Event("Marche", days_from_now(commune, 1)))
    known = client.get("/dates.ics").headers["ETag"]
    assert client.get("/dates.ics", headers={"If-None-Match": known}).status_code == 304


def test_a_calendar_without_dates_is_a_calendar(commune: Commune) -> None:
    assert with_agenda(commune).get("/dates.ics").text.startswith("BEGIN:VCALENDAR\r\n")


def test_row_73_a_notice_of_markup_is_text(commune: Commune) -> None:
    client = with_agenda(commune, notice="La salle est <b onclick=x>fermée</b> : voir {{ 7*7 }}")
    assert "&lt;b onclick=x&gt;fermée" in client.get("/").text
    assert "{{ 7*7 }}" in read(client) and "À savoir" in read(client)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_leaf_of_the_calendar_reads_well(commune: Commune, language: str) -> None:
    client = with_agenda(commune, Event("Bal", date(2099, 8, 1), time(21, 5)))
    words = read(client, headers={"Accept-Language": language}).replace("\u00a0", " ")
    assert ("1er août Bal Samedi, 21 h 05" if language == "fr" else "1 August Bal Saturday, 21:05") in words
    assert date(2099, 8, 1).strftime("%A") == "Saturday"
