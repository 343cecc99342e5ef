"""The forms of roles and names."""

from collections.abc import Collection, Mapping, Sequence

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from pop_forum.domain.french import printed
from pop_forum.domain.permissions import DAILY, SITE, Role, measure_scope, theme_scope
from pop_forum.services.grants import REASON_CHARS
from pop_forum.web.forms import REQUIRED, Form, at_most, one_line, too_long, visible


def short_reason(form: object, field: StringField) -> None:
    """A check that a reason stays short."""
    if len(field.data or "") > REASON_CHARS:
        raise ValidationError(too_long(len(field.data or ""), REASON_CHARS))


class GrantForm(Form):
    """A role to give: which, over what, in which grammatical form, why."""

    role = SelectField(lazy_gettext("Rôle"), [InputRequired(REQUIRED)])
    scope = SelectField(lazy_gettext("Domaine"), [InputRequired(REQUIRED)])
    form = RadioField(
        lazy_gettext("Comment le dire ?"),
        choices=[
            SelectChoice("f", lazy_gettext("Au féminin : candidate, élue, modératrice, administratrice")),
            SelectChoice("m", lazy_gettext("Au masculin : candidat, élu, modérateur, administrateur")),
            SelectChoice("", lazy_gettext("Les deux formes")),
        ],
        default="",
    )
    name = StringField(lazy_gettext("Vrai nom, pour une candidature ou un mandat"), [one_line, at_most("name_chars")])
    reason = TextAreaField(lazy_gettext("Raison, publique"), [visible, short_reason])

    def offer(self, roles: Collection[Role], programme: Sequence[tuple[str, str, Mapping[str, str]]]) -> None:
        """Say which roles and scopes may be chosen; `programme` is (theme, its title, titles of its measures)."""
        words = {
            Role.CANDIDATE: gettext("Candidate ou candidat"),
            Role.ELECTED: gettext("Élue ou élu"),
            Role.MODERATOR: gettext("Modération"),
            Role.ADMIN: gettext("Administration"),
        }
        self.role.choices = [(role.value, words[role]) for role in words if role in roles]
        whole = [SelectChoice(SITE, gettext("Tout le site")), SelectChoice(DAILY, gettext("Le quotidien"))]
        self.scope.choices = [
            *whole,
            *(
                SelectChoice(theme_scope(slug), printed(title), optgroup=gettext("Un thème"))
                for slug, title, _ in programme
            ),
            *(
                SelectChoice(measure_scope(slug), printed(title), optgroup=gettext("Une mesure"))
                for _, _, measures in programme
                for slug, title in measures.items()
            ),
        ]


class NameForm(Form):
    """One's own display name."""

    name = StringField(lazy_gettext("Nom affiché"), [InputRequired(REQUIRED), one_line, at_most("name_chars")])
