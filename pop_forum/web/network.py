"""The network as anybody may see it: its communes, and what they last shared."""

from flask import Blueprint, render_template, request

from pop_forum.services import communes as communes_list
from pop_forum.services import identity, network_pages, peer_states
from pop_forum.services.directory import directory
from pop_forum.web import network_admin
from pop_forum.web.kept import kept
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune, viewer

blueprint = Blueprint("network", __name__)
blueprint.register_blueprint(network_admin.blueprint)


@blueprint.get("/reseau")
@kept()
def index() -> str:
    """The directory."""
    with commune().reading() as site:
        own = identity.own_fingerprint(site)
        return render_template(
            "network/index.html",
            network=directory(site),
            short=network_pages.short(own),
            full=network_pages.grouped(own),
            administers=viewer().administers,
        )


@blueprint.get("/reseau/communes")
@kept("page", "q")
def communes() -> str:
    """The communes, by name or those that are looked for, and the map of all of them."""
    with commune().reading() as site:
        found = communes_list.listed(site, request.args.get("q", ""), page_number())
        return render_template("network/communes.html", found=found, most=communes_list.QUERY_CHARS)


@blueprint.get("/reseau/decisions")
@kept("page")
def decisions() -> str:
    """What this site decided on its exchange with other communes, and why."""
    with commune().reading() as site:
        return render_template("network/decisions.html", page=peer_states.log(site, page_number()))
