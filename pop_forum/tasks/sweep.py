"""The sweep: work is rows, and this finds what a lost wake-up, a killed worker or a late peer left."""

from pop_forum.adapters.pictures import PictureFiles
from pop_forum.commune import Commune
from pop_forum.services import (
    accounts,
    catchup,
    claims,
    codes,
    contacts,
    deliveries,
    drafts,
    envelopes,
    erasing,
    mail,
    notices,
    outbox,
    picture_requests,
    pictures,
    polls,
    readings,
    registrations,
    reports,
    rotation,
    sync,
    unapplied,
    undo,
    version_notices,
    wrong_clock,
)
from pop_forum.tasks import health, index, nightly, paper, reprise


def run(commune: Commune) -> None:
    """Wake every kind of work that is due; clear what has expired."""
    with commune.transaction() as site:
        wrong_clock.sweep(site)
        for sweep in (deliveries.sweep, sync.sweep, outbox.sweep, envelopes.sweep, contacts.sweep, notices.sweep):
            sweep(site)
        picture_requests.sweep(site)
        unapplied.sweep(site)
        erasing.sweep(site)
        rotation.sweep(site)
        polls.sweep(site)
        if commune.mail_server is not None:
            mail.sweep(site)
        mail.purge(site)
        accounts.purge_expired(site)
        envelopes.purge(site)
        outbox.purge(site)
        notices.purge(site)
        version_notices.purge(site)
        reports.purge(site)
        drafts.purge(site)
        undo.purge(site)
        pictures.purge(site, PictureFiles(commune.settings.data))
        codes.purge(site)
        registrations.purge(site)
        readings.purge(site)
    reprise.settle(commune)
    index.run(commune)
    paper.sweep(commune)
    nightly.run(commune)
    health.run(commune)


def at_start(commune: Commune) -> None:
    """Give back the claims of a worker that was killed, ask every peer, read what other kinds are now read, sweep.

    First of all: whether the database is an older one than before.
    """
    commune.look_back()
    with commune.transaction() as site:
        claims.release_all(site)
        sync.ask_all(site)
    more = True
    while more:
        with commune.transaction() as site:
            site.one_at_a_time(catchup.TAKING)
            more = unapplied.retry_unsupported(site)
    run(commune)
