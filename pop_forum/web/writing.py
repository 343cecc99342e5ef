"""Writing a message: the forms for a reply and for a discussion, open to everybody; who writes is asked at the end."""

from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain import permissions
from pop_forum.domain.quoting import passage, quotation
from pop_forum.errors import Conflict, ForumError, TooMany
from pop_forum.models import Post
from pop_forum.services import arranging, attempts, drafts, quoting, reading, replies, threads, titles, undo
from pop_forum.services.drafts import PENDING_DAYS, Kept
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.pictures import Attached
from pop_forum.services.programme_pages import find_measure
from pop_forum.services.sign_ins import SignedIn
from pop_forum.services.site import Site
from pop_forum.web import passages
from pop_forum.web import threads as threads_pages
from pop_forum.web.done import Done, tell
from pop_forum.web.drafts import forget_sent, hold, keep_typed, new_submission, restored, submission
from pop_forum.web.forms import ReplyForm, ThreadForm, WritingForm
from pop_forum.web.pictures import Slot, faulty, received, slots_kept, slots_of, wanted
from pop_forum.web.previews import Preview, rendered
from pop_forum.web.sent import known, remember, standing
from pop_forum.web.threads import BAD_FORM, SEE_OTHER, Answer, at, see
from pop_forum.web.viewer import author, commune, network, signed_in, viewer

blueprint = threads_pages.blueprint  # one family of addresses, in two modules


@blueprint.get("/discussions/<key>/repondre")
def reply_form(key: str) -> str:
    """The form for a reply, filled with what was typed before."""
    with commune().reading() as site:
        kept = restored(site, request.path)
        slots = slots_kept(site, kept)
        form = ReplyForm(formdata=None, data=dict(kept.fields) if kept else {})
        form.to.data = request.args.get("a") or form.to.data
        quoted = _quotation(site, key, form) if "citer" in request.args else ""
        form.text.data = _with_quotation(form.text.data or "", quoted)
    return _reply_page(key, form, kept, slots, quoted=quoted)


@blueprint.post("/discussions/<key>/repondre")
def reply(key: str) -> Answer:
    """A reply, then the discussion at that reply."""
    form, account, slots = ReplyForm(), signed_in(), received()
    if not form.validate() or faulty(slots):
        return _reply_page(key, form, slots=slots), BAD_FORM
    if "apercu" in request.form:
        keep_typed()
        return _reply_page(key, form, slots=slots)
    if account is None:
        with commune().reading() as site:
            replies.refuse_ended(replies.find_place(site, key))
        return hold(_path_of(key))
    writing = threads.written(commune().settings, form.text.data)
    sent, shown = submission(form.envoi.data), wanted(slots)
    if (first := _sent_before(account, sent, shown)) is not None:
        return first
    try:
        with commune().transaction() as site:
            place = replies.find_place(site, key)
            to = replies.find_answered(site, form.to.data) if form.to.data else None
            _count_message(site, account.person_id)
            who = replies.Author(account.person_id, account.uri, account.shared, account.viewer)
            made = replies.write(site, who, place, writing, to, sent, shown)
            forget_sent(site)
    except (Conflict, TooMany) as error:
        first = _first_answer(account, sent, writing.source, error)
        if first is not None:
            return first
        _offer_again(form)
        return _reply_page(key, form, slots=slots, again=True), Conflict.status
    remember(made.key, shown)
    undo_label = gettext("Retirer cette réponse")
    tell(Done(gettext("Votre réponse est publiée."), sent or "", made.key, undo.PUBLISH, undo_label))
    return at(place.key, reading.page_after(made.before), made.key)


@blueprint.get("/quotidien/ouvrir")
def open_daily() -> str:
    """The form for a discussion of daily life."""
    return _open_form(None)


@blueprint.post("/quotidien/ouvrir")
def create_daily() -> Answer:
    """A new discussion of daily life."""
    return _create(None)


@blueprint.get("/programme/<slug>/ouvrir")
def open_on_measure(slug: str) -> str:
    """The form for a discussion on a measure."""
    return _open_form(slug)


@blueprint.post("/programme/<slug>/ouvrir")
def create_on_measure(slug: str) -> Answer:
    """A new discussion on a measure."""
    return _create(slug)


def _create(slug: str | None) -> Answer:
    form, account, slots = ThreadForm(), signed_in(), received()
    if not form.validate() or faulty(slots):
        return _open_page(form, slug, slots=slots), BAD_FORM
    if "apercu" in request.form:
        keep_typed()
        return _open_page(form, slug, slots=slots)
    if account is None:
        return hold(request.path)
    sent, shown = submission(form.envoi.data), wanted(slots)
    if (first := _sent_before(account, sent, shown)) is not None:
        return first
    try:
        with commune().transaction() as site:
            measure = find_measure(site, slug).urn if slug else None
            category = None if slug else form.category.data or None
            shared = form.reach.data == "shared"
            block = request.form.get("passage") or None if slug else None
            draft = threads.ThreadDraft(
                form.title.data, form.text.data, measure, shared, sent, category, tuple(shown), block
            )
            _count_message(site, account.person_id)
            thread = threads.open_thread(site, author(site), draft)
            forget_sent(site)
    except (Conflict, TooMany) as error:
        source = threads.written(commune().settings, form.text.data).source
        first = _first_answer(account, sent, source, error)
        if first is not None:
            return first
        _offer_again(form)
        return _open_page(form, slug, slots=slots, again=True), Conflict.status
    remember(thread.key, shown)
    undo_label = gettext("Retirer cette discussion")
    tell(Done(gettext("Votre discussion est publiée."), sent or "", thread.key, undo.PUBLISH, undo_label))
    next_page = "polls.form" if "sondage" in request.form else "threads.show"
    return redirect(url_for(next_page, key=thread.key), SEE_OTHER)


