"""A number in an address that no row can have finds nothing: for every address there is, on both methods."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from pop_forum.web.compiled import MOST_ROWS

NUMBER = re.compile(r"<int:[a-z_]+>")
HOME, PEOPLE = "/affichage", "/administration/personnes"


def numbered(app: Flask) -> list[tuple[str, str]]:
    """Method and rule of every address with a number in it."""
    rules = [rule for rule in app.url_map.iter_rules() if NUMBER.search(rule.rule)]
    return [(method, rule.rule) for rule in rules for method in sorted((rule.methods or set()) & {"GET", "POST"})]


@pytest.mark.parametrize(
    "number", [str(2**31), str(2**63 - 1), str(2**63), "9" * 400, "9" * 5_000, "0", "01", "-1", "1.0", "٣", "1e3"]
)
def test_a_number_that_no_row_has_is_a_page_that_does_not_exist(
    app: Flask, signed_in: Callable[..., Any], number: str
) -> None:
    admin = signed_in("admin")
    found = numbered(app)
    assert len(found) > 5
    for method, rule in found:
        address = re.sub(r"<[a-z_]+>", "a" * 12, NUMBER.sub(number, rule))
        answer = admin.get(address) if method == "GET" else admin.send(address, HOME)
        assert answer.status_code == 404, (method, rule)


def test_the_greatest_number_of_a_row_is_looked_for(app: Flask, signed_in: Callable[..., Any]) -> None:
    with app.test_request_context():
        urls = app.url_map.bind("valombre.localhost")
        assert urls.match(f"{PEOPLE}/{MOST_ROWS}")[1] == {"person_id": MOST_ROWS}
    assert signed_in("admin").get(f"{PEOPLE}/{MOST_ROWS}").status_code == 404
