"""The forms of people: what each field may hold, in sentences. Rules of services are not repeated here."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from pop_forum.domain.consent import MINIMUM_AGE
from pop_forum.domain.measure_length import Excess
from pop_forum.domain.text import is_visible
from pop_forum.errors import InvalidInput
from pop_forum.web.language import number
from pop_forum.web.viewer import commune

OK = 200
FIELD_BYTES = 400  # the longest one-line field: a name or an address is shorter than that
REQUIRED = lazy_gettext("Ce champ est vide.")
WHO_READS = lazy_gettext("Choisissez qui verra la discussion.")

_CHOICE = ("Not a valid choice.", "Invalid Choice: could not coerce.")

Check = Callable[[Any, Any], None]


def too_long(length: int, most: int) -> str:
    """The sentence for a text over its limit."""
    return str(
        gettext(
            "Votre texte compte %(length)s caractères ; la limite est de %(most)s. Raccourcissez-le de %(over)s.",
            length=number(length),
            most=number(most),
            over=number(length - most),
        )
    )


def measure_too_long(excess: Excess) -> str:
    """The same for a passage of a measure, or for all its passages together."""
    facts = {
        "place": excess.place,
        "length": number(excess.length),
        "limit": number(excess.limit),
        "over": number(excess.length - excess.limit),
    }
    if excess.whole:
        words = gettext(
            "Tous les passages ensemble comptent %(length)s caractères, %(limit)s au plus : raccourcissez-les de "
            "%(over)s, à commencer par le passage %(place)s, le plus long.",
            **facts,
        )
    else:
        words = gettext(
            "Le passage %(place)s compte %(length)s caractères, %(limit)s au plus : coupez-le en deux passages, ou "
            "raccourcissez-le de %(over)s.",
            **facts,
        )
    return str(words)


def at_most(limit: str) -> Check:
    """A check of length against a limit of the commune's settings, by its name."""

    def check(form: Any, field: Any) -> None:
        most, length = getattr(commune().settings.limits, limit), len(field.data or "")
        if length > most:
            raise ValidationError(too_long(length, most))

    return check


def one_line(form: Any, field: Any) -> None:
    """A check that a short field stays short and on one line (row 77)."""
    length = len(field.data or "")
    if length > FIELD_BYTES:
        raise ValidationError(too_long(length, FIELD_BYTES))
    if not (field.data or "").isprintable():
        raise ValidationError(gettext("Ce champ tient sur une ligne."))


def visible(form: Any, field: Any) -> None:
    """A check that something can be read."""
    if not is_visible(field.data or ""):
        raise ValidationError(str(REQUIRED))


class _OwnWords:
    """What stands for the sentences of WTForms, whose French has other signs than ours and helps nobody."""

    def gettext(self, text: str) -> str:
        """Our sentence for one of theirs about a choice; theirs for a name of a field."""
        return str(gettext("Choisissez une des réponses proposées.")) if text in _CHOICE else text

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Nothing of ours needs a plural of theirs."""
        return one if count == 1 else many


class Form(FlaskForm):  # type: ignore[misc]
    """The base of our forms, and errors that services found.

    No token of its own: CSRFProtect has checked the request before any view (row 88), and making a new token for
    each form that is only read costs a twentieth of a reply. Pages get theirs from the macro `token`.
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """What WTForms asks of a form."""

        csrf = False

        def get_translations(self, form: Any) -> Any:
            """Our words for what WTForms itself says."""
            return _OwnWords()

    def refuse(self, field: str, sentence: str) -> None:
        """Show a service's refusal beside a field."""
        self[field].errors = [*self[field].errors, sentence]

    @property
    def faults(self) -> list[tuple[str, str]]:
        """What is announced at the top of the page: the id of each field to mend, and what is wrong with it."""
        return [(self[name].id, _about(self[name], found[0])) for name, found in self.errors.items()]


def _about(field: Any, fault: str) -> str:
    """A fault with the name of its field before it."""
    label = str(field.label.text)
    if label.endswith("?"):
        return f"{label} {fault}"
    return str(gettext("%(field)s : %(message)s", field=label, message=fault))


class WritingForm(Form):
    """A message to publish; `envoi` names this very form, which publishes one message whatever happens."""

    envoi = StringField("")  # hidden; without a label WTForms would look one up in its catalogue at every request


class ReplyForm(WritingForm):
    """One message."""

    text = TextAreaField(lazy_gettext("Votre texte"), [visible, at_most("message_chars")])
    to = StringField("")


class ThreadForm(WritingForm):
    """A discussion to open."""

    title = StringField(lazy_gettext("Titre"), [visible, at_most("title_chars"), one_line])
    text = TextAreaField(lazy_gettext("Votre message"), [visible, at_most("message_chars")])
    reach = RadioField(
        lazy_gettext("Qui la verra ?"),
        choices=[
            SelectChoice("shared", lazy_gettext("Partagée avec le réseau")),
            SelectChoice("local", lazy_gettext("Reste dans la commune")),
        ],
        default="shared",
        validators=[InputRequired(WHO_READS)],
    )
    category = SelectField(lazy_gettext("Rubrique"), default="")

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        named = [SelectChoice(each.slug, each.name) for each in commune().settings.categories]
        self.category.choices = [SelectChoice("", gettext("Sans rubrique")), *named]


