"""The words of a document for paper, in the language of the site: our programme, an edition, one measure."""

from collections.abc import Iterable

from flask_babel import force_locale, gettext, ngettext

from pop_forum.domain.french import format_date, in_paris, printed
from pop_forum.domain.paper import Group, Part, Sheet
from pop_forum.models import Revision
from pop_forum.services import budget_pages, editions, our_programme, programme_pages
from pop_forum.services.programme_pages import Standing
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of, published_at
from pop_forum.settings.model import Instance, Kind
from pop_forum.web.budget_words import cost_sentence
from pop_forum.web.language import language


def of_programme(site: Site) -> Sheet:
    """« Notre programme », its measures in our order."""
    with force_locale(site.settings.languages[0]):
        held = our_programme.ours(site).held
        parts = tuple(
            _part(site, line.standing.current, f"/programme/{line.slug}", _standing(line.standing)) for line in held
        )
        count = ngettext("%(num)s mesure", "%(num)s mesures", len(parts))
        lines = (gettext("%(measures)s, dans l’ordre que notre commune a choisi.", measures=count),)
        none = gettext("Notre commune n’a encore repris ni adapté aucune mesure.")
        groups = (Group("", "" if parts else none, parts),)
        return _sheet(
            site, "/programme/notre-programme", gettext("Notre programme"), lines, groups, contents=bool(parts)
        )


def of_edition(site: Site, name: str) -> Sheet:
    """An edition of the common programme, theme by theme. Raises NotFound."""
    with force_locale(site.settings.languages[0]):
        page = editions.page(site, name)
        title = gettext("Programme commun : %(title)s (%(id)s)", title=printed(page.edition.title), id=page.edition.id)
        address = f"/programme/editions/{name}"
        groups = tuple(
            Group(
                f"{group.theme.position}. {printed(group.theme.title)}",
                printed(group.theme.summary),
                tuple(_part(site, text.revision, f"{address}/{text.measure.slug}", "") for text in group.texts),
            )
            for group in page.groups
        )
        dated = gettext("Texte figé le %(date)s.", date=format_date(page.edition.date, language()))
        stamp = gettext("Empreinte : %(digest)s", digest=page.digest)
        return _sheet(site, address, title, (dated, stamp), groups, contents=True)


def of_measure(site: Site, slug: str) -> Sheet:
    """A measure in the text that our commune holds, or in the common text. Raises NotFound."""
    with force_locale(site.settings.languages[0]):
        page = programme_pages.measure_page(site, slug)
        current = page.standing.current
        part = _part(site, current, f"/programme/{slug}", _standing(page.standing))
        theme = gettext("Thème : %(title)s", title=printed(page.theme.title))
        body = Part("", part.note, part.passages, part.closing, part.url, part.address)
        groups = (Group("", "", (body,)),)
        return _sheet(site, f"/programme/{slug}", printed(current.title), (theme,), groups, contents=False)


def _sheet(
    site: Site, path: str, title: str, lines: Iterable[str], groups: tuple[Group, ...], *, contents: bool
) -> Sheet:
    settings, url = site.settings, site.url(path)
    return Sheet(
        title=title,
        subtitle=settings.name,
        author=settings.keeper,
        language=language(),
        lines=tuple(lines),
        groups=groups,
        contents=gettext("Sommaire") if contents else "",
        code=gettext("À lire et à discuter en ligne :"),
        code_alt=gettext("Code QR qui mène à %(address)s", address=_typed(url)),
        url=url,
        address=_typed(url),
        imprint=gettext("Mentions"),
        imprint_lines=_imprint(settings),
    )


def _part(site: Site, revision: Revision, path: str, note: str) -> Part:
    url, day = site.url(path), format_date(in_paris(published_at(revision)).date(), language())
    version = gettext("Texte du %(date)s, empreinte %(digest)s.", date=day, digest=revision.digest.split(":")[-1][:12])
    costs = cost_sentence(budget_pages.costs(site, revision.budget))
    passages = tuple(printed(block.text) for block in blocks_of(revision))
    return Part(printed(revision.title), note, passages, (costs, version), url, _typed(url))


def _standing(standing: Standing) -> str:
    """What our commune made of the measure, as a sentence."""
    told = {
        "adopted": gettext("Notre commune reprend le texte commun."),
        "adapted": gettext("Notre commune a adapté le texte commun."),
        "local": gettext("Notre commune a ajouté cette mesure."),
        "aside": gettext("Notre commune a écarté cette mesure ; voici le texte commun."),
    }
    return str(told.get(standing.kind, gettext("Notre commune n’a encore rien décidé ; voici le texte commun.")))


def _imprint(settings: Instance) -> tuple[str, ...]:
    """Who publishes the document, and what the law asks of what is handed out in the street."""
    kept = {
        Kind.MUNICIPALE: gettext("Site municipal, tenu par %(keeper)s.", keeper=settings.keeper),
        Kind.PARTISANE: gettext(
            "Site partisan, tenu par %(keeper)s. Ce n’est pas le site de la mairie.", keeper=settings.keeper
        ),
    }.get(
        settings.kind,
        gettext("Site citoyen, tenu par %(keeper)s. Ce n’est pas le site de la mairie.", keeper=settings.keeper),
    )
    legal = gettext("Mentions légales : %(address)s", address=_typed(f"{settings.base_url}/mentions-legales"))
    return (kept, legal, gettext("Ne pas jeter sur la voie publique."), *settings.imprint)


def _typed(url: str) -> str:
    """The address as a person types it."""
    return url.partition("://")[2]
