"""« Citer » through the door, and what is left of a quotation once the person quoted has left (row 94)."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.test_discussions import open_thread
from tests.web.test_my_data import LEAVE, go
from tests.web.test_undo import reply

WORDS = "Message bergamasque"
TYPED = re.compile(r"<textarea[^>]*>([^<]*)")


@pytest.fixture
def huguette(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def karim(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Karim B.")


def quote(browser: Any, address: str, key: str) -> str:
    """The key of a reply that quotes the message, as the form proposes it."""
    page = browser.get(f"{address}/repondre?a={key}&citer=1").text
    text = html.unescape(TYPED.findall(page)[0]).lstrip()
    assert "Huguette P." in text and WORDS in text
    return reply(browser, address, f"{text}Bien dit.")


@pytest.mark.parametrize("reach", ["shared", "local"])
def test_a_quotation_leads_to_the_message_it_is_from(huguette: Any, karim: Any, client: Any, reach: str) -> None:
    address = open_thread(karim, reach=reach)
    said = reply(huguette, address, WORDS)
    quote(karim, address, said)
    target = f"http://valombre.localhost:8080/{'o' if reach == 'shared' else 'messages'}/{said}"
    assert f'<a href="{target}"' in client.get(address).text
    assert f"#m-{said}" in client.get(f"/messages/{said}").headers["Location"]


@pytest.mark.parametrize("reach", ["shared", "local"])
@pytest.mark.parametrize("choice", ["supprimer", "laisser"])
def test_row_94_who_leaves_is_named_in_no_quotation(
    huguette: Any, karim: Any, client: Any, reach: str, choice: str
) -> None:
    address = open_thread(karim, reach=reach)
    answer = quote(karim, address, reply(huguette, address, WORDS))
    assert client.get(address).text.count(WORDS) == 2
    assert go(huguette, choice).status_code == 303
    pages = [address, f"/messages/{answer}/historique", f"{address}/repondre?a={answer}", "/"]
    pages += [f"{address}.json", f"{address}/flux.atom"] if reach == "shared" else []
    for page in pages:
        text = client.get(page).text
        assert "Huguette" not in text, page
        assert choice == "laisser" or WORDS not in text, page
    shown = client.get(address).text
    assert "Bien dit." in shown
    assert "<em>Message retiré</em>" in shown if choice == "supprimer" else "Compte supprimé</strong> a écrit" in shown
    found = client.get("/recherche?q=bergamasque").text
    assert ("Aucun résultat" in found) is (choice == "supprimer")
    assert "Huguette" not in found


def test_the_page_where_one_leaves_says_what_cannot_be_taken_back(huguette: Any) -> None:
    page = huguette.get(LEAVE).text
    assert "recopié à la main" in page and "journaux que les communes échangent" in page


def test_row_94_who_left_is_not_named_by_a_mention_in_a_file_a_feed_or_a_search(
    huguette: Any, karim: Any, client: Any
) -> None:
    address = open_thread(karim)
    reply(huguette, address, "Bonjour.")
    reply(karim, address, "Merci @Huguette P., à demain pour le bergamasque.")
    go(huguette, "laisser")
    for page in (address, f"{address}.json", f"{address}/flux.atom", "/recherche?q=bergamasque"):
        text = client.get(page).text
        assert "Huguette" not in text and "@Compte supprim" in text, page
