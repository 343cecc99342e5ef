"""Counted acts: the limits on signing in, registering and posting are rows, shared by every process."""

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import Boolean, ScalarSelect, String, bindparam, func, insert, literal, select

from pop_forum.domain import sign_in as rule
from pop_forum.errors import TooMany
from pop_forum.models import Attempt
from pop_forum.models.base import Instant
from pop_forum.services.site import Site

# Built once, and run without objects: every message counts. The act is counted by the statement that looks whether it
# may be, so that one that may costs one statement.
_RECENT = (
    Attempt.kind == bindparam("kind"),
    Attempt.subject == bindparam("subject"),
    Attempt.at > bindparam("since", type_=Instant()),
)
_OLDEST = select(func.count(), func.min(Attempt.at)).where(*_RECENT)


def _so_many() -> ScalarSelect[int]:
    return select(func.count()).where(*_RECENT).scalar_subquery()


_COUNT = (
    insert(Attempt)
    .from_select(
        ["kind", "subject", "network", "succeeded", "at"],
        select(
            bindparam("kind", type_=String()),
            bindparam("subject", type_=String()),
            bindparam("network", type_=String()),
            literal(True, Boolean()),
            bindparam("now", type_=Instant()),
        ).where(_so_many() < bindparam("limit")),
    )
    .returning(Attempt.id)
)


def count_act(site: Site, kind: str, subject: str, network: str, limit: int, window: timedelta) -> None:
    """Count one act of `subject`, or raise TooMany when `limit` of them lie within `window`."""
    now, connection = site.clock.now(), site.session.connection()
    recent = {"kind": kind, "subject": subject, "since": now - window}
    values = {**recent, "network": network_key(site, network), "now": now, "limit": limit}
    if connection.execute(_COUNT, values).scalar_one_or_none() is None:
        count, oldest = connection.execute(_OLDEST, recent).one()
        raise TooMany(f"{kind}: {count} in {window}", retry_after=seconds(oldest + window - now))


def network_key(site: Site, address: str) -> str:
    """A keyed hash of the network an address belongs to: the address itself is not kept."""
    return keyed(site, "network", rule.network_of(address))


def keyed(site: Site, label: str, value: str) -> str:
    """The HMAC of a value under this site's secret, apart for each label."""
    return hmac.new(site.secret, f"{label}\0{value}".encode(), hashlib.sha256).hexdigest()


def seconds(span: timedelta) -> int:
    """Whole seconds, at least one."""
    return max(1, -(-span // timedelta(seconds=1)))
