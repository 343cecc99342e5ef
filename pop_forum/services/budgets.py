"""Pricing a measure: a new version of it with the same text and another budget sheet."""

from dataclasses import dataclass, replace
from fractions import Fraction

from pop_forum.domain.budget import wire
from pop_forum.domain.budget.sheet import Sheet
from pop_forum.domain.permissions import Viewer
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.models import Measure, Revision
from pop_forum.services import measures
from pop_forum.services.measures import MeasureDraft
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class Estimate:
    """A sheet as its form gives it; `base` is the digest of the version that the form was made from."""

    sheet: Sheet
    reason: str
    base: str


def price_ours(site: Site, viewer: Viewer, measure: Measure, estimate: Estimate) -> Revision:
    """Our own version with this sheet, for our population. Raises Forbidden, Conflict, InvalidInput."""
    sheet = replace(estimate.sheet, population=site.settings.population)
    present = measures.current_revision(site, measure.urn)
    return measures.adapt(site, viewer, measure, _draft(present, sheet, estimate))


def price_common(site: Site, viewer: Viewer, measure: Measure, estimate: Estimate) -> Revision:
    """A version of the common text with this sheet, for no commune in particular.

    Raises Forbidden, Conflict, InvalidInput.
    """
    sheet = replace(estimate.sheet, population=None)
    present = measures.common_revision(site, measure.urn)
    return measures.revise_common(site, viewer, measure, _draft(present, sheet, estimate))


def rate(site: Site) -> Fraction | None:
    """The FCTVA's rate that this commune states, as a share; None when it states none."""
    stated = site.settings.budget.fctva
    return None if stated is None else stated.percent / 100


def document(sheet: Sheet) -> JsonObject:
    """The sheet as the member `budget` of a revision."""
    members: dict[str, Json] = {**wire.write(sheet)}
    return members


def _draft(present: Revision, sheet: Sheet, estimate: Estimate) -> MeasureDraft:
    blocks = tuple((str(block["id"]), str(block["text"])) for block in present.blocks)
    return MeasureDraft(present.title, blocks, estimate.reason, estimate.base, document(sheet))
