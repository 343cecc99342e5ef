"""The actors of this site as ActivityPub documents: the site, the commune, its people, its measures, daily life."""

from pop_forum.federation import handshake
from pop_forum.federation import vocabulary as v
from pop_forum.federation.identifiers import ObjectId, commune_id, origin
from pop_forum.federation.keys import proof_key_id, rsa_key_id
from pop_forum.federation.strict_json import JsonObject
from pop_forum.models import Measure, Person
from pop_forum.services import identity, programme_pages
from pop_forum.services.site import Site

ORGANIZATION = "Organization"
GROUP = "Group"


def site_actor(site: Site) -> JsonObject:
    """The site itself, by which other communes recognise it."""
    return handshake.site_actor(identity.own_actor(site))


def commune(site: Site) -> JsonObject:
    """The commune, author of its versions and of what its moderators decide."""
    return {
        **_actor(site, commune_id(site.settings.host), ORGANIZATION, site.settings.name, "commune", "/"),
        "pop:insee": site.settings.insee,
        "pop:kind": str(site.settings.kind),
    }


def person(site: Site, row: Person) -> JsonObject:
    """A person: her name and her role here, nothing else; the address holds no name, so the user name has none."""
    key = row.uri.rsplit("/", 1)[1]
    return {**_actor(site, ObjectId(row.uri), v.PERSON, row.name, key, f"/personnes/{key}"), "pop:role": row.role}


def measure(site: Site, row: Measure) -> JsonObject:
    """The Group of a measure here; an adaptation names the Group whose text it adapts."""
    page = programme_pages.measure_page(site, row.slug)
    title = page.standing.current.title
    document = _actor(site, measure_id(site, row), GROUP, title, row.slug.replace("-", "_"), f"/programme/{row.slug}")
    document["summary"] = programme_pages.first_words(page.standing.current)
    document["pop:measure"] = row.urn
    if page.standing.kind == "adapted" and not site.settings.is_programme_home:
        document["pop:adaptationOf"] = f"{origin(site.settings.programme.home)}/m/{row.slug}"
    return document


def daily_life(site: Site) -> JsonObject:
    """The Group of what is not tied to a measure."""
    name = f"Quotidien, {site.settings.name}"
    return _actor(site, ObjectId(site.url("/g/quotidien")), GROUP, name, "quotidien", "/quotidien")


def measure_id(site: Site, row: Measure) -> ObjectId:
    """The id of a measure's Group here."""
    return ObjectId(site.url(f"/m/{row.slug}"))


def _actor(site: Site, actor: ObjectId, type_: str, name: str, username: str, page: str) -> JsonObject:
    """The members that all actors have; each publishes the site's keys under its own id."""
    valid = identity.valid_keys(site)
    return {
        "@context": v.ACTOR_CONTEXT,
        "id": actor,
        "type": type_,
        "name": name,
        "preferredUsername": username,
        "inbox": handshake.inbox_url(site.settings.host),
        "url": site.url(page),
        "publicKey": {"id": rsa_key_id(actor), "owner": actor, "publicKeyPem": valid[0].rsa_pem},
        "assertionMethod": [
            {
                "id": proof_key_id(actor, key.number),
                "type": "Multikey",
                "controller": actor,
                "publicKeyMultibase": key.ed25519,
            }
            for key in valid
        ],
    }
