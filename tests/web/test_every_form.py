"""Every form of the app, badly filled: refused with a sentence, and each link of the summary leads to a field."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pop_forum import paths
from pop_forum.commune import Commune
from pop_forum.models import Peer, Person, Post, Thread
from pop_forum.services import improvements
from pop_forum.services import programme_pages as pages
from pop_forum.services.improvements import Proposal
from pop_forum.web.rates import SOFTWARE
from tests.web.conftest import AUTHORITY
from tests.web.neighbour import befriend, neighbour, neighbour_data, write
from tests.web.test_programme_writing import SLUG
from tests.web.test_taking import BASE, EDITOR, OURS, THEIRS
from tests.web.test_taking import write as write_measure

__all__ = ["neighbour", "neighbour_data"]

HERE = {"Origin": "http://{}:{}".format(*AUTHORITY)}
SignIn = Callable[..., Any]
NAMES = re.compile(r'name="([a-z_]+)"|form(?:\.get|\.getlist)\("([a-z_]+)"')
LINKS = re.compile(r'<li><a href="#([^"]+)"')
LEAVES = ("accounts.sign_out", "own_sessions.end")  # who sends them is signed out: they have no field
ENDS = ("consents.withdraw", "my_data.leave")  # a good answer would end the account or its agreement
LONG, ODD = "x" * 9_000, "\x00\u202e\ud7ff<b>%s{{7*7}}\r\n=1+1"


def field_names() -> list[str]:
    """Every name that a form of a template has, or that a view reads."""
    sources = [*paths.templates().rglob("*.html"), *(Path(__file__).parents[2] / "pop_forum" / "web").glob("*.py")]
    found = {one for path in sources for pair in NAMES.findall(path.read_text("utf-8")) for one in pair if one}
    return sorted(found - {"csrf_token", "viewport", "theme_color", "robots", "description"})


def bad(role: str) -> Iterator[dict[str, Any]]:
    """What may come instead of what a form asks for; who may do the most is asked the most."""
    names = field_names()
    values = {"admin": (ODD, LONG, "9" * 400, ["", "-1"]), "resident": (ODD, LONG)}.get(role, ())
    return iter([{}, *(dict.fromkeys(names, value) for value in values)])


@pytest.fixture
def addresses(app: Flask, commune: Commune, neighbour: Commune) -> dict[str, str]:
    """Every address of the app that takes a form, by endpoint, with its parts filled in by what the commune holds."""
    befriend(commune, neighbour)
    uri = write(commune, "La passerelle")
    for blocks, common in ((BASE, True), (OURS, False)):
        write_measure(commune, blocks, common)
    with commune.transaction() as site:
        measure = pages.measure_page(site, SLUG)
        found = improvements.ours_against_common(measure)
        assert found is not None
        offer = Proposal(found.common.digest, found.other.digest, frozenset(found.keys), "essential", "Parce que.")
        digest = improvements.propose(site, EDITOR, measure.measure, offer).digest
    write_measure(commune, THEIRS, True)
    with commune.reading() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        thread = site.session.scalars(select(Thread)).one()
        numbers = {"person_id": site.session.scalars(select(Person.id)).first(), "peer_id": 1}
        assert site.session.get(Peer, 1) is not None
        keys = {"messages": post.key, "moderation": post.key, "discussions": thread.key}
    sent = {}
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and str(rule.endpoint).partition(".")[0] not in SOFTWARE:
            top = rule.rule.split("/")[1]
            address = re.sub(r"<int:([a-z_]+)>", lambda part: str(numbers.get(part[1], 1)), rule.rule)
            parts = {"<key>": keys.get(top, ""), "<slug>": SLUG, "<digest>": digest, "<token>": "a" * 26}
            sent[str(rule.endpoint)] = re.sub(r"<[a-z_]+>", lambda part: parts[part[0]], address)  # noqa: B023
    return sent


@pytest.mark.parametrize("role", ["visitor", "resident", "admin"])
def test_what_is_badly_filled_is_refused_and_each_link_leads_to_a_field(
    client: Any, signed_in: SignIn, addresses: dict[str, str], role: str
) -> None:
    browser, faults, linked = client if role == "visitor" else signed_in(role), [], set()
    assert len(addresses) > 60
    for endpoint, address in addresses.items():
        for fields in bad(role):
            if endpoint in LEAVES or (endpoint in ENDS and any(fields.values())):
                continue
            answer = browser.post(address, data={"csrf_token": browser.any_csrf(), **fields}, headers=HERE)
            links = LINKS.findall(answer.text)
            linked |= {endpoint} if links else set()
            lost = [one for one in links if f'id="{one}"' not in answer.text]
            if answer.status_code >= 500 or lost:
                faults.append(f"{address}: {answer.status_code}, links to nothing: {lost}")
    assert not faults, "\n".join(faults)
    assert len(linked) >= {"visitor": 2, "resident": 8, "admin": 18}[role], sorted(linked)


QUERIES = re.compile(r'args(?:\.get|\.getlist)?[(\[]"([a-z_]+)"')


def test_no_question_in_an_address_brings_an_error_of_ours(
    app: Flask, signed_in: SignIn, addresses: dict[str, str]
) -> None:
    sources = (Path(__file__).parents[2] / "pop_forum" / "web").glob("*.py")
    names = sorted({name for path in sources for name in QUERIES.findall(path.read_text("utf-8"))})
    assert len(names) > 10, names
    parts = {**dict(zip(("<slug>", "<key>"), (SLUG, addresses["threads.reply"].split("/")[2]), strict=True))}
    browser, faults = signed_in("admin"), []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        address = re.sub(r"<[a-z_:]+>", lambda part: parts.get(part[0], "1"), rule.rule)
        for value in (ODD, "9" * 400):
            status = browser.get(address, query_string=dict.fromkeys(names, value)).status_code
            if status >= 500 and rule.endpoint != "health.ready":
                faults.append(f"{address}: {status} to {value[:9]!r}")
    assert not faults, "\n".join(faults)


def test_a_part_of_a_form_without_a_name_is_no_field(signed_in: SignIn, addresses: dict[str, str]) -> None:
    browser = signed_in("admin")
    part = "--x\r\nContent-Disposition: form-data"
    head, nameless = (
        f'{part}; name="csrf_token"\r\n\r\n',
        f'\r\n{part}\r\n\r\nv\r\n{part}; filename="a"\r\n\r\nv\r\n--x--',
    )
    kind = {**HERE, "Content-Type": "multipart/form-data; boundary=x"}
    for token in (browser.any_csrf(), "wrong"):
        for endpoint in (
            "threads.create_daily",
            "threads.reply",
            "programme.adaptation.adapt",
            "drafts.save",
            "accounts.create",
        ):
            answer = browser.post(addresses[endpoint], data=f"{head}{token}{nameless}".encode(), headers=kind)
            assert 400 <= answer.status_code < 500 or answer.status_code == 303, endpoint
