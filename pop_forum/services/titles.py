"""The title under which a discussion is shown: its own, or the standing words once its opening message is hidden.

What was removed is not said by any page, list or log: a title is the first sentence of its opening message. Lists of
discussions show only those whose opening message stands, and so their own titles.
"""

from datetime import datetime

from sqlalchemy import case, exists, select
from sqlalchemy.orm import aliased

from pop_forum.models import Post, Thread
from pop_forum.services.site import Site

WITHDRAWN = "Discussion retirée"

_opening = aliased(Post)
_hidden = exists().where(_opening.uri == Thread.uri, _opening.deleted_at.is_not(None))

# A column of any statement that reads Thread.
TITLE = case((_hidden, WITHDRAWN), else_=Thread.title).label("title")


def shown(thread: Thread, hidden_at: datetime | None) -> str:
    """The title of a thread whose opening message was hidden then, or is not."""
    return thread.title if hidden_at is None else WITHDRAWN


def title_of(site: Site, thread: Thread) -> str:
    """The title of this thread."""
    title: str = site.session.scalars(select(TITLE).where(Thread.id == thread.id)).one()
    return title
