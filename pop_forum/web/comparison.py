"""Any two versions of a measure side by side, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import Any

from babel.lists import format_list
from flask import Blueprint, render_template, request
from flask_babel import gettext, ngettext

from pop_forum.domain.comparison import Passage, compare, count_differences
from pop_forum.federation.revisions import Block
from pop_forum.models import Revision
from pop_forum.services import budget_pages
from pop_forum.services import programme_pages as pages
from pop_forum.services.site import Site
from pop_forum.services.versions import is_first
from pop_forum.web import budget_words
from pop_forum.web.budget_words import Row
from pop_forum.web.language import language
from pop_forum.web.viewer import commune

blueprint = Blueprint("comparison", __name__)


@dataclass(frozen=True, slots=True)
class Strip:
    """A run of passages that are the same on both sides, or one passage that is not, with its number."""

    same: bool
    number: int
    passages: tuple[Passage, ...]


@blueprint.get("/programme/<slug>/comparaison")
def show(slug: str) -> str:
    """The comparison of versions `de` and `a`; without them, of the text here and the common one it comes from."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        before = pages.version(page, request.args.get("de") or page.standing.base.digest)
        after = pages.version(page, request.args.get("a") or page.standing.current.digest)
        passages = pages.differences(before, after)
        title = compare_titles(before, after.title)
        return render_template(
            "programme/comparison.html",
            page=page,
            before=pages.version_line(site, page, before),
            after=pages.version_line(site, page, after),
            strips=strips(passages),
            changed=count_differences(passages),
            total=len(passages),
            title=title,
            same=title is None and not count_differences(passages) and before.budget == after.budget,
            rows=budget_rows(site, before.budget, after.budget),
            every=pages.every_version(site, page),
            running=request.args.get("vue") == "suivi",
            apart=not is_first(before) and not is_first(after) and before.host != after.host,
        )


def budget_rows(site: Site, before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Row]:
    """What two budgets do not say alike, and what that makes of the net costs."""
    sides = (budget_pages.costs(site, before), budget_pages.costs(site, after))
    return [*budget_words.compare(before, after), *budget_words.totals(*sides)]


def strips(passages: Sequence[Passage]) -> list[Strip]:
    """The passages for reading: unchanged neighbours together, each other one alone, numbered by place."""
    found = []
    numbered = enumerate(passages, start=1)
    for same, run in groupby(numbered, key=lambda item: item[1].status == "unchanged"):
        items = list(run)
        if same:
            found.append(Strip(True, items[0][0], tuple(passage for _, passage in items)))
        else:
            found.extend(Strip(False, number, (passage,)) for number, passage in items)
    return found


def renumbered(strips: Sequence[Strip], numbers: Mapping[str, int]) -> list[Strip]:
    """The strips under the numbers that their passages bear elsewhere on the page; the others come after these."""
    others = count(1 + max(numbers.values(), default=0))
    named = {place: numbers.get(strip.passages[0].block_id) for place, strip in enumerate(strips) if not strip.same}
    taken: set[int] = set()
    found = []
    for place, strip in enumerate(strips):
        number = named.get(place)
        if strip.same or (number is not None and number in taken):
            found.append(strip if strip.same else replace(strip, number=next(others)))
            continue
        number = next(others) if number is None else number
        taken.add(number)
        found.append(replace(strip, number=number))
    return found


def what_changed(before: Revision, after: Revision) -> str:
    """« 2 passages, le titre et le budget »: the parts of a text that another version says otherwise."""
    count = count_differences(pages.differences(before, after))
    parts = [ngettext("%(num)s passage", "%(num)s passages", count)] if count else []
    if compare_titles(before, after.title) is not None:
        parts.append(gettext("le titre"))
    if before.budget != after.budget:
        parts.append(gettext("le budget"))
    return format_list(parts or [gettext("le texte")], locale=language())


def compare_titles(before: Revision, title: str) -> Passage | None:
    """What became of the title, or None when it is the same."""
    [passage] = compare([Block("titre", "paragraph", before.title)], [Block("titre", "paragraph", title)])
    return None if passage.status == "unchanged" else passage
