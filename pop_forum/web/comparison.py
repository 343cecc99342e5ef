"""Any two versions of a measure side by side, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, render_template, request

from pop_forum.domain.comparison import Passage, compare, count_differences
from pop_forum.federation.revisions import Block
from pop_forum.models import Revision
from pop_forum.services import programme_pages as pages
from pop_forum.web import budget_words
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
            rows=budget_words.compare(before.budget, after.budget),
            every=pages.every_version(site, page),
            running=request.args.get("vue") == "suivi",
        )


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


def compare_titles(before: Revision, title: str) -> Passage | None:
    """What became of the title, or None when it is the same."""
    [passage] = compare([Block("titre", "paragraph", before.title)], [Block("titre", "paragraph", title)])
    return None if passage.status == "unchanged" else passage
