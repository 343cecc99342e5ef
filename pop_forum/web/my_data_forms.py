"""The form by which somebody leaves."""

from flask_babel import lazy_gettext
from wtforms import BooleanField, PasswordField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from pop_forum.web.forms import Form, one_line

DELETE, KEEP = "supprimer", "laisser"


class LeaveForm(Form):
    """What becomes of the messages, and who says so."""

    messages = RadioField(
        lazy_gettext("Que deviennent vos messages ?"),
        [InputRequired(lazy_gettext("Choisissez ce que deviennent vos messages."))],
        choices=[
            SelectChoice(KEEP, lazy_gettext("Les laisser, sans mon nom")),
            SelectChoice(DELETE, lazy_gettext("Supprimer mes messages")),
        ],
    )
    password = PasswordField(lazy_gettext("Mot de passe"), [one_line])
    sure = BooleanField(
        lazy_gettext("Je sais que rien de tout cela ne pourra être annulé"),
        [InputRequired(lazy_gettext("Cochez cette case pour confirmer."))],
    )
