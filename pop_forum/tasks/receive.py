"""Handling envelopes: fetch the sender's actor, then judge."""

from pop_forum.commune import Commune
from pop_forum.errors import ForumError
from pop_forum.federation.identifiers import site_actor_id
from pop_forum.services import envelopes


def run(commune: Commune) -> None:
    """Handle every due envelope."""
    while True:
        with commune.transaction() as site:
            held = envelopes.claim(site)
        if held is None:
            return
        _handle(commune, held)


def _handle(commune: Commune, held: envelopes.Held) -> None:
    try:
        answer = commune.remote.get(site_actor_id(held.host), {})
    except ForumError as error:
        with commune.transaction() as site:
            envelopes.record_failure(site, held, str(error))
        return
    with commune.transaction() as site:
        if answer.status != 200:
            envelopes.record_failure(site, held, f"its actor answered {answer.status}")
            return
        envelopes.judge(site, held, answer.body)
