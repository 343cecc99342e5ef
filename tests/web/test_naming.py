"""Nobody takes a name that passes for an office, for somebody of this site, or for a known person of the network."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.models import Account, Peer, Person, Registration
from tests.web.letterbox import code_in, letters
from tests.web.test_codes import verify
from tests.web.test_registering import register, rows

PEER = {"base_url": "http://pont-hervel.localhost:8080", "state": "active", "invited_by": "us"}
REFUSED = [
    ("Modération", 400, "un mot qui dit une fonction"),
    ("Huguette P. (élue)", 400, "se compose de lettres"),
    ("✓ Marie", 400, "se compose de lettres"),
    ("ARMELLE Q", 409, "porte presque le même nom"),
    ("solene-d", 409, "chargée d’un site du réseau"),
]


@pytest.fixture(autouse=True)
def known(commune: Any, add_person: Callable[..., int]) -> None:
    """A candidate from here, and one of a neighbour that is shown here; a resident of the neighbour too."""
    add_person("Armelle Q.", "candidate")
    host = "pont-hervel.localhost:8080"
    with commune.transaction() as site:
        site.session.add(Peer(**PEER, host=host, created_at=site.clock.now()))
        for number, (name, role) in enumerate([("Solène D.", "candidate"), ("Lucien B.", "resident")]):
            uri = f"http://{host}/p/{'a' * 11}{number + 2}"
            site.session.add(Person(uri=uri, host=host, name=name, role=role, created_at=site.clock.now()))


@pytest.mark.parametrize(("name", "status", "sentence"), REFUSED)
def test_row_67_such_a_name_is_refused_beside_its_field(
    client: Any, commune: Any, name: str, status: int, sentence: str
) -> None:
    answer = register(client, name=name)
    assert answer.status_code == status and sentence in answer.text
    assert rows(commune, Registration) == []


@pytest.mark.parametrize(("name", "status", "sentence"), REFUSED)
def test_row_67_nobody_renames_themselves_so(
    signed_in: Callable[..., Any], commune: Any, name: str, status: int, sentence: str
) -> None:
    browser = signed_in("resident", "Huguette P.")
    answer = browser.send("/mon-compte/nom", "/mon-compte/nom", name=name)
    assert answer.status_code == status and sentence in answer.text
    with commune.reading() as site:
        assert site.session.scalars(select(Account)).all()[-1].person.name == "Huguette P."


def test_one_s_own_name_in_another_spelling_and_that_of_an_unknown_neighbour_are_free(
    signed_in: Callable[..., Any],
) -> None:
    browser = signed_in("resident", "Huguette P.")
    for name in ("HUGUETTE P", "Lucien B."):
        assert browser.send("/mon-compte/nom", "/mon-compte/nom", name=name).status_code == 303


def test_an_admin_may_bear_the_name_of_an_office(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("admin", "Paul G.")
    assert browser.send("/mon-compte/nom", "/mon-compte/nom", name="Administration").status_code == 303


def test_a_name_like_one_that_was_taken_meanwhile_is_refused_at_the_end(
    client: Any, commune: Any, add_person: Callable[..., int]
) -> None:
    register(client, name="Jeanne M.")
    add_person("JEANNE M")
    answer = verify(client, code_in(letters(commune)[0]))
    assert answer.status_code == 409 and "porte presque le même nom" in answer.text
