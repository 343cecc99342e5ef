"""The inbox: raw bytes kept and committed before the sender hears 202, then handled by the worker.

Today it takes what communes say to each other before they are peers (invitation, acceptance, refusal), and tests of
the line; anything else is kept as refused, with its reason.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from pop_forum.errors import BadSignature, Conflict, ForumError, InvalidInput, TooMany
from pop_forum.federation import handshake, http_signatures, line_tests, proofs, registers, shapes
from pop_forum.federation.handshake import SiteActor
from pop_forum.federation.identifiers import Host, authority, site_actor_id
from pop_forum.federation.keys import ed25519_key
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Envelope, Peer
from pop_forum.services import authentication, backoff, claims, invitations, peers
from pop_forum.services import line_tests as tests_of_lines
from pop_forum.services.site import Site

RECEIVED, APPLIED, REFUSED, DEAD = "received", "applied", "refused", "dead"
RECEIVE = "receive"  # the kind of work
MAX_WAITING_PER_HOST = 20  # a commune says two or three things before it is a peer
MAX_WAITING = 500
KEPT = timedelta(days=30)  # after its arrival a settled letter is no longer needed to explain anything
MAX_FAILURES = 12  # about two and a half hours of tries to fetch a stranger's actor and judge the letter
KEPT_HEADERS = ("host", "date", "digest", "signature", "content-type")


@dataclass(frozen=True, slots=True)
class Held:
    """An envelope claimed by the worker: whose actor document is needed to judge it."""

    envelope_id: int
    host: Host


def keep(site: Site, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Envelope:
    """The envelope kept for the worker. Raises what is cheap to refuse at once.

    A known key with a wrong signature is refused here (401), and so is what no key could make right; an unknown key is
    fetched later, never by this request.
    """
    parameters = http_signatures.parse(headers)
    host = authentication.signer_host(parameters.key_id)
    document = load_object(body)
    activity_id = shapes.id_at(document, "id")
    if authority(shapes.id_at(document, "actor")) != host or authority(activity_id) != host:
        raise BadSignature(f"id and actor must be of {host}, which signs")
    known = site.session.scalar(select(Peer).where(Peer.host == host))
    if known is not None and known.rsa_pem is not None:
        authentication.check_peer(site, known, method, path, headers, body)
    else:
        authentication.check_without_key(site, headers, body)
    digest = hashlib.sha256(body).hexdigest()
    same = site.session.scalars(select(Envelope).where(Envelope.activity_id == activity_id)).all()
    for envelope in same:
        if envelope.sha256 == digest:
            return envelope
    if same:
        raise Conflict(f"{activity_id} came before with other bytes")
    _refuse_flood(site, host)
    lower = {name.lower(): value for name, value in headers.items()}
    envelope = Envelope(
        activity_id=activity_id,
        sha256=digest,
        host=host,
        request={"method": method, "path": path, **{name: lower[name] for name in KEPT_HEADERS if name in lower}},
        body=body,
        state=RECEIVED,
        received_at=site.clock.now(),
        due_at=site.clock.now(),
    )
    site.session.add(envelope)
    site.wake(RECEIVE)
    return envelope


def claim(site: Site) -> Held | None:
    """A due envelope, leased to the caller.

    The try counts as failed from here on, until its outcome is noted: one that ends in an error of ours, or with the
    worker, is made again later, and not for ever.
    """
    now = site.clock.now()
    free = claims.free(Envelope.claimed_until, now)
    envelope = site.session.scalar(
        select(Envelope)
        .where(Envelope.due_at <= now, free)
        .order_by(Envelope.failures, Envelope.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if envelope is None:
        return None
    envelope.claimed_until = now + backoff.LEASE
    envelope.failures += 1
    if envelope.failures < MAX_FAILURES:
        envelope.due_at = backoff.next_try(now, envelope.failures)
    else:
        envelope.state, envelope.due_at = DEAD, None
    return Held(envelope.id, Host(envelope.host))


def judge(site: Site, held: Held, actor_document: bytes) -> None:
    """The envelope's outcome, now that its sender's actor document has been fetched."""
    envelope = site.session.get_one(Envelope, held.envelope_id)
    envelope.claimed_until, envelope.due_at = None, None
    try:
        actor = handshake.parse_site_actor(load_object(actor_document), host=held.host)
        envelope.reason = _handled(site, envelope, actor)
        envelope.state = APPLIED
    except ForumError as error:
        envelope.state, envelope.reason = REFUSED, str(error)


def record_failure(site: Site, held: Held, why: str) -> None:
    """The sender's actor could not be fetched, for this reason; `claim` has said when the next try is, if any."""
    envelope = site.session.get_one(Envelope, held.envelope_id)
    envelope.claimed_until, envelope.reason = None, why


def sweep(site: Site) -> None:
    """Find envelopes that no wake-up will bring."""
    now = site.clock.now()
    free = claims.free(Envelope.claimed_until, now)
    if site.session.scalar(select(Envelope.id).where(Envelope.due_at <= now, free).limit(1)) is not None:
        site.wake(RECEIVE)


def purge(site: Site) -> None:
    """Letters that were settled, and came long ago, are gone; a replay of one is refused for its date (row 9)."""
    old = (Envelope.due_at.is_(None), Envelope.received_at <= site.clock.now() - KEPT)
    site.session.execute(delete(Envelope).where(*old).execution_options(synchronize_session=False))


def _handled(site: Site, envelope: Envelope, actor: SiteActor) -> str:
    """What the envelope changed. Its signature, its proof and its actor are checked against the fetched keys."""
    known = peers.find(site, actor.host)
    if known is not None and known.fingerprint and not actor.root.startswith(known.fingerprint):
        raise BadSignature(f"the root fingerprint of {actor.host} is not the one held here")
    request = dict(envelope.request)
    method, path = request.pop("method"), request.pop("path")
    told = [key.rsa_pem for key in (actor.keys, *actor.older)]
    if known is not None:  # which may sign with a key that it has dropped, until we have read of the change
        told += [pem for pem in (known.rsa_pem, *(known.older_rsa or ())) if pem is not None]
    authentication.check_request(site, method, path, request, envelope.body, *told)
    document = load_object(envelope.body)
    proofs.verify(document, ed25519_key(actor.key(registers.number_of(document)).ed25519))
    if shapes.id_at(document, "actor") != site_actor_id(actor.host):
        raise InvalidInput("only a site's own actor speaks here")
    if line_tests.is_one(document):
        return tests_of_lines.receive(site, line_tests.parse(document), actor, envelope.received_at)
    return invitations.receive(site, handshake.parse(document), actor)


def _refuse_flood(site: Site, host: str) -> None:
    waiting = select(func.count()).select_from(Envelope).where(Envelope.due_at.is_not(None))
    from_host = site.session.scalar(waiting.where(Envelope.host == host)) or 0
    if from_host >= MAX_WAITING_PER_HOST or (site.session.scalar(waiting) or 0) >= MAX_WAITING:
        raise TooMany(f"{from_host} envelopes of {host} wait", retry_after=600)
