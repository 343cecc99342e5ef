"""Images between communes: shown next door once they came, their words until then, and nothing that is not theirs."""

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image as Drawing
from sqlalchemy import select

from pop_forum import tasks
from pop_forum.adapters import pictures as adapter
from pop_forum.adapters.pictures import PictureFiles
from pop_forum.adapters.remote import Answer
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import InvalidInput, NotFound
from pop_forum.federation.images import MAX_SIDE, address
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Entry, PageVersion, Picture, PictureRequest, Post, PostPicture
from pop_forum.services import digest, peers, picture_requests, pictures, reading, threads
from pop_forum.services.pictures import Attached, Shown
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, acting, peer_of, person

HOME, NEAR, FAR = "valombre", "pont-hervel", "sainte-aure"


def drawn(shade: int = 200, kind: str = "PNG") -> bytes:
    out = BytesIO()
    Drawing.new("RGB", (60, 40), (shade, 30, 30)).save(out, kind)
    return out.getvalue()


def sent(commune: Commune, shade: int = 200) -> str:
    """The name of a picture that somebody has just sent to this commune."""
    with commune.transaction() as site:
        return pictures.keep(site, PictureFiles(commune.settings.data), adapter.read(drawn(shade)))


def opens(commune: Commune, *names: str, author: int | None = None, shared: bool = True) -> str:
    """The address of a discussion that begins with these pictures."""
    shown = tuple(Attached(name, "Le banc") for name in names)
    with acting(commune, author or person(commune, "Huguette P.")) as (site, who):
        return threads.open_thread(site, who, ThreadDraft("Un banc", "Regardez.", None, shared, pictures=shown)).uri


def seen(commune: Commune, uri: str) -> tuple[Shown, ...]:
    """The pictures of a message, as the pages of this commune show them."""
    with commune.reading() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        if post.deleted_at is not None:
            return ()
        return pictures.shown_in(site, [post]).get(post.id, ())


def requests(commune: Commune) -> list[PictureRequest]:
    with commune.reading() as site:
        return list(site.session.scalars(select(PictureRequest).order_by(PictureRequest.digest)))


def fetches(network: Network) -> list[str]:
    return [url for method, url in network.wire.requests if "/images/" in url]


def digests(network: Network) -> set[str]:
    found = set()
    for commune in network.communes.values():
        with commune.reading() as site:
            found.add(digest.shared_state(site)["pictures"])
    return found


def change(commune: Commune, uri: str, *names: str) -> None:
    with commune.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        shown = [Attached(name, "Le banc") for name in names]
        threads.edit(site, Viewer(post.author_id, Role.RESIDENT), post, post.source, None, shown)


def remove(commune: Commune, uri: str, *, back: bool = False) -> None:
    """The moderation removes the message, or takes that back: what its author removes is erased ten minutes later."""
    with commune.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        act = threads.restore if back else threads.delete
        act(site, ADMIN, post)


def answers(network: Network, uri: str, name: str, body: bytes, status: int = 200) -> None:
    """From now on the origin of this message answers so when it is asked for the picture."""
    url = address(uri.split("/")[2], name)
    network.wire.answers["GET", url] = Answer(status, {}, body, url)


