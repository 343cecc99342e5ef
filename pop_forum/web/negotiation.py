"""Which of its two faces an address shows: a page for people, or a document for other software."""

from flask import request

ACTIVITY_TYPES = frozenset({"application/activity+json", "application/ld+json"})
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})


def wants_document() -> bool:
    """Whether a page's address is asked for by ActivityPub software; « anything » means the page."""
    return _quality(ACTIVITY_TYPES) > _quality(PAGE_TYPES)


def wants_page() -> bool:
    """Whether an id is asked for by a browser; « anything » means the document."""
    return _quality(PAGE_TYPES) > _quality(ACTIVITY_TYPES)


def _quality(types: frozenset[str]) -> float:
    """How much the client wants one of these types by name; zero when it names none."""
    named = (weight for value, weight in request.accept_mimetypes if value.partition(";")[0].strip().lower() in types)
    return max(named, default=0.0)
