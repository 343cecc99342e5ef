"""What is the same for all communes of a process is compiled once."""

import pytest
from flask import Flask
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler

from pop_forum.app import create_app
from pop_forum.commune import Commune
from tests.web.conftest import AUTHORITY

PAGE = "/programme"


def test_the_next_app_compiles_no_address_no_template_and_no_statement(
    app: Flask, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "http://{}:{}".format(*AUTHORITY)
    first = app.test_client().get(PAGE, base_url=here)
    commune.database.engine.clear_compiled_cache()
    known = len(list(app.url_map.iter_rules()))

    def refuse(*anything: object, **named: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr("jinja2.environment.Environment.compile", refuse)
    monkeypatch.setattr(SQLiteCompiler, "__init__", refuse)
    other = create_app(commune)
    again = other.test_client().get(PAGE, base_url=here)
    assert (first.status_code, again.status_code) == (200, 200)
    assert len(list(other.url_map.iter_rules())) == known
