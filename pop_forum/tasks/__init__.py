"""Kinds of work and what does them: open a transaction, call a service, nothing else.

A task is told « this commune, this kind » and finds the work in rows; network calls happen between transactions.
"""

import logging
from collections.abc import Callable

from pop_forum.adapters.paper_shelf import PAPER
from pop_forum.commune import Commune
from pop_forum.domain.searching import INDEX
from pop_forum.services import envelopes, erasing, journal, notices, peers, picture_requests, unapplied
from pop_forum.services.mail import MAIL
from pop_forum.tasks import (
    apply,
    contact,
    deliver,
    erase,
    index,
    mail,
    notify,
    paper,
    pictures,
    receive,
    send,
    sweep,
    sync,
)

SWEEP = "sweep"
KINDS: dict[str, Callable[[Commune], None]] = {
    journal.DELIVER: deliver.run,
    peers.SYNC: sync.run,
    peers.SEND: send.run,
    peers.CONTACT: contact.run,
    envelopes.RECEIVE: receive.run,
    unapplied.APPLY: apply.run,
    erasing.ERASE: erase.run,
    MAIL: mail.run,
    notices.NOTIFY: notify.run,
    picture_requests.PICTURES: pictures.run,
    INDEX: index.run,
    PAPER: paper.run,
    SWEEP: sweep.run,
}
_log = logging.getLogger(__name__)


def run(commune: Commune, kind: str) -> None:
    """Do what this commune owes of this kind. A wake-up from another version may name a kind we do not know."""
    if kind != INDEX:  # one wake-up in ten seconds is enough: the process it starts looks by itself
        commune.wakeups.taken(commune.settings.slug, kind)
    work = KINDS.get(kind)
    if work is None:
        _log.warning("unknown kind of work %r for %s", kind, commune.settings.slug)
        return
    work(commune)


def start(commune: Commune) -> None:
    """What a worker does first: give back what a killed one had claimed, and ask every peer what is new."""
    for kind in KINDS:  # what was announced to a worker that was killed holds back no new wake-up
        commune.wakeups.taken(commune.settings.slug, kind)
    sweep.at_start(commune)
