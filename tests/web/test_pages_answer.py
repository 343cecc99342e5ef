"""Every page answers, to a visitor, a resident and an admin."""

import pytest
from flask import Flask

PUBLIC = ["/", "/quotidien", "/connexion", "/inscription", "/charte", "/mentions-legales", "/aide",
          "/accessibilite", "/affichage"]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_visitor_reads_the_page(client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert "<h1" in answer.text
