"""Following a measure: to be told of each new version of the common text."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.models import Measure
from pop_forum.services import programme_pages as pages
from pop_forum.services import version_notices
from pop_forum.services.site import Site
from pop_forum.web.viewer import commune, require_account, signed_in

blueprint = Blueprint("measure_following", __name__)


@dataclass(frozen=True, slots=True)
class Following:
    """What a reader has to do with a measure: whether they may follow it, do, and have a notice of it to see."""

    possible: bool = False
    active: bool = False
    told: bool = False


@blueprint.post("/programme/<slug>/suivre")
def follow(slug: str) -> Response:
    """The measure, followed or no longer."""
    account, wanted = require_account(), not request.form.get("arreter")
    with commune().transaction() as site:
        version_notices.follow(site, account.person_id, pages.find_measure(site, slug), active=wanted)
    on = gettext("Vous suivez cette mesure\u00a0: chaque nouvelle version vous sera signalée.")
    flash(on if wanted else gettext("Vous ne suivez plus cette mesure."))
    return redirect(url_for("programme.text", slug=slug), 303)


def following(site: Site, measure: Measure) -> Following:
    """The same for who looks now; nothing is possible for a visitor."""
    account = signed_in()
    if account is None:
        return Following()
    active = version_notices.follows(site, account.person_id, measure)
    return Following(True, active, bool(account.news) and version_notices.is_told(site, account.person_id, measure))


def see(measure: Measure) -> None:
    """Nothing; the notices of this measure are seen by who reads it now."""
    person_id, urn = require_account().person_id, measure.urn
    commune().in_passing(lambda site: version_notices.see(site, person_id, urn))
