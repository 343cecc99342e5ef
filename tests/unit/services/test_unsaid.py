"""What an origin erases counts as never said, also when it lies about it: readers end with one state in any order."""

from collections.abc import Callable, Iterator

import pytest

from pop_forum.commune import Commune
from pop_forum.federation.activities import (
    Erase,
    PersonDeclared,
    PollOpened,
    PostRestored,
    SupportGiven,
    ThreadOpened,
    Tombstone,
)
from pop_forum.federation.identifiers import Host, ObjectId, Seq
from pop_forum.federation.images import Image
from pop_forum.services import catchup, digest
from pop_forum.services.journal import HELD
from tests.network import START, Network
from tests.unit.services.scribe import OTHER, Scribe

THIRD = Host("tierce.localhost:8080")
TOKEN = "cd" * 32
BENCH = Image("ab" * 32, "Le banc", 60, 40)
Step = tuple[Scribe, bool, int | None]  # a journal, whether what was erased is hidden in its page, where this ends


class Liar(Scribe):
    """A commune that erases what it should not, or says something else of it than it had said."""

    def __init__(self) -> None:
        super().__init__(OTHER)
        self.erased: list[tuple[int, int]] = []  # an entry, and the one that erases it

    def erases(self, n: int, left: Tombstone | None = None) -> None:
        self.erased.append((n, self.say(Erase("forum", self.epoch.id, Seq(n), left), self.at("/acteur"))))

    def left(self, uri: str, thread: str | None = None, by: str = "alice") -> Tombstone:
        place = {"board": "quotidien"} if thread is None else {"thread": ObjectId(thread)}
        return Tombstone(ObjectId(uri), self.person(by), START, **place)  # type: ignore[arg-type]


def no_tombstone_of_a_reply(one: Scribe, two: Liar) -> None:
    two.replies(one.opens(), "deux")
    one.replies(one.at("/o/fil"), "trois", parent=two.at("/o/deux"))
    two.edits(two.at("/o/deux"), "Plutôt non.")
    two.erases(2)


def no_tombstone_of_a_discussion(one: Scribe, two: Liar) -> None:
    thread = two.opens()
    reply = one.replies(thread, "deux")
    one.edits(reply, "Plutôt non.")
    two.replies(thread, "trois", parent=reply)
    two.say(PollOpened(thread))
    one.say(SupportGiven(thread, TOKEN), one.commune)
    two.erases(2)


def a_discussion_that_comes_again(one: Scribe, two: Liar) -> None:
    no_tombstone_of_a_discussion(one, two)
    two.opens("fil", "Rebonjour.")
    two.edits(two.at("/o/fil"), "Rebonsoir.", title="La halle")


def a_discussion_that_is_a_reply_again(one: Scribe, two: Liar) -> None:
    no_tombstone_of_a_discussion(one, two)
    two.replies(one.opens("autre"), "fil")


def tombstone_of_another_thread(one: Scribe, two: Liar) -> None:
    own = two.opens("filb")
    reply = two.replies(one.opens(), "deux", by="bob")
    one.replies(one.at("/o/fil"), "trois", parent=reply)
    two.erases(3, two.left(reply, own))
    two.erases(2, two.left(reply, one.at("/o/fil")))


def tombstone_of_a_thread_that_comes_later(one: Scribe, two: Liar) -> None:
    reply = two.replies(two.opens("filb"), "deux")
    two.erases(3, two.left(reply, one.opens()))
    two.edits(reply, "Encore là.")
    two.replies(two.at("/o/filb"), "deux")


def tombstone_of_another_author(one: Scribe, two: Liar) -> None:
    thread = two.opens()
    two.say(PollOpened(thread))
    one.replies(thread, "deux")
    two.erases(2, two.left(thread, by="bob"))


def a_reply_that_was_a_discussion(one: Scribe, two: Liar) -> None:
    thread = two.opens("filb")
    one.replies(thread, "deux")
    two.erases(2, two.left(thread, one.opens()))


def a_discussion_that_was_a_reply(one: Scribe, two: Liar) -> None:
    reply = two.replies(one.opens(), "deux")
    one.replies(reply, "trois")
    two.erases(2, two.left(reply))


def tombstone_of_something_else(one: Scribe, two: Liar) -> None:
    reply = two.replies(one.opens(), "deux")
    two.erases(2, two.left(two.at("/o/jamais"), one.at("/o/fil")))
    two.replies(one.at("/o/fil"), "jamais")
    one.replies(one.at("/o/fil"), "trois", parent=reply)


def a_tombstone_in_what_it_erases(one: Scribe, two: Liar) -> None:
    thread = two.opens("filb")
    one.replies(thread, "deux")
    mine = two.replies(thread, "trois")
    two.deletes(mine)
    two.erases(3, two.left(mine, thread))
    two.erases(2, two.left(two.at("/o/jamais"), thread))
    two.opens("filb", "Rebonjour.")


