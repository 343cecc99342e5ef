"""Taking the changes of the common text into ours: what there is to choose, and the version that the choices make."""

from collections.abc import Mapping
from dataclasses import dataclass

from pop_forum.domain.lineage.ancestry import common_bases
from pop_forum.domain.lineage.passages import BudgetPassage, Choice, Edited, Passage, TitlePassage
from pop_forum.domain.lineage.taking import Taking, result, taking, written
from pop_forum.domain.lineage.texts import Block, Text
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_line, clean_text
from pop_forum.errors import Conflict, InvalidInput
from pop_forum.federation.revisions import MAX_BLOCK_CHARS, MAX_TITLE_CHARS
from pop_forum.models import Measure, Revision
from pop_forum.services import measures
from pop_forum.services import programme_pages as pages
from pop_forum.services.measures import BLOCK_LETTERS, TakenIn
from pop_forum.services.programme_pages import MeasurePage
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of

WRITTEN = "written"  # the pick of who writes another text
PICKS: Mapping[str, Choice] = {
    "ours": "ours",
    "theirs": "theirs",
    "ours-theirs": "ours-theirs",
    "theirs-ours": "theirs-ours",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """The versions that the choices are between: where both come from, our text, and the common one."""

    bases: tuple[Revision, ...]
    ours: Revision
    theirs: Revision
    taking: Taking


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person chose, by the names of domain.lineage: `ours` and `theirs` are the digests that she chose from."""

    ours: str
    theirs: str
    picks: Mapping[str, str]
    texts: Mapping[str, str]
    refused: frozenset[str]
    reason: str


def present(page: MeasurePage, wanted: str | None = None) -> Sources | None:
    """The choices as they stand now, or None when the common text brings nothing; `wanted` is one of several heads."""
    heads, first = {head.digest for head in page.ahead}, page.newer or page.beside
    if first is None or page.standing.kind != "adapted":
        return None
    return between(page, page.standing.current.digest, wanted if wanted in heads else first.digest)


def between(page: MeasurePage, ours: str, theirs: str) -> Sources | None:
    """The choices between these two versions, or None when they are not both here."""
    left, right = page.versions.get(ours), page.versions.get(theirs)
    if left is None or right is None:
        return None
    found = common_bases(page.versions.parents(), ours, theirs)
    bases = tuple(one for one in map(page.versions.get, found) if one is not None)
    return Sources(bases, left, right, taking([text_of(base) for base in bases], text_of(left), text_of(right)))


def chosen(site: Site, found: Sources, decisions: Decisions) -> Text:
    """The text that the decisions make. Raises InvalidInput when one is missing, or a text is empty or too long."""
    choices = {passage.key: _choice(site, passage, decisions) for passage in found.taking.asked}
    text = result(found.taking, choices, decisions.refused)
    measures.require_length(site, [block.text for block in text.blocks])
    return text


def take_in(site: Site, viewer: Viewer, measure: Measure, decisions: Decisions) -> Revision:
    """The version that the decisions make, with two parents. Raises Forbidden, InvalidInput.

    Raises Conflict when our text or the common one is no longer what the person chose from.
    """
    measures.begin_ours(site, viewer, measure)
    page = pages.measure_page(site, measure.slug)
    found = between(page, decisions.ours, decisions.theirs)
    if found is None:
        raise Conflict(f"{decisions.ours} or {decisions.theirs} is not here")
    text = chosen(site, found, decisions)
    return measures.take_in(site, viewer, measure, TakenIn(text, decisions.reason, decisions.ours, decisions.theirs))


def text_of(revision: Revision) -> Text:
    """A version as lineage sees it."""
    blocks = tuple(Block(block.id, block.text) for block in blocks_of(revision))
    return Text(revision.title, blocks, revision.budget)


def _choice(site: Site, passage: Passage, decisions: Decisions) -> Choice:
    """What was chosen for a passage. Raises InvalidInput."""
    pick = decisions.picks.get(passage.key, "")
    if pick != WRITTEN:
        if pick not in PICKS:
            raise InvalidInput(f"nothing chosen for {passage.key}", "Il reste un passage à choisir.")
        return PICKS[pick]
    words = decisions.texts.get(passage.key, "")
    if isinstance(passage, TitlePassage):
        return Edited(title=clean_line(words, MAX_TITLE_CHARS))
    if isinstance(passage, BudgetPassage):
        raise InvalidInput("a budget is written in its own form")
    return written(passage, clean_text(words, MAX_BLOCK_CHARS), lambda: f"b-{site.entropy.token(BLOCK_LETTERS)}")