class EditForm(Form):
    """A message of one's own, changed."""

    text = TextAreaField(lazy_gettext("Votre texte"), [visible, at_most("message_chars")])


class EditOpeningForm(EditForm):
    """An opening message, changed, with its title."""

    title = StringField(lazy_gettext("Titre"), [visible, at_most("title_chars"), one_line])


class RegisterForm(Form):
    """A new account."""

    name = StringField(lazy_gettext("Nom affiché"), [InputRequired(REQUIRED), at_most("name_chars"), one_line])
    mail = StringField(lazy_gettext("Adresse électronique"), [InputRequired(REQUIRED), one_line])
    password = PasswordField(lazy_gettext("Mot de passe (facultatif)"), [one_line])
    age = BooleanField(lazy_gettext("J’ai au moins %(age)s ans", age=MINIMUM_AGE))
    consent = BooleanField(lazy_gettext("J’accepte que mes messages soient publics"))


class AgreementForm(Form):
    """What somebody agrees to whose account was asked for in another browser."""

    shown = HiddenField("")  # this form was on the page: what is not ticked is an error
    age = BooleanField(lazy_gettext("J’ai au moins %(age)s ans", age=MINIMUM_AGE))
    consent = BooleanField(lazy_gettext("J’accepte que mes messages soient publics"))

    @property
    def agreed(self) -> bool:
        """Whether both boxes are ticked."""
        return bool(self.age.data and self.consent.data)

    @property
    def sent(self) -> bool:
        """Whether its boxes were there to be ticked."""
        return bool(self.shown.data)

    @property
    def status(self) -> int:
        """Of the answer that shows it."""
        return InvalidInput.status if self.errors else OK

    def check(self) -> None:
        """Nothing; each box that is not ticked has an error."""
        if not self.age.data:
            self.refuse("age", gettext("Il faut avoir au moins 15 ans pour ouvrir un compte ici."))
        if not self.consent.data:
            self.refuse("consent", gettext("Sans votre accord, nous ne pouvons pas ouvrir de compte."))


class CodeForm(AgreementForm):
    """The digits of a letter."""

    code = StringField(lazy_gettext("Code à six chiffres"), [InputRequired(REQUIRED), one_line])


class AddressForm(Form):
    """One mail address."""

    mail = StringField(lazy_gettext("Adresse électronique"), [InputRequired(REQUIRED), one_line])


class NewAddressForm(AddressForm):
    """Another address, and a proof of who asks."""

    mail = StringField(lazy_gettext("Nouvelle adresse électronique"), [InputRequired(REQUIRED), one_line])
    current = PasswordField(lazy_gettext("Mot de passe actuel"), [one_line])


class SignInForm(Form):
    """Who one is."""

    mail = StringField(lazy_gettext("Adresse électronique"), [InputRequired(REQUIRED), one_line])
    password = PasswordField(lazy_gettext("Mot de passe"), [InputRequired(REQUIRED), one_line])


class PasswordForm(Form):
    """A new password."""

    current = PasswordField(lazy_gettext("Mot de passe actuel"), [one_line])
    password = PasswordField(lazy_gettext("Nouveau mot de passe"), [InputRequired(REQUIRED), one_line])


class DisplayForm(Form):
    """How one reads the site."""

    theme = RadioField(
        lazy_gettext("Couleurs"),
        choices=[
            SelectChoice("auto", lazy_gettext("Automatiques")),
            SelectChoice("light", lazy_gettext("Claires")),
            SelectChoice("dark", lazy_gettext("Sombres")),
        ],
    )
    contrast = RadioField(
        lazy_gettext("Contraste"),
        default="soft",
        choices=[
            SelectChoice("soft", lazy_gettext("Habituel")),
            SelectChoice("strong", lazy_gettext("Renforcé")),
        ],
    )
    size = RadioField(
        lazy_gettext("Taille des lettres"),
        default="normal",
        choices=[
            SelectChoice("normal", lazy_gettext("Normale")),
            SelectChoice("large", lazy_gettext("Grande")),
            SelectChoice("largest", lazy_gettext("Très grande")),
        ],
    )
    spacing = RadioField(
        lazy_gettext("Espacement"),
        default="usual",
        choices=[
            SelectChoice("usual", lazy_gettext("Habituel")),
            SelectChoice("airy", lazy_gettext("Large")),
        ],
    )
    pictures = RadioField(
        lazy_gettext("Images des messages"),
        filters=[lambda word: word or "few"],  # of a page that was opened before there was a choice
        choices=[
            SelectChoice("few", lazy_gettext("Affichées tant qu’elles sont légères")),
            SelectChoice("loaded", lazy_gettext("Toutes affichées")),
            SelectChoice("offered", lazy_gettext("Toutes proposées, avec leur poids")),
        ],
    )
    language = RadioField(
        lazy_gettext("Langue"), choices=[SelectChoice("fr", "Français"), SelectChoice("en", "English")]
    )
