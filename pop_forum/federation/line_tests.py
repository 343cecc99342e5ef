"""A test of the line between two communes: one asks, the other's worker answers with the time at which it was asked.

Neither is in a journal. A site that does not know them keeps them as refused, and nothing else happens.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from pop_forum.errors import InvalidInput
from pop_forum.federation import shapes
from pop_forum.federation import vocabulary as v
from pop_forum.federation.identifiers import ObjectId, authority, site_actor_id
from pop_forum.federation.strict_json import JsonObject
from pop_forum.federation.timestamps import to_text


@dataclass(frozen=True)
class Test:
    """One site asks another whether a letter comes through."""

    id: ObjectId
    actor: ObjectId
    target: ObjectId
    published: datetime

    __test__ = False  # not a test of pytest


@dataclass(frozen=True)
class Echo:
    """The answer: which test it answers, whose that was, and when it reached the one who answers, by its own clock."""

    id: ObjectId
    actor: ObjectId
    tested: ObjectId
    target: ObjectId
    received: datetime
    published: datetime


LineTest: TypeAlias = Test | Echo


def is_one(document: JsonObject) -> bool:
    """Whether a letter is a test or an answer to one."""
    return document.get("type") in (v.TEST, v.ECHO)


def build(document: LineTest) -> JsonObject:
    """The activity, without a proof."""
    envelope: JsonObject = {
        "@context": v.CONTEXT,
        "id": document.id,
        "actor": document.actor,
        "to": [document.target],
        "published": to_text(document.published),
    }
    if isinstance(document, Test):
        return {**envelope, "type": v.TEST, "object": document.target}
    return {**envelope, "type": v.ECHO, "object": document.tested, "pop:received": to_text(document.received)}


def parse(document: JsonObject) -> LineTest:
    """The test or its answer that an activity tells, one site's actor to another's. Raises InvalidInput."""
    actor, identifier = shapes.id_at(document, "actor"), shapes.id_at(document, "id")
    if authority(identifier) != authority(actor) or actor != site_actor_id(authority(actor)):
        raise InvalidInput("id and actor must be of one site, and the actor that of the site")
    published = shapes.time_at(document, "published")
    told = shapes.id_at(document, "object")
    if shapes.type_at(document) == v.TEST:
        return Test(identifier, actor, told, published)
    if shapes.type_at(document) != v.ECHO:
        raise InvalidInput("neither a test nor an answer to one")
    received = shapes.time_at(document, "pop:received")
    return Echo(identifier, actor, told, site_actor_id(authority(told)), received, published)
