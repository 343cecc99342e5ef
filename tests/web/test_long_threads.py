"""A discussion of two thousand replies: its pages, its jumps, and what they cost."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from pop_forum.commune import Commune
from pop_forum.domain import ordering
from pop_forum.domain.permissions import VISITOR, Role, Viewer
from pop_forum.models import Notice, Person, Post, Reading, Thread
from pop_forum.services import readings, threads
from pop_forum.services.reading import REPLIES_PER_PAGE
from pop_forum.services.thread_pages import thread_page
from pop_forum.services.threads import ThreadDraft

Enter = Callable[..., Any]
REPLIES = 2_000
FIRST = datetime(2026, 1, 1, 8, tzinfo=UTC)
EVERY = timedelta(hours=1)  # 2,000 hours: to the 25th of March
MOST_STATEMENTS = 10


def fill(commune: Commune, replies: int, author: str = "Karim B.") -> str:
    """The address of a discussion with that many replies, one each hour."""
    with commune.transaction() as site:
        who = site.session.scalars(select(Person).where(Person.name == author)).one()
        thread = threads.open_thread(site, who, ThreadDraft("Le pont", "On en parle ?", None, shared=False))
        opening = site.session.scalars(select(Post).where(Post.thread_id == thread.id)).one()
        opening.published, opening.order_key = FIRST, ordering.order_key(FIRST, None, opening.uri)
        for number in range(1, replies + 1):
            add(site, thread, opening, who, number, FIRST + number * EVERY)
        return f"/discussions/{thread.key}"


def add(site: Any, thread: Thread, opening: Post, who: Person, number: int, at: datetime) -> Post:
    uri = site.url(f"/o/{number:012d}")
    post = Post(
        uri=uri,
        key=f"{number:012d}",
        host=site.settings.host,
        thread_id=thread.id,
        parent_uri=opening.uri,
        author_id=who.id,
        opening=False,
        source=f"Numéro {number}",
        html=f"<p>Numéro {number}</p>",
        published=at,
        received_at=site.clock.now(),
        order_key=ordering.order_key(at, opening.order_key, uri),
    )
    site.session.add(post)
    return post


@pytest.fixture
def long(commune: Commune, signed_in: Enter) -> str:
    signed_in("resident", "Karim B.")
    return fill(commune, REPLIES)


@contextmanager
def statements(commune: Commune) -> Iterator[list[str]]:
    said: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    event.listen(commune.database.engine, "before_cursor_execute", listen)
    yield said
    event.remove(commune.database.engine, "before_cursor_execute", listen)


def test_pages_lead_to_the_first_the_last_and_any_other(client: Any, long: str) -> None:
    middle = client.get(f"{long}?page=10").text
    for address in (long, f"{long}?page=9", f"{long}?page=11", f"{long}?page=20"):
        assert f'href="{address}"' in middle
    assert "Numéro 901" in middle and "Numéro 1000" in middle and "Numéro 1001" not in middle
    assert 'method="post"' not in middle and 'name="le"' in middle
    assert "Numéro 2000" in client.get(f"{long}?page=20").text
    assert client.get(f"{long}?page=21").status_code == 404


@pytest.mark.parametrize("number", [1, 100, 101, 1_000, 1_900, 1_901, 2_000])
def test_a_permanent_link_finds_its_page(client: Any, long: str, number: int) -> None:
    place = client.get(f"/messages/{number:012d}").headers["Location"]
    page = (number - 1) // REPLIES_PER_PAGE + 1
    assert place == f"{long}{f'?page={page}' if page > 1 else ''}#m-{number:012d}"
    assert f'id="m-{number:012d}"' in client.get(place).text


@pytest.mark.parametrize(
    ("day", "number"),
    [
        ("2025-12-25", 1),
        ("2026-01-01", 1),
        ("2026-01-02", 15),  # 0 h in Paris is 23 h in UTC: fifteen hours after the opening
        ("2026-03-14", 1_719),
        ("2026-03-25", 1_983),
        ("2026-03-26", 2_000),  # nothing on that day or after: the last message
        ("9999-12-31", 2_000),
        ("0001-01-01", 1),
    ],
)
def test_a_day_leads_to_its_first_message(client: Any, long: str, day: str, number: int) -> None:
    answer = client.get(f"{long}?le={day}")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"#m-{number:012d}")
    assert f'id="m-{number:012d}"' in client.get(answer.headers["Location"]).text


@pytest.mark.parametrize("day", ["", "hier", "2026-13-01", "2026-02-30", "1' OR 1=1", "9" * 500])
def test_row_74_a_strange_day_is_refused(client: Any, long: str, day: str) -> None:
    answer = client.get(long, query_string={"le": day})
    assert answer.status_code == 400 and "Choisissez-la dans le calendrier" in answer.text


def test_a_day_of_an_unknown_discussion_is_not_found(client: Any) -> None:
    assert client.get("/discussions/rien?le=2026-03-14").status_code == 404


def test_a_day_of_a_discussion_without_reply_is_its_opening(client: Any, signed_in: Enter, commune: Commune) -> None:
    signed_in("resident", "Karim B.")
    address = fill(commune, 0)
    assert client.get(f"{address}?le=2026-03-14").headers["Location"].startswith(address)


@pytest.mark.parametrize("page", [1, 10, 20])
def test_a_page_costs_the_same_whatever_the_replies(signed_in: Enter, commune: Commune, long: str, page: int) -> None:
    reader, short = signed_in("resident", "Huguette P."), fill(commune_with_another(commune), 3, "Huguette P.")
    counts = []
    reader.get("/")  # where she is welcomed
    for address in (short, f"{long}?page={page}"):
        reader.get(address)  # the first visit keeps how far one has read
        with statements(commune) as said:
            assert reader.get(address).status_code == 200
        assert not [each for each in said if not each.startswith("SELECT")]
        counts.append(len([each for each in said if "page_versions" not in each]))  # asked again after a moment
    assert counts == [2, 2]


def commune_with_another(commune: Commune) -> Commune:
    """The same commune, its made-up keys out of the way of a second discussion."""
    with commune.transaction() as site:
        for post in site.session.scalars(select(Post).where(Post.key.startswith("0000000000"))):
            if int(post.key) <= 3:
                post.key, post.uri = f"z{post.key[1:]}", f"{post.uri}z"
    return commune


def test_a_page_on_a_measure_with_something_new_stays_within_the_bound(
    signed_in: Enter, commune: Commune, long: str
) -> None:
    reader = signed_in("resident", "Huguette P.")
    with commune.transaction() as site:
        thread = site.session.scalars(select(Thread)).one()
        thread.board, thread.measure = "mesure", "urn:pop:programme-commun:navette-a-la-demande"
    reader.get(f"{long}?page=20")
    with statements(commune) as said:
        page = reader.get(f"{long}?page=20").text
    assert "La mesure" in page and len(said) <= MOST_STATEMENTS


def test_the_pages_and_counts_of_a_long_discussion_are_found_in_an_index_alone(commune: Commune, long: str) -> None:
    with commune.reading() as site, statements(commune) as said:
        thread_page(site, VISITOR, None, long.rsplit("/", 1)[1], 20)
    plans = []
    for statement in said:
        if (
            "FROM posts" in statement
            and "supports" not in statement
            and ("count(" in statement or "OFFSET" in statement)
        ):
            values = tuple(f"x{number}" for number in range(statement.count("?")))
            with commune.database.engine.connect() as connection:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans.append(" / ".join(row[3] for row in rows))
    assert len(plans) == 2 and all("COVERING INDEX ix_posts_thread_id_order_key" in plan for plan in plans), plans


# How far one has read


def marks(commune: Commune) -> list[Reading]:
    with commune.reading() as site:
        return list(site.session.scalars(select(Reading)))


def unread_on(page: str) -> int:
    found = re.search(r"Premier message non lu \(([\d\s]+) en tout\)", page)
    return int(re.sub(r"\s", "", found[1])) if found else 0


def test_a_first_visit_marks_nothing_and_keeps_the_place(signed_in: Enter, commune: Commune, long: str) -> None:
    reader = signed_in("resident", "Huguette P.")
    first = reader.get(long).text
    assert unread_on(first) == 0 and ">nouveau<" not in first
    second = reader.get(long).text
    assert unread_on(second) == REPLIES - REPLIES_PER_PAGE and ">nouveau<" not in second
    place = reader.get(f"{long}/non-lu").headers["Location"]
    assert place == f"{long}?page=2#m-{REPLIES_PER_PAGE + 1:012d}"
    assert ">nouveau<" in reader.get(place).text
    assert unread_on(reader.get(long).text) == REPLIES - 2 * REPLIES_PER_PAGE


def test_rank_23_a_message_that_comes_late_and_sorts_before_is_unread(
    signed_in: Enter, commune: Commune, long: str
) -> None:
    reader = signed_in("resident", "Huguette P.")
    reader.get(f"{long}?page=20")
    assert unread_on(reader.get(f"{long}?page=20").text) == 0
    with commune.transaction() as site:
        thread, karim = site.session.scalars(select(Thread)).one(), by_name(site, "Karim B.")
        opening = site.session.scalars(select(Post).where(Post.opening)).one()
        for number, hour in ((3_001, 150), (3_002, 950)):
            add(site, thread, opening, karim, number, FIRST + hour * EVERY + timedelta(minutes=1))
    assert unread_on(reader.get(f"{long}?page=20").text) == 2
    assert unread_on(reader.get(f"{long}?page=20").text) == 2, "reading another page passes them over"
    place = reader.get(f"{long}/non-lu").headers["Location"]
    assert place == f"{long}?page=2#m-{3_001:012d}"
    assert reader.get(place).text.count(">nouveau<") == 1
    assert reader.get(f"{long}/non-lu").headers["Location"].endswith(f"#m-{3_002:012d}")
    reader.get(f"{long}?page=10")
    assert unread_on(reader.get(long).text) == 0
    assert reader.get(f"{long}/non-lu").headers["Location"].endswith(f"#m-{REPLIES:012d}")


def by_name(site: Any, name: str) -> Person:
    person: Person = site.session.scalars(select(Person).where(Person.name == name)).one()
    return person


@pytest.mark.parametrize("late", [readings.MISSED_KEPT, readings.MISSED_KEPT + 1])
def test_late_messages_are_remembered_up_to_the_limit(signed_in: Enter, commune: Commune, long: str, late: int) -> None:
    reader = signed_in("resident", "Huguette P.")
    reader.get(f"{long}?page=20")
    with commune.transaction() as site:
        thread, karim = site.session.scalars(select(Thread)).one(), by_name(site, "Karim B.")
        opening = site.session.scalars(select(Post).where(Post.opening)).one()
        for number in range(late):
            add(site, thread, opening, karim, 3_000 + number, FIRST + timedelta(minutes=90, seconds=number))
    last = f"{long}?page={-(-(REPLIES + late) // REPLIES_PER_PAGE)}"
    assert unread_on(reader.get(last).text) == late
    assert unread_on(reader.get(last).text) == readings.MISSED_KEPT
    assert reader.get(f"{long}/non-lu").headers["Location"].endswith(f"#m-{3_000:012d}")


def test_ones_own_messages_and_removed_ones_are_not_unread(signed_in: Enter, commune: Commune, long: str) -> None:
    reader = signed_in("resident", "Huguette P.")
    reader.get(f"{long}?page=20")
    reader.send(f"{long}/repondre", long, text="Et moi ?")
    with commune.transaction() as site:
        thread, karim = site.session.scalars(select(Thread)).one(), by_name(site, "Karim B.")
        opening = site.session.scalars(select(Post).where(Post.opening)).one()
        gone = add(site, thread, opening, karim, 3_001, FIRST + timedelta(days=1, minutes=1))
        gone.deleted_at, gone.deleted_by = site.clock.now(), "author"
    assert unread_on(reader.get(long).text) == 0


def test_a_list_counts_what_is_unread_for_who_looks_only(
    signed_in: Enter, commune: Commune, client: Any, long: str
) -> None:
    reader = signed_in("resident", "Huguette P.")
    assert "non lu" not in reader.get("/quotidien").text.split("<main", 1)[1]
    reader.get(long)
    assert "1\u202f900 messages non lus" in reader.get("/quotidien").text
    assert "non lu" not in client.get("/quotidien").text
    with statements(commune) as said:
        reader.get("/quotidien")
    with commune.transaction() as site:
        for number in range(20):
            threads.open_thread(site, by_name(site, "Karim B."), ThreadDraft(f"Fil {number}", "x", None, shared=False))
    with statements(commune) as more:
        reader.get("/quotidien")
    assert len(said) == len(more)


def test_reading_the_message_a_notice_leads_to_is_seeing_it(signed_in: Enter, commune: Commune, long: str) -> None:
    reader = signed_in("resident", "Huguette P.")
    with commune.transaction() as site:
        me = by_name(site, "Huguette P.").id
        post = site.session.scalars(select(Post).where(Post.key == f"{150:012d}")).one()
        site.session.add(
            Notice(account_id=me, kind="followed", thread_id=post.thread_id, post_id=post.id, made_at=site.clock.now())
        )
    reader.get(long)
    assert "1 notification non lue" in reader.get("/notifications").text
    reader.get(f"{long}?page=2")
    assert "Tout est lu" in reader.get("/notifications").text


def test_what_was_read_is_forgotten_after_a_long_time(signed_in: Enter, commune: Commune, long: str) -> None:
    reader = signed_in("resident", "Huguette P.")
    reader.get(long)
    for age, kept in ((readings.KEPT - timedelta(minutes=1), 1), (readings.KEPT, 0)):
        with commune.transaction() as site:
            site.session.scalars(select(Reading)).one().at = site.clock.now() - age
            readings.purge(site)
        assert len(marks(commune)) == kept


def test_a_visitor_keeps_no_place(client: Any, commune: Commune, long: str) -> None:
    client.get(long)
    assert marks(commune) == [] and client.get(f"{long}/non-lu").status_code == 401


def test_a_second_window_loses_nothing_of_what_the_first_one_read(
    signed_in: Enter, commune: Commune, long: str
) -> None:
    """Two pages are built from the same mark, and then each says that it was read."""
    signed_in("resident", "Huguette P.")
    key = long.rsplit("/", 1)[1]
    with commune.reading() as site:
        me = by_name(site, "Huguette P.")
        viewer = Viewer(me.id, Role.RESIDENT, False)
        third, first = (thread_page(site, viewer, me.uri, key, number) for number in (3, 1))
    for page in (third, first):
        with commune.transaction() as site:
            readings.note(site, me.id, page)
    assert marks(commune)[0].read_key == third.replies[-1].order_key
    assert marks(commune)[0].seen_id == third.newest


def test_what_is_new_on_a_first_visit_stays_within_the_bound(signed_in: Enter, commune: Commune, long: str) -> None:
    reader, other = signed_in("resident", "Huguette P."), signed_in("resident", "Lucie M.")
    other.get(long)
    for number in (150, 1, 151):
        other.send(f"/messages/{number:012d}/soutenir", long)
    with commune.transaction() as site:
        me = by_name(site, "Huguette P.").id
        post = site.session.scalars(select(Post).where(Post.key == f"{1:012d}")).one()
        values = {"kind": "followed", "thread_id": post.thread_id, "post_id": post.id, "made_at": site.clock.now()}
        site.session.add(Notice(account_id=me, **values))
        for number in (2, 3, 4):
            answering = site.session.scalars(select(Post).where(Post.key == f"{number:012d}")).one()
            answering.parent_uri = post.uri
    with statements(commune) as said:
        assert reader.get(long).text.count("en réponse à") == 3
    asked = [each for each in said if "page_versions" not in each]  # asked again after a moment, whoever reads
    assert len(asked) <= MOST_STATEMENTS, asked