def _first_answer(account: SignedIn, sent: str | None, source: str, error: ForumError) -> AnyResponse | None:
    """Where the same form led the first time, or None when it now holds another text. Raises `error` otherwise."""
    with commune().transaction() as site:
        post = drafts.published_with(site, account.person_id, sent) if sent else None
        if post is None:
            raise error
        return _see_first(site, post, sent) if post.source == source else None


def _sent_before(account: SignedIn, sent: str | None, shown: list[Attached]) -> AnyResponse | None:
    """Where this browser's message of the same words stands, when it went back and sent it again."""
    messages = known(shown) if sent is not None else []
    if not messages:
        return None
    with commune().transaction() as site:
        post = standing(site, account, messages)
        return None if post is None else _see_first(site, post, sent)


def _see_first(site: Site, post: Post, sent: str | None) -> AnyResponse:
    forget_sent(site)
    undoable: tuple[str, ...] = ()  # who clicked twice may take it back as after one click
    if post.deleted_at is None and site.clock.now() - post.published <= permissions.UNDO_FOR:
        label = gettext("Retirer cette discussion") if post.opening else gettext("Retirer cette réponse")
        undoable = (post.key, undo.PUBLISH, label)
    tell(Done(gettext("Votre message était déjà publié : il ne l’est qu’une fois."), sent or "", *undoable))
    return see(site, post)


def _offer_again(form: WritingForm) -> None:
    """Nothing; the form, whose message is published, may publish the other text that it holds now."""
    form["envoi"].data = None
    form.refuse(
        "text",
        gettext(
            "Vous avez déjà envoyé ce formulaire, avec un autre texte, qui est publié. Celui-ci ne l’est pas : "
            "envoyez-le comme nouveau message, ou laissez-le."
        ),
    )


def _quotation(site: Site, key: str, form: ReplyForm) -> str:
    """The words of the message that is answered, or the passage selected there; nothing of one that is gone."""
    to = quoting.answered(site, viewer(), reading.find_thread(site, key), form.to.data or key)
    words = passage(to.html, request.args.get("passage", "")) or to.source
    said = gettext("%(author)s a écrit :", author="{author}")
    return quotation(to.author, words, said, to.address) if words else ""


def _with_quotation(typed: str, quoted: str) -> str:
    """What was typed before, and below it the quotation, once."""
    typed = typed.replace("\r\n", "\n")  # as forms send it
    if not quoted or quoted.strip() in typed:
        return typed
    return f"{typed.rstrip()}\n\n{quoted}" if typed.strip() else quoted


def _preview(form: WritingForm) -> Preview | None:
    return rendered(form["text"].data) if "apercu" in request.form and not form.errors else None


def _reply_page(
    key: str,
    form: ReplyForm,
    kept: Kept | None = None,
    slots: list[Slot] | None = None,
    *,
    again: bool = False,
    quoted: str = "",
) -> str:
    with commune().reading() as site:
        thread, ended = reading.find_thread(site, key), replies.ended(replies.find_place(site, key))
        return render_template(
            "threads/reply.html",
            thread=thread,
            title=titles.title_of(site, thread),
            ended=gettext(ended) if ended else "",
            closing=arranging.closing_of(site, thread.id) if ended == replies.CLOSED else None,
            to=quoting.answered(site, viewer(), thread, form.to.data or thread.key),
            network=len(shown_hosts(site)),
            form=form,
            kept=kept,
            envoi=submission(form.envoi.data) or new_submission(),
            days=PENDING_DAYS,
            preview=_preview(form),
            slots=slots or slots_of(()),
            quoted=quoted,
            again=again,
        )


def _open_form(slug: str | None) -> str:
    with commune().reading() as site:
        kept = restored(site, request.path)
        slots = slots_kept(site, kept)
        about = passages.asked_for(site, slug, request.args.get("passage", "")) if slug else None
    filled = {"category": request.args.get("rubrique", "")}
    if about is not None:
        filled |= {"title": about.title, "text": about.text}
    if kept:
        filled = dict(kept.fields)
    return _open_page(ThreadForm(formdata=None, data=filled), slug, kept, slots)


def _open_page(
    form: ThreadForm,
    slug: str | None,
    kept: Kept | None = None,
    slots: list[Slot] | None = None,
    *,
    again: bool = False,
) -> str:
    with commune().reading() as site:
        measure = find_measure(site, slug) if slug else None
        titles = reading.measure_titles(site, [measure.urn]) if measure else {}
        named = (kept.fields.get("passage", "") if kept else "") or request.values.get("passage", "")
        about = passages.asked_for(site, slug, named) if slug else None
        others = len(shown_hosts(site)) - 1
    title = titles.get(measure.urn, measure.slug) if measure else ""
    return render_template(
        "threads/open.html",
        form=form,
        slug=slug,
        title=title,
        about=about,
        others=others,
        kept=kept,
        envoi=submission(form.envoi.data) or new_submission(),
        days=PENDING_DAYS,
        preview=_preview(form),
        slots=slots or slots_of(()),
        again=again,
    )


def _count_message(site: Site, person_id: int) -> None:
    limits = site.settings.limits
    window = timedelta(minutes=limits.messages_minutes)
    attempts.count_act(site, "message", str(person_id), network(), limits.messages, window)


def _path_of(key: str) -> str:
    return url_for("threads.reply_form", key=key)
