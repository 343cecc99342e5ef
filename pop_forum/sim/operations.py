"""What people do in the simulation: one function per kind of entry, through the same services as the forms."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Account, Measure, Person, Post, Revision, Support, Thread
from pop_forum.services import declarations, deletions, measures, threads
from pop_forum.services.site import Site
from pop_forum.sim.chance import Chance

Operation = Callable[[Site, Chance], bool]  # whether something was written
NEWEST = 12  # what people answer, correct, support and remove is rarely older
MEASURES = 3  # few, so that several sites work on the same ones


def open_thread(site: Site, chance: Chance) -> bool:
    """A new thread, one in four on a measure."""
    urn = _measure(site, chance).urn if chance.happens(25) else None
    draft = threads.ThreadDraft(f"Discussion {chance.token(6)}", _text(chance), urn, True)
    threads.open_thread(site, chance.pick(_people(site)), draft)
    return True


def open_local_thread(site: Site, chance: Chance) -> bool:
    """A thread that stays here, which no other site may ever hold."""
    threads.open_thread(site, chance.pick(_people(site)), threads.ThreadDraft("Entre nous", "local", None, False))
    return True


def reply(site: Site, chance: Chance) -> bool:
    """A reply to a thread or to a message of any site."""
    posts = _posts(site, Post.deleted_at.is_(None))
    if not posts:
        return False
    post = chance.pick(posts)
    opening = site.session.scalars(select(Post).where(Post.uri == post.thread.uri)).one_or_none()
    if opening is None or opening.deleted_at is not None:
        return False
    threads.reply(site, chance.pick(_people(site)), post.thread, _text(chance), None if post.opening else post)
    return True


def edit(site: Site, chance: Chance) -> bool:
    """A correction by the author."""
    posts = _posts(site, Post.deleted_at.is_(None), Post.host == site.settings.host)
    if not posts:
        return False
    post = chance.pick(posts)
    title = f"Titre {chance.token(6)}" if post.opening else None
    threads.edit(site, Viewer(post.author_id, Role.RESIDENT), post, _text(chance), title)
    return True


def delete(site: Site, chance: Chance) -> bool:
    """A removal: by the author, or by the moderation of the message's site or of the thread's, also one by both."""
    here = site.settings.host
    posts = _posts(site, (Post.host == here) | (Thread.host == here))
    if not posts:
        return False
    post = chance.pick(posts)
    by_author = post.host == here and chance.happens(50)
    if post.deleted_at is None:
        threads.delete(site, Viewer(post.author_id, Role.RESIDENT) if by_author else _admin(site), post)
    elif deletions.HERE not in deletions.wished(site, post) and not _admin(site).is_person(post.author_id):
        threads.hide(site, _admin(site), post)
    else:
        return False
    return True


def restore(site: Site, chance: Chance) -> bool:
    """A removal taken back by who decided it."""
    here = site.settings.host
    posts = _posts(
        site, Post.deleted_at.is_not(None), Post.erased_at.is_(None), (Post.host == here) | (Thread.host == here)
    )
    for post in posts:
        wished = deletions.wished(site, post)
        if wished and (post.host == here or deletions.HERE in wished):
            by_author = post.host == here and deletions.AUTHOR in wished
            threads.restore(site, Viewer(post.author_id, Role.RESIDENT) if by_author else _admin(site), post)
            return True
    return False


def support(site: Site, chance: Chance) -> bool:
    """A support of another's message."""
    posts = _posts(site, Post.deleted_at.is_(None))
    if not posts:
        return False
    who, post = chance.pick(_people(site)), chance.pick(posts)
    if post.author_id == who.id:
        return False  # nobody supports their own message
    threads.support(site, who, post)
    return True


def withdraw_support(site: Site, chance: Chance) -> bool:
    """A support taken back."""
    given = set(
        site.session.scalars(select(Support.object_uri).where(Support.host == site.settings.host, Support.active))
    )
    posts = [post for post in _posts(site) if post.uri in given]
    if not posts:
        return False
    post = chance.pick(posts)
    for person in _people(site):
        threads.withdraw_support(site, person, post)
    return True


def revise(site: Site, chance: Chance) -> bool:
    """A new version of the common text; only the programme's home may."""
    if not site.settings.is_programme_home:
        return False
    measure = _measure(site, chance)
    measures.revise_common(site, _admin(site), measure, _draft(chance, measures.common_revision(site, measure.urn)))
    return True


def adapt(site: Site, chance: Chance) -> bool:
    """This commune's own text of a measure."""
    measure = _measure(site, chance)
    measures.adapt(site, _admin(site), measure, _draft(chance, measures.current_revision(site, measure.urn)))
    return True


def adopt(site: Site, chance: Chance) -> bool:
    """The common text taken as it is."""
    measures.adopt(site, _admin(site), _measure(site, chance))
    return True


def declare(site: Site, chance: Chance) -> bool:
    """Another name for somebody whom the network knows."""
    known = [person for person in _people(site) if person.shared]
    if not known:
        return False
    person = chance.pick(known)
    person.name = f"Camille {chance.token(4)}"
    declarations.declare(site, person, update=True)
    return True


OPERATIONS: dict[str, Operation] = {
    "thread": open_thread,
    "local": open_local_thread,
    "reply": reply,
    "edit": edit,
    "delete": delete,
    "restore": restore,
    "support": support,
    "withdraw": withdraw_support,
    "revise": revise,
    "adapt": adapt,
    "adopt": adopt,
    "person": declare,
}


def _people(site: Site) -> Sequence[Person]:
    return site.session.scalars(select(Person).join(Account, Account.person_id == Person.id).order_by(Person.id)).all()


def _admin(site: Site) -> Viewer:
    account = site.session.scalars(select(Account).where(Account.role == Role.ADMIN)).one()
    return Viewer(account.person_id, Role.ADMIN, grants=frozenset(account.grants.split()))


def _posts(site: Site, *which: object) -> Sequence[Post]:
    """The newest shared messages of which this is true."""
    query = select(Post).join(Thread, Thread.id == Post.thread_id).where(Thread.shared, *which)  # type: ignore[arg-type]
    return site.session.scalars(query.order_by(Post.id.desc()).limit(NEWEST)).all()


def _measure(site: Site, chance: Chance) -> Measure:
    return chance.pick(site.session.scalars(select(Measure).order_by(Measure.urn).limit(MEASURES)).all())


def _text(chance: Chance) -> str:
    return f"Un message, {chance.token(10)}."


def _draft(chance: Chance, base: Revision) -> measures.MeasureDraft:
    blocks = tuple((str(block["id"]), str(block["text"])) for block in base.blocks)
    return measures.MeasureDraft(base.title, (*blocks[-3:], (None, _text(chance))), "Pour voir", base.digest)
