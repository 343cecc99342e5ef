"""The words of the letters about accounts, in the language of who caused them."""

from flask import url_for
from flask_babel import gettext

from pop_forum.services.codes import VALID, Write
from pop_forum.services.new_address import Tell
from pop_forum.web.viewer import commune

Words = tuple[str, str]


def sign_in() -> Write:
    """How to write the letter to somebody who has an account, or asked for one."""

    def write(code: str, link: str) -> Words:
        subject = gettext("Votre code pour entrer : %(code)s", code=spaced(code))
        return subject, _paragraphs(
            gettext("Bonjour,"),
            gettext("Voici votre code pour entrer sur le site de %(name)s :", name=_name()),
            *_ways_in(code, "codes.link", link),
            gettext("Vous n’avez rien demandé ? Ne faites rien, et ne donnez ce code à personne."),
        )

    return write


def welcome(account: str) -> Write:
    """How to write the letter that confirms a new account of this name."""

    def write(code: str, link: str) -> Words:
        subject = gettext("Confirmez votre adresse : %(code)s", code=spaced(code))
        return subject, _paragraphs(
            gettext("Bonjour,"),
            gettext(
                "Un compte au nom de « %(account)s » a été demandé pour cette adresse sur le site de %(name)s.",
                account=account,
                name=_name(),
            ),
            gettext(
                "L’ouvrir, c’est accepter que vos messages y soient publics, et qu’ils puissent dire vos opinions : "
                "%(page)s",
                page=f"{commune().settings.base_url}{url_for('pages.consent')}",
            ),
            gettext("Pour l’ouvrir, saisissez ce code sur la page que vous venez de quitter :"),
            *_ways_in(code, "codes.link", link),
            gettext("Vous n’avez rien demandé ? Ne faites rien : sans réponse, tout est effacé au bout de sept jours."),
        )

    return write


def known_here() -> Write:
    """How to write to somebody who registers with the address of an account they already have."""

    def write(code: str, link: str) -> Words:
        subject = gettext("Vous avez déjà un compte : %(code)s", code=spaced(code))
        return subject, _paragraphs(
            gettext("Bonjour,"),
            gettext("Cette adresse a déjà un compte sur le site de %(name)s. Rien n’y a été changé.", name=_name()),
            gettext("Voici un code pour y entrer :"),
            *_ways_in(code, "codes.link", link),
            gettext("Vous n’avez rien demandé ? Ne faites rien, et ne donnez ce code à personne."),
        )

    return write


def new_address() -> Write:
    """How to write to an address that somebody wants to use from now on."""

    def write(code: str, link: str) -> Words:
        subject = gettext("Confirmez votre nouvelle adresse : %(code)s", code=spaced(code))
        return subject, _paragraphs(
            gettext("Bonjour,"),
            gettext("Pour utiliser cette adresse sur le site de %(name)s, saisissez ce code :", name=_name()),
            *_ways_in(code, "own_address.link", link),
            gettext("Vous n’avez rien demandé ? Ne faites rien : rien ne changera."),
        )

    return write


def taken_address() -> Write:
    """How to tell somebody that their address was named by another account."""

    def write(code: str, link: str) -> Words:
        return gettext("Votre adresse a déjà un compte"), _paragraphs(
            gettext("Bonjour,"),
            gettext(
                "Quelqu’un a voulu utiliser cette adresse pour un autre compte du site de %(name)s. "
                "Elle est déjà celle du vôtre : rien n’a été changé.",
                name=_name(),
            ),
            gettext("Si c’était vous, entrez avec cette adresse, puis supprimez le compte dont vous ne voulez plus."),
        )

    return write


def address_changed() -> Tell:
    """How to tell the former address that another one has taken its place."""

    def tell(new: str) -> Words:
        return gettext("L’adresse de votre compte a changé"), _paragraphs(
            gettext("Bonjour,"),
            gettext(
                "Votre compte du site de %(name)s utilise désormais une autre adresse : %(mail)s",
                name=_name(),
                mail=new,
            ),
            gettext(
                "Ce n’était pas vous ? Écrivez tout de suite à %(contact)s.", contact=commune().settings.contact.mail
            ),
        )

    return tell


def _ways_in(code: str, view: str, link: str) -> tuple[str, ...]:
    """The code, how long it holds, and the link that does the same on any device."""
    return (
        spaced(code),
        _how_long(),
        gettext("Ou ouvrez ce lien, sur l’appareil de votre choix :"),
        address(view, token=link),
    )


def spaced(code: str) -> str:
    """« 123 456 »: easier to read aloud and to type."""
    return f"{code[:3]} {code[3:]}"


def address(endpoint: str, token: str) -> str:
    """A page of this site under its configured name, whatever the request called it (row 86)."""
    path: str = url_for(endpoint, token=token)
    return f"{commune().settings.base_url}{path}"


def _name() -> str:
    return commune().settings.name


def _how_long() -> str:
    minutes = int(VALID.total_seconds()) // 60
    return str(gettext("Il sert une fois, pendant %(minutes)s minutes.", minutes=minutes))


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(texts)
