"""Every page answers to a visitor, a resident and an admin, and none with an error of ours."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pop_forum.models import Account, Measure, Post, Revision, Theme, Thread
from pop_forum.tasks import health

OWN = {
    "/administration/courrier",
    "/administration/sante",
    "/administration/personnes",
    "/mes-discussions",
    "/mon-compte",
    "/mon-compte/accord",
    "/mon-compte/accord/nouveau",
    "/mon-compte/cles",
    "/mon-compte/adresse",
    "/mon-compte/adresse/code",
    "/mon-compte/sessions",
    "/mon-compte/nom",
    "/mon-compte/donnees",
    "/mon-compte/donnees/telecharger",
    "/mon-compte/quitter",
    "/notifications",
}


def filled(rule: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        rule = rule.replace(name, value)
    return rule


def addresses(app: Flask, commune: Any) -> list[str]:
    """Every address of the app that can be read, with its parts filled in by what the commune holds."""
    with commune.reading() as site:
        theme, measure = site.session.scalars(select(Theme)).first(), site.session.scalars(select(Measure)).first()
        revision = site.session.scalars(select(Revision).where(Revision.measure == measure.urn)).first()
        thread, post = site.session.scalars(select(Thread)).one(), site.session.scalars(select(Post)).one()
        person = site.session.scalars(select(Account.person_id)).first()
        author = post.author.uri.rsplit("/", 1)[1]
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            slug = theme.slug if "themes" in str(rule) else measure.slug
            parts = {
                "<slug>": slug,
                "<digest>": revision.digest,
                "<name>": "forum",
                "<form>": "a4",
                "<edition>": "2026-1",
                "<int:person_id>": str(person),
            }
            key = thread.key if str(rule).startswith("/discussions") else post.key
            key = author if str(rule).startswith("/personnes") else key
            found.append(
                filled(
                    str(rule), {**parts, "<key>": key, "<int:peer_id>": "1", "<int:number>": "1", "<receipt>": "a" * 12}
                )
            )
    return found


@pytest.mark.parametrize("role", ["visitor", "resident", "admin"])
def test_every_address_answers(app: Flask, commune: Any, client: Any, signed_in: Callable[..., Any], role: str) -> None:
    author = signed_in("resident", "Huguette P.")
    author.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Un titre", text="Bonjour.", reach="shared")
    browser = client if role == "visitor" else signed_in(role, f"Personne {role}")
    health.run(commune)  # /readyz answers 503 while no worker has given a sign
    for address in addresses(app, commune):
        answer = browser.get(address)
        assert answer.status_code < 500, f"{address}: {answer.text}"
        if answer.status_code == 200 and answer.mimetype == "text/html":
            assert answer.text.count("<h1") == 1, address
            assert "style=" not in answer.text and "<style" not in answer.text, address


@pytest.mark.parametrize("address", sorted(OWN))
def test_a_visitor_meets_no_form_of_members(client: Any, address: str) -> None:
    assert client.get(address).status_code == 401


def test_every_link_of_a_page_leads_somewhere(client: Any, signed_in: Callable[..., Any]) -> None:
    admin = signed_in("admin")
    admin.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Un titre", text="Bonjour.", reach="shared")
    seen, waiting = set(), ["/"]
    while waiting:
        address = waiting.pop()
        seen.add(address)
        answer = admin.get(address)
        assert answer.status_code in (200, 202, 302, 303), address
        if answer.mimetype == "text/html" and len(seen) < 150:
            links = {link.replace("&amp;", "&").split("#")[0] for link in re.findall(r'href="(/[^"]*)"', answer.text)}
            waiting += sorted(links - seen - set(waiting))
