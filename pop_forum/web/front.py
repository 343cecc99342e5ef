"""The front page."""

from flask import Blueprint, render_template

from pop_forum.domain import french
from pop_forum.services import front
from pop_forum.web.kept import kept
from pop_forum.web.viewer import commune

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
@kept()
def home() -> str:
    """What is new here, what moves in the network, the themes of the programme, how to take part."""
    with commune().reading() as site:
        page = front.front_page(site)
        today = french.in_paris(site.clock.now()).date()
    return render_template("front/home.html", page=page, today=today)
