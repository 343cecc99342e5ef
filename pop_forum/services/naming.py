"""Display names that people choose for themselves: nobody passes for somebody else, nor for an office."""

from sqlalchemy import select

from pop_forum.domain.names import chosen_name, confused_with
from pop_forum.domain.permissions import Role
from pop_forum.errors import Conflict
from pop_forum.models import Account, Person
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.site import Site

ALIKE = "Une personne d’ici porte presque le même nom. Ajoutez une initiale ou le nom de votre rue, par exemple."
KNOWN = (
    "Ce nom est celui d’une personne candidate, élue ou chargée d’un site du réseau. Choisissez-en un autre ; "
    "si c’est vous, écrivez-nous."
)


def check(site: Site, name: str, own: int | None = None) -> str:
    """The name as it is kept, for the person `own` or for somebody new. Raises InvalidInput and Conflict.

    People of this site differ by more than signs, capitals and digits that look like letters, and from those of the
    network whom a badge or an office makes known; who runs the site may give any name, as their own eyes tell them.
    """
    line = chosen_name(name)
    is_like = confused_with(line)
    others = site.session.execute(select(Person.id, Person.name).join(Account, Account.person_id == Person.id))
    if any(row.id != own and is_like(row.name) for row in others):
        raise Conflict(f"{line!r} is like a name from here", ALIKE)
    known = (Person.host.in_(shown_hosts(site)), Person.role != Role.RESIDENT.value)
    badged = site.session.execute(select(Person.id, Person.name).where(*known))
    if any(row.id != own and is_like(row.name) for row in badged):
        raise Conflict(f"{line!r} is like a known name of the network", KNOWN)
    return line
