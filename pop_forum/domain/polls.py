"""Polls in discussions: what may be asked, for how long, and how votes are counted. Pure.

A vote is kept as one number whose bits are the positions of the chosen answers.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from pop_forum.domain.french import PARIS
from pop_forum.domain.text import clean_line, is_visible
from pop_forum.errors import InvalidInput

OPTIONS_LEAST, OPTIONS_MOST = 2, 10  # more do not fit on a phone, and are a survey
OPTION_CHARS = 100  # two lines on a phone
QUESTION_CHARS = 200
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=90)  # time to see it; no poll that everybody forgot
PROPOSED = timedelta(days=7)  # what the form proposes: everybody has passed by once

TOO_FEW = "Proposez au moins deux réponses, une par ligne."
TOO_MANY = "Proposez dix réponses au plus, une par ligne."
TOO_LONG = "Une réponse tient en 100 caractères. Raccourcissez la plus longue."
TWICE = "Deux réponses sont les mêmes. Changez-en une, ou enlevez-la."
TOO_SOON = "Un sondage dure au moins une heure. Choisissez une fin plus éloignée."
TOO_LATE = "Un sondage dure 90\u00a0jours au plus. Choisissez une fin plus proche."
NO_MOMENT = "Cette date n’est pas lisible. Choisissez-la dans le calendrier, ou écrivez-la comme 2026-03-14 20:00."
NO_CHOICE = "Choisissez une réponse, puis votez."
ONE_CHOICE = "Ce sondage attend une seule réponse. Choisissez-en une, puis votez."


def read_question(text: str) -> str:
    """The question on one line; empty when it is the title of the discussion. Raises TextTooLong."""
    return clean_line(text, QUESTION_CHARS) if is_visible(text) else ""


def read_options(lines: Iterable[str]) -> tuple[str, ...]:
    """The answers to choose from, without empty lines. Raises InvalidInput."""
    options = tuple(clean_line(line, 3 * len(line)) for line in lines if is_visible(line))
    if len(options) < OPTIONS_LEAST:
        raise InvalidInput(f"{len(options)} options", TOO_FEW)
    if len(options) > OPTIONS_MOST:
        raise InvalidInput(f"{len(options)} options", TOO_MANY)
    if max(map(len, options)) > OPTION_CHARS:
        raise InvalidInput("a long option", TOO_LONG)
    if len({option.casefold() for option in options}) < len(options):
        raise InvalidInput("an option twice", TWICE)
    return options


def read_moment(text: str) -> datetime:
    """The instant that a field for a day and an hour in Paris says. Raises InvalidInput."""
    try:
        said = datetime.fromisoformat(text.strip())
        if said.tzinfo is not None:
            raise InvalidInput(f"an offset in {text[:40]!r}", NO_MOMENT)
        return said.replace(tzinfo=PARIS).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"moment {text[:40]!r}", NO_MOMENT) from error


def check_end(now: datetime, ends_at: datetime) -> None:
    """Nothing; raises InvalidInput for a poll shorter than SHORTEST or longer than LONGEST."""
    if ends_at - now < SHORTEST:
        raise InvalidInput(f"a poll until {ends_at}", TOO_SOON)
    if ends_at - now > LONGEST:
        raise InvalidInput(f"a poll until {ends_at}", TOO_LATE)


def ballot(choices: Iterable[int], options: int, *, multiple: bool) -> int:
    """The number that says these choices among so many options. Raises InvalidInput."""
    chosen = frozenset(choices)
    if not chosen:
        raise InvalidInput("no choice", NO_CHOICE)
    if not all(0 <= choice < options for choice in chosen):
        raise InvalidInput(f"choices {sorted(chosen)[:20]} of {options}")
    if len(chosen) > 1 and not multiple:
        raise InvalidInput(f"{len(chosen)} choices for one", ONE_CHOICE)
    return sum(1 << choice for choice in chosen)


def choices_of(ballot: int) -> frozenset[int]:
    """The positions that a ballot says."""
    return frozenset(place for place in range(OPTIONS_MOST) if ballot >> place & 1)


def tally(ballots: Iterable[tuple[int, int]], options: int) -> tuple[int, tuple[int, ...]]:
    """How many voted, and how many chose each option, from ballots with how many said the same."""
    voters, counts = 0, [0] * options
    for said, times in ballots:
        voters += times
        for choice in choices_of(said):
            counts[choice] += times
    return voters, tuple(counts)


def shares(voters: int, counts: Sequence[int]) -> tuple[int, ...]:
    """How many of a hundred voters chose each option, rounded half up; zeros when nobody voted."""
    return tuple((200 * count + voters) // (2 * voters) if voters else 0 for count in counts)
