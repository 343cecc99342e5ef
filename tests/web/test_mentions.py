"""Mentions through the door: who is named, who is told, and what stays words."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum.models import Mention, Notice, Person
from tests.web.test_discussions import open_thread
from tests.web.test_undo import reply


def links(page: str) -> list[str]:
    return re.findall(r'<a class="mention" href="/personnes/[a-z2-7]+">([^<]*)</a>', page)


def kinds(commune: Any) -> list[str]:
    with commune.reading() as site:
        return list(site.session.scalars(select(Notice.kind).order_by(Notice.id)))


def count(commune: Any) -> int:
    with commune.reading() as site:
        return len(site.session.scalars(select(Mention)).all())


def test_who_writes_in_a_discussion_is_named_there_and_told(
    signed_in: Callable[..., Any], client: Any, commune: Any
) -> None:
    huguette, karim = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(huguette)
    reply(karim, address, "Merci @huguette p, à samedi.")
    assert links(client.get(address).text) == ["@Huguette P."]
    assert kinds(commune) == ["mention"] and "Karim B." in huguette.get("/notifications").text


def test_a_mention_follows_the_name_of_its_bearer(signed_in: Callable[..., Any], client: Any, commune: Any) -> None:
    address = open_thread(signed_in("resident", "Huguette P."))
    reply(signed_in("resident", "Karim B."), address, "Merci @Huguette P. !")
    with commune.transaction() as site:
        site.session.execute(update(Person).where(Person.name == "Huguette P.").values(name="Huguette Petit"))
    assert links(client.get(address).text) == ["@Huguette Petit"]


def test_who_has_not_written_there_stays_a_word(signed_in: Callable[..., Any], client: Any, commune: Any) -> None:
    signed_in("resident", "Solène D.")
    address = open_thread(signed_in("resident", "Huguette P."), text="Bonjour @Solène D. et nom@exemple.fr")
    assert links(client.get(address).text) == [] and count(commune) == 0 and kinds(commune) == []


def test_a_change_names_anew_and_tells_only_the_newly_named(signed_in: Callable[..., Any], commune: Any) -> None:
    huguette, karim = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(huguette)
    key = reply(karim, address, "Merci @Huguette P.")
    form = f"/messages/{key}/modifier"
    karim.send(form, form, text="Encore merci @Huguette P.")
    assert count(commune) == 1 and kinds(commune) == ["mention"]
    karim.send(form, form, text="Merci à toutes")
    assert count(commune) == 0


def test_nobody_is_told_of_naming_oneself(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    reply(browser, open_thread(browser), "Moi, @Huguette P.")
    assert kinds(commune) == []


@pytest.mark.parametrize("text", ["@" * 5_000, "@a " * 5_000, "@Huguette P. " * 1_500])
def test_row_58_a_message_full_of_signs_is_published_without_delay(
    signed_in: Callable[..., Any], commune: Any, text: str
) -> None:
    browser = signed_in("resident", "Huguette P.")
    reply(browser, open_thread(browser), text)
    assert count(commune) <= 1


def test_row_68_a_name_with_markup_is_inert_in_a_mention(signed_in: Callable[..., Any], client: Any) -> None:
    address = open_thread(signed_in("resident", 'Zoé <img src=x onerror="a">'))
    reply(signed_in("resident", "Karim B."), address, 'Merci @Zoé <img src=x onerror="a">')
    page = client.get(address).text
    assert "<img" not in page and 'class="mention"' in page


def test_the_names_of_forms_and_drafts_change_no_page_of_visitors() -> None:
    from pop_forum import page_versions

    assert "drafts" in page_versions.HIDDEN_TABLES and "submission" in page_versions.HIDDEN_COLUMNS["posts"]
