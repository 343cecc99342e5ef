"""Where a thread stands among the scopes of roles, and so what somebody may do in it."""

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from pop_forum.domain.grants import parse_scope
from pop_forum.domain.permissions import DAILY, SITE, Role, Viewer, in_thread, measure_scope, theme_scope
from pop_forum.federation.activities import BOARD_DAILY
from pop_forum.federation.revisions import slug_at
from pop_forum.models import Measure, Thread
from pop_forum.services.site import Site


def there(site: Site, viewer: Viewer, thread: Thread) -> Viewer:
    """The same viewer with the rights they have in this thread: no statement for who holds no scoped role."""
    return in_thread(viewer, scopes_of(site, thread)) if viewer.grants else viewer


def scopes_of(site: Site, thread: Thread) -> frozenset[str]:
    """The scopes a thread lies in, but the whole site."""
    if thread.board == BOARD_DAILY or thread.measure is None:
        return frozenset({DAILY})
    slug = slug_at(thread.measure, site.settings.host)
    theme = site.session.scalar(select(Measure.theme).where(Measure.urn == thread.measure))
    return frozenset({measure_scope(slug), *((theme_scope(theme),) if theme else ())})


def moderated_by(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a thread lies where this viewer keeps order: what `there` says, for a statement."""
    if viewer.moderates:
        return true()
    if not viewer.writes:
        return false()
    held = [each.partition("@") for each in sorted(viewer.grants)]
    return or_(false(), *(_lies_in(scope) for role, _, scope in held if role == Role.MODERATOR))


def _lies_in(scope: str) -> ColumnElement[bool]:
    daily = or_(Thread.board == BOARD_DAILY, Thread.measure.is_(None))
    kind, slug = parse_scope(scope)
    if kind == SITE:
        return true()
    if kind == DAILY:
        return daily
    if scope == measure_scope(slug):
        return and_(~daily, Thread.measure.in_(select(Measure.urn).where(Measure.slug == slug)))
    return and_(~daily, Thread.measure.in_(select(Measure.urn).where(Measure.theme == slug)))
