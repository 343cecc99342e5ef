"""Our own journals: numbers without gaps, a chain that anybody can recompute, pages within their limits."""

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.errors import NotFound, TooLarge
from pop_forum.federation import journal as chain
from pop_forum.federation import pages
from pop_forum.federation.activities import MAX_NAME_CHARS, Activity, PersonDeclared, PostEdited
from pop_forum.federation.identifiers import ObjectId, Seq
from pop_forum.models import Entry
from pop_forum.services import journal
from pop_forum.services.site import Site
from tests.network import START


def activity(site: Site, text: str = "Oui.") -> Activity:
    author = ObjectId(site.url("/p/alice"))
    content = PostEdited(ObjectId(site.url("/o/message")), author, None, text, "<p>x</p>", START)
    return Activity(journal.new_activity_id(site), author, START, content)


def write(commune: Commune, count: int, text: str = "Oui.") -> None:
    with commune.transaction() as site:
        for _ in range(count):
            journal.append(site, "forum", activity(site, text))


def read(commune: Commune, since: int = 0, epoch: int | None = None) -> pages.Page:
    with commune.reading() as site:
        return pages.parse_page(journal.page(site, "forum", since, epoch), host=site.settings.host, journal="forum")


def test_entries_are_numbered_from_one_without_gap(commune: Commune) -> None:
    write(commune, 3)
    with commune.reading() as site:
        row = journal.find(site, site.settings.host, "forum")
        assert row is not None
        numbers = site.session.scalars(select(Entry.n).where(Entry.journal_id == row.id).order_by(Entry.n)).all()
    assert numbers == [1, 2, 3, 4]  # the key register is the first


def test_a_rolled_back_entry_leaves_no_gap(commune: Commune) -> None:
    write(commune, 1)
    with pytest.raises(ZeroDivisionError), commune.transaction() as site:
        journal.append(site, "forum", activity(site))
        raise ZeroDivisionError
    write(commune, 1)
    assert [entry.n for entry in read(commune).entries] == [1, 2, 3]


def test_a_page_begins_after_since_and_its_chain_holds(commune: Commune) -> None:
    write(commune, 4)
    whole, rest = read(commune), read(commune, since=2)
    assert [entry.n for entry in rest.entries] == [3, 4, 5]
    start = chain.Position(1, whole.epoch.id, 2, whole.hashes[1])
    assert pages.verify_chain(rest, start) == whole.hashes[2:]
    assert (rest.head.n, rest.next) == (5, None)


def test_a_page_after_the_last_entry_is_empty(commune: Commune) -> None:
    page = read(commune, since=1)
    assert (page.entries, page.head.n) == ((), 1)


@pytest.mark.parametrize(("name", "since", "epoch"), [("forum", 2, None), ("forum", 0, 2), ("candidats", 0, None)])
def test_a_page_of_what_we_do_not_have_is_not_found(commune: Commune, name: str, since: int, epoch: int | None) -> None:
    with commune.reading() as site, pytest.raises(NotFound):
        journal.page(site, name, since, epoch)


def test_the_present_epoch_can_be_asked_for_by_number(commune: Commune) -> None:
    assert read(commune, epoch=1).entries == read(commune).entries


def kept(size: int) -> pages.Kept:
    return pages.Kept(Seq(1), b"s" * 32, b"x" * (size - pages.ENTRY_OVERHEAD))


def test_a_page_holds_five_hundred_entries() -> None:
    assert len(pages.cut([kept(300)] * 500)) == 500
    assert len(pages.cut([kept(300)] * 501)) == 500


def test_a_page_ends_at_512_kib() -> None:
    half = pages.PAGE_BYTES // 2
    assert len(pages.cut([kept(half), kept(half)])) == 2
    assert len(pages.cut([kept(half), kept(half + 1)])) == 1


def test_long_entries_are_served_in_several_pages(commune: Commune) -> None:
    write(commune, 8, "é" * 50_000)  # 100 kB each
    first = read(commune)
    taken = len(first.entries)
    assert 3 < taken < 9
    assert first.next == f"http://valombre.localhost:8080/journal/forum?since={taken}"
    rest = read(commune, since=taken)
    assert rest.entries[0].n == taken + 1


def test_an_entry_at_its_limit_is_taken_and_a_longer_one_is_refused(
    commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    with commune.transaction() as site:
        size = len(journal.append(site, "forum", activity(site)).activity or b"")
    assert pages.ENTRY_BYTES == 256 * 1024
    monkeypatch.setattr(pages, "ENTRY_BYTES", size + 2)  # a proof has 87 or 88 characters, in bytes and in context
    write(commune, 1)
    with pytest.raises(TooLarge):
        write(commune, 1, "Oui, oui !")
    with commune.reading() as site:
        row = journal.find(site, site.settings.host, "forum")
        assert row is not None
        assert row.n == 3


def test_a_name_at_its_limit_fits_in_an_entry(commune: Commune) -> None:
    with commune.transaction() as site:
        person = ObjectId(site.url("/p/alice"))
        content = PersonDeclared(person, "é" * MAX_NAME_CHARS, "resident")
        assert journal.append(site, "forum", Activity(journal.new_activity_id(site), person, START, content)).n == 2


def test_an_erased_entry_is_served_with_its_leaf_alone_and_changes_the_etag(commune: Commune) -> None:
    write(commune, 2)
    with commune.reading() as site:
        before = journal.etag(site, "forum", 0)
    with commune.transaction() as site:
        row = site.session.scalars(select(Entry).where(Entry.n == 2, Entry.type == "PostEdited")).one()
        row.activity, row.salt, row.erased_by = None, None, 3
    whole = read(commune)
    assert isinstance(whole.entries[1], pages.Erased)
    assert whole.entries[1].erased_by == 3
    pages.verify_chain(whole, chain.start_of(whole.head.host, "forum", whole.epoch))
    with commune.reading() as site:
        assert journal.etag(site, "forum", 0) != before
        assert journal.etag(site, "forum", 2) == before


def test_the_etag_changes_with_each_entry(commune: Commune) -> None:
    with commune.reading() as site:
        before = journal.etag(site, "forum", 0)
        assert journal.etag(site, "forum", 0) == before
    write(commune, 1)
    with commune.reading() as site:
        assert journal.etag(site, "forum", 0) != before
        with pytest.raises(NotFound):
            journal.etag(site, "candidats", 0)


def test_appending_to_a_journal_that_was_never_founded_is_refused(commune: Commune) -> None:
    with pytest.raises(NotFound), commune.transaction() as site:
        journal.append(site, "candidats", activity(site))


def test_founding_twice_changes_nothing(commune: Commune) -> None:
    with commune.transaction() as site:
        journal.found_all(site)
    assert len(read(commune).entries) == 1
