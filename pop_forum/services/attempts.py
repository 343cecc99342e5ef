"""Counted acts: the limits on signing in, registering and posting are rows, shared by every process."""

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import bindparam, func, insert, select

from pop_forum.domain import sign_in as rule
from pop_forum.errors import TooMany
from pop_forum.models import Attempt
from pop_forum.services.site import Site

# Built once, and run without objects: every message counts.
_RECENT = select(func.count(), func.min(Attempt.at)).where(
    Attempt.kind == bindparam("kind"), Attempt.subject == bindparam("subject"), Attempt.at > bindparam("since")
)
_COUNT = insert(Attempt)


def count_act(site: Site, kind: str, subject: str, network: str, limit: int, window: timedelta) -> None:
    """Count one act of `subject`, or raise TooMany when `limit` of them lie within `window`."""
    now, connection = site.clock.now(), site.session.connection()
    act = {"kind": kind, "subject": subject}
    count, oldest = connection.execute(_RECENT, {**act, "since": now - window}).one()
    if count >= limit:
        raise TooMany(f"{kind}: {count} in {window}", retry_after=seconds(oldest + window - now))
    connection.execute(_COUNT, {**act, "network": network_key(site, network), "succeeded": True, "at": now})


def network_key(site: Site, address: str) -> str:
    """A keyed hash of the network an address belongs to: the address itself is not kept."""
    return keyed(site, "network", rule.network_of(address))


def keyed(site: Site, label: str, value: str) -> str:
    """The HMAC of a value under this site's secret, apart for each label."""
    return hmac.new(site.secret, f"{label}\0{value}".encode(), hashlib.sha256).hexdigest()


def seconds(span: timedelta) -> int:
    """Whole seconds, at least one."""
    return max(1, -(-span // timedelta(seconds=1)))
