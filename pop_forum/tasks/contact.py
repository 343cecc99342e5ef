"""Looking up the communes that our admin wants to invite."""

from pop_forum.commune import Commune
from pop_forum.errors import ForumError
from pop_forum.federation.identifiers import Host, site_actor_id
from pop_forum.services import contacts


def run(commune: Commune) -> None:
    """Look up every commune whose time has come."""
    while True:
        with commune.transaction() as site:
            host = contacts.claim(site)
        if host is None:
            return
        _look_up(commune, host)


def _look_up(commune: Commune, host: Host) -> None:
    try:
        answer = commune.remote.get(site_actor_id(host), {})
    except ForumError as error:
        with commune.transaction() as site:
            contacts.record_failure(site, host, error.public)
        return
    with commune.transaction() as site:
        contacts.record_answer(site, host, answer.status, answer.body)
