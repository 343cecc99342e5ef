"""What every activity of a journal is asked: who says it, and whose it is."""

from pop_forum.errors import InvalidInput
from pop_forum.federation import shapes
from pop_forum.federation.identifiers import Host, ObjectId, authority
from pop_forum.federation.strict_json import JsonObject


def own_object(found: JsonObject, actor: ObjectId, host: Host) -> ObjectId:
    """The id of an object that the actor says is hers: of the same site, attributed to her alone."""
    uri = shapes.id_at(found, "id")
    same_authority(host, object=uri)
    if shapes.id_at(found, "attributedTo") != actor:
        raise InvalidInput("attributedTo is another than the actor")
    return uri


def same_authority(host: Host, **identifiers: ObjectId) -> None:
    """Refuses what one site says in the name of another."""
    for name, identifier in identifiers.items():
        if authority(identifier) != host:
            raise InvalidInput(f"{name} is of {authority(identifier)}, in the journal of {host}")


def only(actor: ObjectId, expected: ObjectId, what: str) -> None:
    """Refuses what another actor says."""
    if actor != expected:
        raise InvalidInput(f"the actor of {what} must be {expected}")
