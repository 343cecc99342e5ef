"""Moderation: reporting with or without an account, the queue, deciding with a reason, the public log."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from pop_forum.domain import moderation as rule
from pop_forum.domain import permissions
from pop_forum.domain.moderation import Judgement, PollJudgement, Reason
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.services import erasing, moderation, moderation_log, pictures, reading, reports, titles
from pop_forum.services.drafts import Kept
from pop_forum.services.network_pages import commune_names
from pop_forum.web.drafts import forget_sent, new_submission, restored, submission
from pop_forum.web.forms import Form, too_long, visible
from pop_forum.web.kept import kept
from pop_forum.web.moderation_words import REASONS
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune, network, require_account, viewer

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303
MOST_DIGITS = 18  # of a number that every database holds
POLL_FIELDS = "sondage-"  # two forms with the same fields stand on one page

CHOOSE = lazy_gettext("Choisissez la règle sur laquelle repose votre décision.")
CHOICES = [SelectChoice(reason.value, label) for reason, label in REASONS.items()]

RULES = [SelectChoice("", lazy_gettext("Choisissez une règle")), *CHOICES]  # none before somebody chose it

blueprint = Blueprint("moderation", __name__)


def _within(most: int) -> Any:
    def check(form: Any, field: Any) -> None:
        if len(field.data or "") > most:
            raise ValidationError(too_long(len(field.data), most))

    return check


class ReportForm(Form):
    """What is wrong with a message."""

    reason = RadioField(lazy_gettext("Qu’est-ce qui ne va pas ?"), choices=CHOICES)
    details = TextAreaField(lazy_gettext("Précisions, si vous le souhaitez"), [_within(rule.DETAILS_CHARS)])
    envoi = HiddenField("")  # one form makes one report


class JudgementForm(Form):
    """What is decided, and why."""

    decision = RadioField(
        lazy_gettext("Votre décision"),
        choices=[
            SelectChoice("keep", lazy_gettext("Laisser le message en place")),
            SelectChoice("hide", lazy_gettext("Retirer le message")),
        ],
    )
    warn = BooleanField(lazy_gettext("Avertir la personne"))
    suspend = BooleanField(lazy_gettext("La suspendre 7 jours : elle pourra lire, pas écrire"))
    reason = SelectField(lazy_gettext("Règle de la charte"), [InputRequired(CHOOSE)], choices=RULES)
    sentence = TextAreaField(lazy_gettext("La raison, en une phrase"), [visible, _within(rule.SENTENCE_CHARS)])
    seen = HiddenField("")  # the newest decision on the message when this form was made


class PollJudgementForm(Form):
    """What is decided on a poll, and why."""

    decision = RadioField(
        lazy_gettext("Votre décision sur le sondage"),
        choices=[
            SelectChoice("remove", lazy_gettext("Retirer le sondage")),
            SelectChoice("close", lazy_gettext("Clore le sondage maintenant")),
        ],
    )
    reason = SelectField(lazy_gettext("Règle de la charte"), [InputRequired(CHOOSE)], choices=RULES)
    sentence = TextAreaField(lazy_gettext("La raison, en une phrase"), [visible, _within(rule.SENTENCE_CHARS)])


@dataclass(frozen=True, slots=True)
class Restored:
    """What the two forms of the page were filled with."""

    message: Kept | None = None
    poll: Kept | None = None


NOTHING_RESTORED = Restored()


@blueprint.get("/messages/<key>/signaler")
def report_form(key: str) -> Answer:
    """The form to report a message."""
    with commune().reading() as site:
        kept = restored(site, request.path)
    return _report_page(key, ReportForm(formdata=None, data=dict(kept.fields) if kept else {}), kept)


@blueprint.post("/messages/<key>/signaler")
def report(key: str) -> Answer:
    """The receipt of a new report."""
    form = ReportForm()
    if not form.validate():
        return _report_page(key, form), BAD_FORM
    try:
        with commune().transaction() as site:
            post = reading.find_post(site, key)
            said = reports.Said(Reason(form.reason.data), form.details.data or "", submission(form.envoi.data))
            receipt = reports.report(site, viewer(), post, said, network()).receipt
            forget_sent(site)
    except InvalidInput as refusal:
        form.refuse("details", gettext(refusal.public))
        return _report_page(key, form), BAD_FORM
    flash(gettext("Merci. Votre signalement est arrivé à la modération de la commune."))
    return redirect(url_for("moderation.receipt", receipt=receipt), SEE_OTHER)


@blueprint.get("/signalements/<receipt>")
def receipt(receipt: str) -> str:
    """What became of a report."""
    with commune().reading() as site:
        return render_template("moderation/receipt.html", report=reports.find(site, receipt))


@blueprint.get("/moderation")
def queue() -> str:
    """The messages that wait for a decision."""
    require_account()
    with commune().reading() as site:
        return render_template("moderation/queue.html", page=reports.queue(site, viewer(), page_number()))


@blueprint.get("/moderation/messages/<key>")
def examine(key: str) -> Answer:
    """A message with what is said against it, and the form to decide."""
    require_account()
    with commune().reading() as site:
        kept, kept_poll = restored(site, request.path), restored(site, f"{request.path}/sondage")
    form = JudgementForm(formdata=None, data=dict(kept.fields) if kept else {})
    return _case_page(key, form, _poll_form(kept_poll), Restored(kept, kept_poll))


@blueprint.post("/moderation/messages/<key>")
def judge(key: str) -> Answer:
    """The queue, with one message less."""
    require_account()
    form = JudgementForm()
    if not form.validate():
        return _case_page(key, form), BAD_FORM
    judgement = Judgement(
        hide=form.decision.data == "hide",
        warn=form.warn.data,
        suspend=form.suspend.data,
        reason=Reason(form.reason.data),
        sentence=form.sentence.data,
        seen=_number(form.seen.data),
    )
    try:
        with commune().transaction() as site:
            moderation.judge(site, viewer(), reading.find_post(site, key), judgement)
            forget_sent(site)
    except InvalidInput as refusal:
        form.refuse("decision", gettext(refusal.public))
        return _case_page(key, form), BAD_FORM
    except Conflict as refusal:
        form.refuse("decision", gettext(refusal.public))
        form.seen.data = ""  # the page now says what was decided meanwhile
        return _case_page(key, form), Conflict.status
    flash(gettext("La décision est prise, et le journal public la dit."))
    return redirect(url_for("moderation.queue"), SEE_OTHER)


@blueprint.post("/moderation/messages/<key>/sondage")
def judge_poll(key: str) -> Answer:
    """The discussion, whose poll is closed or removed."""
    require_account()
    form = PollJudgementForm(prefix=POLL_FIELDS)
    if not form.validate():
        with commune().reading() as site:
            moderation.require_poll(site, viewer(), reading.find_post(site, key))
        return _case_page(key, JudgementForm(formdata=None), form), BAD_FORM
    judgement = PollJudgement(form.decision.data == "remove", Reason(form.reason.data), form.sentence.data)
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        moderation.judge_poll(site, viewer(), post, judgement)
        forget_sent(site)
        thread = post.thread.key
    flash(gettext("La décision est prise, et le journal public la dit."))
    return redirect(url_for("threads.show", key=thread, _anchor="sondage"), SEE_OTHER)


@blueprint.post("/moderation/messages/<key>/lever")
def lift(key: str) -> AnyResponse:
    """The message's author writes again."""
    require_account()
    with commune().transaction() as site:
        moderation.lift(site, viewer(), reading.find_post(site, key))
    flash(gettext("La suspension est levée."))
    return redirect(url_for("moderation.examine", key=key), SEE_OTHER)


