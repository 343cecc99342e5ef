"""Discussions: reading them; changing, deleting and supporting their messages. Writing is in web/writing.py."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain import permissions
from pop_forum.errors import Forbidden, InvalidInput, NotFound
from pop_forum.models import Post
from pop_forum.services import (
    message_history,
    moderation,
    pictures,
    reading,
    readings,
    scopes,
    thread_jumps,
    thread_pages,
    threads,
    titles,
    undo,
    whole_messages,
)
from pop_forum.services.discussions import ThreadPage
from pop_forum.services.sign_ins import SignedIn
from pop_forum.services.site import Site
from pop_forum.web import shared_pages
from pop_forum.web.done import Done, tell
from pop_forum.web.drafts import forget_sent, keep_typed, new_submission, restored
from pop_forum.web.forms import EditForm, EditOpeningForm, ReplyForm
from pop_forum.web.kept import kept, show_until
from pop_forum.web.pictures import faulty, received, slots_kept, wanted
from pop_forum.web.previews import rendered
from pop_forum.web.viewer import author, commune, require_account, signed_in, viewer

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303
GIVE_A_REASON = "Seule la modération retire le message de quelqu’un d’autre, et elle en donne la raison."
FIRST_DAY = date(1970, 1, 2)  # places in a thread are counted from 1970
NO_DAY = "Cette date n’est pas lisible. Choisissez-la dans le calendrier, ou écrivez-la comme 2026-03-14."

blueprint = Blueprint("threads", __name__)


@blueprint.get("/quotidien")
@kept("page")
def daily() -> str:
    """The discussions of daily life."""
    with commune().reading() as site:
        page = reading.daily(site, page_number(), viewer().person_id)
    if page.until is not None:
        show_until(page.until)
    return render_template("threads/daily.html", page=page, category=None)


@blueprint.get("/discussions/<key>")
@kept("page", thread="key")
def show(key: str) -> str | AnyResponse:
    """A discussion and one page of its replies; with `le`, the page of that day."""
    account = signed_in()
    if "le" in request.args:
        with commune().reading() as site:
            return at(key, *thread_jumps.first_on(site, key, day(request.args["le"])))
    page, answer = (account and shared_pages.of_thread(account, key, page_number())) or built(account, key)
    if account and request.method == "GET" and readings.brings_news(page):
        reader, told = account.person_id, account.news > 0
        commune().in_passing(lambda site: readings.note(site, reader, page, told=told))
    return answer


def built(account: SignedIn | None, key: str, fault: str = "") -> tuple[ThreadPage, str]:
    """The page, and how it looks to this reader alone; `fault` says what was wrong with the vote they sent."""
    with commune().reading() as site:
        page = thread_pages.thread_page(site, viewer(), account.uri if account else None, key, page_number())
        draft = restored(site, f"/discussions/{key}/repondre") if account else None
        slots = slots_kept(site, draft)
    if page.poll.shown is not None and not page.poll.shown.ended:
        show_until(page.poll.shown.ends_at)
    form = ReplyForm(formdata=None, data=dict(draft.fields) if draft else {})
    return page, render_template(
        "threads/show.html",
        page=page,
        form=form,
        kept=draft,
        envoi=new_submission(),
        preview=None,
        slots=slots,
        fault=fault,
    )


@blueprint.get("/messages/<key>")
def find(key: str) -> AnyResponse:
    """The message in its discussion, on the page where it stands."""
    with commune().reading() as site:
        return see(site, reading.find_post(site, key))


@blueprint.get("/messages/<key>/entier")
@kept()
def whole(key: str) -> str:
    """A message alone, with all its words."""
    with commune().reading() as site:
        message = whole_messages.whole(site, viewer(), key)
    return render_template("threads/whole.html", message=message)


@blueprint.get("/messages/<key>/historique")
@kept("page")
def history(key: str) -> str:
    """Every text a message has had."""
    with commune().reading() as site:
        page = message_history.history(site, viewer(), key, page_number())
    return render_template("threads/history.html", page=page)


@blueprint.get("/messages/<key>/historique/<int:number>")
@kept()
def version(key: str, number: int) -> str:
    """One of these texts, whole."""
    with commune().reading() as site:
        page = message_history.version(site, viewer(), key, number)
    return render_template("threads/version.html", page=page, version=page.versions[0])


@blueprint.get("/messages/<key>/modifier")
def edit_form(key: str) -> str:
    """The form that changes one's own message."""
    require_account()
    with commune().reading() as site:
        post = reading.find_post(site, key)
        threads.check_edit(viewer(), post)
        draft, shown = restored(site, request.path), pictures.shown_in(site, [post]).get(post.id, ())
        present = {"text": post.source, "title": post.thread.title}
        form = (EditOpeningForm if post.opening else EditForm)(data={**present, **(draft.fields if draft else {})})
        title = titles.title_of(site, post.thread)
        page = {"form": form, "post": post, "title": title, "kept": draft, "preview": None}
        return render_template("threads/edit.html", **page, slots=slots_kept(site, draft, shown))


