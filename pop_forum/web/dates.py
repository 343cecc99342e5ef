"""The dates of the commune, as a file for calendars."""

from datetime import date, datetime, time

from flask import Blueprint, Response, request

from pop_forum.domain import calendar, french
from pop_forum.settings import Event
from pop_forum.web.language import language
from pop_forum.web.viewer import commune

CACHE = "public, max-age=3600"  # calendars ask a few times a day

blueprint = Blueprint("dates", __name__)


@blueprint.app_template_filter("begins")
def begins(event: Event) -> datetime | date:
    """The instant an event of the agenda begins, or its day when it lasts the whole of it."""
    return calendar.instant(event) or event.day


@blueprint.app_template_filter("hour")
def hour(event: Event) -> str:
    """« 18 h 30 », or nothing for an event that lasts the whole day."""
    moment = calendar.instant(event)
    return french.format_time(moment, language()) if moment else ""


@blueprint.app_template_filter("weekday")
def weekday(value: date) -> str:
    """« samedi »."""
    return french.DAYS[language()][value.weekday()]


@blueprint.app_template_filter("short_date")
def short_date(value: date) -> str:
    """« 7 février »."""
    return french.format_short_date(value, language())


@blueprint.get("/dates.ics")
def agenda() -> Response:
    """The dates that are not over, in iCalendar; the same bytes for a whole day."""
    settings = commune().settings
    today = french.in_paris(commune().clock.now()).date()
    events = calendar.upcoming(settings.dates, today)
    written = datetime.combine(today, time(), french.PARIS)
    file = calendar.calendar(settings.name, settings.host, settings.base_url, events, written)
    answer = Response(file, content_type=f"{calendar.TYPE}; charset=utf-8")
    answer.headers["Cache-Control"] = CACHE
    answer.add_etag()
    answer.make_conditional(request)
    return answer
