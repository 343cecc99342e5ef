"""`pop_forum bench data`: many invented messages, always the same, in threads that the site shows."""

from itertools import pairwise
from pathlib import Path

import pytest

from pop_forum.bench import data
from pop_forum.commune import Commune
from pop_forum.domain.permissions import VISITOR
from pop_forum.errors import Conflict
from pop_forum.models import Post, PostVersion, Thread
from pop_forum.services import reading, thread_pages
from tests.web.conftest import open_test_commune


@pytest.fixture
def commune(tmp_path: Path) -> Commune:
    opened = open_test_commune(tmp_path / "data")
    opened.migrate()
    return opened


def test_the_messages_are_in_threads_that_the_site_shows(commune: Commune) -> None:
    steps = list(data.write(commune, data.BATCH + 10))
    assert steps == [data.BATCH, data.BATCH + 10]
    with commune.reading() as site:
        assert site.session.query(Post).count() == site.session.query(PostVersion).count() == data.BATCH + 10
        threads = site.session.query(Thread).count()
        assert threads == site.session.query(Post).filter(Post.opening).count() > 90
        assert reading.daily(site, 2).pages > 2
        longest = thread_pages.thread_page(site, VISITOR, None, longest_key(commune), 1)
        assert len(longest.replies) == max(data.REPLIES)
        assert all(one.published < two.published for one, two in pairwise(longest.replies))
    with pytest.raises(Conflict):
        next(data.write(commune, 1))
    commune.close()


def test_the_words_are_ours_and_always_the_same(commune: Commune) -> None:
    one, two = data.language_of(commune), data.language_of(commune)
    assert [one.message(number) for number in range(5)] == [two.message(number) for number in range(5)]
    assert len({one.message(number) for number in range(500)}) == 500
    assert " de " in " ".join(one.message(number) for number in range(20))
    commune.close()


def longest_key(commune: Commune) -> str:
    """The page address of the longest thread."""
    with commune.reading() as site:
        lines = [line for page in (1, 2, 3) for line in reading.daily(site, page).lines]
        return max(lines, key=lambda line: line.replies).key
