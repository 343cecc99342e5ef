"""Sending mail: a batch of due letters at a time, over one connection."""

from pop_forum.commune import Commune
from pop_forum.services import mail


def run(commune: Commune) -> None:
    """Send every due letter; without a mail server they wait in their rows."""
    server = commune.mail_server
    if server is None:
        return
    from pop_forum.adapters.mail import send

    while True:
        with commune.transaction() as site:
            letters = mail.claim(site)
        if not letters:
            return
        outcomes = send(server, letters)
        answered = {outcome.mail_id for outcome in outcomes}
        with commune.transaction() as site:
            mail.record(site, outcomes)
            mail.give_back(site, [letter for letter in letters if letter.mail_id not in answered])
