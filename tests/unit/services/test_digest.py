"""The digest that communes compare: a difference in any column that readers see changes it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select, update

from pop_forum.commune import Commune
from pop_forum.federation.activities import (
    EditionPublished,
    GroupSettled,
    MeasureSetAside,
    MemberListed,
    OpinionGiven,
    PersonDeclared,
    SupportGiven,
)
from pop_forum.federation.editions import Edition as Frozen
from pop_forum.federation.images import Image
from pop_forum.models import (
    DraftingGroup,
    Edition,
    ImprovementOpinion,
    Member,
    Person,
    Post,
    PostPicture,
    PostVersion,
    Revision,
    Stance,
    Support,
    Thread,
)
from pop_forum.services import digest, state_parts
from pop_forum.services.site import Site
from tests.network import START
from tests.unit.services.scribe import Scribe

# Every column of what is shared: those that readers see, and those that are of one site only or follow from others.
SEEN: dict[type[Any], str] = {
    Person: "uri name role",
    Thread: "uri author_id title board measure block published poll",
    Post: "uri thread_id parent_uri author_id source published edited_at order_key epoch n deleted_at deleted_by",
    PostVersion: "post_id title source written_at",
    PostPicture: "post_id position digest alt width height",
    Support: "object_uri host token active",
    Revision: "digest measure host role summary",
    Stance: "host measure kind digest reason at",
    Member: "issuer host name kind fingerprint active",
    Edition: "host id date title summary texts",
    DraftingGroup: "host editors quorum days at",
    ImprovementOpinion: "host editor digest outcome sentence at",
}
NOT_SEEN: dict[type[Any], str] = {
    Person: "id host form shared epoch n created_at",
    Thread: "id key host shared received_at active_at category pinned_at pinned_until closed_at",
    Post: "id key host opening html received_at erased_at pictures submission",
    PostVersion: "id html epoch n",
    PostPicture: "",
    Support: "id epoch n at",
    Revision: "title blocks budget parents author created epoch n received_at",  # the digest is of the first six
    Stance: "id epoch n",
    Member: "id epoch n at",
    Edition: "epoch n",
    DraftingGroup: "epoch n",
    ImprovementOpinion: "id epoch n",
}


# What peers do not compare in the night: former texts, and what follows from the rest.
NOT_COMPARED: dict[type[Any], str] = {PostVersion: "post_id title source written_at", Post: "order_key"}


def columns(model: type[Any]) -> set[str]:
    return {column.key for column in inspect(model).columns}


@pytest.mark.parametrize("model", SEEN, ids=lambda model: model.__name__)
def test_every_column_is_seen_by_readers_or_said_not_to_be(model: type[Any]) -> None:
    assert {*SEEN[model].split(), *NOT_SEEN[model].split()} == columns(model)


def written(commune: Commune) -> None:
    """A commune that holds at least one row of each kind, and two people, threads and messages."""
    forum, programme = Scribe(), Scribe(journal="programme")
    thread = forum.opens()
    forum.opens("autre")
    reply = forum.replies(thread, by="bob", images=(Image("ab" * 32, "Le banc", 60, 40),))
    forum.say(SupportGiven(reply, "cd" * 32), forum.commune)
    forum.say(PersonDeclared(forum.person("bob"), "Bob", "resident"), forum.person("bob"))
    with commune.reading() as site:
        measure = site.session.scalars(select(Revision.measure)).first()
        first = site.session.scalars(select(Revision.digest).where(Revision.measure == measure)).one()
    frozen = Frozen("2099-1", START.date(), "Une édition", ((measure, first),))
    programme.say(EditionPublished(frozen, "Pour voir."), programme.commune)
    programme.say(GroupSettled((forum.person(), forum.person("bob")), 2, 30), programme.at("/acteur"))
    programme.say(OpinionGiven(forum.host, first, forum.person(), "rework", "Pas encore."), programme.commune)
    programme.say(MeasureSetAside(measure, None, "Trop cher."), programme.commune)
    listed = MemberListed(forum.host, "Papier", "citoyenne", forum.root)
    programme.say(listed, programme.at("/acteur"))
    assert forum.brought_to(commune).accepted and programme.brought_to(commune).accepted
    with commune.transaction() as site:
        site.session.execute(update(Revision).values(host=forum.host))  # those of an edition are of nobody


def other(site: Site, model: type[Any], column: str, value: Any) -> Any:
    """Another value that may stand in this column."""
    if column.endswith("_id"):
        table = {"author_id": Person, "thread_id": Thread, "post_id": Post}[column]
        return site.session.scalars(select(table.id).where(table.id != value).order_by(table.id.desc())).first()
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case datetime():
            return value + timedelta(milliseconds=1)
        case date():
            return value + timedelta(days=1)
        case list():
            return [*value, *value]
        case None:
            return site.clock.now() if column.endswith("_at") else "x"
        case _:
            return f"{value}x"[-64:]


def test_a_difference_in_any_column_that_readers_see_changes_it(commune: Commune) -> None:
    written(commune)
    with commune.transaction() as site:
        before, compared = digest.shared_state(site)["all"], state_parts.digests(site)
        assert (digest.shared_state(site)["all"], state_parts.digests(site)) == (before, compared)
        for model in SEEN:
            key = inspect(model).primary_key
            last = site.session.execute(select(*key).order_by(*(column.desc() for column in key)).limit(1)).one()
            place = [column == value for column, value in zip(key, last, strict=True)]
            for column in SEEN[model].split():
                value = site.session.scalar(select(getattr(model, column)).where(*place))
                changed = {column: other(site, model, column, value)}
                with site.session.begin_nested() as trial:
                    site.session.execute(update(model).where(*place).values(changed))
                    assert digest.shared_state(site)["all"] != before, f"{model.__name__}.{column}"
                    is_told = column not in NOT_COMPARED.get(model, "").split()
                    assert (state_parts.digests(site) != compared) is is_told, f"{model.__name__}.{column} at night"
                    trial.rollback()
