"""`pop_forum bench data`: many invented messages, always the same, in threads that the site shows."""

from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pop_forum.bench import data
from pop_forum.bench.language import VOCABULARY, Language
from pop_forum.commune import Commune
from pop_forum.domain import markdown
from pop_forum.domain.permissions import VISITOR
from pop_forum.errors import Conflict
from pop_forum.models import IndexChange, Post, PostVersion, Thread
from pop_forum.services import reading, thread_pages
from tests.web.conftest import open_test_commune

is_post = IndexChange.subject.startswith("p")


@pytest.fixture
def commune(tmp_path: Path) -> Commune:
    opened = open_test_commune(tmp_path / "data")
    opened.migrate()
    return opened


def test_the_messages_are_in_threads_that_the_site_shows(commune: Commune) -> None:
    steps = list(data.write(commune, Language(), data.BATCH + 10))
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
        next(data.write(commune, Language(), 1))
    commune.close()


def test_further_messages_go_beside_the_first_ones(commune: Commune) -> None:
    assert list(data.write(commune, Language(), 30)) == [30]
    assert list(data.write(commune, Language(), 20, first=1_000)) == [20]
    with commune.reading() as site:
        assert site.session.query(Post).count() == site.session.query(IndexChange).filter(is_post).count() == 50
    with pytest.raises(Conflict):
        next(data.write(commune, Language(), 1, first=1_000))
    commune.close()


def test_a_thread_was_active_when_its_last_reply_came(commune: Commune) -> None:
    assert list(data.write(commune, Language(), 20))
    with commune.reading() as site:
        last = select(func.max(Post.received_at)).where(Post.thread_id == Thread.id).scalar_subquery()
        whole = select(Thread.active_at, last).order_by(Thread.id).limit(5)
        assert all(active == reply for active, reply in site.session.execute(whole))
    commune.close()


def test_the_words_are_ours_and_always_the_same() -> None:
    one, two = Language(), Language()
    texts = [one.message(number) for number in range(500)]
    assert texts[:5] == [two.message(number) for number in range(5)]
    assert len(set(texts)) == 500
    assert " de " in " ".join(texts[:20])
    assert 70 < sum(len(text.split()) for text in texts) / len(texts) < 84
    assert len(one.words) == VOCABULARY


def test_the_html_of_a_message_is_what_its_source_renders_to() -> None:
    source = Language().message(3)
    assert data.html_of(source) == markdown.render(source)


def longest_key(commune: Commune) -> str:
    """The page address of the longest thread."""
    with commune.reading() as site:
        lines = [line for page in (1, 2, 3) for line in reading.daily(site, page).lines]
        return max(lines, key=lambda line: line.replies).key
