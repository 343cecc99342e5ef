"""What a person must choose when two texts become one, and the text that her choices make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pop_forum.domain.lineage.texts import Block, Budget, Text
from pop_forum.errors import InvalidInput

Which = Literal["base", "ours", "theirs"]
Both = Literal["ours-theirs", "theirs-ours"]  # both texts, one after the other
# both: changed on both sides; amounts: not the same sums; bases: where it comes from is not sure.
Why = Literal["both", "amounts", "bases"]
TITLE, BUDGET = "titre", "budget"


@dataclass(frozen=True, slots=True)
class TitlePassage:
    """Titles that are not the same."""

    base: str
    ours: str
    theirs: str
    why: Why
    key: str = TITLE


@dataclass(frozen=True, slots=True)
class BudgetPassage:
    """Budgets that are not the same."""

    base: Budget
    ours: Budget
    theirs: Budget
    why: Why
    key: str = BUDGET


@dataclass(frozen=True, slots=True)
class TextPassage:
    """Blocks at one place that are not the same. `key` is one of their ids."""

    base: tuple[Block, ...]
    ours: tuple[Block, ...]
    theirs: tuple[Block, ...]
    why: Why

    @property
    def key(self) -> str:
        """The name by which its choice is given: the same whichever side is called ours."""
        return "texte:" + min(block.id for block in (*self.base, *self.ours, *self.theirs))

    @property
    def takes_both(self) -> bool:
        """Whether both texts may stand one after the other."""
        ours, theirs = ({block.id for block in side} for side in (self.ours, self.theirs))
        return bool(ours and theirs) and not ours & theirs


Passage = TitlePassage | BudgetPassage | TextPassage


class Edited(NamedTuple):
    """A title or blocks written by the person who chooses; `title` for the title, `blocks` for a text."""

    title: str = ""
    blocks: tuple[Block, ...] = ()


Choice = Which | Both | Edited


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The other side brings nothing that our text does not have."""

    text: Text


@dataclass(frozen=True, slots=True)
class AppliesCleanly:
    """Both sides in one text, no choice being left."""

    text: Text


@dataclass(frozen=True, slots=True)
class Choices:
    """Both sides in one text but for these passages; `blocks` holds what is settled, and each text passage in place."""

    title: str | TitlePassage
    budget: Budget | BudgetPassage
    blocks: tuple[Block | TextPassage, ...]

    @property
    def passages(self) -> tuple[Passage, ...]:
        """What must be chosen, from top to bottom."""
        found: list[Passage] = [self.title] if isinstance(self.title, TitlePassage) else []
        found += [one for one in self.blocks if isinstance(one, TextPassage)]
        return (*found, self.budget) if isinstance(self.budget, BudgetPassage) else tuple(found)


Outcome = Unchanged | AppliesCleanly | Choices


def changed_by(passage: Passage) -> Literal["ours", "theirs", "both"]:
    """Which side is not as the base: only `ours` means that the other text brings nothing here."""
    if passage.why == "bases" or passage.base not in (passage.ours, passage.theirs):
        return "both"
    return "ours" if passage.base == passage.theirs else "theirs"


def resolved(outcome: Outcome, choices: Mapping[str, Choice]) -> Text:
    """The text, each passage as chosen by its key. Raises InvalidInput for a missing, unknown or impossible choice."""
    if not isinstance(outcome, Choices):
        return outcome.text
    unknown = set(choices) - {passage.key for passage in outcome.passages}
    missing = {passage.key for passage in outcome.passages} - set(choices)
    if unknown or missing:
        raise InvalidInput(f"choices missing {sorted(missing)}, unknown {sorted(unknown)}")
    title, budget = outcome.title, outcome.budget
    blocks: list[Block] = []
    for one in outcome.blocks:
        blocks += _chosen_blocks(one, choices[one.key]) if isinstance(one, TextPassage) else [one]
    return Text(
        _chosen_title(title, choices[TITLE]) if isinstance(title, TitlePassage) else title,
        tuple(blocks),
        _chosen_budget(budget, choices[BUDGET]) if isinstance(budget, BudgetPassage) else budget,
    )


def _chosen_title(passage: TitlePassage, choice: Choice) -> str:
    if isinstance(choice, Edited):
        return choice.title
    return {"base": passage.base, "ours": passage.ours, "theirs": passage.theirs}[_one(choice)]


def _chosen_budget(passage: BudgetPassage, choice: Choice) -> Budget:
    return {"base": passage.base, "ours": passage.ours, "theirs": passage.theirs}[_one(choice)]


def _chosen_blocks(passage: TextPassage, choice: Choice) -> tuple[Block, ...]:
    if isinstance(choice, Edited):
        return choice.blocks
    if choice in ("ours-theirs", "theirs-ours") and passage.takes_both:
        first, second = passage.ours, passage.theirs
        return first + second if choice == "ours-theirs" else second + first
    return {"base": passage.base, "ours": passage.ours, "theirs": passage.theirs}[_one(choice)]


def _one(choice: Choice) -> Which:
    """The side that is chosen. Raises InvalidInput when it is not one."""
    if choice == "base" or choice == "ours" or choice == "theirs":
        return choice
    raise InvalidInput(f"{choice!r} is no choice here")