def test_an_image_is_shown_next_door_from_its_own_files(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    trio.settle()
    for slug in (NEAR, FAR):
        [shown] = seen(trio.communes[slug], uri)
        assert (shown.digest, shown.alt, shown.width, shown.height, shown.kilobytes) == (name, "Le banc", 60, 40, 1)
        data = PictureFiles(trio.communes[slug].settings.data).read(name)
        assert data is not None and Drawing.open(BytesIO(data)).format == "WEBP"
    with near.reading() as site:
        pictures.check_shown(site, name)
    assert requests(near) == [] and len(fetches(trio)) == 2
    assert len(digests(trio)) == 1


def test_a_reply_with_images_travels_too(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    uri = opens(home)
    trio.settle()
    name = sent(near)
    with acting(near, person(near, "Mireille A.")) as (site, who):
        thread = reading.find_thread(site, site.session.scalars(select(Post).where(Post.uri == uri)).one().thread.key)
        place = threads.replies.find_place(site, thread.key)
        writer = threads.replies.Author(who.id, who.uri, who.shared, threads.viewer_of(site, who))
        writing = threads.written(site.settings, "Et ici.")
        reply = threads.replies.write(site, writer, place, writing, shown=[Attached(name, "")])
    trio.settle()
    assert [one.kilobytes for one in seen(home, reply.uri)] == [1] and seen(home, reply.uri)[0].alt == ""
    assert len(digests(trio)) == 1


def test_until_it_comes_its_words_are_shown_then_the_image(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    answers(trio, uri, name, b"", 503)
    trio.settle()
    [shown] = seen(near, uri)
    assert (shown.alt, shown.kilobytes, shown.is_awaited) == ("Le banc", None, True)
    [request] = requests(near)
    assert request.failures == 1 and request.outcome == peers.explain_status(503)
    assert PictureFiles(near.settings.data).read(name) is None
    trio.wire.answers.clear()
    trio.clock.advance(minutes=1)
    trio.settle()
    assert seen(near, uri)[0].kilobytes == 1 and requests(near) == []


def test_an_origin_that_is_away_is_asked_ever_less_and_again_when_it_is_back(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    names = [sent(home, shade) for shade in (1, 2, 3)]
    uri = opens(home, *names)
    for name in names:
        answers(trio, uri, name, b"", 503)
    trio.settle()
    trio.wire.answers.clear()
    trio.wire.down.add(home.settings.host)
    trio.wire.requests.clear()
    for _ in range(20):
        trio.clock.advance(minutes=30)
        trio.work(near)
    assert 0 < len(fetches(trio)) < 20, "all that it owes us waits together"
    trio.wire.down.clear()
    with near.transaction() as site:
        peers.hasten(site, peer_of(site, home.settings.host))
    trio.settle()
    assert [one.kilobytes for one in seen(near, uri)] == [1, 1, 1]


def test_an_image_that_never_comes_is_given_up_with_a_reason_at_the_limit(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    answers(trio, uri, name, b"", 404)
    trio.settle()
    [request] = requests(near)
    moment = request.asked_at + picture_requests.PATIENCE

    def tried_at(when: object) -> PictureRequest:
        with near.transaction() as site:
            site.session.get_one(PictureRequest, (name, home.settings.host)).due_at = request.asked_at
            trio.clock.moment = when  # type: ignore[assignment]
            picture_requests.record_failure(site, picture_requests.Wanted(name, home.settings.host), "x")
        return requests(near)[0]

    assert tried_at(moment - timedelta(seconds=1)).due_at is not None
    ended = tried_at(moment)
    assert (ended.due_at, ended.outcome) == (None, picture_requests.TOO_LATE)
    assert (seen(near, uri)[0].kilobytes, seen(near, uri)[0].is_awaited) == (None, False)


@pytest.mark.parametrize("shade", [1, 254])
def test_other_bytes_than_those_announced_are_refused(trio: Network, shade: int) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    answers(trio, uri, name, adapter.read(drawn(shade)).content)
    trio.settle()
    [request] = requests(near)
    assert (request.due_at, request.outcome) == (None, picture_requests.OTHER_BYTES)
    assert PictureFiles(near.settings.data).read(name) is None and seen(near, uri)[0].kilobytes is None
    trio.wire.requests.clear()
    trio.clock.advance(days=2)
    trio.settle()
    assert near.settings.host not in "".join(fetches(trio)) and requests(near)[0].due_at is None


def _bomb() -> bytes:
    out = BytesIO()
    Drawing.new("L", (MAX_SIDE + 1, MAX_SIDE)).save(out, "WEBP", quality=1, method=0)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "page", "cut", "bomb"])
def test_row_62_what_is_named_rightly_and_is_no_picture_of_ours_is_refused(trio: Network, kind: str) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    bodies = {"page": b"<script>alert(1)</script>", "cut": adapter.read(drawn()).content[:60]}
    body = _bomb() if kind == "bomb" else bodies.get(kind) or drawn(kind=kind)
    name = hashlib.sha256(body).hexdigest()
    with home.transaction() as site:  # a commune that names what it should not
        now = site.clock.now()
        site.session.add(Picture(digest=name, size=1, width=1, height=1, kept_at=now, looked_at=now))
    uri = opens(home, name)
    answers(trio, uri, name, body)
    trio.settle()
    assert [(row.due_at, row.outcome) for row in requests(near)] == [(None, picture_requests.UNREADABLE)]
    assert PictureFiles(near.settings.data).read(name) is None


def test_an_image_of_several_messages_is_fetched_once(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    author = person(home, "Huguette P.")
    uris = [opens(home, name, name, author=author) for _ in range(2)]
    trio.settle()
    trio.settle()
    assert len(fetches(trio)) == 2, "once for each commune"
    assert all(one.kilobytes == 1 for uri in uris for one in seen(near, uri))


def test_an_image_that_two_communes_name_is_fetched_once(trio: Network) -> None:
    home, near, far = (trio.communes[slug] for slug in (HOME, NEAR, FAR))
    name = sent(home)
    assert sent(near) == name
    opens(home, name)
    uri = opens(near, name)
    trio.settle()
    assert len(fetches(trio)) == 1 and seen(far, uri)[0].kilobytes == 1
    assert requests(far) == [] and PictureFiles(near.settings.data).read(name) == adapter.read(drawn()).content


def test_a_fetched_image_becomes_ours_only_when_it_is_sent_here(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    opens(home, name)
    trio.settle()
    with pytest.raises(InvalidInput):
        opens(near, name)
    assert sent(near) == name
    uri = opens(near, name)
    data = PictureFiles(near.settings.data).read(name)
    assert data is not None and hashlib.sha256(data).hexdigest() == name, "others check what they fetch here"
    trio.settle()
    assert seen(home, uri)[0].kilobytes == 1


def test_a_suspended_commune_is_not_asked(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    answers(trio, uri, name, b"", 503)
    trio.settle()
    _set_state(trio, near, home, peers.SUSPENDED)
    trio.wire.answers.clear()
    trio.wire.requests.clear()
    trio.clock.advance(days=1)
    trio.work(near)
    assert fetches(trio) == [] and requests(near)[0].due_at is not None
    _set_state(trio, near, home, peers.ACTIVE)
    trio.settle()
    assert seen(near, uri)[0].kilobytes == 1


def _set_state(network: Network, commune: Commune, other: Commune, state: str) -> None:
    with commune.transaction() as site:
        peer_of(site, other.settings.host).state = state


def test_row_91_images_of_a_local_discussion_leave_by_no_activity(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    opens(home, name, shared=False)
    trio.settle()
    assert requests(near) == [] and fetches(trio) == []
    with home.reading() as site:
        written = [load_object(data) for data in site.session.scalars(select(Entry.activity)) if data]
    assert name not in str(written)


def test_a_change_of_the_images_alone_reaches_the_others(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    first, second = sent(home, 1), sent(home, 2)
    uri = opens(home, first)
    trio.settle()
    change(home, uri, second, first)
    trio.settle()
    assert [one.digest for one in seen(near, uri)] == [second, first] and len(digests(trio)) == 1
    change(home, uri)
    trio.settle()
    assert seen(near, uri) == () and len(digests(trio)) == 1
    with near.reading() as site, pytest.raises(NotFound):
        pictures.check_shown(site, first)


def test_a_removed_message_hides_its_images_here_and_there_and_loses_them_after_a_while(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    trio.settle()
    remove(home, uri)
    trio.settle()
    for commune in (home, near):
        with commune.reading() as site, pytest.raises(NotFound):
            pictures.check_shown(site, name)
    trio.clock.advance(days=pictures.REMOVED_DAYS, minutes=-10)
    trio.settle()
    assert PictureFiles(near.settings.data).read(name) is not None, "the message might come back"
    trio.clock.advance(days=pictures.LOOK_DAYS, minutes=20)
    trio.settle()
    for commune in (home, near):
        assert PictureFiles(commune.settings.data).read(name) is None
        with commune.reading() as site:
            assert site.session.get(Picture, name) is None


def test_the_images_of_a_message_that_comes_back_are_fetched_again(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    opens(home, name)  # so that the origin keeps the file
    trio.settle()
    with near.transaction() as site:  # its last message here is the one that is removed
        other = site.session.scalars(select(Post.id).where(Post.uri != uri)).all()
        for row in site.session.scalars(select(PostPicture).where(PostPicture.post_id.in_(other))):
            site.session.delete(row)
    remove(home, uri)
    trio.settle()
    trio.clock.advance(days=pictures.REMOVED_DAYS + pictures.LOOK_DAYS, minutes=1)
    trio.settle()
    assert PictureFiles(near.settings.data).read(name) is None
    remove(home, uri, back=True)
    trio.settle()
    assert seen(near, uri)[0].kilobytes == 1


def test_what_is_removed_before_it_came_is_not_fetched(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    remove(home, uri)
    trio.settle()
    assert fetches(trio) == [] and requests(near) == []


def test_the_page_of_the_discussion_is_renewed_when_its_image_comes(trio: Network) -> None:
    home, near = trio.communes[HOME], trio.communes[NEAR]
    name = sent(home)
    uri = opens(home, name)
    answers(trio, uri, name, b"", 503)
    trio.settle()
    with near.reading() as site:
        key = site.session.scalars(select(Post).where(Post.uri == uri)).one().thread.key

    def version(subject: str) -> int:
        with near.reading() as site:
            return site.session.scalar(select(PageVersion.version).where(PageVersion.subject == subject)) or 0

    before, all_before = version(f"thread:{key}"), version("all")
    trio.wire.answers.clear()
    trio.clock.advance(minutes=1)
    tasks.run(near, picture_requests.PICTURES)
    assert seen(near, uri)[0].kilobytes == 1
    assert version(f"thread:{key}") > before and version("all") == all_before
