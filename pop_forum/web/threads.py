"""Discussions: reading them, opening one, replying; changing, deleting and supporting messages."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain import permissions
from pop_forum.errors import Forbidden, NotFound
from pop_forum.models import Post
from pop_forum.services import attempts, moderation, reading, replies, threads
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.programme_pages import find_measure
from pop_forum.services.site import Site
from pop_forum.web.forms import EditForm, EditOpeningForm, ReplyForm, ThreadForm
from pop_forum.web.kept import kept
from pop_forum.web.viewer import author, commune, network, require_account, signed_in, viewer

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303
GIVE_A_REASON = "Seule la modération retire le message de quelqu’un d’autre, et elle en donne la raison."

blueprint = Blueprint("threads", __name__)


@blueprint.get("/quotidien")
@kept("page")
def daily() -> str:
    """The discussions of daily life."""
    with commune().reading() as site:
        page = reading.daily(site, page_number())
    return render_template("threads/daily.html", page=page)


@blueprint.get("/discussions/<key>")
@kept("page", thread="key")
def show(key: str) -> str:
    """A discussion and one page of its replies."""
    return _thread_page(key, ReplyForm())


@blueprint.post("/discussions/<key>/repondre")
def reply(key: str) -> Answer:
    """A reply, then the discussion at that reply."""
    account, form = require_account(), ReplyForm()
    if not form.validate():
        return _thread_page(key, form), BAD_FORM
    writing = threads.written(commune().settings, form.text.data)
    with commune().transaction() as site:
        place = replies.find_place(site, key)
        to = replies.find_answered(site, form.to.data) if form.to.data else None
        _count_message(site, account.person_id)
        who = replies.Author(account.person_id, account.uri, account.shared, account.viewer)
        made = replies.write(site, who, place, writing, to)
    return _at(place.key, reading.page_after(made.before), made.key)


@blueprint.get("/quotidien/ouvrir")
def open_daily() -> str:
    """The form for a discussion of daily life."""
    require_account()
    return _open_page(ThreadForm(), None)


@blueprint.post("/quotidien/ouvrir")
def create_daily() -> Answer:
    """A new discussion of daily life."""
    return _create(None)


@blueprint.get("/programme/<slug>/ouvrir")
def open_on_measure(slug: str) -> str:
    """The form for a discussion on a measure."""
    require_account()
    return _open_page(ThreadForm(), slug)


@blueprint.post("/programme/<slug>/ouvrir")
def create_on_measure(slug: str) -> Answer:
    """A new discussion on a measure."""
    return _create(slug)


@blueprint.get("/messages/<key>")
def find(key: str) -> AnyResponse:
    """The message in its discussion, on the page where it stands."""
    with commune().reading() as site:
        return _see(site, reading.find_post(site, key))


@blueprint.get("/messages/<key>/historique")
@kept()
def history(key: str) -> str:
    """Every text a message has had."""
    with commune().reading() as site:
        page = reading.history(site, viewer(), key)
    return render_template("threads/history.html", page=page)


@blueprint.get("/messages/<key>/modifier")
def edit_form(key: str) -> str:
    """The form that changes one's own message."""
    require_account()
    with commune().reading() as site:
        post = reading.find_post(site, key)
        if not permissions.may_edit(viewer(), post.author_id, post.deleted_at is not None):
            raise Forbidden(f"may not edit {post.uri}")
        form = EditOpeningForm if post.opening else EditForm
        filled = form(text=post.source, title=post.thread.title)
        return render_template("threads/edit.html", form=filled, post=post)


@blueprint.post("/messages/<key>/modifier")
def edit(key: str) -> Answer:
    """The message with its new text."""
    require_account()
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        form = EditOpeningForm() if post.opening else EditForm()
        if not form.validate():
            return render_template("threads/edit.html", form=form, post=post), BAD_FORM
        threads.edit(site, viewer(), post, form.text.data, form.title.data if post.opening else None)
        back = _see(site, post)
    flash(gettext("Votre message est modifié. L’ancien texte reste dans son historique."))
    return back


