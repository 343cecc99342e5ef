"""Taking in the changes of another text: what a person chooses, what comes in by itself, and the text she makes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from pop_forum.domain.lineage.difference import Change, difference
from pop_forum.domain.lineage.merging import merge
from pop_forum.domain.lineage.passages import (
    BUDGET,
    TITLE,
    BudgetPassage,
    Choice,
    Choices,
    Edited,
    Outcome,
    Passage,
    TextPassage,
    TitlePassage,
    changed_by,
    resolved,
)
from pop_forum.domain.lineage.texts import Block, Text, same_words
from pop_forum.domain.words import alike
from pop_forum.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Taking:
    """Both texts made one, but for what must be chosen.

    `asked` is to be chosen; what this side alone changed is not asked again, and stays. `taken` came in by itself.
    """

    ours: Text
    found: Choices
    asked: tuple[Passage, ...]
    taken: tuple[Change, ...]

    @property
    def brings(self) -> bool:
        """Whether the other text brings anything."""
        return bool(self.asked or self.taken)


def taking(bases: Sequence[Text], ours: Text, theirs: Text) -> Taking:
    """What there is to choose and to review when our text takes in the other one's changes."""
    found = _asking(merge(bases, ours, theirs), bases, ours)
    asked = tuple(passage for passage in found.passages if changed_by(passage) != "ours")
    kept = resolved(found, {passage.key: "ours" for passage in found.passages})
    chosen = {block.id for one in found.blocks if isinstance(one, TextPassage) for block in _blocks(one)}
    changes = difference(ours, kept).blocks
    return Taking(ours, found, asked, tuple(one for one in changes if _shows(one) and not _ids(one) & chosen))


def key_of(change: Change) -> str:
    """The name by which a change that came in by itself is refused."""
    return f"repris:{min(_ids(change))}"


def result(taking: Taking, choices: Mapping[str, Choice], refused: Collection[str]) -> Text:
    """The text that these choices make, without the changes that are refused.

    Raises InvalidInput for a missing, unknown or impossible choice, an unknown refusal, or a text that holds nothing.
    """
    unknown = set(refused) - {key_of(change) for change in taking.taken}
    wrong = set(choices) - {passage.key for passage in taking.asked}
    if unknown or wrong:
        raise InvalidInput(f"nothing of these names is chosen here: {sorted(unknown | wrong)}")
    if set(refused) == {key_of(change) for change in taking.taken} and set(choices.values()) <= {"ours"}:
        return _kept(taking, choices)
    ours: dict[str, Choice] = {one.key: "ours" for one in taking.found.passages if one not in taking.asked}
    text = resolved(taking.found, {**ours, **choices})
    for change in taking.taken:
        if key_of(change) in refused:
            text = _put_back(text, taking.ours, change)
    if not text.blocks:
        raise InvalidInput("empty text", "Le texte serait vide. Gardez au moins un passage.")
    return text


def written(passage: TextPassage, words: str, new_id: Callable[[], str]) -> Edited:
    """The blocks that a person wrote for a passage: one, or a paragraph for each where either text has several.

    A paragraph that is still word for word a block keeps its id; the others take those that are left, in order.
    """
    several = max(len(passage.ours), len(passage.theirs)) > 1
    texts = [part.strip() for part in words.split("\n\n")] if several else [words.strip()]
    texts = [part for part in texts if part]
    blocks = {block.id: block.text for block in (*passage.theirs, *passage.ours)}
    free = list(dict.fromkeys(block.id for block in (*passage.ours, *passage.theirs)))
    ids: list[str | None] = []
    for part in texts:
        same = next((one for one in free if alike(blocks[one]) == alike(part)), None)
        ids.append(same)
        if same is not None:
            free.remove(same)
    named = [one or (free.pop(0) if free else new_id()) for one in ids]
    return Edited(blocks=tuple(Block(*pair) for pair in zip(named, texts, strict=True)))


def still_asked(before: Taking, now: Taking) -> frozenset[str]:
    """The names of what is asked, or came in, in both with the same words: there a choice made before still holds."""
    passages = {passage.key for passage in before.asked if passage in now.asked}
    return frozenset(passages | {key_of(change) for change in before.taken if change in now.taken})


def _asking(outcome: Outcome, bases: Sequence[Text], ours: Text) -> Choices:
    """The same outcome, in which another title or budget is asked for even when this text is as its base."""
    if isinstance(outcome, Choices):
        return outcome
    text, base = outcome.text, bases[0] if len(bases) == 1 else ours
    title = text.title if alike(text.title) == alike(ours.title) else _title(base, ours, text)
    budget = text.budget if text.budget == ours.budget else _budget(base, ours, text)
    return Choices(title, budget, text.blocks)


def _title(base: Text, ours: Text, theirs: Text) -> TitlePassage:
    return TitlePassage(base.title, ours.title, theirs.title, "both", TITLE)


def _budget(base: Text, ours: Text, theirs: Text) -> BudgetPassage:
    return BudgetPassage(base.budget, ours.budget, theirs.budget, "both", BUDGET)


def _blocks(passage: TextPassage) -> tuple[Block, ...]:
    return (*passage.base, *passage.ours, *passage.theirs)


def _ids(change: Change) -> set[str]:
    return {block.id for block in (*change.old, *change.new)}


def _shows(change: Change) -> bool:
    """Whether a reader sees it: another kind of space is taken without a word."""
    return change.kind != "kept" and not (change.kind == "changed" and same_words(change.old, change.new))


def _kept(taking: Taking, choices: Mapping[str, Choice]) -> Text:
    """Our text, its order too, for who kept ours everywhere. Raises InvalidInput for a missing choice."""
    missing = {passage.key for passage in taking.asked} - set(choices)
    if missing:
        raise InvalidInput(f"choices missing {sorted(missing)}")
    return taking.ours


def _put_back(text: Text, ours: Text, change: Change) -> Text:
    """The text with our blocks in place of this change, each behind the one that it follows in our text."""
    blocks = [block for block in text.blocks if block.id not in _ids(change)]
    order = [block.id for block in ours.blocks]
    for block in change.old:
        before = order[: order.index(block.id)]
        places = [at for at, other in enumerate(blocks) if other.id in before]
        near = max(places, key=lambda at: order.index(blocks[at].id), default=-1)
        blocks.insert(near + 1, block)
    return Text(text.title, tuple(blocks), text.budget)