@blueprint.post("/messages/<key>/modifier")
def edit(key: str) -> Answer:
    """The message with its new text."""
    require_account()
    slots = received()  # each new picture is kept in a transaction of its own
    if "apercu" in request.form:
        keep_typed()
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        form = EditOpeningForm() if post.opening else EditForm()
        title = titles.title_of(site, post.thread)
        page = {"form": form, "post": post, "title": title, "kept": None, "preview": None, "slots": slots}
        if not form.validate() or faulty(slots):
            return render_template("threads/edit.html", **page), BAD_FORM
        if "apercu" in request.form:
            return render_template("threads/edit.html", **{**page, "preview": rendered(form.text.data)})
        before, changed = post.edited_at, form.title.data if post.opening else None
        threads.edit(site, viewer(), post, form.text.data, changed, wanted(slots))
        undoable = (key, undo.EDIT, gettext("Revenir au texte d’avant")) if post.edited_at != before else ()
        forget_sent(site)
        back = see(site, post)
    tell(Done(gettext("Votre message est modifié. L’ancien texte reste dans son historique."), "", *undoable))
    return back


@blueprint.get("/messages/<key>/supprimer")
def delete_form(key: str) -> Answer:
    """What deleting means, and the button that does it."""
    require_account()
    with commune().reading() as site:
        post = reading.find_post(site, key)
        if not permissions.may_delete(
            scopes.there(site, viewer(), post.thread), post.author_id, post.deleted_at is not None
        ):
            raise Forbidden(f"may not delete {post.uri}")
        if not viewer().is_person(post.author_id):  # what is another's is only removed with a reason
            return redirect(url_for("moderation.examine", key=key), SEE_OTHER)
        return render_template("threads/delete.html", post=post, title=titles.title_of(site, post.thread))


@blueprint.post("/messages/<key>/supprimer")
def delete(key: str) -> AnyResponse:
    """The tombstone of the message."""
    require_account()
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        if not viewer().is_person(post.author_id):
            raise Forbidden(f"{post.uri} is another's: judge it", GIVE_A_REASON)
        threads.delete(site, viewer(), post)
        shared, back = post.thread.shared, see(site, post)
    gone_elsewhere = gettext("Le message est retiré, ici et bientôt dans les autres communes.")
    said = gone_elsewhere if shared else gettext("Le message est retiré.")
    tell(Done(said, "", key, undo.DELETE, gettext("Rétablir le message")))
    return back


@blueprint.post("/messages/<key>/retablir")
def restore(key: str) -> AnyResponse:
    """The message, shown again."""
    require_account()
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        moderation.restore(site, viewer(), post)
        said, back = restored_words(post), see(site, post)
    flash(said)
    return back


@blueprint.post("/messages/<key>/soutenir")
def support(key: str) -> AnyResponse:
    """The message with one's support, or without it."""
    require_account()
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        act = threads.withdraw_support if request.form.get("retirer") else threads.support
        act(site, author(site), post)
        return see(site, post)


def restored_words(post: Post) -> str:
    """What became of a message whose deletion was just taken back: somebody else may want it hidden too."""
    if post.deleted_at is None:
        said = gettext("Le message est rétabli.")
    elif post.deleted_by == "author":
        said = gettext(
            "La modération ne retire plus ce message. Il reste caché : son autrice ou son auteur l’a retiré."
        )
    else:
        said = gettext("Votre retrait est annulé. Le message reste caché : une modération l’a retiré aussi.")
    return str(said)


def page_number() -> int:
    """The `page` of the query, 1 without one; NotFound unless it is a whole number from 1 up (row 74)."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0):
        raise NotFound(f"page {text[:20]!r}")
    return int(text)


def day(text: str) -> date:
    """The day of a date field. Raises InvalidInput for anything else."""
    try:
        return max(date.fromisoformat(text), FIRST_DAY)
    except ValueError as error:
        raise InvalidInput(f"day {text[:20]!r}", NO_DAY) from error


def see(site: Site, post: Post) -> AnyResponse:
    return at(post.thread.key, reading.page_of(site, post), post.key)


def at(thread: str, page: int, message: str) -> AnyResponse:
    return redirect(message_address(thread, page, message), SEE_OTHER)


def message_address(thread: str, page: int, message: str) -> str:
    """Where a message stands in its discussion."""
    return url_for("threads.show", key=thread, page=page if page > 1 else None, _anchor=f"m-{message}")