@blueprint.get("/moderation/journal")
@kept("page")
def log() -> str:
    """Every decision and every act on a discussion, for everybody."""
    with commune().reading() as site:
        return render_template("moderation/log.html", page=moderation_log.log(site, page_number()))


@blueprint.get("/mon-compte/moderation")
def mine() -> str:
    """What was decided on my messages, with the reasons."""
    account = require_account()
    with commune().reading() as site:
        decisions = moderation.about_person(site, account.person_id)
        until, most = account.suspended_until, moderation.DECISIONS_SHOWN
        return render_template("moderation/mine.html", decisions=decisions, until=until, most=most)


def _number(text: str | None) -> int:
    """The number of a decision in a form; 0 for none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0


def _report_page(key: str, form: ReportForm, kept: Kept | None = None) -> str:
    with commune().reading() as site:
        post = reading.find_post(site, key)
        if not permissions.may_report(viewer(), post.author_id, post.deleted_at is not None):
            raise Forbidden(f"nothing to report in {post.uri}", reports.NOTHING_TO_REPORT)
        place = None if post.host == site.settings.host else commune_names(site).get(post.host, post.host)
        title, envoi = titles.title_of(site, post.thread), submission(form.envoi.data) or new_submission()
        page = {"form": form, "post": post, "place": place, "title": title, "envoi": envoi}
        page["kept"] = kept
        page["shown"] = pictures.shown_in(site, [post]).get(post.id, ())
        return render_template("moderation/report.html", **page)


def _poll_form(kept: Kept | None = None) -> PollJudgementForm:
    """The form to decide on a poll, as its writer left it."""
    fields = {name.removeprefix(POLL_FIELDS): value for name, value in kept.fields.items()} if kept else {}
    return PollJudgementForm(formdata=None, prefix=POLL_FIELDS, data=fields)


def _case_page(
    key: str, form: JudgementForm, poll_form: PollJudgementForm | None = None, restored: Restored = NOTHING_RESTORED
) -> str:
    poll_form = poll_form or _poll_form()
    with commune().reading() as site:
        case = moderation.case(site, viewer(), reading.find_post(site, key))
        title = titles.title_of(site, case.post.thread)
        page = {"form": form, "poll_form": poll_form, "case": case, "title": title, "restored": restored}
        page["held_days"] = erasing.HELD_FOR.days
        return render_template("moderation/case.html", **page)
