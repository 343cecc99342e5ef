"""Every page has one stable address and a title of its own, which search engines and people can tell apart."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from pop_forum.commune import Commune
from tests.web.neighbour import HERE, answer, write
from tests.web.test_pages_answer import addresses

TITLE = re.compile(r"<title>([^<]*)</title>")
CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')


def title(text: str) -> str:
    """The title of a page, which has exactly one."""
    [found] = TITLE.findall(text)
    return html.unescape(found)


def canonical(text: str) -> str:
    """The address that a page gives as its own, below the site's."""
    [found] = CANONICAL.findall(text)
    assert found.startswith(HERE)
    return html.unescape(found).removeprefix(HERE)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_has_a_title_of_its_own(
    app: Flask, commune: Commune, signed_in: Callable[..., Any], language: str
) -> None:
    author = signed_in("resident", "Huguette P.")
    author.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Un banc au lavoir", text="Bonjour.", reach="shared")
    admin, titles = signed_in("admin", "Personne admin"), {}
    for address in addresses(app, commune):
        found = admin.get(address, headers={"Accept-Language": language})
        if found.status_code != 200 or found.mimetype != "text/html":
            continue
        name, own = title(found.text), canonical(found.text)
        assert own.partition("?")[0] == address, "the page is at the address it gives"
        assert name.endswith(f" · {commune.settings.name}") and len(name) > len(commune.settings.name) + 3, address
        other = titles.setdefault(name, own)
        assert other == own, f"« {name} » is the title of {other} and {own}"
    assert len(titles) > 20


def test_the_address_of_a_page_is_the_same_however_one_came(client: Any) -> None:
    assert canonical(client.get("/?utm_source=journal&page=1").text) == "/"
    assert canonical(client.get("/quotidien?a=b").text) == "/quotidien"
    assert canonical(client.get("/", headers={"Accept-Language": "en"}).text) == "/"


def test_each_page_of_a_long_discussion_has_its_own_address_and_title(
    client: Any, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop_forum.services.thread_pages.REPLIES_PER_PAGE", 1)
    uri = write(commune, "Un banc au lavoir")
    for number in range(2):
        answer(commune, uri, f"Réponse {number}")
    address = f"/discussions/{uri.rsplit('/', 1)[1]}"
    first, second = client.get(address).text, client.get(f"{address}?page=2&a=b").text
    assert canonical(first) == address and canonical(second) == f"{address}?page=2"
    assert title(first) != title(second)


def test_row_72_a_title_of_markup_is_text_in_the_head(client: Any, commune: Commune) -> None:
    uri = write(commune, '</title><script>x</script> " onload=x \u2028 fin')
    page = client.get(f"/discussions/{uri.rsplit('/', 1)[1]}").text
    assert "<script>x" not in page and '" onload=x' not in page
    assert title(page).startswith("</title><script>x</script>")
