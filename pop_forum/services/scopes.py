"""Where a thread stands among the scopes of roles, and so what somebody may do in it."""

from sqlalchemy import select

from pop_forum.domain.permissions import DAILY, Viewer, in_thread, measure_scope, theme_scope
from pop_forum.federation.activities import BOARD_DAILY
from pop_forum.models import Measure, Thread
from pop_forum.services.site import Site


def there(site: Site, viewer: Viewer, thread: Thread) -> Viewer:
    """The same viewer with the rights they have in this thread: no statement for who holds no scoped role."""
    return in_thread(viewer, scopes_of(site, thread)) if viewer.grants else viewer


def scopes_of(site: Site, thread: Thread) -> frozenset[str]:
    """The scopes a thread lies in, but the whole site."""
    if thread.board == BOARD_DAILY or thread.measure is None:
        return frozenset({DAILY})
    slug = thread.measure.rsplit(":", 1)[1]
    theme = site.session.scalar(select(Measure.theme).where(Measure.urn == thread.measure))
    return frozenset({measure_scope(slug), *((theme_scope(theme),) if theme else ())})
