"""A mirror's pages against the head that the origin signed: what is proved, what is altered, what is withheld."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pop_forum.errors import InvalidInput
from pop_forum.federation import build, pages
from pop_forum.federation import journal as chain
from pop_forum.federation.activities import Erase
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Seq, site_actor_id
from pop_forum.federation.mirrored import MORE, PROVED, WITHHELD, Trail
from pop_forum.federation.pages import Page

from .samples import EPOCH, HOST, JOURNAL, KEYS, NOW, OPENED, REGISTER, activity, chain_of, page_of, signed

DATA = signed(REGISTER, *(OPENED,) * 4)
CHAIN = chain_of(DATA)


def read(data: bytes) -> Page:
    return pages.parse_page(data, host=HOST, journal=JOURNAL)


def rehashed(change: Callable[[list[dict[str, Any]]], object], until: int | None = None) -> bytes:
    """The page with its entries changed and every hash made to fit, as a mirror can: only the head is signed."""
    document = json.loads(page_of(CHAIN, until=until))
    items = document["orderedItems"]
    change(items)
    position = CHAIN.start
    hashes = []
    for n, item in enumerate(items, 1):
        item["n"] = n
        leaf = chain.leaf(bytes.fromhex(item["salt"]), jcs(item["activity"]))
        position = chain.after(HOST, JOURNAL, position, leaf)
        hashes.append(position.hash.hex())
    return json.dumps({**document, "hashes": hashes}).encode()


def test_a_page_that_ends_at_the_head_is_proved() -> None:
    trail, page = Trail(), read(page_of(CHAIN))
    assert trail.follow(page) == PROVED
    assert trail.cut(page) == page


def test_pages_are_proved_once_the_head_of_the_first_is_reached() -> None:
    trail = Trail()
    parts = [read(page_of(CHAIN, since=since, until=since + 2)) for since in (0, 2, 4)][:2]
    last = read(page_of(CHAIN, since=4))
    assert [trail.follow(page) for page in (*parts, last)] == [MORE, MORE, PROVED]
    assert [trail.cut(page) for page in (*parts, last)] == [*parts, last]


def test_a_page_in_another_cut_is_taken_as_far_as_its_end_is_proved() -> None:
    trail = Trail()
    for since, until in ((0, 2), (2, 5)):
        trail.follow(read(page_of(CHAIN, since=since, until=until)))
    cut = trail.cut(read(page_of(CHAIN, until=4)))
    assert cut is not None
    assert len(cut.entries) == len(cut.hashes) == 2
    assert trail.cut(read(rehashed(lambda items: items[1].update(salt="ff" * 32), until=2))) is None


def test_a_page_without_news_is_proved_by_a_head_of_its_very_place() -> None:
    assert Trail().follow(read(page_of(CHAIN, since=5))) == PROVED


def test_a_head_beyond_what_the_mirror_gives_is_withheld() -> None:
    trail = Trail()
    assert trail.follow(read(page_of(CHAIN, until=3))) == MORE
    assert trail.follow(read(page_of(CHAIN, since=3, until=3))) == WITHHELD
    assert Trail().follow(read(page_of(CHAIN, until=0))) == WITHHELD


@pytest.mark.parametrize(
    "change",
    [
        lambda items: items[2].update(salt="ff" * 32),
        lambda items: items[2]["activity"].update(published="2026-11-23T11:00:00Z"),
        lambda items: items.reverse(),
        lambda items: items.insert(2, items.pop(3)) or items[2].update(salt="00" * 32),
        lambda items: items.append(items[-1]),
        lambda items: items[3].update(items[2]),
    ],
)
def test_what_was_edited_or_reordered_does_not_lead_to_the_head_however_it_is_hashed(change: Any) -> None:
    with pytest.raises(InvalidInput):
        Trail().follow(read(rehashed(change)))


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page["orderedItems"].reverse(),
        lambda page: page["orderedItems"][1].update(n=3),
        lambda page: page["orderedItems"][1].update(salt="ff" * 32),
        lambda page: page["hashes"].reverse(),
        lambda page: page["hashes"].pop(),
        lambda page: page.update(previous="ff" * 32),
        lambda page: page["epoch"].update(id="ff" * 16),
    ],
)
def test_a_page_that_contradicts_itself_was_altered(change: Any) -> None:
    document = json.loads(page_of(CHAIN))
    change(document)
    with pytest.raises(InvalidInput):
        Trail().follow(read(json.dumps(document).encode()))


def test_a_page_that_does_not_join_the_one_before_was_altered() -> None:
    trail = Trail()
    trail.follow(read(page_of(CHAIN, until=2)))
    with pytest.raises(InvalidInput, match="join"):
        trail.follow(read(page_of(CHAIN, since=3)))


def erasing(n: int) -> list[bytes]:
    erase = activity(Erase(JOURNAL, EPOCH.id, Seq(n)), site_actor_id(HOST), 9)
    return [*DATA[:3], build.signed(erase, KEYS, NOW)]


def test_an_erased_entry_needs_the_entry_by_which_its_origin_erased_it() -> None:
    assert Trail().follow(read(page_of(chain_of(erasing(2), erased={2: 4})))) == PROVED
    for data, erased in ((erasing(2), {3: 4}), (erasing(2), {2: 3}), (DATA, {2: 4}), (erasing(2), {2: 99})):
        with pytest.raises(InvalidInput, match="missing"):
            Trail().follow(read(page_of(chain_of(data, erased=erased))))
