"""A one-line field and a page of people: what is just allowed, and one more."""

from collections.abc import Callable
from typing import Any

import pytest

from pop_forum.services.accounts import PEOPLE_PER_PAGE
from pop_forum.web.forms import FIELD_BYTES

REGISTER, PEOPLE = "/inscription", "/administration/personnes"


@pytest.mark.parametrize(("length", "too_long"), [(FIELD_BYTES, False), (FIELD_BYTES + 1, True)])
def test_a_one_line_field_is_read_up_to_its_limit(client: Any, length: int, too_long: bool) -> None:
    mail = "a@" + "b" * (length - 5) + ".fr"
    assert len(mail) == length
    page = client.send(REGISTER, REGISTER, name="Jeanne M.", mail=mail, age="oui", consent="oui").text
    assert (f"la limite est de {FIELD_BYTES}" in page) is too_long


def test_one_person_more_than_a_page_holds_is_on_the_next(
    signed_in: Callable[..., Any], add_person: Callable[..., int]
) -> None:
    admin = signed_in("admin", "Aaa A.")
    names = [f"Personne {number:02}" for number in range(PEOPLE_PER_PAGE)]
    for name in names[:-1]:
        add_person(name)
    first = admin.get(PEOPLE).text
    assert all(name in first for name in names[:-1]) and admin.get(f"{PEOPLE}?page=2").status_code == 404
    add_person(names[-1])
    assert names[-1] not in admin.get(PEOPLE).text and names[-1] in admin.get(f"{PEOPLE}?page=2").text
