"""The shapes of the data files, as JSON Schema (2020-12): what each key is, and which may be null."""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

ADDRESS: Schema = {"type": "string", "format": "uri"}
INSTANT: Schema = {"type": "string", "format": "date-time", "description": "UTC, to the second or the millisecond"}
DAY: Schema = {"type": "string", "format": "date"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
EUROS: Schema = {"type": "integer", "description": "whole euros; below 0 is a gain"}
YES: Schema = {"type": "boolean"}
ANYTHING: Schema = {"type": "object"}
DIGEST: Schema = {"type": "string", "description": "of the text: the same words have the same digest everywhere"}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def several(schema: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": schema}


def one_of(*words: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


def thing(**keys: Schema) -> Schema:
    """An object with exactly these keys."""
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}


def ref(name: str) -> Schema:
    """The schema by this name."""
    return {"$ref": f"#/components/schemas/{name}"}


STANDING: Mapping[str, Schema] = {
    "title": TEXT,
    "state": one_of("common", "adopted", "adapted", "local", "aside", "foreign"),
    "differences": COUNT,
    "version": COUNT,
    "published": INSTANT,
    "digest": DIGEST,
    "budget": maybe(ANYTHING),
}
ENDS = thing(low=EUROS, high=EUROS)
STATED = {"source": TEXT, "date": DAY}
EDITION: dict[str, Schema] = {
    "id": TEXT,
    "date": DAY,
    "title": TEXT,
    "summary": TEXT,
    "measures": COUNT,
    "digest": DIGEST,
    "url": ADDRESS,
}
ITEMS: Mapping[str, Schema] = {
    "Measure": thing(theme=TEXT, **STANDING, url=ADDRESS, data=ADDRESS),
    "Version": thing(
        id=ADDRESS, url=ADDRESS, digest=DIGEST, number=COUNT, commune=maybe(TEXT), common=YES, published=INSTANT,
        title=TEXT, text=several(TEXT), reason=TEXT, parents=several(DIGEST), budget=maybe(ANYTHING),
    ),
    "Discussion": thing(
        url=ADDRESS, data=ADDRESS, id=ADDRESS, title=TEXT, author=TEXT, commune=TEXT, category=maybe(TEXT),
        measure=maybe(TEXT), published=INSTANT, active=INSTANT, replies=COUNT, closed=YES,
    ),
    "Message": thing(
        id=ADDRESS, url=ADDRESS, author=TEXT, commune=TEXT, published=INSTANT, edited=maybe(INSTANT),
        answers=maybe(ADDRESS), markdown=TEXT, html=TEXT,
    ),
    "Writing": thing(
        url=ADDRESS, id=ADDRESS, discussion=ADDRESS, title=TEXT, opening=YES, commune=TEXT, published=INSTANT
    ),
    "Act": thing(
        act=TEXT, reason=maybe(TEXT), sentence=TEXT, at=INSTANT, until=maybe(INSTANT), discussion=maybe(TEXT),
        url=maybe(ADDRESS),
    ),
    "Commune": thing(name=TEXT, host=TEXT, state=TEXT, reason=TEXT, url=ADDRESS),
    "Decision": thing(name=TEXT, host=TEXT, state=TEXT, reason=TEXT, at=INSTANT),
    "Improvement": thing(
        url=ADDRESS, digest=DIGEST, measure=TEXT, commune=TEXT, reason=TEXT, need=TEXT, at=INSTANT, due=INSTANT,
        overdue=YES, outcome=maybe(TEXT), sentence=TEXT, answered=maybe(INSTANT), result=maybe(DIGEST),
    ),
    "Error": thing(error=TEXT, code=TEXT),
    "Edition": thing(**EDITION),
    "EditionText": thing(
        id=TEXT, theme=TEXT, title=TEXT, text=several(TEXT), digest=DIGEST, budget=maybe(ANYTHING), version=ADDRESS,
        url=ADDRESS,
    ),
    "Change": thing(
        id=TEXT, title=TEXT, before=maybe(DIGEST), after=maybe(DIGEST),
        passages={"type": "object", "additionalProperties": COUNT}, title_changed=YES, budget_changed=YES,
        communes=several(TEXT),
    ),
    "Cost": thing(
        url=ADDRESS, title=TEXT, answer=maybe(one_of("amounts", "unknown", "unread")), estimated_by=maybe(TEXT),
        net_once=maybe(ENDS), net_yearly=maybe(ENDS), sheet=maybe(ANYTHING), digest=DIGEST,
    ),
}  # fmt: skip
WHOLE: Mapping[str, Schema] = {
    "/programme.json": thing(
        commune=TEXT, url=ADDRESS, edition=maybe(thing(id=TEXT, date=DAY)), measures=several(ref("Measure"))
    ),
    "/budget.json": thing(
        commune=TEXT, url=ADDRESS, population=COUNT, capacity=maybe(thing(yearly=COUNT, **STATED)),
        fctva=maybe(thing(percent=TEXT, **STATED)), years=several(thing(year=COUNT, low=EUROS, high=EUROS)),
        undated=thing(once=maybe(ENDS), yearly=maybe(ENDS)), priced=COUNT, unpriced=COUNT, partial=COUNT,
        borrowed=COUNT, measures=several(ref("Cost")),
    ),
    "/programme/editions.json": thing(url=ADDRESS, editions=several(ref("Edition"))),
    "/programme/editions/{edition}.json": thing(
        **EDITION,
        texts=several(ref("EditionText")),
        since=maybe(thing(id=TEXT, same=COUNT, changed=several(ref("Change")))),
    ),
}  # fmt: skip
# Of each list: what it is called, what an item is, and what is told of the list itself.
LISTS: Mapping[str, tuple[str, str, Mapping[str, Schema]]] = {
    "/quotidien": ("discussions", "Discussion", {}),
    "/quotidien/{slug}": ("discussions", "Discussion", {"category": TEXT}),
    "/discussions/{key}": (
        "messages", "Message", {"id": ADDRESS, "title": TEXT, "commune": TEXT, "measure": maybe(TEXT),
                                "published": INSTANT},
    ),
    "/programme/themes/{slug}": ("measures", "Measure", {"theme": TEXT}),
    "/programme/{slug}": ("versions", "Version", {"id": TEXT, "theme": TEXT, **STANDING}),
    "/programme/{slug}/discussion": ("discussions", "Discussion", {"measure": TEXT}),
    "/ameliorations": ("improvements", "Improvement", {}),
    "/programme/{slug}/ameliorations": ("improvements", "Improvement", {"id": TEXT}),
    "/personnes/{key}": (
        "messages", "Writing", {"id": ADDRESS, "name": TEXT, "commune": TEXT, "badge": maybe(TEXT)},
    ),
    "/moderation/journal": ("acts", "Act", {"warnings": COUNT, "suspensions": COUNT}),
    "/reseau": ("communes", "Commune", {"commune": TEXT, "host": TEXT}),
    "/reseau/decisions": ("decisions", "Decision", {}),
}  # fmt: skip


def listed(name: str, item: str, about: Mapping[str, Schema]) -> Schema:
    """One page of a list."""
    following = {"page": {"type": "integer", "minimum": 1}, "pages": {"type": "integer", "minimum": 1}}
    return thing(url=ADDRESS, **about, **following, next=maybe(ADDRESS), complete=YES, **{name: several(ref(item))})
