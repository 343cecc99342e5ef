"""Whether the site lives and works: one word for machines, figures for a monitoring system, a page for admins."""

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext

from pop_forum.adapters.disk import used_share
from pop_forum.adapters.speech import Speech
from pop_forum.domain.health import Facts, Finding, Trouble, findings
from pop_forum.errors import NotFound
from pop_forum.services import alarms, figures, health
from pop_forum.services.site import Site
from pop_forum.web.language import language
from pop_forum.web.viewer import commune, network, require_admin, viewer

UNREADY = 503
OURS = frozenset(
    (Trouble.WORKER, Trouble.QUEUE, Trouble.STALLED, Trouble.DISK, Trouble.REPRISE)
)  # the others' troubles are not ours
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded")
LOOPBACK = ("127.0.0.1", "::1")

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
def live() -> Response:
    """204: this process answers."""
    return Response(status=204)


@blueprint.get("/readyz")
def ready() -> Response:
    """200 or 503; who asks from this very machine, or administers the site, is also told what is wrong."""
    with commune().reading() as site:
        found = findings(_facts(site), site.clock.now())
    is_ready = not any(finding.trouble in OURS for finding in found)
    told: dict[str, object] = {"ready": is_ready}
    if _may_see_details():
        told["troubles"] = [_document(finding) for finding in found]
    answer = jsonify(told)
    answer.status_code = 200 if is_ready else UNREADY
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures for Prometheus; for anybody else there is no such page (row 100)."""
    if not _may_see_details():
        raise NotFound("figures are for this machine and for admins")
    from pop_forum.adapters.exposition import MEDIA_TYPE, render

    with commune().reading() as site:
        facts = _facts(site)
        body = render(figures.gauges(site, facts, findings(facts, site.clock.now())))
    return Response(body, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


@blueprint.get("/administration/sante")
def index() -> str:
    """What is wrong, with what to do, and what was looked at."""
    require_admin()
    speech = Speech(language())
    with commune().reading() as site:
        facts = _facts(site)
        found = findings(facts, site.clock.now())
        return render_template(
            "health/index.html",
            facts=facts,
            found=[(finding, *alarms.words(finding, speech)) for finding in found],
            works=[(_kind(kind), since) for kind, since in facts.due.items()],
            attended=not any(finding.trouble is Trouble.WORKER for finding in found),
            now=site.clock.now(),
        )


def _facts(site: Site) -> Facts:
    return health.facts(
        site,
        mail_leaves=commune().mail_server is not None,
        queue_answers=commune().wakeups.answers(),
        disk_used=used_share(commune().settings.data),
    )


def _may_see_details() -> bool:
    """Whether this is an admin, or a program on this machine: not one that came through a proxy, ours or another."""
    is_here = network() in LOOPBACK and not any(name in request.headers for name in FORWARDED)
    return is_here or viewer().administers


def _document(finding: Finding) -> dict[str, str | None]:
    return {
        "trouble": finding.trouble.value,
        "subject": finding.subject,
        "since": finding.since.isoformat() if finding.since else None,
    }


def _kind(kind: str) -> str:
    return str(gettext(alarms.KINDS[kind])).rstrip(".")
