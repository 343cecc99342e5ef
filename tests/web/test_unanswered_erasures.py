"""The console names the communes that have not confirmed an erasure, since when, and what to do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pop_forum.commune import Commune
from pop_forum.tasks import erase
from tests.web.neighbour import befriend, neighbour, neighbour_data
from tests.web.test_discussions import open_thread
from tests.web.test_undo import age, reply

__all__ = ["neighbour", "neighbour_data"]

CONSOLE = "/administration/reseau"


def test_the_console_names_who_has_not_confirmed_an_erasure(
    signed_in: Callable[..., Any], commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    admin = signed_in("admin", "Nadège R.")
    assert "Effacements pas encore confirmés" not in admin.get(CONSOLE).text
    key = reply(admin, open_thread(admin), "De trop")
    admin.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    age(commune, key, "deleted_at", timedelta(minutes=11))
    erase.run(commune)
    page = admin.get(CONSOLE).text
    assert "Effacements pas encore confirmés" in page and "1 effacement, en attente depuis le" in page
