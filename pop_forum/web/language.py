"""The language and the look a reader chose, and how dates read in it."""

from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Babel
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from pop_forum import paths
from pop_forum.domain import french
from pop_forum.services import titles
from pop_forum.web.display import display
from pop_forum.web.viewer import commune, signed_in

SOURCE = "fr"


def install(app: Flask) -> None:
    """gettext and the date filters on this app."""
    Babel(
        app,
        default_locale=SOURCE,
        default_translation_directories=str(paths.translations()),
        locale_selector=language,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        gettext=gettext, ngettext=_plural, newstyle=True
    )
    _write_numbers(app.jinja_env)
    app.jinja_env.filters.update(date=_date, datetime=_moment, iso=_iso, number=number, printed=french.printed)
    app.jinja_env.filters.update(of=_of, of_place=_of_place, titled=_titled)
    app.after_request(_say_language)


def language() -> str:
    """The language chosen on this device, the account's, else the best that the browser accepts."""
    if "language" not in g:
        g.language = _choose(commune().settings.languages)
    chosen: str = g.language
    return chosen


def _choose(offered: tuple[str, ...]) -> str:
    account = signed_in()
    for wanted in (display().language, account.language if account else None):
        if wanted in offered:
            return str(wanted)
    return request.accept_languages.best_match(offered, SOURCE) or SOURCE


Answer = TypeVar("Answer")


def _say_language(response: Answer) -> Answer:
    if getattr(response, "mimetype", "") == "text/html":
        if "Content-Language" not in response.headers:  # type: ignore[attr-defined]
            response.headers["Content-Language"] = language()  # type: ignore[attr-defined]
        response.vary.add("Accept-Language")  # type: ignore[attr-defined]
    return response


def _plural(one: str, many: str, count: int) -> str:
    """In French, the source language, 0 is singular; other languages say it in their catalogue."""
    if language() == SOURCE:
        return one if abs(count) < 2 else many
    found: str = catalogue(language()).ungettext(one, many, count)
    return found


def gettext(text: str) -> str:
    """The sentence in the reader's language, without variables; Flask-Babel looks its catalogue up at each one."""
    found: str = catalogue(language()).ugettext(text)
    return found


@cache
def catalogue(wanted: str) -> NullTranslations:
    """The sentences of this language, read when first needed; the source's are what they are asked for."""
    return Translations.load(str(paths.translations()), [wanted])


def _write_numbers(environment: Environment) -> None:
    """Whole numbers in the sentences of templates, written as the reader's language does."""
    say: Any = environment.globals["gettext"]
    say_count: Any = environment.globals["ngettext"]

    @pass_context
    def written(context: Context, text: str, **variables: Any) -> Any:
        return say(context, text, **_written(variables))

    @pass_context
    def ngettext(context: Context, one: str, many: str, num: int, **variables: Any) -> Any:
        return say_count(context, one, many, num, **_written({"num": num, **variables}))

    environment.globals.update(gettext=written, ngettext=ngettext)


def _written(variables: dict[str, Any]) -> dict[str, Any]:
    return {name: number(value) if type(value) is int else value for name, value in variables.items()}


def _of(name: str) -> str:
    return french.of(name, language())


def _titled(title: str) -> str:
    """The title of a discussion; the one that stands for a hidden title in the reader's language."""
    return gettext("Discussion retirée") if title == titles.WITHDRAWN else title


def _of_place(name: str) -> str:
    return french.of_place(name, language())


def _date(value: date) -> str:
    return french.format_date(value, language(), weekday=True)


def _moment(value: datetime) -> str:
    """« 28 janvier, 18 h 30 »; with its year when that is not the present one."""
    ours = french.in_paris(value).year == french.in_paris(commune().clock.now()).year
    day = french.format_short_date(value, language()) if ours else french.format_date(value, language())
    return f"{day}, {french.format_time(value, language())}"


def number(value: int) -> str:
    """« 30 000 », with narrow spaces; « 30,000 » in English."""
    return french.format_number(value, language())


def _iso(value: date) -> str:
    if isinstance(value, datetime):
        return french.in_paris(value).isoformat(timespec="minutes")
    return value.isoformat()
