"""The French of the pages, as people meet it: no word of the trade, on any page that residents and visitors see."""

import html
import re
from collections.abc import Callable
from typing import Any

from flask import Flask

from pop_forum.commune import Commune
from tests.web.test_language import NEVER
from tests.web.test_pages_answer import addresses

JARGON = re.compile(
    rf"\b(?:{NEVER}|token|jeton|login|logout|e-?mails?|uploader|url|uri|hash|bug|spam|poster|posts?|threads?|users?"
    r"|followers?|like[rs]?|tag|feed|back-?end|front-?end|base de données|serveur|requête|statut http|captcha"
    r"|activitypub|fediverse|markdown|paramètres?|cliquez|interface utilisateur)\b",
    re.IGNORECASE,
)
OURS = re.compile(r"<(script|style|template)\b.*?</\1>|<[^>]*>", re.DOTALL)
ADDRESS = re.compile(
    r"\b[\w-]+\.[\w.-]+(?::\d+)?/\S+"
)  # printed on paper: its last word was chosen once, and never changes


def words(page: str) -> str:
    """What can be read of a page, and what is said of its controls."""
    body = page[page.index("<body") :].replace("<wbr>", "")  # it only says where an address may break
    said = " ".join(re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', body))
    return ADDRESS.sub(" ", html.unescape(OURS.sub(" ", body) + " " + said))


def test_no_page_speaks_the_jargon_of_the_trade(
    app: Flask, client: Any, commune: Commune, signed_in: Callable[..., Any]
) -> None:
    resident = signed_in("resident", "Huguette P.")
    resident.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Un banc au lavoir", text="Bonjour.", reach="shared")
    found, read = [], 0
    for address in [*addresses(app, commune), "/nulle-part", "/deconnexion"]:
        for browser in (client, resident):
            answer = browser.get(address)
            if answer.mimetype == "text/html" and b"<body" in answer.data:
                read += 1
                found += [f"{address}: {word}" for word in sorted(set(JARGON.findall(words(answer.text))))]
    assert read > 60
    assert sorted(set(found)) == []
