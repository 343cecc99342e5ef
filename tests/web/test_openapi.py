"""The description of the data files: complete, true of every answer, and tried by a program that only has read it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    not_a_server_error,
)
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pop_forum.commune import Commune
from pop_forum.web.open_lists import LISTS
from pop_forum.web.openapi import ADDRESS, document
from tests.web.conftest import AUTHORITY
from tests.web.neighbour import answer, neighbour, neighbour_data, write
from tests.web.test_feeds import MEASURE, adapt
from tests.web.test_open_lists import pages

__all__ = ["neighbour", "neighbour_data", "pages"]

EXAMPLES = 8  # of each operation: keys and page numbers that nobody would type
OTHER = {"/dates.ics", ADDRESS}  # files that are described by a standard of their own, and this one
PLACE = re.compile(r"<(?:int:)?([a-z_]+)>")
BRACES = r"{\1}"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def files(app: Flask) -> set[str]:
    """The addresses of the app that are data files, as the description writes them."""
    rules = {PLACE.sub(BRACES, str(rule)) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return {rule for rule in rules if rule.endswith((".json", ".csv", ".atom"))} - OTHER


def at_home(app: Flask) -> Callable[..., Any]:
    """The app as it is called at its own address."""

    def called(environ: dict[str, Any], start_response: Any) -> Any:
        return app(environ | {"HTTP_HOST": "{}:{}".format(*AUTHORITY)}, start_response)

    return called


@pytest.fixture
def lived(commune: Commune) -> str:
    """A commune with an adaptation, a discussion of daily life and one on a measure; the key of the first."""
    adapt(commune, "La navette passe aussi le vendredi.")
    uri = write(commune, "Un banc au lavoir", "Deux *lattes* manquent.")
    answer(commune, uri, "Je m’en charge.", "Karim B.")
    return uri.rsplit("/", 1)[1]


def test_every_data_file_is_described_and_no_other(app: Flask) -> None:
    assert set(document("https://valombre.example")["paths"]) == files(app)


def test_every_file_that_is_there_is_as_described(app: Flask, client: Any, lived: str) -> None:
    person = re.search(r"/personnes/([\w-]+)", client.get(f"/discussions/{lived}").text)
    assert person
    real = {"edition": "2026-1", "key": lived}
    slugs = {"themes": "mieux-se-deplacer", "quotidien": "vie-locale"}
    schema = schemathesis.openapi.from_wsgi(ADDRESS, at_home(app))
    seen = 0
    for operation in (found.ok() for found in schema.get_all_operations()):
        place = next((name for name in slugs if name in operation.path), "")
        values = {**real, "slug": slugs.get(place, MEASURE)}
        values |= {"key": person[1]} if "personnes" in operation.path else {}
        needed = {name: value for name, value in values.items() if f"{{{name}}}" in operation.path}
        case = operation.Case(path_parameters=needed)
        reply = case.call()
        assert reply.status_code == 200, operation.path
        case.validate_response(reply, checks=CHECKS)
        seen += 1
    assert seen == len(files(app))


@pytest.mark.parametrize("form", ["json", "csv"])
def test_every_list_that_has_items_is_as_described(app: Flask, pages: dict[str, str], form: str) -> None:
    schema = schemathesis.openapi.from_wsgi(ADDRESS, at_home(app))
    for name, (address, _) in LISTS.items():
        found = re.fullmatch(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", address), pages[name])
        assert found, pages[name]
        case = schema[f"{PLACE.sub(BRACES, address)}.{form}"]["GET"].Case(path_parameters=found.groupdict())
        reply = case.call()
        assert reply.status_code == 200, address
        case.validate_response(reply, checks=CHECKS)


def test_a_program_that_guesses_gets_an_answer_that_is_described(app: Flask, lived: str) -> None:
    schema = schemathesis.openapi.from_wsgi(ADDRESS, at_home(app))
    for operation in (found.ok() for found in schema.get_all_operations()):

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def guess(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        guess()


def test_the_description_names_this_site_and_is_asked_for_again_cheaply(client: Any) -> None:
    first = client.get(ADDRESS)
    assert first.json["servers"] == [{"url": "http://valombre.localhost:8080"}]
    assert client.get(ADDRESS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert ADDRESS in client.get("/donnees").text


@pytest.mark.parametrize("address", ["/programme/rien.json", "/discussions/rien.json", "/quotidien.json?page=9"])
def test_what_is_not_there_is_said_in_json(client: Any, address: str) -> None:
    found = client.get(address)
    assert found.status_code == 404 and set(found.json) == {"error", "code"}
