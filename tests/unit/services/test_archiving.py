"""The archive of a commune: one file that anybody can verify, and in which nothing can be changed unseen."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pop_forum.adapters import archive_file
from pop_forum.adapters.archive_file import MAX_MEMBER_BYTES
from pop_forum.adapters.pictures import PictureFiles
from pop_forum.cli import archive
from pop_forum.cli.federation import group
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation import pages
from pop_forum.federation.activities import PersonDeclared
from pop_forum.federation.archived import MOST_FAULTS, Reading
from pop_forum.federation.identifiers import Host
from pop_forum.models import Picture, PostPicture
from pop_forum.services import identity, threads
from pop_forum.services.threads import ThreadDraft
from tests.network import Network, acting, person
from tests.unit.services.scribe import OTHER, PAPER, Scribe

FORUM = "journaux/forum/000001.json"
Members = dict[str, bytes]
Change = Callable[[Members], None]
PICTURE = b"RIFF....WEBP"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Result]:
    """An archive of Valombre, which has written, erased and shown a picture; its fingerprint; what the command said."""
    folder = tmp_path_factory.mktemp("archive")
    network = Network(folder / "data")
    commune = network.add("valombre")
    write(commune)
    network.clock.advance(minutes=11)
    network.settle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "one", lambda _: commune)
        said = CliRunner().invoke(group, ["archive", "valombre", str(folder / "valombre.zip")])
        again = CliRunner().invoke(group, ["archive", "valombre", str(folder / "valombre.zip")])
    assert again.exit_code != 0, "what is there is not replaced"
    with commune.reading() as site:
        root = identity.own_fingerprint(site)
    network.close()
    return folder / "valombre.zip", root, said


def write(commune: Commune) -> None:
    with acting(commune, person(commune, "Huguette P.")) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("Le car", "Il est plein.", None, True))
        late = threads.reply(site, who, thread, "À effacer bientôt.")
        threads.open_thread(site, who, ThreadDraft("Ici", "Cela reste ici.", None, False))
        shown = threads.reply(site, who, thread, "Une photo.")
        digest, now = hashlib.sha256(PICTURE).hexdigest(), site.clock.now()
        site.session.add(Picture(digest=digest, size=len(PICTURE), width=1, height=1, kept_at=now, looked_at=now))
        site.session.add(PostPicture(post_id=shown.id, position=0, digest=digest, alt="", width=1, height=1))
        threads.delete(site, Viewer(who.id, Role.RESIDENT), late)
    PictureFiles(commune.settings.data).keep(digest, PICTURE)


def verify(path: Path) -> Result:
    return CliRunner().invoke(group, ["verify", str(path)])


def changed(made: tuple[Path, str, Result], path: Path, change: Change) -> Path:
    """A copy of the archive in which this was done to its members."""
    with zipfile.ZipFile(made[0]) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def test_an_archive_is_verified_without_its_site(made: tuple[Path, str, Result]) -> None:
    path, root, said = made
    told = json.loads(said.stdout.splitlines()[-1])
    assert said.exit_code == 0 and told["pictures"] == 1 and told["bytes"] == path.stat().st_size
    done = verify(path)
    counts = json.loads(done.stdout.splitlines()[-1])
    assert (done.exit_code, counts["journals"], counts["erased"], counts["pictures"]) == (0, 2, 1, 1), done.output
    assert counts["faults"] == 0 and counts["entries"] == counts["proofs"] + 1 == told["entries"]
    assert root in done.stdout
    with zipfile.ZipFile(path) as file:
        everything = b"".join(file.read(name) for name in file.namelist())
    assert b"Cela reste ici" not in everything and "À effacer".encode() not in everything
    assert b"Il est plein" in everything


def edit(members: Members) -> None:
    members[FORUM] = members[FORUM].replace(b"Il est plein.", b"Il est vide..")


def lose_the_end(members: Members) -> None:
    page = pages.parse_page(members[FORUM], host="valombre.localhost:8080", journal="forum")
    members[FORUM] = _cut(page, members[FORUM])


def _cut(page: pages.Page, data: bytes) -> bytes:
    """The same page without its last entry: the head still tells of it."""
    start = chain.Position(page.epoch.number, page.epoch.id, chain.Seq(page.start), page.previous)
    return pages.build_page(
        host=page.head.host,
        journal="forum",
        start=start,
        entries=page.entries[:-1],
        hashes=page.hashes[:-1],
        epoch=page.epoch,
        head_document=page.head_document,
        more=False,
    )


def lose_a_journal(members: Members) -> None:
    del members[FORUM]


def twice(members: Members) -> None:
    members["journaux/forum/000002.json"] = members[FORUM]


def other_picture(members: Members) -> None:
    name = next(name for name in members if name.startswith("images/"))
    members[name] = b"RIFF....AUTRE"


@pytest.mark.parametrize("change", [edit, lose_the_end, lose_a_journal, twice, other_picture])
def test_whatever_was_changed_is_a_fault(made: tuple[Path, str, Result], tmp_path: Path, change: Change) -> None:
    done = verify(changed(made, tmp_path / "autre.zip", change))
    assert done.exit_code == 1, done.output
    assert json.loads(done.stdout.splitlines()[-1])["faults"] >= 1


def no_description(members: Members) -> None:
    del members["archive.json"]


def other_schema(members: Members) -> None:
    members["archive.json"] = members["archive.json"].replace(b'"schema":1', b'"schema":2')


def climbing(members: Members) -> None:
    members["archive.json"] = members["archive.json"].replace(b'"forum"', b'"../x"')


@pytest.mark.parametrize("change", [no_description, other_schema, climbing])
def test_what_is_no_archive_is_refused(made: tuple[Path, str, Result], tmp_path: Path, change: Change) -> None:
    done = verify(changed(made, tmp_path / "autre.zip", change))
    assert done.exit_code == 2 and "n’est pas une archive" in done.stderr


def test_a_file_of_another_kind_or_cut_short_is_refused(made: tuple[Path, str, Result], tmp_path: Path) -> None:
    other, short = tmp_path / "autre.zip", tmp_path / "court.zip"
    other.write_text("Bonjour.")
    short.write_bytes(made[0].read_bytes()[:-40])
    assert [verify(path).exit_code for path in (other, short)] == [2, 2]
    absent = verify(tmp_path / "absent.zip")
    assert absent.exit_code == 2 and "n’existe pas" in absent.stderr


def test_a_member_is_read_up_to_a_size(tmp_path: Path) -> None:
    path = tmp_path / "gros.zip"
    with archive_file.new(path) as file:
        file.add("bon", b"\0" * MAX_MEMBER_BYTES)
        file.add("trop", b"\0" * (MAX_MEMBER_BYTES + 1))
    with archive_file.opened(path) as read:
        assert len(read.read("bon")) == MAX_MEMBER_BYTES
        with pytest.raises(InvalidInput):
            read.read("trop")


def test_an_archive_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "valombre.zip"
    with pytest.raises(RuntimeError), archive_file.new(path) as file:
        file.add("bon", b"1")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_as_many_members_as_an_archive_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.zip"
    with archive_file.new(path) as file:
        file.add("a", b"")
        file.add("b", b"")
    for most, refused in ((2, False), (1, True)):
        monkeypatch.setattr(archive_file, "MAX_MEMBERS", most)
        if refused:
            with pytest.raises(InvalidInput), archive_file.opened(path):
                pass
        else:
            with archive_file.opened(path) as read:
                assert read.read("a") == b""


def read(scribe: Scribe, *parts: bytes) -> Reading:
    reading = Reading(Host(PAPER), "forum")
    for data in parts or (scribe.page(),):
        reading.take(data)
    reading.finish()
    return reading


def test_a_journal_of_several_pages_is_read_to_its_end_only() -> None:
    scribe = Scribe()
    scribe.replies(scribe.opens())
    assert read(scribe, scribe.page(0, 2), scribe.page(2)).faults == []
    assert read(scribe, scribe.page(0, 2)).wrong == 1, "it breaks off"
    assert read(scribe, scribe.page(0, 1), scribe.page(2)).wrong == 1, "a page is missing"
    assert read(scribe, scribe.page(), scribe.page(2)).wrong == 1, "more after the end"


def test_what_is_missing_without_its_erasure_is_a_fault() -> None:
    scribe = Scribe()
    scribe.replies(scribe.opens())
    scribe.hide(2, by=3)
    assert read(scribe).wrong == 1


@pytest.mark.parametrize("count", [MOST_FAULTS, MOST_FAULTS + 1])
def test_faults_are_counted_and_the_first_ones_told(count: int) -> None:
    scribe, stranger = Scribe(), Scribe(OTHER)
    for number in range(count):
        scribe.say(PersonDeclared(scribe.person(), f"Voix {number}", "resident"), keys=stranger.keys)
    found = read(scribe)
    assert (found.wrong, len(found.faults)) == (count, MOST_FAULTS)
