"""The improvements that communes propose for the common text, as data: what waits, then what was answered."""

from pop_forum.federation.strict_json import JsonObject
from pop_forum.federation.timestamps import to_text
from pop_forum.services import improvement_pages
from pop_forum.services import programme_pages as pages
from pop_forum.services.improvement_pages import Line, Lines
from pop_forum.services.open_lists import Listed, page_of
from pop_forum.services.site import Site

COLUMNS = ("measure", "commune", "reason", "need", "at", "due", "outcome", "sentence", "answered", "digest", "url")


def of_all(site: Site, page: int) -> Listed:
    """The improvements of all measures."""
    return _listed(site, page, {"url": site.url("/ameliorations")}, improvement_pages.lines(site))


def of_measure(site: Site, page: int, slug: str) -> Listed:
    """Those of one measure. Raises NotFound."""
    urn = pages.find_measure(site, slug).urn
    about: JsonObject = {"url": site.url(f"/programme/{slug}/ameliorations"), "id": urn}
    return _listed(site, page, about, improvement_pages.lines(site, urn))


def _listed(site: Site, page: int, about: JsonObject, found: Lines) -> Listed:
    every = [_line(site, line) for line in (*found.waiting, *found.answered)]
    return page_of(about, "improvements", COLUMNS, every, page)


def _line(site: Site, line: Line) -> JsonObject:
    return {
        "url": site.url(f"/programme/{line.slug}/ameliorations/{line.digest}"),
        "digest": line.digest,
        "measure": line.measure,
        "commune": line.commune,
        "reason": line.reason,
        "need": line.need,
        "at": to_text(line.at),
        "due": to_text(line.due),
        "overdue": line.overdue,
        "outcome": line.outcome,
        "sentence": line.sentence,
        "answered": None if line.answered_at is None else to_text(line.answered_at),
        "result": line.result,
    }
