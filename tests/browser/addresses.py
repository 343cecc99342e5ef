"""Every page that a person can open, as concrete addresses by endpoint."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from pop_forum.cli.demo_network import admin_of
from pop_forum.commune import Commune
from pop_forum.models import Peer, Post, Thread
from pop_forum.services import improvements, programme_pages
from pop_forum.services.improvements import Proposal

ADAPTED, COMMON = "navette-a-la-demande", "budget-participatif"  # at Valombre, in the content of host.py
EVOLVED = "ouverture-des-equipements"  # adapted there before its common text went on
RESIDENT = "Huguette P."  # who signs in as a resident of Valombre
DOCUMENTS = {
    "activitypub",
    "journal",
    "assets",
    "feeds",
    "open_lists",
    "openapi",
    "phone",
    "dates",
}  # blueprints whose answers are not pages
LEADING_ON = {
    "codes.opened_again",
    "threads.find",
    "following.first_unread",
    "arranging.ideas",
    "consents.renew_form",
}  # to other pages
AFTER_A_FORM = {"moderation.receipt", "own_address.wait", "codes.wait"}  # they answer only there: see tests/web
NOT_PAGES = (
    {"static", "health.live", "health.ready", "health.metrics", "my_data.download", "pictures.show"}
    | {"pictures.judged"}
    | {f"programme.papers.{name}_pdf" for name in ("programme", "edition", "measure")}
    | LEADING_ON
    | AFTER_A_FORM
    | {f"programme.editions.{name}" for name in ("index_data", "data", "table")}
    | {f"open_data.{name}" for name in ("programme", "programme_table", "budget", "budget_table")}
)


def page_endpoints(endpoints: Iterable[str]) -> set[str]:
    """Those that answer a GET with a page."""
    return {name for name in endpoints if name not in NOT_PAGES and name.partition(".")[0] not in DOCUMENTS}


def addresses(commune: Commune) -> Mapping[str, tuple[str, ...]]:
    """The paths to try for each endpoint, in the content of this commune."""
    with commune.reading() as site:
        rows = site.session.scalars(select(Thread).order_by(Thread.id)).all()
        on_measure = next(row for row in rows if row.measure is not None)
        daily = next(row for row in rows if row.measure is None)
        posts = site.session.scalars(select(Post).order_by(Post.id)).all()
        own = next(post for post in posts if post.author.name == RESIDENT and not post.deleted_at)
        known_outside = next(post.author.uri for post in posts if post.host != own.host).rsplit("/", 1)[1]
        edited = next(post for post in posts if post.edited_at and not post.deleted_at)
        page = programme_pages.measure_page(site, ADAPTED)
        ours, base = page.standing.current.digest, page.standing.base.digest
        peer = site.session.scalars(select(Peer.id).order_by(Peer.id)).first()
        theme, own_thread = page.theme.slug, own.thread.key
    measure, message = f"/programme/{ADAPTED}", f"/messages/{own.key}"
    comparison = f"{measure}/comparaison?de={base}&a={ours}"
    return {
        "front.home": ("/",),
        "programme.index": ("/programme",),
        "programme.theme": (f"/programme/themes/{theme}",),
        "programme.text": (measure, f"/programme/{COMMON}"),
        "programme.budget": (f"{measure}/budget",),
        "programme.pricing.ours": (f"{measure}/budget/chiffrer",),
        "programme.pricing.common": (f"{measure}/budget/chiffrer-texte-commun",),
        "programme.pricing.whole": ("/budget",),
        "programme.discussion": (f"{measure}/discussion", f"/programme/{COMMON}/discussion"),
        "programme.history": (f"{measure}/historique",),
        "programme.elsewhere": (f"{measure}/communes",),
        "programme.version": (f"{measure}/versions/{base}",),
        "programme.comparison.show": (
            comparison,
            f"{comparison}&vue=suivi",
            f"{measure}/comparaison?de={base}&a={base}",
        ),
        "programme.adaptation.adapt": (f"{measure}/adapter",),
        "programme.adaptation.revise": (f"{measure}/reviser",),
        "programme.adaptation.confirm_adoption": (f"{measure}/reprendre",),
        "programme.taking.choose": (f"/programme/{EVOLVED}/changements", f"{measure}/changements"),
        "programme.setting_aside.form": (f"{measure}/ecarter",),
        "programme.ours.index": ("/programme/notre-programme",),
        "programme.ours.order": ("/programme/notre-programme/ordre",),
        "programme.improvements.index": ("/ameliorations",),
        "programme.improvements.of_measure": (f"{measure}/ameliorations",),
        "programme.improvements.show": (f"{measure}/ameliorations/{_improvement(commune)}",),
        "programme.improvements.form": (f"{measure}/ameliorer",),
        "programme.improvements.drafting.group_form": ("/ameliorations/atelier",),
        "programme.improvements.drafting.together_form": (f"{measure}/ameliorations/ensemble",),
        "programme.editions.index": ("/programme/editions",),
        "programme.editions.show": ("/programme/editions/2026-1",),
        "programme.editions.changes": ("/programme/editions/2026-1/changements",),
        "programme.editions.measure": (f"/programme/editions/2026-1/{COMMON}",),
        "programme.editions.form": ("/programme/editions/publier",),
        "programme.papers.programme": ("/programme/notre-programme/papier",),
        "programme.papers.programme_text": ("/programme/notre-programme/papier.html",),
        "programme.papers.edition": ("/programme/editions/2026-1/papier",),
        "programme.papers.edition_text": ("/programme/editions/2026-1/papier.html",),
        "programme.papers.measure": (f"{measure}/papier",),
        "programme.papers.measure_text": (f"{measure}/papier.html",),
        "programme.local.form": ("/programme/notre-programme/ajouter",),
        "threads.open_on_measure": (f"{measure}/ouvrir",),
        "threads.daily": ("/quotidien",),
        "threads.open_daily": ("/quotidien/ouvrir",),
        "threads.show": (f"/discussions/{on_measure.key}", f"/discussions/{daily.key}"),
        "threads.reply_form": (
            f"/discussions/{on_measure.key}/repondre",
            f"/discussions/{own_thread}/repondre?a={own.key}",
        ),
        "polls.form": (f"/discussions/{own_thread}/sondage",),
        "threads.whole": (f"{message}/entier",),
        "threads.history": (f"/messages/{edited.key}/historique",),
        "threads.version": (f"/messages/{edited.key}/historique/1",),
        "threads.edit_form": (f"{message}/modifier",),
        "threads.delete_form": (f"{message}/supprimer",),
        "accounts.sign_in": ("/connexion",),
        "accounts.by_password": ("/connexion/mot-de-passe",),
        "codes.link": ("/connexion/lien/deja-servi",),
        "own_sessions.index": ("/mon-compte/sessions",),
        "own_address.index": ("/mon-compte/adresse",),
        "own_address.link": ("/mon-compte/adresse/lien/deja-servi",),
        "pages.consent": ("/consentement", "/consentement/1", "/consentement/2", "/consentement/3"),
        "consents.index": ("/mon-compte/accord",),
        "accounts.register": ("/inscription",),
        "accounts.mine": ("/mon-compte",),
        "profiles.show": (f"/personnes/{own.author.uri.rsplit('/', 1)[1]}", f"/personnes/{known_outside}"),
        "notices.index": ("/notifications",),
        "arranging.category": ("/quotidien/idees", "/quotidien/voirie-et-travaux"),
        "arranging.form": (f"/discussions/{daily.key}/ranger", f"/discussions/{on_measure.key}/ranger"),
        "my_data.index": ("/mon-compte/donnees",),
        "my_data.leave_form": ("/mon-compte/quitter",),
        "search.index": ("/recherche", "/recherche?q=le+banc&quoi=discussion", "/recherche?q=introuvablement"),
        "grants.show": (f"/administration/personnes/{own.author_id}",),
        "grants.name_form": ("/mon-compte/nom",),
        "passkeys.index": ("/mon-compte/cles",),
        "following.index": ("/mes-discussions",),
        "people.index": ("/administration/personnes",),
        "health.index": ("/administration/sante",),
        "mail.index": ("/administration/courrier",),
        "mail.demonstration": ("/demonstration/courrier",),
        "network.index": ("/reseau",),
        "network.communes": ("/reseau/communes",),
        "network.decisions": ("/reseau/decisions",),
        "network.admin.peer.show": (f"/administration/reseau/{peer}",),
        "network.admin.index": ("/administration/reseau",),
        "network.admin.relays.passed_on": ("/administration/reseau/relais",),
        "network.admin.keys.index": ("/administration/reseau/cles",),
        "network.admin.relays.programme": ("/administration/reseau/programme",),
        "moderation.report_form": (f"/messages/{own.key}/signaler",),
        "moderation.queue": ("/moderation",),
        "moderation.examine": (f"/moderation/messages/{own.key}",),
        "moderation.log": ("/moderation/journal",),
        "moderation.mine": ("/mon-compte/moderation",),
        "pages.legal": ("/mentions-legales",),
        "pages.charter": ("/charte",),
        "open_data.index": ("/donnees",),
        "pages.help": ("/aide",),
        "pages.accessibility": ("/accessibilite",),
        "pages.display": ("/affichage",),
    }


def _improvement(commune: Commune) -> str:
    """The digest of an improvement that this commune proposes."""
    with commune.transaction() as site:
        page = programme_pages.measure_page(site, ADAPTED)
        found = improvements.ours_against_common(page)
        assert found is not None
        ticked = frozenset(found.keys)
        proposal = Proposal(
            found.common.digest, found.other.digest, ticked, "essential", "Le mardi est jour de marché."
        )
        return improvements.propose(site, admin_of(site), page.measure, proposal).digest
