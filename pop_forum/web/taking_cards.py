"""What a page shows of each passage to choose, and of each change that came in by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from pop_forum.domain.comparison import BlockLike, compare
from pop_forum.domain.lineage.difference import Change
from pop_forum.domain.lineage.passages import BudgetPassage, Passage, TextPassage, TitlePassage
from pop_forum.domain.lineage.taking import Taking, key_of
from pop_forum.domain.lineage.texts import Block, Budget
from pop_forum.domain.words import Piece
from pop_forum.services.taking import WRITTEN
from pop_forum.web import budget_words
from pop_forum.web.taking_form import REFUSED, TakingForm

Column = tuple[tuple[Piece, ...], ...]  # one run of pieces for each block


@dataclass(frozen=True, slots=True)
class Card:
    """One passage to choose. `options` are (value, words); `other` is the text of the field, None without a field."""

    number: int
    key: str
    kind: str  # titre | texte | budget
    why: str
    base: Column
    theirs: Column
    ours: Column
    options: Sequence[tuple[str, str]]
    pick: str
    other: str | None


@dataclass(frozen=True, slots=True)
class TakenCard:
    """One change that came in by itself, as one running text; `refused` when our text is kept."""

    number: int
    key: str
    kind: str
    pieces: Column
    refused: bool


def cards(taking: Taking, form: TakingForm) -> list[Card]:
    """The passages to choose, in the order of the text."""
    return [_card(place, passage, form) for place, passage in enumerate(taking.asked, start=1)]


def numbers(taking: Taking) -> dict[str, int]:
    """The number of the card in which each block of either text is chosen, by its id."""
    found: dict[str, int] = {}
    for place, passage in enumerate(taking.asked, start=1):
        if isinstance(passage, TextPassage):
            found |= {block.id: place for block in (*passage.base, *passage.ours, *passage.theirs)}
    for place, change in enumerate(taking.taken, start=len(taking.asked) + 1):
        found |= {block.id: place for block in (*change.old, *change.new)}
    return found


def taken_cards(taking: Taking, form: TakingForm) -> list[TakenCard]:
    """What came in by itself, numbered after the choices."""
    return [
        TakenCard(place, key_of(change), change.kind, running(change), form.picks.get(key_of(change)) == REFUSED)
        for place, change in enumerate(taking.taken, start=len(taking.asked) + 1)
    ]


def _card(place: int, passage: Passage, form: TakingForm) -> Card:
    base, ours, theirs = _sides(passage)
    other = "\n\n".join(block.text for block in ours or theirs)
    return Card(
        number=place,
        key=passage.key,
        kind=passage.key.partition(":")[0],
        why=passage.why,
        base=tuple((Piece("same", block.text),) for block in base),
        theirs=_column(base, theirs),
        ours=_column(base, ours),
        options=list(_options(passage).items()),
        pick=form.picks.get(passage.key, ""),
        other=None if isinstance(passage, BudgetPassage) else form.texts.get(passage.key, other),
    )


def _sides(passage: Passage) -> tuple[Sequence[Block], Sequence[Block], Sequence[Block]]:
    """The three sides as blocks: a title is one, a budget one for each field that ours and theirs do not say alike."""
    if isinstance(passage, TextPassage):
        return passage.base, passage.ours, passage.theirs
    if isinstance(passage, TitlePassage):
        return _titled(passage.base), _titled(passage.ours), _titled(passage.theirs)
    rows = budget_words.compare(passage.ours, passage.theirs)
    before = {row.label: row.before for row in budget_words.compare(passage.base, passage.theirs)}
    return (
        _priced(passage.base, {row.label: before.get(row.label, row.after) for row in rows}),
        _priced(passage.ours, {row.label: row.before for row in rows}),
        _priced(passage.theirs, {row.label: row.after for row in rows}),
    )


def _priced(budget: Budget, said: Mapping[str, str]) -> Sequence[Block]:
    """One side of a budget: a block for each line, or for all when nobody priced it."""
    if budget is None:
        return (Block("sheet", gettext("pas encore chiffré")),)
    nothing = gettext("rien")
    return tuple(Block(label, f"{label}\u00a0: {words or nothing}") for label, words in said.items())


def _titled(title: str) -> Sequence[Block]:
    return (Block("titre", title),) if title else ()


def _column(base: Sequence[BlockLike], side: Sequence[BlockLike]) -> Column:
    """A side with what it changed of the base marked; without a base, as it is."""
    if not base:
        return tuple((Piece("same", block.text),) for block in side)
    return tuple(passage.pieces for passage in compare(base, side)) if side else ()


def passage_column(passage: Passage) -> Column:
    """What the other text says in a passage that both changed, marked against ours."""
    _, ours, theirs = _sides(passage)
    return tuple(one.pieces for one in compare(ours, theirs))


def running(change: Change) -> Column:
    """A change as one running text."""
    return tuple(passage.pieces for passage in compare(change.old, change.new))


def _options(passage: Passage) -> dict[str, str]:
    """What may be chosen, with its words."""
    if isinstance(passage, BudgetPassage):
        return _budgets(passage)
    without, gone = gettext("Garder notre texte, sans ce passage"), gettext("Retirer ce passage, comme le texte commun")
    found = {
        "ours": gettext("Garder notre texte") if passage.ours else without,
        "theirs": gettext("Prendre le texte commun") if passage.theirs else gone,
    }
    if isinstance(passage, TextPassage) and passage.takes_both:
        found["ours-theirs"] = gettext("Garder les deux : le nôtre, puis le texte commun")
        found["theirs-ours"] = gettext("Garder les deux : le texte commun, puis le nôtre")
    found[WRITTEN] = gettext("Écrire un autre texte, dans la case ci-dessous")
    return {value: str(words) for value, words in found.items()}


def _budgets(passage: BudgetPassage) -> dict[str, str]:
    """The same of a budget: one of the two; another one is written on its own page."""
    keep, without = gettext("Garder notre budget"), gettext("Rester sans budget")
    take, drop = gettext("Prendre le budget du texte commun"), gettext("Retirer notre budget, comme le texte commun")
    return {"ours": str(keep if passage.ours else without), "theirs": str(take if passage.theirs else drop)}
