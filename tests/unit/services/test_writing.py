"""What people of this commune may write and decide; what stays here; what is cleared with time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.permissions import VISITOR, Role, Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from pop_forum.models import Attempt, Entry, Measure, Person, Post, Revision, SignIn, Thread
from pop_forum.services import accounts, measures, replies, sign_ins, threads
from pop_forum.services.attempts import count_act
from pop_forum.services.measures import MeasureDraft
from pop_forum.services.site import Site
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, acting, person

MODERATOR = Viewer(0, Role.MODERATOR)


@pytest.fixture
def author(commune: Commune) -> int:
    return person(commune, "Huguette P.")


def opened(site: Site, who: Person, *, shared: bool = True) -> tuple[Thread, Post]:
    thread = threads.open_thread(site, who, ThreadDraft("La place", "Texte.", None, shared))
    return thread, site.session.scalars(select(Post).where(Post.uri == thread.uri)).one()


def somebody_else(site: Site) -> Person:
    return accounts.create_account(site, "Karim B.", "karim@exemple.fr", "-", Role.RESIDENT).person


def me(who: Person) -> Viewer:
    return Viewer(who.id, Role.RESIDENT)


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        (ThreadDraft(" ", "Texte.", None, True), InvalidInput),
        (ThreadDraft("Titre", "\n", None, True), InvalidInput),
        (ThreadDraft("x" * 10_000, "Texte.", None, True), TooLarge),
        (ThreadDraft("Titre", "x" * 100_000, None, True), TooLarge),
        (ThreadDraft("Titre", "Texte.", "urn:pop:programme-commun:rien", True), NotFound),
        (ThreadDraft("Titre", "Texte.", "' OR 1=1 --", True), InvalidInput),
    ],
)
def test_a_thread_that_says_nothing_or_too_much_is_refused(
    commune: Commune, author: int, draft: ThreadDraft, error: type[Exception]
) -> None:
    with pytest.raises(error), acting(commune, author) as (site, who):
        threads.open_thread(site, who, draft)
    with commune.reading() as site:
        assert site.session.scalars(select(Post)).all() == []


@pytest.mark.parametrize("viewer", [VISITOR, MODERATOR, ADMIN])
def test_nobody_edits_another_person_s_words(commune: Commune, author: int, viewer: Viewer) -> None:
    with acting(commune, author) as (site, who):
        _, post = opened(site, who)
        with pytest.raises(Forbidden):
            threads.edit(site, viewer, post, "Autre.")


def test_only_the_author_and_who_keeps_order_delete_and_each_restores_only_their_own_deletion(
    commune: Commune, author: int
) -> None:
    with acting(commune, author) as (site, who):
        _, post = opened(site, who)
        for stranger in (VISITOR, Viewer(who.id + 1, Role.RESIDENT)):
            with pytest.raises(Forbidden):
                threads.delete(site, stranger, post)
        threads.delete(site, MODERATOR, post)
        with pytest.raises(Forbidden):
            threads.restore(site, me(who), post)
        threads.restore(site, MODERATOR, post)
        threads.delete(site, me(who), post)
        with pytest.raises(Forbidden):
            threads.restore(site, MODERATOR, post)
        for again in (threads.delete, lambda s, v, p: threads.edit(s, v, p, "Encore.")):
            with pytest.raises(Forbidden):
                again(site, me(who), post)
        threads.restore(site, me(who), post)
        assert post.deleted_at is None


def test_somebody_of_another_commune_writes_nothing_here(commune: Commune, author: int) -> None:
    with acting(commune, author) as (site, who):
        thread, post = opened(site, who)
        stranger = Person(
            uri="http://pont-hervel.localhost:8080/p/aaaa",
            host="pont-hervel.localhost:8080",
            name="Passante",
            role="admin",
            created_at=site.clock.now(),
        )
        site.session.add(stranger)
        site.session.flush()
        acts: list[Callable[[], object]] = [
            lambda: opened(site, stranger),
            lambda: threads.reply(site, stranger, thread, "Oui."),
            lambda: threads.support(site, stranger, post),
            lambda: threads.withdraw_support(site, stranger, post),
        ]
        for act in acts:
            with pytest.raises(Forbidden):
                act()
        site.session.refresh(post)
        assert site.session.scalars(select(Post)).all() == [post]


def test_a_visitor_cannot_reply(commune: Commune, author: int) -> None:
    with acting(commune, author) as (site, who):
        thread, _ = opened(site, who)
        place, writing = replies.find_place(site, thread.key), threads.written(site.settings, "Oui.")
        with pytest.raises(Forbidden):
            replies.write(site, replies.Author(who.id, who.uri, who.shared, VISITOR), place, writing)


def test_a_deleted_thread_takes_no_reply_and_a_deleted_message_no_support(commune: Commune, author: int) -> None:
    with acting(commune, author) as (site, who):
        thread, post = opened(site, who)
        threads.delete(site, me(who), post)
        with pytest.raises(Conflict):
            threads.reply(site, who, thread, "Encore ?")
        with pytest.raises(Conflict):
            threads.support(site, somebody_else(site), post)


def test_a_reply_answers_a_message_of_its_own_thread(commune: Commune, author: int) -> None:
    with acting(commune, author) as (site, who):
        thread, _ = opened(site, who)
        _, elsewhere = opened(site, who)
        with pytest.raises(NotFound):
            threads.reply(site, who, thread, "Oui.", to=elsewhere)


def test_a_message_of_elsewhere_in_a_thread_of_elsewhere_is_not_ours_to_moderate(trio: Network) -> None:
    """Row 32."""
    home, neighbour = trio.communes["valombre"], trio.communes["pont-hervel"]
    with acting(home, person(home, "Huguette P.")) as (site, who):
        uri = opened(site, who)[0].uri
    trio.settle(2)
    with neighbour.transaction() as site, pytest.raises(Forbidden):
        threads.delete(site, MODERATOR, site.session.scalars(select(Post).where(Post.uri == uri)).one())


def test_local_content_is_journalled_nowhere(commune: Commune, author: int) -> None:
    """Row 91: nor are its replies, edits, deletions and supports."""
    with acting(commune, author) as (site, who):
        thread, post = opened(site, who, shared=False)
        reply = threads.reply(site, who, thread, "Entre nous.")
        threads.edit(site, me(who), reply, "Entre nous !")
        threads.support(site, other := somebody_else(site), post)
        threads.withdraw_support(site, other, post)
        threads.delete(site, me(who), reply)
        threads.restore(site, me(who), reply)
        threads.delete(site, MODERATOR, post)
        assert not who.shared
    with commune.reading() as site:
        assert set(site.session.scalars(select(Entry.type))) == {"KeyRegister"}


def test_supporting_twice_is_journalled_once(commune: Commune, author: int) -> None:
    with acting(commune, author) as (site, who):
        _, post = opened(site, who)
        other = somebody_else(site)
        threads.support(site, other, post)
        threads.support(site, other, post)
        threads.withdraw_support(site, other, post)
        threads.withdraw_support(site, other, post)
    with commune.reading() as site:
        kinds = list(site.session.scalars(select(Entry.type).where(Entry.type.startswith("Support")).order_by(Entry.n)))
        assert kinds == ["SupportGiven", "SupportWithdrawn"]
        said = site.session.scalars(select(Entry.activity).where(Entry.type == "SupportGiven")).one()
        assert said is not None
        assert b"/p/" not in said


# Measures


def measure(site: Site) -> Measure:
    return measures.by_slug(site, "navette-a-la-demande")


def draft_of(base: Revision, text: str = "Autre texte.") -> MeasureDraft:
    return MeasureDraft(base.title, ((base.blocks[0]["id"], text),), "Plus clair", base.digest)


@pytest.mark.parametrize("act", [measures.adapt, measures.revise_common])
@pytest.mark.parametrize("viewer", [VISITOR, MODERATOR, Viewer(1, Role.RESIDENT)])
def test_only_admins_and_candidates_decide_on_measures(
    commune: Commune, act: Callable[..., Revision], viewer: Viewer
) -> None:
    with commune.transaction() as site:
        base = measures.common_revision(site, measure(site).urn)
        with pytest.raises(Forbidden):
            act(site, viewer, measure(site), draft_of(base))
        with pytest.raises(Forbidden):
            measures.adopt(site, viewer, measure(site))


def test_only_the_programme_s_home_revises_the_common_text(network: Network) -> None:
    with network.communes["pont-hervel"].transaction() as site:
        base = measures.common_revision(site, measure(site).urn)
        with pytest.raises(Forbidden):
            measures.revise_common(site, ADMIN, measure(site), draft_of(base))


def test_a_text_written_on_an_older_one_is_a_conflict_and_the_same_text_is_refused(commune: Commune) -> None:
    with commune.transaction() as site:
        base = measures.common_revision(site, measure(site).urn)
        measures.adapt(site, ADMIN, measure(site), draft_of(base))
        with pytest.raises(Conflict):
            measures.adapt(site, ADMIN, measure(site), draft_of(base, "Encore autre chose."))
        current = measures.current_revision(site, measure(site).urn)
        with pytest.raises(InvalidInput):
            measures.adapt(site, ADMIN, measure(site), draft_of(current, current.blocks[0]["text"]))
        with pytest.raises(InvalidInput):
            measures.adapt(site, ADMIN, measure(site), draft_of(current, "  "))


def test_adopting_twice_is_journalled_once(commune: Commune) -> None:
    with commune.transaction() as site:
        first = measures.adopt(site, ADMIN, measure(site))
        assert measures.adopt(site, ADMIN, measure(site)).n == first.n


def test_two_heads_of_the_common_text_are_both_shown(commune: Commune) -> None:
    with commune.transaction() as site:
        urn = measure(site).urn
        base = measures.common_revision(site, urn)
        first = measures.revise_common(site, ADMIN, measure(site), draft_of(base))
        first.parents = []
        site.session.flush()
        heads = [row.digest for row in measures.common_heads(site, urn)]
    assert heads == [first.digest, base.digest]


# What is cleared


@pytest.mark.parametrize(("days", "left"), [(30, 1), (89, 1), (90, 0)])
def test_of_old_attempts_only_a_sign_in_that_succeeded_stays_for_ninety_days(
    commune: Commune, days: int, left: int
) -> None:
    with commune.transaction() as site:
        accounts.create_account(site, "Huguette P.", "huguette@exemple.fr", "x", Role.RESIDENT)
        for network in ("192.0.2.1", "198.51.100.1"):
            pending = sign_ins.begin_sign_in(site, "huguette@exemple.fr", network)
        sign_ins.finish_sign_in(site, pending)
        count_act(site, "post", "1", "192.0.2.1", 1, timedelta(days=1))
    commune.clock.advance(days=days)  # type: ignore[attr-defined]
    with commune.transaction() as site:
        accounts.purge_expired(site)
        kept = site.session.scalars(select(Attempt)).all()
        assert [(row.kind, row.succeeded) for row in kept] == [(sign_ins.SIGN_IN, True)] * left


def test_ended_sessions_and_old_attempts_are_cleared_and_the_others_stay(commune: Commune) -> None:
    with commune.transaction() as site:
        account = accounts.create_account(site, "Huguette P.", "huguette@exemple.fr", "x", Role.RESIDENT)
        sign_ins.new_token(site, account.person_id)
        sign_ins.begin_sign_in(site, "huguette@exemple.fr", "192.0.2.1")
        assert accounts.purge_expired(site) == 0
    commune.clock.advance(days=800)  # type: ignore[attr-defined]
    with commune.transaction() as site:
        sign_ins.new_token(site, account.person_id)
        assert accounts.purge_expired(site) == 2
    with commune.reading() as site:
        assert len(site.session.scalars(select(SignIn)).all()) == 1
        assert site.session.scalars(select(Attempt)).all() == []