@blueprint.get("/messages/<key>/supprimer")
def delete_form(key: str) -> Answer:
    """What deleting means, and the button that does it."""
    require_account()
    with commune().reading() as site:
        post = reading.find_post(site, key)
        if not permissions.may_delete(viewer(), post.author_id, post.deleted_at is not None):
            raise Forbidden(f"may not delete {post.uri}")
        if not viewer().is_person(post.author_id):  # what is another's is only removed with a reason
            return redirect(url_for("moderation.examine", key=key), SEE_OTHER)
        return render_template("threads/delete.html", post=post)


@blueprint.post("/messages/<key>/supprimer")
def delete(key: str) -> AnyResponse:
    """The tombstone of the message."""
    require_account()
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        if not viewer().is_person(post.author_id):
            raise Forbidden(f"{post.uri} is another's: judge it", GIVE_A_REASON)
        threads.delete(site, viewer(), post)
        shared, back = post.thread.shared, _see(site, post)
    gone_elsewhere = gettext("Le message est retiré, ici et bientôt dans les autres communes.")
    flash(gone_elsewhere if shared else gettext("Le message est retiré."))
    return back


@blueprint.post("/messages/<key>/retablir")
def restore(key: str) -> AnyResponse:
    """The message, shown again."""
    require_account()
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        moderation.restore(site, viewer(), post)
        back = _see(site, post)
    flash(gettext("Le message est rétabli."))
    return back


@blueprint.post("/messages/<key>/soutenir")
def support(key: str) -> AnyResponse:
    """The message with one's support, or without it."""
    require_account()
    with commune().transaction() as site:
        post = reading.find_post(site, key)
        act = threads.withdraw_support if request.form.get("retirer") else threads.support
        act(site, author(site), post)
        return _see(site, post)


def page_number() -> int:
    """The `page` of the query, 1 without one; NotFound unless it is a whole number from 1 up (row 74)."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0):
        raise NotFound(f"page {text[:20]!r}")
    return int(text)


def _create(slug: str | None) -> Answer:
    account, form = require_account(), ThreadForm()
    if not form.validate():
        return _open_page(form, slug), BAD_FORM
    with commune().transaction() as site:
        measure = find_measure(site, slug).urn if slug else None
        draft = threads.ThreadDraft(form.title.data, form.text.data, measure, form.reach.data == "shared")
        _count_message(site, account.person_id)
        thread = threads.open_thread(site, author(site), draft)
        return redirect(url_for("threads.show", key=thread.key), SEE_OTHER)


def _thread_page(key: str, form: ReplyForm) -> str:
    account = signed_in()
    with commune().reading() as site:
        page = reading.thread_page(site, viewer(), account.uri if account else None, key, page_number())
        target = form.to.data or request.args.get("a")
        to = reading.find_post(site, target) if target else None
        return render_template("threads/show.html", page=page, form=form, to=to)


def _open_page(form: ThreadForm, slug: str | None) -> str:
    with commune().reading() as site:
        measure = find_measure(site, slug) if slug else None
        titles = reading.measure_titles(site, [measure.urn]) if measure else {}
        others = len(shown_hosts(site)) - 1
    title = titles.get(measure.urn, measure.slug) if measure else ""
    return render_template("threads/open.html", form=form, slug=slug, title=title, others=others)


def _count_message(site: Site, person_id: int) -> None:
    limits = site.settings.limits
    window = timedelta(minutes=limits.messages_minutes)
    attempts.count_act(site, "message", str(person_id), network(), limits.messages, window)


def _see(site: Site, post: Post) -> AnyResponse:
    return _at(post.thread.key, reading.page_of(site, post), post.key)


def _at(thread: str, page: int, message: str) -> AnyResponse:
    address = url_for("threads.show", key=thread, page=page if page > 1 else None, _anchor=f"m-{message}")
    return redirect(address, SEE_OTHER)
