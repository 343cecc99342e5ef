"""Polls in discussions: the form of who opened the discussion, and the votes of who has an account."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from pop_forum.domain import french
from pop_forum.domain import polls as rule
from pop_forum.errors import ForumError, InvalidInput
from pop_forum.models import Poll, Thread
from pop_forum.services import consents, polls, reading, titles
from pop_forum.services.drafts import Kept
from pop_forum.services.polls import PollDraft
from pop_forum.services.site import Site
from pop_forum.web import threads
from pop_forum.web.done import Done, tell
from pop_forum.web.drafts import forget_sent, restored
from pop_forum.web.errors import sentence
from pop_forum.web.forms import Form
from pop_forum.web.viewer import commune, require_account, viewer

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM, SEE_OTHER = 400, 303
ONE, MANY = "une", "plusieurs"
NO_POSITION = -1  # of an answer that no poll has
FIELD_MINUTES = "%Y-%m-%dT%H:%M"  # of <input type="datetime-local">

blueprint = Blueprint("polls", __name__)


def _readable(read: Callable[[str], object]) -> Callable[[Any, Any], None]:
    """A check that a rule of domain/polls.py takes the field as it is."""

    def check(form: Any, field: Any) -> None:
        try:
            read(field.data or "")
        except ForumError as error:
            raise ValidationError(sentence(error)) from error

    return check


def _end_of(text: str) -> datetime:
    ends_at = rule.read_moment(text)
    rule.check_end(commune().clock.now(), ends_at)
    return ends_at


class PollForm(Form):
    """A poll: its question, its answers with one on each line, and its end."""

    title = StringField(lazy_gettext("La question, si ce n’est pas le titre"), [_readable(rule.read_question)])
    text = TextAreaField(
        lazy_gettext("Les réponses proposées, une par ligne"),
        [_readable(lambda text: rule.read_options(text.splitlines()))],
    )
    multiple = RadioField(
        lazy_gettext("Chaque personne choisit"),
        choices=[
            SelectChoice(ONE, lazy_gettext("Une seule réponse")),
            SelectChoice(MANY, lazy_gettext("Une ou plusieurs réponses")),
        ],
        default=ONE,
    )
    ends = StringField(lazy_gettext("Fin du sondage"), [_readable(_end_of)])

    @property
    def draft(self) -> PollDraft:
        """What was typed, once it is valid."""
        options = rule.read_options((self.text.data or "").splitlines())
        ends_at = rule.read_moment(self.ends.data or "")
        return PollDraft(self.title.data or "", options, self.multiple.data == MANY, ends_at)


@blueprint.get("/discussions/<key>/sondage")
def form(key: str) -> str:
    """The form for a poll, or to correct the one that is there."""
    require_account()
    with commune().reading() as site:
        thread, kept = _own_thread(site, key), restored(site, request.path)
        poll = polls.correctable(site, thread)
        asked = PollForm(formdata=None, data={**_values(poll), **(kept.fields if kept else {})})
        return _page(site, thread, asked, kept, there=poll is not None)


@blueprint.post("/discussions/<key>/sondage")
def put(key: str) -> Answer:
    """The discussion with its poll."""
    require_account()
    asked = PollForm()
    with commune().transaction() as site:
        thread = _own_thread(site, key)
        if not asked.validate():
            return _page(site, thread, asked, there=thread.poll), BAD_FORM
        there = thread.poll
        polls.put(site, viewer(), thread, asked.draft)
        forget_sent(site)
    tell(Done(gettext("Votre sondage est corrigé.") if there else gettext("Votre sondage est ouvert.")))
    return _back(key)


@blueprint.post("/discussions/<key>/voter")
def vote(key: str) -> Answer:
    """The discussion with one's vote, or without it; a vote that says nothing comes back with its poll."""
    account = require_account()
    try:
        with commune().transaction() as site:
            said = _voted(site, reading.find_thread(site, key))
    except InvalidInput as error:
        return threads.built(account, key, sentence(error))[1], error.status
    tell(Done(said))
    return _back(key)


def _voted(site: Site, thread: Thread) -> str:
    """What was done, in a sentence."""
    if request.form.get("retirer"):
        polls.withdraw(site, viewer(), thread)
        return str(gettext("Votre vote est retiré."))
    polls.vote(site, viewer(), thread, _choices())
    return str(gettext("Votre vote est enregistré. Vous pouvez le changer jusqu’à la fin du sondage."))


def _choices() -> frozenset[int]:
    """The positions that were sent, NO_POSITION for what is none."""
    said = request.form.getlist("choix")
    return frozenset(
        int(each) if each.isascii() and each.isdigit() and len(each) <= 2 else NO_POSITION for each in said
    )


def _own_thread(site: Site, key: str) -> Thread:
    """The discussion, to which this viewer may put a poll. Raises NotFound, Forbidden and NoConsent."""
    thread = reading.find_thread(site, key)
    if not polls.may_put(site, viewer(), thread):
        raise consents.refusal(viewer(), f"{viewer()} may not open a poll in {thread.uri}", polls.NOT_YOURS)
    return thread


def _values(poll: Poll | None) -> dict[str, str]:
    """What the form holds at first: the poll that is there, or an evening a week from now."""
    if poll is None:
        evening = french.in_paris(commune().clock.now() + rule.PROPOSED).replace(hour=20, minute=0)
        return {"ends": evening.strftime(FIELD_MINUTES)}
    ends = french.in_paris(poll.ends_at).strftime(FIELD_MINUTES)
    multiple = MANY if poll.multiple else ONE
    return {"title": poll.question, "text": "\n".join(poll.options), "multiple": multiple, "ends": ends}


def _page(site: Site, thread: Thread, asked: PollForm, kept: Kept | None = None, *, there: bool) -> str:
    now, minute = commune().clock.now(), timedelta(minutes=1)
    first, last = now + rule.SHORTEST + minute, now + rule.LONGEST
    return render_template(
        "polls/form.html",
        thread=thread,
        title=titles.title_of(site, thread),
        form=asked,
        kept=kept,
        there=there,
        bounds={"min": _minutes(first), "max": _minutes(last)},
        question_chars=rule.QUESTION_CHARS,
    )


def _minutes(instant: datetime) -> str:
    return french.in_paris(instant).strftime(FIELD_MINUTES)


def _back(key: str) -> AnyResponse:
    return redirect(url_for("threads.show", key=key, _anchor="sondage"), SEE_OTHER)