def a_change_without_tombstone(one: Scribe, two: Liar) -> None:
    thread = two.opens()
    two.edits(thread, "Un.", title="Un", images=(BENCH,))
    two.edits(thread, "Deux.", title="Deux")
    two.edits(one.replies(thread, "deux"), "Pas à moi.")
    two.erases(4)
    two.erases(3)


def a_second_message_of_an_id(one: Scribe, two: Liar) -> None:
    two.replies(one.opens(), "deux")
    two.replies(one.at("/o/fil"), "deux", by="bob")
    two.edits(two.at("/o/deux"), "De Bob.", by="bob", images=(BENCH,))
    two.erases(2)


def an_unknown_message_of_an_id(one: Scribe, two: Liar) -> None:
    uri = two.at("/o/deux")
    two.say(ThreadOpened(uri, two.person(), "La place", "Bonjour.", "<p>x</p>", "autre", None, START))
    two.replies(one.opens(), "deux")
    two.erases(2)


def the_present_name(one: Scribe, two: Liar) -> None:
    two.say(PersonDeclared(two.person(), "Bernadette", "resident"))
    two.say(PersonDeclared(two.person(), "Berthe", "moderator", update=True))
    two.opens()
    two.erases(3)


def the_only_name(one: Scribe, two: Liar) -> None:
    two.say(PersonDeclared(two.person(), "Bernadette", "candidate"))
    two.opens()
    two.erases(2)


def removals_supports_and_polls(one: Scribe, two: Liar) -> None:
    reply = two.replies(one.opens(), "deux")
    thread = two.opens("filb")
    two.say(PollOpened(thread))
    two.deletes(reply)
    two.say(PostRestored(thread, two.person(), START))
    two.deletes(thread)
    two.say(PostRestored(thread, two.person(), START))
    two.say(SupportGiven(one.at("/o/fil"), TOKEN), two.commune)
    for n in (4, 5, 8, 9):
        two.erases(n)


STORIES = [
    no_tombstone_of_a_reply,
    no_tombstone_of_a_discussion,
    a_discussion_that_comes_again,
    a_discussion_that_is_a_reply_again,
    tombstone_of_another_thread,
    tombstone_of_a_thread_that_comes_later,
    tombstone_of_another_author,
    a_reply_that_was_a_discussion,
    a_discussion_that_was_a_reply,
    tombstone_of_something_else,
    a_tombstone_in_what_it_erases,
    a_change_without_tombstone,
    a_second_message_of_an_id,
    an_unknown_message_of_an_id,
    the_present_name,
    the_only_name,
    removals_supports_and_polls,
]


def orders(one: Scribe, two: Liar) -> Iterator[list[Step]]:
    """The journals one after the other, whole or hidden, and the second one cut around each erasure."""
    first = (one, False, None)
    yield [first, (two, True, None)]
    yield [(two, True, None), first]
    yield [first, (two, False, None)]
    yield [(two, False, n) for n in range(1, len(two.entries) + 1)] + [first]
    yield [first] + [(two, False, n) for n in range(1, len(two.entries) + 1)]
    for n in sorted({place for _, by in two.erased for place in (by - 1, by)}):
        yield [first, (two, False, n), (two, True, None)]
        yield [(two, False, n), first, (two, True, None)]


def digest_after(commune: Commune, steps: list[Step]) -> dict[str, str]:
    """The digest once these pages came, in a transaction that leaves nothing behind."""
    with commune.transaction() as site, site.session.begin_nested() as trial:
        for scribe, is_hidden, until in steps:
            taken = catchup.receive_page(
                site, scribe.host, scribe.root, "forum", page(scribe, is_hidden, until), scribe.host
            )
            assert taken.accepted and taken.divergence is None, (taken, steps)
        found = digest.shared_state(site)
        trial.rollback()
        site.session.expunge_all()
        site.session.info.pop(HELD, None)
        return found


def page(scribe: Scribe, is_hidden: bool, until: int | None) -> bytes:
    kept = list(scribe.entries)
    if is_hidden and isinstance(scribe, Liar):
        for n, by in scribe.erased:
            scribe.hide(n, by)
    try:
        return scribe.page(0, until)
    finally:
        scribe.entries = kept


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commune]:
    network = Network(tmp_path_factory.mktemp("reader"))
    yield network.add("valombre")
    network.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_what_was_erased_with_a_lie_ends_in_one_state_whatever_arrived_first(
    reader: Commune, story: Callable[[Scribe, Liar], None]
) -> None:
    one, two = Scribe(), Liar()
    story(one, two)
    wanted, *others = [(steps, digest_after(reader, steps)) for steps in orders(one, two)]
    for steps, found in others:
        differing = [part for part in found if found[part] != wanted[1][part]]
        assert not differing, [(scribe.host, is_hidden, until) for scribe, is_hidden, until in steps]
