"""Sentences in the language of whoever reads them, where no request of theirs is being answered."""

from datetime import datetime
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

from babel.dates import format_datetime

import pop_forum
from pop_forum.domain.french import PARIS

SOURCE = "fr"  # the language the sentences are written in


class Speech:
    """One language; a sentence that has no translation is said in French."""

    def __init__(self, language: str | None) -> None:
        self._language = language or SOURCE
        self._words = _catalogue(self._language)

    def say(self, sentence: str, **values: str) -> str:
        """The sentence with its values."""
        return self._words.gettext(sentence) % values

    def moment(self, at: datetime) -> str:
        """Day and hour in Paris."""
        return format_datetime(at, "long", tzinfo=PARIS, locale=self._language)


@cache
def _catalogue(language: str) -> NullTranslations:
    folder = Path(pop_forum.__file__).parent / "translations"
    return translation("messages", folder, [language], fallback=True)
