"""What the entries of other communes change here: in any order, and only with the authority for it (attack rows)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.federation.activities import (
    COMMON,
    LOCAL,
    MeasureAdopted,
    MeasureReopened,
    MeasureSetAside,
    PersonDeclared,
    PollOpened,
    PostRestored,
    RevisionPublished,
    SupportGiven,
    SupportWithdrawn,
    ThreadOpened,
)
from pop_forum.federation.identifiers import ObjectId
from pop_forum.federation.revisions import Block, Revision, digest, measure_urn
from pop_forum.models import Entry, Person, Post, PostVersion, Stance, Support, Thread
from pop_forum.models import Revision as RevisionRow
from pop_forum.services import digest as state
from pop_forum.services import measures, messages, threads
from pop_forum.services.threads import ThreadDraft
from tests.network import START, acting, person
from tests.unit.services.scribe import OTHER, Scribe, entry, outcomes

URN = measure_urn("navette-a-la-demande")
TOKEN = "ab" * 32


def post(commune: Commune, uri: str) -> Post:
    with commune.reading() as site:
        return site.session.scalars(select(Post).where(Post.uri == uri)).one()


def is_known(commune: Commune, uri: str) -> bool:
    with commune.reading() as site:
        return site.session.scalar(select(Post.id).where(Post.uri == uri)) is not None


def digest_of(commune: Commune) -> str:
    with commune.reading() as site:
        return state.shared_state(site)["all"]


def has_poll(commune: Commune, uri: str) -> bool:
    with commune.reading() as site:
        return site.session.scalars(select(Thread.poll).where(Thread.uri == uri)).one()


# What waits


def test_a_reply_waits_for_its_thread_and_is_shown_once_it_comes(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    thread = other.at("/o/fil")
    uri = scribe.replies(thread)
    scribe.edits(uri, "Non.")
    scribe.brought_to(commune)
    assert outcomes(commune, scribe) == {1: "applied", 2: "waiting", 3: "waiting"}
    assert entry(commune, scribe, 2).waiting_on == thread
    other.opens()
    other.brought_to(commune)
    assert outcomes(commune, scribe) == {1: "applied", 2: "applied", 3: "applied"}
    assert post(commune, uri).source == "Non."


def test_a_reply_that_comes_before_its_parent_takes_its_place_below_it(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    thread = scribe.opens()
    child = scribe.replies(thread, "enfant", parent=other.at("/o/parent"))
    scribe.brought_to(commune)
    parent = other.replies(thread, "parent")
    other.brought_to(commune)
    assert post(commune, thread).order_key < post(commune, parent).order_key < post(commune, child).order_key


def test_replies_that_answer_each_other_in_a_circle_stop_nothing(commune: Commune) -> None:
    """Row 37."""
    scribe = Scribe()
    thread = scribe.opens()
    first = scribe.replies(thread, "un", parent=scribe.at("/o/deux"))
    second = scribe.replies(thread, "deux", parent=first)
    assert scribe.brought_to(commune).new == 4
    assert is_known(commune, first)
    assert is_known(commune, second)


def test_a_long_line_of_replies_whose_parent_comes_late_finds_its_place(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    thread = parent = scribe.opens()
    parent = other.at("/o/parent")
    for number in range(60):
        parent = scribe.replies(thread, f"n{number}", parent=parent)
    scribe.brought_to(commune)
    other.replies(thread, "parent")
    other.brought_to(commune)
    with commune.reading() as site:
        rows = list(site.session.scalars(select(Post).order_by(Post.order_key)))
    assert [row.uri.rsplit("/", 1)[1] for row in rows] == ["fil", "parent", *(f"n{number}" for number in range(60))]


def test_row_40_a_deletion_that_comes_before_its_message_hides_it_when_it_comes(commune: Commune) -> None:
    scribe, home = Scribe(), Scribe(OTHER)
    thread = home.at("/o/fil")
    uri = scribe.replies(thread)
    scribe.deletes(uri)
    scribe.brought_to(commune)
    home.opens()
    home.brought_to(commune)
    assert post(commune, uri).deleted_by == "author"


def test_a_poll_that_comes_before_its_discussion_is_told_once_it_comes(commune: Commune) -> None:
    scribe = Scribe()
    thread = scribe.at("/o/fil")
    scribe.say(PollOpened(thread))
    scribe.brought_to(commune)
    assert entry(commune, scribe, 2).waiting_on == thread
    scribe.opens()
    scribe.brought_to(commune)
    assert outcomes(commune, scribe) == {1: "applied", 2: "applied", 3: "applied"}
    assert has_poll(commune, thread)


def test_a_support_that_comes_before_its_message_counts_once_it_comes(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    uri = other.at("/o/fil")
    scribe.say(SupportGiven(uri, TOKEN), scribe.commune)
    scribe.brought_to(commune)
    before = digest_of(commune)
    other.opens()
    other.brought_to(commune)
    with commune.reading() as site:
        assert site.session.scalars(select(Support).where(Support.object_uri == uri)).one().active
    assert digest_of(commune) != before


def test_a_support_withdrawn_stays_withdrawn(commune: Commune) -> None:
    scribe = Scribe()
    uri = scribe.opens()
    scribe.say(SupportGiven(uri, TOKEN), scribe.commune)
    scribe.say(SupportWithdrawn(uri, TOKEN), scribe.commune)
    scribe.brought_to(commune)
    scribe.brought_to(commune)
    with commune.reading() as site:
        assert not site.session.scalars(select(Support)).one().active


def test_a_person_met_before_her_name_is_named_when_it_comes(commune: Commune) -> None:
    scribe = Scribe()
    scribe.opens()
    scribe.say(PersonDeclared(scribe.person(), "Alice", "resident"))
    scribe.say(PersonDeclared(scribe.person(), "Alice R.", "moderator", update=True))
    scribe.brought_to(commune)
    with commune.reading() as site:
        row = site.session.scalars(select(Person)).one()
    assert (row.name, row.role, row.host) == ("Alice R.", "moderator", scribe.host)


# Whose word counts


def test_row_17_a_message_with_an_id_of_another_commune_is_refused_and_the_real_one_still_comes(
    commune: Commune,
) -> None:
    forger, victim = Scribe(), Scribe(OTHER)
    author, uri = forger.person(), victim.at("/o/fil")
    forger.say(ThreadOpened(uri, author, "Faux", "Faux.", "<p>x</p>", "quotidien", None, START), author)
    forger.brought_to(commune)
    assert outcomes(commune, forger)[2] == "refused"
    assert not is_known(commune, uri)
    assert victim.opens() == uri
    victim.brought_to(commune)
    assert post(commune, uri).source == "Bonjour."


def test_row_19_a_message_with_an_id_of_ours_is_refused(commune: Commune) -> None:
    forger = Scribe()
    forger.at = lambda path: ObjectId(f"{commune.settings.base_url}{path}")  # type: ignore[method-assign]
    uri = forger.opens()
    forger.brought_to(commune)
    assert outcomes(commune, forger)[2] == "refused"
    assert not is_known(commune, uri)


def test_row_20_another_author_of_the_same_commune_cannot_change_a_message(commune: Commune) -> None:
    scribe = Scribe()
    uri = scribe.replies(scribe.opens())
    n = scribe.edits(uri, "Détourné.", by="bob")
    scribe.brought_to(commune)
    assert outcomes(commune, scribe)[n] == "refused"
    row = post(commune, uri)
    assert row.source == "Oui."
    with commune.reading() as site:
        assert site.session.get_one(Person, row.author_id).uri == scribe.person()


def test_row_20_a_message_cannot_be_written_again_by_another_author(commune: Commune) -> None:
    scribe = Scribe()
    thread = scribe.opens()
    uri = scribe.replies(thread)
    assert scribe.replies(thread, by="bob") == uri
    scribe.opens()
    scribe.brought_to(commune)
    assert list(outcomes(commune, scribe).values()) == ["applied", "applied", "applied", "refused", "refused"]


def test_row_20_only_who_opened_a_discussion_tells_of_a_poll_in_it(commune: Commune) -> None:
    scribe = Scribe()
    thread = scribe.opens()
    scribe.say(PollOpened(thread), scribe.person("bob"))
    scribe.say(PollOpened(thread), scribe.commune)
    scribe.brought_to(commune)
    assert not has_poll(commune, thread)
    assert outcomes(commune, scribe) == {1: "applied", 2: "applied", 3: "refused", 4: "refused"}


def test_row_21_another_author_can_neither_delete_nor_restore_a_message(commune: Commune) -> None:
    scribe = Scribe()
    uri = scribe.replies(scribe.opens())
    scribe.deletes(uri, scribe.person("bob"))
    scribe.brought_to(commune)
    assert post(commune, uri).deleted_by is None
    scribe.deletes(uri)
    scribe.say(PostRestored(uri, scribe.person("bob"), START), scribe.person("bob"))
    scribe.brought_to(commune)
    assert post(commune, uri).deleted_by == "author"


def test_row_21_only_the_commune_speaks_for_supports(commune: Commune) -> None:
    scribe = Scribe()
    n = scribe.say(SupportGiven(scribe.opens(), TOKEN), scribe.person())
    scribe.brought_to(commune)
    assert outcomes(commune, scribe)[n] == "refused"


def test_row_21_a_support_can_only_be_withdrawn_by_the_commune_that_gave_it(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    uri = scribe.opens()
    scribe.say(SupportGiven(uri, TOKEN), scribe.commune)
    other.say(SupportWithdrawn(uri, TOKEN), other.commune)
    scribe.brought_to(commune)
    other.brought_to(commune)
    with commune.reading() as site:
        active = {row.host: row.active for row in site.session.scalars(select(Support))}
    assert active == {scribe.host: True, other.host: False}


def test_row_32_a_commune_that_is_neither_the_author_s_nor_the_thread_s_cannot_moderate(commune: Commune) -> None:
    scribe, stranger = Scribe(), Scribe(OTHER)
    uri = scribe.replies(scribe.opens())
    scribe.brought_to(commune)
    stranger.deletes(uri, stranger.commune)
    stranger.brought_to(commune)
    assert post(commune, uri).deleted_by is None


def test_row_32_the_author_s_commune_can_moderate_and_undo_it(commune: Commune) -> None:
    scribe = Scribe()
    uri = scribe.replies(scribe.opens())
    scribe.deletes(uri, scribe.commune)
    scribe.brought_to(commune)
    assert post(commune, uri).deleted_by == "moderation"
    scribe.say(PostRestored(uri, scribe.commune, START), scribe.commune)
    scribe.brought_to(commune)
    assert post(commune, uri).deleted_by is None


def test_row_32_the_commune_of_the_thread_can_moderate(commune: Commune) -> None:
    scribe, home = Scribe(), Scribe(OTHER)
    uri = scribe.replies(home.opens())
    home.brought_to(commune)
    scribe.brought_to(commune)
    home.deletes(uri, home.commune)
    home.brought_to(commune)
    assert post(commune, uri).deleted_by == "moderation"


# Revisions


def revision(scribe: Scribe, text: str, *parents: str, created: str = "2026-11-23T09:00:00Z") -> Revision:
    return Revision(URN, parents, "La navette", (Block("b-1", "paragraph", text),), None, scribe.commune, created)


def publish(scribe: Scribe, told: Revision, role: str = "adaptation") -> int:
    return scribe.say(RevisionPublished(told, role, "Plus clair"), scribe.commune)


def edition(commune: Commune) -> str:
    with commune.reading() as site:
        return measures.common_revision(site, URN).digest


def test_row_33_a_revision_waits_for_its_parent_and_is_kept(commune: Commune) -> None:
    scribe, other = Scribe(journal="programme"), Scribe(OTHER, journal="programme")
    parent = revision(other, "Une.", edition(commune))
    child = revision(scribe, "Deux.", digest(parent))
    publish(scribe, child)
    scribe.say(MeasureAdopted(URN, digest(parent)), scribe.commune)
    scribe.brought_to(commune)
    assert outcomes(commune, scribe) == {1: "applied", 2: "waiting", 3: "waiting"}
    publish(other, parent)
    other.brought_to(commune)
    assert outcomes(commune, scribe) == {1: "applied", 2: "applied", 3: "applied"}
    with commune.reading() as site:
        stance = site.session.scalars(select(Stance).where(Stance.host == scribe.host)).one()
    assert (stance.kind, stance.digest, stance.n) == ("adopted", digest(parent), 3)


def test_what_a_commune_holds_is_its_last_word(commune: Commune) -> None:
    scribe = Scribe(journal="programme")
    publish(scribe, own := revision(scribe, "Une.", edition(commune)))
    for said, kind, held, reason in (
        (MeasureSetAside(URN, digest(own), "Un car passe."), "aside", digest(own), "Un car passe."),
        (MeasureAdopted(URN, digest(own)), "adapted", digest(own), None),
        (MeasureSetAside(URN, None, "Trop loin."), "aside", "", "Trop loin."),
        (MeasureReopened(URN), "undecided", "", None),
        (MeasureAdopted(URN, edition(commune)), "adopted", edition(commune), None),
    ):
        scribe.say(said, scribe.commune)
        scribe.brought_to(commune)
        with commune.reading() as site:
            stance = site.session.scalars(select(Stance).where(Stance.host == scribe.host)).one()
        assert (stance.kind, stance.digest, stance.reason) == (kind, held, reason)


def test_row_34_a_revision_by_another_author_than_its_publisher_is_refused(commune: Commune) -> None:
    scribe, other = Scribe(journal="programme"), Scribe(OTHER)
    publish(scribe, revision(other, "Au nom d’une autre.", edition(commune)))
    scribe.brought_to(commune)
    assert outcomes(commune, scribe)[2] == "refused"


def test_a_revision_of_another_measure_than_its_parent_is_refused(commune: Commune) -> None:
    scribe = Scribe(journal="programme")
    with commune.reading() as site:
        foreign = measures.common_revision(site, measure_urn("cantine-locale")).digest
    publish(scribe, revision(scribe, "Ailleurs.", foreign))
    n = scribe.say(MeasureAdopted(URN, foreign), scribe.commune)
    scribe.brought_to(commune)
    assert outcomes(commune, scribe) == {1: "applied", 2: "refused", n: "refused"}


@pytest.mark.parametrize("created", ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_row_36_the_date_of_a_revision_decides_nothing(commune: Commune, created: str) -> None:
    scribe = Scribe(journal="programme")
    publish(scribe, first := revision(scribe, "Une.", edition(commune), created=created))
    publish(scribe, last := revision(scribe, "Deux.", edition(commune)))
    scribe.brought_to(commune)
    with commune.reading() as site:
        assert site.session.scalars(select(Stance).where(Stance.host == scribe.host)).one().digest == digest(last)
        assert site.session.get_one(RevisionRow, digest(first)).created == created


def test_a_commune_that_is_not_the_programme_s_home_cannot_revise_the_common_text(commune: Commune) -> None:
    scribe, before = Scribe(journal="programme"), edition(commune)
    publish(scribe, revision(scribe, "Pour tout le monde.", before), COMMON)
    publish(scribe, revision(scribe, "À nous."), LOCAL)
    scribe.brought_to(commune)
    assert edition(commune) == before
    with commune.reading() as site:
        assert [row.digest for row in measures.common_heads(site, URN)] == [before]


# Replays


def test_row_38_an_edit_that_was_overtaken_changes_nothing(commune: Commune) -> None:
    scribe = Scribe()
    uri = scribe.replies(scribe.opens())
    n = scribe.edits(uri, "Ancien.")
    scribe.edits(uri, "Nouveau.")
    scribe.brought_to(commune)
    with commune.transaction() as site:
        row = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        late = messages.Writing("Ancien.", "<p>Ancien.</p>")
        messages.put_edit(site, row, late, edited_at=START, stamp=messages.Stamp(1, n))
    assert post(commune, uri).source == "Nouveau."
    with commune.reading() as site:
        assert len(site.session.scalars(select(PostVersion).where(PostVersion.post_id == row.id)).all()) == 4


def test_row_39_a_message_written_again_after_its_deletion_stays_deleted(commune: Commune) -> None:
    scribe = Scribe()
    thread = scribe.opens()
    uri = scribe.replies(thread)
    scribe.deletes(uri)
    scribe.replies(thread)
    scribe.edits(uri, "Me revoilà.")
    scribe.brought_to(commune)
    assert post(commune, uri).deleted_by == "author"


# Local content


def test_the_network_cannot_touch_local_content(commune: Commune) -> None:
    author = person(commune, "Huguette P.")
    with acting(commune, author) as (site, who):
        uri = threads.open_thread(site, who, ThreadDraft("Entre nous", "Local.", None, shared=False)).uri
    scribe, before = Scribe(), digest_of(commune)
    scribe.replies(uri)
    scribe.say(SupportGiven(ObjectId(uri), TOKEN), scribe.commune)
    scribe.brought_to(commune)
    assert list(outcomes(commune, scribe).values()) == ["applied", "waiting", "waiting"]
    with commune.reading() as site:
        assert site.session.scalars(select(Support)).all() == []
        assert len(site.session.scalars(select(Post)).all()) == len(site.session.scalars(select(Thread)).all()) == 1
    assert digest_of(commune) == before


# One kind, one journal


@pytest.mark.parametrize("journal", ["forum", "programme"])
def test_each_kind_of_fact_is_refused_in_the_other_journal(commune: Commune, journal: str) -> None:
    scribe = Scribe(journal=journal)
    scribe.opens()
    scribe.say(RevisionPublished(revision(scribe, "Un autre texte."), "adaptation", "Pour voir."), scribe.commune)
    scribe.brought_to(commune)
    with commune.reading() as site:
        outcomes = {entry.n: entry.outcome for entry in site.session.scalars(select(Entry)) if entry.outcome != "own"}
    assert outcomes == {1: "applied", 2: "applied" if journal == "forum" else "refused", 3: outcomes[3]}
    assert (outcomes[3] == "refused") == (journal == "forum")


def test_a_measure_in_the_name_of_another_host_is_refused(commune: Commune) -> None:
    scribe = Scribe(journal="programme")
    foreign = replace(revision(scribe, "Texte."), measure=f"urn:pop:{OTHER}:abc")
    scribe.say(RevisionPublished(foreign, "local", "Pour voir."), scribe.commune)
    scribe.brought_to(commune)
    with commune.reading() as site:
        taken = site.session.scalars(select(Entry.outcome).where(Entry.n == 2, Entry.outcome != "own")).all()
    assert taken == ["refused"]
