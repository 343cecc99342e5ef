"""The summary of what is wrong leads, link by link, to places that are on the page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.models import Post
from tests.web.neighbour import write

SignIn = Callable[..., Any]


@pytest.mark.parametrize("address", ["/messages/{}/signaler", "/quotidien/ouvrir", "/mon-compte/quitter"])
def test_each_link_of_a_summary_leads_to_a_field(commune: Commune, signed_in: SignIn, address: str) -> None:
    uri = write(commune, "La passerelle")
    with commune.reading() as site:
        key = site.session.scalars(select(Post.key).where(Post.uri == uri)).one()
    place = address.format(key)
    text = signed_in("resident").send(place, place).text
    links = re.findall(r'<li><a href="#([^"]+)"', text)
    assert links, text
    assert not [one for one in links if f'id="{one}"' not in text]
