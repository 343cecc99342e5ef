"""Several improvements of one measure: where they touch the same passages, and one version that takes from all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pop_forum.domain.lineage.ancestry import common_bases
from pop_forum.domain.lineage.passages import BudgetPassage, Choice, TextPassage
from pop_forum.domain.lineage.taking import Taking, key_of, result, taking
from pop_forum.domain.lineage.texts import Text
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_line
from pop_forum.errors import Conflict, InvalidInput
from pop_forum.federation import activities as a
from pop_forum.federation.identifiers import Host
from pop_forum.models import ImprovementAnswer, Measure, Revision
from pop_forum.services import drafting, improvements, measures
from pop_forum.services import programme_pages as pages
from pop_forum.services.improvement_pages import Line
from pop_forum.services.improvements import Between, text_of
from pop_forum.services.measures import TakenIn
from pop_forum.services.programme_pages import MeasurePage
from pop_forum.services.site import Site

TITLE_PLACE = "titre"
LEAST = 2  # improvements that meet, or are taken together
ONE_EACH = "Deux améliorations changent le même passage : n’en cochez qu’une pour ce passage."
NOTHING = "Cochez des passages d’au moins deux améliorations."


@dataclass(frozen=True, slots=True)
class Waiting:
    """One improvement that waits, and what it would change in the present common text."""

    line: Line
    between: Between

    @property
    def places(self) -> frozenset[str]:
        """The blocks that it touches, by their ids; the title too."""
        changed = {block.id for change in self.between.taking.taken for block in (*change.old, *change.new)}
        for passage in self.between.asked:
            if isinstance(passage, TextPassage):
                changed |= {block.id for block in (*passage.base, *passage.ours, *passage.theirs)}
            else:
                changed.add(TITLE_PLACE)
        return frozenset(changed)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A passage that several improvements would change, or add (`new`), with its words in the common text or theirs."""

    place: str
    words: str
    new: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """What is taken from each improvement, by its digest, into this version of the common text, with one sentence."""

    common: str
    ticked: Mapping[str, frozenset[str]]
    sentence: str


def waiting(site: Site, page: MeasurePage, lines: Iterable[Line]) -> tuple[Waiting, ...]:
    """The improvements of a measure that wait, with what each would change today."""
    found = []
    for line in lines:
        proposed = site.session.get_one(Revision, line.digest)
        found.append(Waiting(line, improvements.proposed_against_common(page, proposed)))
    return tuple(found)


def meetings(page: MeasurePage, found: Iterable[Waiting]) -> tuple[Meeting, ...]:
    """The passages that several of them would change, in the order of the common text, new ones last."""
    by_place, given = dict[str, list[Line]](), tuple(found)
    for one in given:
        for place in sorted(one.places):
            by_place.setdefault(place, []).append(one.line)
    words = {TITLE_PLACE: page.heads[0].title, **{str(b["id"]): str(b["text"]) for b in page.heads[0].blocks}}
    order = [*words, *sorted(set(by_place) - set(words))]
    shared = (place for place in order if len(by_place.get(place, ())) >= LEAST)
    added = {block.id: block.text for one in given for change in one.between.taking.taken for block in change.new}
    known = {**added, **words}
    return tuple(Meeting(one, known.get(one, ""), one not in words, tuple(by_place[one])) for one in shared)


def integrate(site: Site, viewer: Viewer, measure: Measure, wanted: Together) -> tuple[ImprovementAnswer, ...]:
    """One version of the common text that takes from several improvements, each answered with it.

    Raises Forbidden, NotFound, Conflict, InvalidInput.
    """
    improvements.require_keeper(site, viewer)
    site.one_at_a_time(f"text of {measure.urn}")
    ticked = {digest: keys for digest, keys in wanted.ticked.items() if keys}
    if len(ticked) < LEAST:
        raise InvalidInput(f"{len(ticked)} improvements", NOTHING)
    page = pages.measure_page(site, measure.slug)
    if page.heads[0].digest != wanted.common:
        raise Conflict(f"{wanted.common} is no longer the text of {measure.urn}")
    text, outcomes = text_of(page.heads[0]), {}
    for digest, keys in ticked.items():
        improvements.find(site, measure, digest)
        found = improvements.proposed_against_common(page, site.session.get_one(Revision, digest))
        outcomes[digest] = a.WHOLE if keys == set(found.keys) else a.PART
        drafting.require_open(site, digest)
        drafting.require_carried(site, digest, outcomes[digest])
        text = _with(page, text, found, keys)
    sentence = clean_line(wanted.sentence, a.MAX_SUMMARY_CHARS)
    taken = TakenIn(text, sentence, wanted.common, next(iter(ticked)))
    published = measures.integrate(site, viewer, measure, taken)
    return tuple(_answer(site, measure, digest, outcome, sentence, published) for digest, outcome in outcomes.items())


def _answer(
    site: Site, measure: Measure, digest: str, outcome: str, sentence: str, published: Revision
) -> ImprovementAnswer:
    host = Host(improvements.find(site, measure, digest).host)
    content = a.ImprovementDecided(host, digest, outcome, sentence, published.digest)
    return improvements.publish_answer(site, content, measure)


def _with(page: MeasurePage, text: Text, found: Between, ticked: frozenset[str]) -> Text:
    """The text with these changes too. Raises InvalidInput when it already differs there from what they change."""
    parents = {**page.versions.parents(), found.other.digest: tuple(found.other.parents)}
    bases = common_bases(parents, found.common.digest, found.other.digest)
    known = [one for one in map(page.versions.get, bases) if one is not None]
    now = taking([text_of(one) for one in known], text, text_of(found.other))
    if set(ticked) - set(found.keys):
        raise InvalidInput(f"ticked: {sorted(ticked)}", improvements.NOTHING)
    if _new_questions(now, found, ticked):
        raise InvalidInput("two improvements change one passage", ONE_EACH)
    choices: dict[str, Choice] = {one.key: "theirs" if one.key in ticked else "ours" for one in now.asked}
    refused = {key_of(change) for change in now.taken} - set(ticked)
    return result(now, choices, refused)


def _new_questions(now: Taking, found: Between, ticked: frozenset[str]) -> bool:
    """Whether a ticked change meets one that was taken from another improvement."""
    before = {one.key: one for one in found.asked}
    fresh = [one for one in now.asked if not isinstance(one, BudgetPassage) and before.get(one.key) != one]
    wanted = {block.id for change in found.taking.taken if key_of(change) in ticked for block in change.new}
    wanted |= {block.id for change in found.taking.taken if key_of(change) in ticked for block in change.old}
    for one in fresh:
        if one.key in ticked:
            return True
        if isinstance(one, TextPassage) and wanted & {b.id for b in (*one.base, *one.ours, *one.theirs)}:
            return True
    return False
