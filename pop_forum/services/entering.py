"""Coming in by the code or the link of a letter; whoever registered becomes an account in the same step."""

from dataclasses import dataclass

from pop_forum.errors import TooMany, Unauthenticated
from pop_forum.models import Account, Attempt, Code, Registration
from pop_forum.services import codes, registrations, sign_ins
from pop_forum.services.attempts import network_key
from pop_forum.services.site import Site

WRONG_CODE = "Ce code n’est pas le bon. Vérifiez les six chiffres du dernier courriel reçu."
NO_CODE = "Ce code a expiré, a déjà servi, ou a été essayé trop de fois. Demandez-en un autre."
NO_LINK = "Ce lien a expiré ou a déjà servi. Demandez un nouveau code."


@dataclass(frozen=True, slots=True)
class Visit:
    """Where somebody stands who comes in: what their browser keeps, their network, their device, a former session."""

    browser: str | None
    network: str
    device: str = ""
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A new session, and where it leads."""

    token: str
    next_page: str
    new: bool  # the account was made just now
    password_dropped: bool  # it was chosen in another browser than the one that confirmed


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The right letter, of an account that was asked for in another browser: who has it must want it, and agree."""

    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not this code; what was tried is counted all the same, so this is an answer and not an exception."""

    sentence: str
    over: bool  # no code of this browser can be tried any more


def by_code(site: Site, visit: Visit, typed: str, *, agreed: bool = False) -> Entered | Unconfirmed | Refused:
    """A session for who types the code in the browser that asked for it. Raises TooMany.

    `agreed`: they were shown the account that somebody asked for under their address, and agree to it.
    """
    row = codes.by_browser(site, visit.browser, *codes.ENTERING) if visit.browser else None
    if row is None:
        return Refused(NO_CODE, over=True)
    _refuse_too_many(site, row.subject, visit.network)
    if codes.matches(site, row, typed):
        if _must_agree(row, visit) and not agreed:
            row.tries -= 1  # the same code comes again, with the agreement
            return Unconfirmed(_name(site, row))
        return _enter(site, row, visit)
    _count(site, row.subject, visit.network, succeeded=False)
    over = row.tries >= codes.TRIES
    return Refused(NO_CODE if over else WRONG_CODE, over)


def whose_link(site: Site, visit: Visit, token: str) -> tuple[str, bool]:
    """The name of who comes in by this link, and whether they must first agree to an account of that name.

    Raises Unauthenticated when it leads nowhere any more.
    """
    row = codes.by_link(site, token, *codes.ENTERING)
    if row is None:
        raise Unauthenticated("unknown or expired link", NO_LINK)
    return _name(site, row), _must_agree(row, visit)


def by_link(site: Site, visit: Visit, token: str, *, agreed: bool = False) -> Entered | Unconfirmed:
    """A session for who presses the button behind the link. Raises Unauthenticated."""
    row = codes.by_link(site, token, *codes.ENTERING)
    if row is None:
        raise Unauthenticated("unknown or expired link", NO_LINK)
    if _must_agree(row, visit) and not agreed:
        return Unconfirmed(_name(site, row))
    return _enter(site, row, visit)


def _must_agree(row: Code, visit: Visit) -> bool:
    """Whether the account was asked for elsewhere than in this browser, so that its text was perhaps never read here.

    A stranger can register with anybody's address: what they ticked is not the agreement of who has the letter.
    """
    if row.registration_id is None:
        return False
    same = visit.browser is not None and row.browser_hash == sign_ins.token_hash(visit.browser)
    return row.purpose != codes.REGISTERING or not same


def _name(site: Site, row: Code) -> str:
    if row.account_id is not None:
        return site.session.get_one(Account, row.account_id).person.name
    return site.session.get_one(Registration, row.registration_id).name


def _enter(site: Site, row: Code, visit: Visit) -> Entered:
    here = not _must_agree(row, visit)
    site.session.delete(row)
    site.session.flush()
    dropped, account_id = False, row.account_id
    if row.registration_id is not None:
        dropped = bool(site.session.get_one(Registration, row.registration_id).password_hash) and not here
        account_id = registrations.complete(site, row.registration_id, here=here).person_id
    assert account_id is not None
    _count(site, row.subject, visit.network, succeeded=True)
    if visit.replaces is not None:
        sign_ins.sign_out(site, visit.replaces)
    token = sign_ins.new_token(site, account_id, method=sign_ins.BY_MAIL, device=visit.device)
    return Entered(token, row.next_page, row.registration_id is not None, dropped)


def _refuse_too_many(site: Site, subject: str, network: str) -> None:
    """The limits of guessing passwords hold for codes too: both open the same door (row 84)."""
    wait = sign_ins.wait_for(site, subject, network)
    if wait:
        raise TooMany("codes tried", retry_after=wait)


def _count(site: Site, subject: str, network: str, succeeded: bool) -> None:
    now, place = site.clock.now(), network_key(site, network)
    site.session.add(Attempt(kind=sign_ins.SIGN_IN, subject=subject, network=place, succeeded=succeeded, at=now))
