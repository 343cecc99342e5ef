"""Another mail address: proven at the new one before it counts, and told to the former one."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import delete, select

from pop_forum.domain.names import clean_mail, mail_key
from pop_forum.errors import InvalidInput, Unauthenticated
from pop_forum.models import Account, Code
from pop_forum.services import codes, mail
from pop_forum.services.codes import Write
from pop_forum.services.entering import NO_CODE, NO_LINK, WRONG_CODE, Refused
from pop_forum.services.site import Site

NOTICE = "address_changed"  # the kind of the letter to the former address
SAME = "C’est déjà votre adresse."

Tell = Callable[[str], tuple[str, str]]  # (new address) → subject and text of the letter to the former one


def ask(site: Site, person_id: int, new_mail: str, network: str, write_free: Write, write_taken: Write) -> str:
    """What the browser keeps to type the code with. Raises InvalidInput and TooMany.

    The answer is the same when somebody else has the address; the letter says so to its owner only (row 83).
    """
    account, wanted = site.session.get_one(Account, person_id), clean_mail(new_mail)
    if mail_key(wanted) == account.mail_key:
        raise InvalidInput("the address is the present one", SAME)
    found = codes.addressee(site, wanted)
    codes.count_ask(site, found.subject, network)
    codes.count_sign_up(site, found.subject, network)
    former = (Code.account_id == person_id, Code.purpose == codes.NEW_ADDRESS)
    site.session.execute(delete(Code).where(*former))
    taken = found.account_id is not None
    who = replace(found, mail=wanted, account_id=person_id, registration_id=None)
    return codes.issue(
        site, who, codes.NEW_ADDRESS, "", write_taken if taken else write_free, new_mail=None if taken else wanted
    )


def confirm_by_code(site: Site, person_id: int, browser: str | None, typed: str, tell: Tell) -> str | Refused:
    """The new address, from now on the account's; or why not, with the try counted."""
    row = codes.by_browser(site, browser, codes.NEW_ADDRESS) if browser else None
    if row is None or row.account_id != person_id:
        return Refused(NO_CODE, over=True)
    if codes.matches(site, row, typed) and row.mail is not None:
        return _change(site, row, tell)
    over = row.tries >= codes.TRIES
    return Refused(NO_CODE if over else WRONG_CODE, over)


def shown_by_link(site: Site, token: str) -> str:
    """The address that the link would confirm. Raises Unauthenticated when it leads nowhere any more."""
    return _linked(site, token).mail or ""


def confirm_by_link(site: Site, token: str, tell: Tell) -> str:
    """The same as by code, from any device. Raises Unauthenticated."""
    return _change(site, _linked(site, token), tell)


def _linked(site: Site, token: str) -> Code:
    row = codes.by_link(site, token, codes.NEW_ADDRESS)
    if row is None or row.mail is None:
        raise Unauthenticated("unknown or expired link", NO_LINK)
    return row


def _change(site: Site, row: Code, tell: Tell) -> str:
    """The address changed and told; nothing when somebody took it meanwhile."""
    account, wanted = site.session.get_one(Account, row.account_id), row.mail or ""
    key = mail_key(wanted)
    if site.session.scalar(select(Account.person_id).where(Account.mail_key == key)) is not None:
        raise Unauthenticated("the address was taken meanwhile", NO_LINK)
    former, account.mail, account.mail_key = account.mail, wanted, key
    codes.void(site, account.person_id)
    mail.post(site, NOTICE, former, *tell(wanted))
    return wanted
