"""The browsers in which somebody is signed in: listed in words, ended one by one or all but this one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from pop_forum.domain.devices import Device, kept_device
from pop_forum.models import SignIn
from pop_forum.services.sign_ins import token_hash
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One signed-in browser; `key` names it in a form and opens nothing."""

    key: str
    device: Device
    method: str
    since: datetime
    seen_at: datetime
    here: bool


def open_sessions(site: Site, person_id: int, token: str | None) -> tuple[OpenSession, ...]:
    """The sessions of a person, the one that asks first, then the last used."""
    mine = (SignIn.account_id == person_id, SignIn.expires_at > site.clock.now())
    rows = site.session.scalars(select(SignIn).where(*mine).order_by(SignIn.seen_at.desc()))
    here = token_hash(token) if token else ""
    found = [
        OpenSession(
            key=row.token_hash,
            device=kept_device(row.device),
            method=row.method or "",
            since=row.created_at,
            seen_at=row.seen_at,
            here=row.token_hash == here,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: not one.here))


def end(site: Site, person_id: int, key: str) -> None:
    """That session of this person is over; nothing happens to anybody else's."""
    site.session.execute(delete(SignIn).where(SignIn.token_hash == key, SignIn.account_id == person_id))


def end_others(site: Site, person_id: int, token: str) -> None:
    """Every session of the person is over but this one."""
    others = (SignIn.account_id == person_id, SignIn.token_hash != token_hash(token))
    site.session.execute(delete(SignIn).where(*others))
