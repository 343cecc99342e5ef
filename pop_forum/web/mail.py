"""The mail of the site, for who administers it; and the letters of a demonstration, for everybody."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain.letters import Trouble
from pop_forum.errors import InvalidInput, NotFound
from pop_forum.models import Mail
from pop_forum.services import mail
from pop_forum.settings import Mode
from pop_forum.web.errors import sentence
from pop_forum.web.forms import AddressForm
from pop_forum.web.viewer import commune, require_admin, viewer

SEE_OTHER = 303

blueprint = Blueprint("mail", __name__)


@blueprint.get("/administration/courrier")
def index() -> str:
    """What waits and what failed, with the reason in a sentence."""
    return _page(AddressForm(formdata=None, mail=require_admin().mail))


@blueprint.post("/administration/courrier/essai")
def test() -> str | AnyResponse | tuple[str, int]:
    """A letter on its way to the address that was given."""
    require_admin()
    form = AddressForm()
    if not form.validate():
        return _page(form), InvalidInput.status
    try:
        with commune().transaction() as site:
            mail.post_test(site, viewer(), form.mail.data, *_test_words())
    except InvalidInput as error:
        form.refuse("mail", sentence(error))
        return _page(form), error.status
    flash(gettext("Le courriel d’essai est en route. Rechargez cette page dans quelques secondes."))
    return redirect(url_for("mail.index"), SEE_OTHER)


@blueprint.post("/administration/courrier/<int:mail_id>/reessayer")
def retry(mail_id: int) -> AnyResponse:
    """The letter is tried again at once."""
    require_admin()
    with commune().transaction() as site:
        mail.retry(site, viewer(), mail_id)
    flash(gettext("Nouvel essai demandé. Rechargez la page dans quelques secondes."))
    return redirect(url_for("mail.index"), SEE_OTHER)


@blueprint.get("/demonstration/courrier")
def demonstration() -> Response:
    """The letters of this commune, which a demonstration does not send. NotFound on any other site."""
    if commune().mode is not Mode.DEMO:
        raise NotFound("not a demonstration")
    with commune().reading() as site:
        letters = mail.shown_in_demonstration(site)
    answer = make_response(render_template("mail/demonstration.html", letters=letters))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(form: AddressForm) -> str:
    with commune().reading() as site:
        post = mail.overview(site, viewer())
        return render_template(
            "mail/index.html", post=post, form=form, server=_server(), reason=_reason, now=site.clock.now()
        )


def _server() -> str:
    """The machine that mail is handed to, or nothing when there is none."""
    server = commune().mail_server
    return f"{server.host}:{server.port}" if server else ""


def _test_words() -> tuple[str, str]:
    name = commune().settings.name
    return (
        gettext("Essai du courrier de %(name)s", name=name),
        gettext("Ce courriel d’essai est bien arrivé : le site de %(name)s peut écrire à ses membres.", name=name),
    )


def _reason(letter: Mail) -> str:
    """Why a letter has not left, for who keeps the site."""
    sentences = {
        Trouble.REFUSED: gettext("Le serveur refuse ce courriel pour de bon ; vérifiez l’adresse."),
        Trouble.LATER: gettext("Le serveur demande d’attendre."),
        Trouble.SENDER: gettext(
            "Le serveur refuse l’adresse d’expédition ; vérifiez « sender » dans les réglages de la commune."
        ),
        Trouble.LOGIN: gettext("Le serveur refuse notre identifiant ; vérifiez POP_FORUM_SMTP."),
        Trouble.PLAIN: gettext("Le serveur ne propose pas de liaison chiffrée ; essayez « smtps:// » et le port 465."),
        Trouble.UNREACHABLE: gettext("Le serveur de courrier ne répond pas."),
        Trouble.TOO_LATE: gettext("Ce courriel a attendu trop longtemps."),
    }
    return sentences[Trouble(letter.trouble)] if letter.trouble else ""
