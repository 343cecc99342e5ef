"""Pictures through the door: what is taken, what is refused, and what is left of them."""

import re
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from math import isqrt
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update

from pop_forum.adapters import pictures as adapter
from pop_forum.domain.permissions import UNDO_FOR
from pop_forum.errors import TooLarge
from pop_forum.models import FormerPictures, Picture, PictureRequest, Post, PostPicture
from pop_forum.services import pictures, undo
from pop_forum.services.page_weights import PICTURE_KILOBYTES
from pop_forum.tasks import sweep
from pop_forum.web import pictures as pictures_web
from tests.web.test_discussions import Shown, open_thread, rows
from tests.web.test_drafts import typed

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
USUAL = {"theme": "auto", "size": "normal", "spacing": "usual", "contrast": "soft", "language": "fr"}
LOOK = re.compile(r'src="(/images/[0-9a-f]{64}\.webp)"')


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **more: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


def with_place() -> bytes:
    """A photograph that says where it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Marque"
    exif.get_ifd(0x8825)[1] = "N"
    return photo(exif=exif)


ASCII, SHORT, RATIONAL = 2, 3, 5  # types of a value of EXIF
IMAGE_WIDTH, MAKE, ORIENTATION = 0x0100, 0x010F, 0x0112


def odd_exif(tag: int, type_: int, turned: int = 6) -> bytes:
    """A photograph on its side whose EXIF gives this tag a type that no camera gives it."""
    entries = sorted([(ORIENTATION, SHORT, 1, turned << 16), (tag, type_, 1, 38)])
    table = b"".join(struct.pack(">HHII", *entry) for entry in entries)
    block = b"MM\0*" + struct.pack(">IH", 8, len(entries)) + table + bytes(4) + struct.pack(">II", 3, 2)
    return photo(exif=b"Exif\0\0" + block)


def send(browser: Any, address: str, data: bytes, name: str = "photo.jpg", **fields: str) -> Any:
    form = f"{address}/repondre"
    return browser.send(form, form, text="Regardez", **{"image-1": (BytesIO(data), name), **fields})


@pytest.fixture
def browser(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_shown_with_its_description(browser: Any, client: Any, kind: str) -> None:
    address = open_thread(browser)
    assert send(browser, address, photo(kind), **{"alt-1": "Le car à l’arrêt"}).status_code == 303
    page = client.get(address).text
    assert 'alt="Le car à l’arrêt"' in page and 'width="60" height="40"' in page and 'loading="lazy"' in page
    answer = client.get(LOOK.search(page)[1])
    assert answer.mimetype == "image/webp" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"] and "sandbox" in answer.headers["Content-Security-Policy"]
    assert Image.open(BytesIO(answer.data)).format == "WEBP"


def test_a_device_that_saves_data_is_offered_the_picture(browser: Any, client: Any) -> None:
    address = open_thread(browser)
    send(browser, address, photo(), **{"alt-1": "Le car"})
    saving = client.get(address, headers={"Save-Data": "on"}).text
    assert "Afficher l’image, 1 Ko" in saving.replace("\u202f", " ") and "<details" in saving
    assert "Afficher l’image" not in client.get(address).text
    client.send("/affichage", "/connexion", **USUAL, pictures="loaded")
    assert "Afficher l’image" not in client.get(address, headers={"Save-Data": "on"}).text, "chosen for this site"


def test_a_page_shows_pictures_by_itself_up_to_its_budget_and_offers_the_others(
    browser: Any, client: Any, commune: Any
) -> None:
    address = open_thread(browser)
    for number in range(3):
        send(browser, address, photo(size=(60 + number, 40)), **{"alt-1": "Le car"})
    for second, offered in ((PICTURE_KILOBYTES - 2, 0), (PICTURE_KILOBYTES - 1, 1)):  # beside two of one kilobyte
        with commune.transaction() as site:
            site.session.execute(update(Picture).where(Picture.width == 61).values(size=second * 1000))
            site.touched_thread(address.rsplit("/", 1)[1])
        for reader in (client, browser, browser):
            page = reader.get(address).text
            assert page.count("<img") == 3 and page.count("Afficher l’image") == offered
    for choice, offered in (("loaded", 0), ("offered", 3)):
        client.send("/affichage", "/connexion", **USUAL, pictures=choice)
        assert client.get(address).text.count("Afficher l’image") == offered
    client.send("/affichage", "/connexion", **USUAL)
    assert client.get(address).text.count("Afficher l’image") == 1


def test_who_chooses_it_is_offered_pictures_without_an_account(browser: Any, client: Any, app: Any) -> None:
    address = open_thread(browser)
    send(browser, address, photo(), **{"alt-1": "Le car"})
    for reader, page in ((client, "/connexion"), (browser, "/affichage")):
        assert "Afficher l’image" not in reader.get(address).text
        reader.send("/affichage", page, **USUAL, pictures="offered")
        assert "Afficher l’image, 1 Ko" in reader.get(address).text.replace("\u202f", " ")
        reader.send("/affichage", page, **USUAL)
        assert "Afficher l’image" not in reader.get(address).text


def test_the_form_under_a_discussion_takes_pictures_too(browser: Any, client: Any) -> None:
    address = open_thread(browser)
    page = browser.get(address).text
    form = page.split('id="repondre"', 1)[1].split("</form>", 1)[0]
    assert 'enctype="multipart/form-data"' in form and form.count('type="file"') == pictures.PICTURES
    image = (BytesIO(photo()), "a")
    refused = browser.send(f"{address}/repondre", address, text="Regardez", **{"image-1": image})
    assert refused.status_code == 400 and typed(refused.text) == "Regardez" and "Une image est déjà là" in refused.text
    image = (BytesIO(photo()), "a")
    browser.send(f"{address}/repondre", address, text="Regardez", **{"image-1": image, "alt-1": "Le car"})
    assert 'alt="Le car"' in client.get(address).text
    assert 'type="file"' not in client.get(address).text


def test_row_80_what_a_picture_tells_beside_what_it_shows_is_gone(browser: Any, client: Any) -> None:
    address = open_thread(browser)
    send(browser, address, with_place(), **{"deco-1": "1"})
    page = client.get(address).text
    data = client.get(LOOK.search(page)[1]).data
    assert not Image.open(BytesIO(data)).getexif() and b"Exif" not in data and b"Marque" not in data
    assert Image.open(BytesIO(data)).size == (40, 60) and 'alt=""' in page


@pytest.mark.parametrize(
    ("tag", "type_"), [(IMAGE_WIDTH, RATIONAL), (MAKE, RATIONAL), (IMAGE_WIDTH, ASCII), (MAKE, 99), (0x8825, SHORT)]
)
def test_row_80_a_photograph_whose_camera_wrote_odd_things_is_shown_upright(
    browser: Any, client: Any, tag: int, type_: int
) -> None:
    address = open_thread(browser)
    assert send(browser, address, odd_exif(tag, type_), **{"alt-1": "x"}).status_code == 303
    data = client.get(LOOK.search(client.get(address).text)[1]).data
    assert Image.open(BytesIO(data)).size == (40, 60) and not Image.open(BytesIO(data)).getexif()


@pytest.mark.parametrize("turned", [0, 1, 9, 65_535])
def test_a_photograph_that_says_no_known_way_up_stays_as_it_is(turned: int) -> None:
    assert adapter.read(odd_exif(MAKE, ASCII, turned)).width == 60


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        photo()[:200],
        b"",
        photo("BMP"),
        photo("TIFF"),
    ],
)
def test_row_80_what_is_no_picture_is_refused_and_the_text_stays(browser: Any, commune: Any, data: bytes) -> None:
    answer = send(browser, open_thread(browser), data, "photo.png", **{"alt-1": "x"})
    assert answer.status_code == 400 and "une image que nous savons lire" in answer.text
    assert typed(answer.text) == "Regardez" and len(rows(commune, Post)) == 1


def test_row_80_a_page_hidden_behind_a_picture_is_gone(browser: Any, client: Any) -> None:
    address = open_thread(browser)
    send(browser, address, photo("GIF") + b"<script>alert(1)</script>", "x.html", **{"alt-1": "x"})
    assert b"script" not in client.get(LOOK.search(client.get(address).text)[1]).data


def test_row_62_a_picture_of_too_many_points_is_refused_before_it_is_decoded(browser: Any) -> None:
    out = BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    answer = send(browser, open_thread(browser), out.getvalue(), **{"alt-1": "x"})
    assert answer.status_code == 400 and "trop grande" in answer.text and typed(answer.text) == "Regardez"


@pytest.mark.parametrize(
    ("limit", "kind", "more", "said"),
    [
        ("MAX_PIXELS", "JPEG", {}, adapter.TOO_WIDE),
        ("MAX_PIXELS", "MPO", {"save_all": True, "append_images": [Image.new("RGB", (9, 9))]}, adapter.TOO_WIDE),
        ("MAX_WHOLE_PIXELS", "JPEG", {"progressive": True}, adapter.TOO_WIDE_WHOLE),
        ("MAX_WHOLE_PIXELS", "PNG", {}, adapter.TOO_WIDE_WHOLE),
        ("MAX_WHOLE_PIXELS", "WEBP", {}, adapter.TOO_WIDE_WHOLE),
        ("MAX_WHOLE_PIXELS", "GIF", {}, adapter.TOO_WIDE_WHOLE),
        ("MAX_BYTES", "PNG", {}, adapter.TOO_HEAVY),
    ],
)
def test_row_62_the_limits_of_a_picture(
    monkeypatch: pytest.MonkeyPatch, limit: str, kind: str, more: dict[str, Any], said: str
) -> None:
    data = photo(kind, **more)
    most = len(data) if limit == "MAX_BYTES" else 60 * 40
    monkeypatch.setattr(adapter, limit, most)
    assert adapter.read(data).width == 60
    monkeypatch.setattr(adapter, limit, most - 1)
    with pytest.raises(TooLarge) as refused:
        adapter.read(data)
    assert refused.value.public == said


def test_the_limits_of_a_picture_are_said_as_they_are() -> None:
    for sentence, most in ((adapter.TOO_WIDE, adapter.MAX_PIXELS), (adapter.TOO_WIDE_WHOLE, adapter.MAX_WHOLE_PIXELS)):
        assert f"{most // 1_000_000} millions de points" in sentence


HIGHEST = """
import re, sys
import PIL.Image
from pop_forum.adapters import pictures
def highest():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
PIL.Image.init()
before = highest()
made = pictures.read(sys.stdin.buffer.read())
print(highest() - before, made.width)
"""


@pytest.mark.parametrize(
    ("kind", "mode", "limit", "most"),
    [
        ("JPEG", "RGB", "MAX_PIXELS", 100),
        ("PNG", "RGBA", "MAX_WHOLE_PIXELS", 150),
        ("WEBP", "RGBA", "MAX_WHOLE_PIXELS", 210),
    ],
)
def test_row_62_the_largest_picture_leaves_room_for_the_rest_of_a_small_server(
    kind: str, mode: str, limit: str, most: int
) -> None:
    out, side = BytesIO(), isqrt(getattr(adapter, limit))
    Image.linear_gradient("L").resize((side, side)).convert(mode).save(out, kind)
    ran = subprocess.run([sys.executable, "-c", HIGHEST], input=out.getvalue(), capture_output=True, check=True)
    took, width = map(int, ran.stdout.split())
    assert took < most and width == adapter.SIDE


def test_a_picture_is_made_small() -> None:
    made = adapter.read(photo("PNG", (3_200, 100)))
    assert (made.width, made.height) == (adapter.SIDE, 50)


def test_row_62_a_moving_picture_shows_its_first_image() -> None:
    out, frames = BytesIO(), [Image.new("P", (20, 20), shade) for shade in range(50)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert getattr(Image.open(BytesIO(adapter.read(out.getvalue()).content)), "n_frames", 1) == 1


def test_a_picture_needs_a_description_and_is_kept_meanwhile(browser: Any, client: Any, commune: Any) -> None:
    address = open_thread(browser)
    answer = send(browser, address, photo())
    assert answer.status_code == 400 and "Décrivez l’image" in answer.text and typed(answer.text) == "Regardez"
    assert "<title>Erreur\u00a0:" in answer.text and "Un point à corriger" in answer.text
    assert '<a href="#alt-1">Image 1\u00a0: Décrivez' in answer.text and '<input id="alt-1"' in answer.text
    kept = re.search(r'name="gardee-1" value="([0-9a-f]{64})"', answer.text)[1]
    assert client.get(f"/images/{kept}.webp").status_code == 404, "nobody sees it before its message"
    form = f"{address}/repondre"
    assert browser.send(form, form, text="Regardez", **{"gardee-1": kept, "alt-1": "Le car"}).status_code == 303
    assert client.get(f"/images/{kept}.webp").status_code == 200
    assert [row.alt for row in _all(commune)] == ["Le car"]


def _all(commune: Any) -> list[PostPicture]:
    with commune.reading() as site:
        return list(site.session.query(PostPicture).order_by(PostPicture.post_id, PostPicture.position))


def test_a_description_at_the_limit_is_kept_and_a_longer_one_comes_back(browser: Any, commune: Any) -> None:
    address = open_thread(browser)
    assert send(browser, address, photo(), **{"alt-1": "x" * (pictures.ALT_CHARS + 1)}).status_code == 400
    assert send(browser, address, photo(), **{"alt-1": "x" * pictures.ALT_CHARS}).status_code == 303


def test_a_discussion_and_a_change_take_pictures_too(browser: Any, client: Any, commune: Any) -> None:
    answer = browser.send(
        "/quotidien/ouvrir", "/quotidien/ouvrir", title="T", text="x", reach="local",
        **{"image-1": (BytesIO(photo()), "a.jpg"), "alt-1": "Un"},
        **{"image-4": (BytesIO(photo("PNG")), "b"), "alt-4": "Quatre"},
    )  # fmt: skip
    address = answer.headers["Location"]
    assert [row.alt for row in _all(commune)] == ["Un", "Quatre"]
    form = address.replace("discussions", "messages") + "/modifier"
    page = browser.get(form).text
    first, second = re.findall(r'name="gardee-\d" value="([0-9a-f]{64})"', page)
    fields = {"gardee-1": first, "sans-1": "1", "gardee-2": second, "alt-2": "Quatre"}
    assert browser.send(form, form, title="T", text="x", **fields).status_code == 303
    assert [row.alt for row in _all(commune)] == ["Quatre"]
    assert "Un" not in LOOK.findall(client.get(address).text)


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "a" * 5_000, "CON.txt", "%00", "A" * 64])
def test_row_79_a_strange_name_of_a_picture_is_not_found(browser: Any, client: Any, name: str) -> None:
    assert client.get(f"/images/{name}.webp").status_code == 404
    assert send(browser, open_thread(browser), photo(), "../../" + "x" * 5_000, **{"alt-1": "x"}).status_code == 303


@pytest.mark.parametrize("kept", ["0" * 64, "../x", "' OR 1=1"])
def test_row_92_a_picture_that_is_not_here_is_not_attached(browser: Any, commune: Any, kept: str) -> None:
    address = open_thread(browser)
    browser.send(f"{address}/repondre", address, text="x", **{"gardee-1": kept, "alt-1": "x"})
    assert _all(commune) == []


def test_row_91_the_picture_of_a_removed_message_is_not_found(browser: Any, client: Any) -> None:
    address = open_thread(browser)
    key = send(browser, address, photo(), **{"alt-1": "x"}).headers["Location"].rsplit("#m-", 1)[1]
    look = LOOK.search(client.get(address).text)[1]
    browser.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    assert client.get(look).status_code == 404 and look not in browser.get(address).text


def test_row_68_a_description_and_a_file_name_with_markup_are_inert(browser: Any, client: Any) -> None:
    address = open_thread(browser)
    hostile = '"><script>alert(1)</script>'
    send(browser, address, photo(), hostile, **{"alt-1": hostile})
    for page in (client.get(address).text, send(browser, address, photo(), hostile, **{"alt-1": hostile * 30}).text):
        shown = Shown(page)
        assert shown.inline_scripts == 0 and not [name for name in shown.attributes if name.startswith("on")]


def test_a_visitor_sends_no_picture(client: Any, browser: Any, commune: Any) -> None:
    address = open_thread(browser)
    assert send(client, address, photo(), **{"alt-1": "x"}).status_code == 303
    assert rows_of_pictures(commune) == [] and 'type="file"' not in client.get(f"{address}/repondre").text


def rows_of_pictures(commune: Any) -> list[Picture]:
    with commune.reading() as site:
        return list(site.session.query(Picture))


def test_the_sweep_removes_what_no_message_shows(browser: Any, commune: Any) -> None:
    address = open_thread(browser)
    send(browser, address, photo(), **{"alt-1": "x"})
    send(browser, address, photo("PNG", (10, 10)))
    files = adapter.PictureFiles(commune.settings.data)

    def age(waited: timedelta) -> list[str]:
        with commune.transaction() as site:
            site.session.execute(update(Picture).values(kept_at=site.clock.now() - waited, looked_at=LONG_AGO))
        sweep.run(commune)
        return [row.digest for row in rows_of_pictures(commune)]

    both = {row.digest for row in rows_of_pictures(commune)}
    assert len(age(timedelta(days=pictures.ORPHAN_DAYS) - timedelta(minutes=1))) == 2
    [left] = age(timedelta(days=pictures.ORPHAN_DAYS))
    assert files.read(left) is not None and [files.read(gone) for gone in both - {left}] == [None]


def test_row_63_a_form_with_pictures_has_its_own_limit_and_others_keep_theirs(browser: Any) -> None:
    address = open_thread(browser)
    fields = {"csrf_token": browser.csrf(address), "text": "Regardez", "alt-1": "x"}
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    parts.append('--x\r\nContent-Disposition: form-data; name="image-1"; filename="a"\r\n\r\n' + "0" * 2_000_000)
    body = "\r\n".join([*parts, "--x--\r\n"]).encode()
    answer = browser.post(f"{address}/repondre", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400 and "une image que nous savons lire" in answer.text  # it was read
    for form, most in ((f"{address}/repondre", pictures_web.UPLOAD_BYTES), ("/brouillons", 1024 * 1024)):
        answer = browser.post(
            form,
            data=b"--x",
            content_type="multipart/form-data; boundary=x",
            environ_overrides={"CONTENT_LENGTH": str(most + 1)},
        )
        assert answer.status_code == 413, form


def _document(client: Any, commune: Any, where: str) -> Any:
    with commune.reading() as site:
        [path] = [row.uri.split("localhost:8080")[1] for row in site.session.query(Post) if row.key == where]
    return client.get(path, headers={"Accept": "application/activity+json"})


@pytest.mark.parametrize(("reach", "status"), [("shared", 200), ("local", 404)])
def test_row_91_only_a_shared_message_names_its_pictures_to_others(
    browser: Any, client: Any, commune: Any, reach: str, status: int
) -> None:
    address = open_thread(browser, reach=reach)
    key = send(browser, address, photo(), **{"alt-1": "Le\u202e  car\x07"}).headers["Location"].rsplit("#m-", 1)[1]
    answer = _document(client, commune, key)
    assert answer.status_code == status
    [name] = LOOK.findall(client.get(address).text)
    if status == 200:
        [image] = answer.json["attachment"]
        assert image["url"].endswith(name) and (image["type"], image["name"]) == ("Image", "Le car")
    else:
        assert name not in answer.text and "attachment" not in answer.text


def test_of_a_picture_that_is_not_here_its_words_are_shown(browser: Any, client: Any, commune: Any) -> None:
    address = open_thread(browser)
    send(browser, address, photo(), **{"alt-1": "Le car"})
    with commune.transaction() as site:
        [row] = site.session.query(Picture)
        digest = row.digest
        site.session.delete(row)
    page = client.get(address).text
    assert "Image qui n’est plus disponible\u00a0: Le car" in page and "<img" not in page
    with commune.transaction() as site:
        now = site.clock.now()
        site.session.add(PictureRequest(digest=digest, host="x", asked_at=now, due_at=now))
        site.session.get_one(Post, site.session.query(PostPicture).one().post_id).source += " "  # renews the page
    assert "Image pas encore arrivée\u00a0: Le car" in client.get(address).text


def test_an_undone_change_gives_the_text_and_the_pictures_back(browser: Any, client: Any, commune: Any) -> None:
    address = open_thread(browser)
    key = send(browser, address, photo(), **{"alt-1": "Le car"}).headers["Location"].rsplit("#m-", 1)[1]
    form, other = f"/messages/{key}/modifier", (BytesIO(photo("PNG", (30, 30))), "a")
    before = LOOK.findall(client.get(address).text)
    browser.send(form, form, text="Un autre texte", **{"image-1": other, "alt-1": "Le banc", "deco-2": "1"})
    changed = client.get(address).text
    assert LOOK.findall(changed) != before and 'alt="Le banc"' in changed and "Un autre texte" in changed
    assert browser.send(f"/messages/{key}/annuler", acte="modification").status_code == 303
    back = client.get(address).text
    assert LOOK.findall(back) == before and 'alt="Le car"' in back and "Regardez" in back and "Le banc" not in back


def test_a_change_of_the_pictures_alone_is_undone_even_after_the_sweep(browser: Any, client: Any, commune: Any) -> None:
    address = open_thread(browser)
    key = send(browser, address, photo(), **{"alt-1": "Le car"}).headers["Location"].rsplit("#m-", 1)[1]
    form = f"/messages/{key}/modifier"
    with commune.transaction() as site:
        site.session.execute(update(Picture).values(kept_at=LONG_AGO, looked_at=LONG_AGO))
    kept = re.search(r'name="gardee-1" value="([0-9a-f]{64})"', browser.get(form).text)[1]
    browser.send(form, form, text="Regardez", **{"gardee-1": kept, "sans-1": "1"})
    assert "<img" not in client.get(address).text and "Revenir au texte d’avant" in browser.get(address).text
    sweep.run(commune)
    assert browser.send(f"/messages/{key}/annuler", acte="modification").status_code == 303
    assert 'alt="Le car"' in client.get(address).text


def test_a_change_of_the_text_after_one_of_the_pictures_gives_back_the_text_alone(browser: Any, client: Any) -> None:
    address = open_thread(browser)
    key = send(browser, address, photo(), **{"alt-1": "Le car"}).headers["Location"].rsplit("#m-", 1)[1]
    form = f"/messages/{key}/modifier"
    kept = re.search(r'name="gardee-1" value="([0-9a-f]{64})"', browser.get(form).text)[1]
    browser.send(form, form, text="Regardez", **{"gardee-1": kept, "alt-1": "La navette"})
    browser.send(form, form, text="Autrement", **{"gardee-1": kept, "alt-1": "La navette"})
    browser.send(f"/messages/{key}/annuler", acte="modification")
    page = client.get(address).text
    assert "Regardez" in page and 'alt="La navette"' in page and 'alt="Le car"' not in page


def test_former_pictures_are_forgotten_when_nothing_can_be_undone(browser: Any, commune: Any) -> None:
    address = open_thread(browser)
    key = send(browser, address, photo(), **{"alt-1": "Le car"}).headers["Location"].rsplit("#m-", 1)[1]
    browser.send(f"/messages/{key}/modifier", f"/messages/{key}/modifier", text="Sans image")
    for left, age in ((1, UNDO_FOR - timedelta(minutes=1)), (0, UNDO_FOR)):
        with commune.transaction() as site:
            site.session.execute(update(FormerPictures).values(at=site.clock.now() - age))
            undo.purge(site)
        with commune.reading() as site:
            assert len(site.session.scalars(select(FormerPictures)).all()) == left


def test_a_form_says_where_the_pictures_go(browser: Any) -> None:
    page = browser.get(f"{open_thread(browser)}/repondre").text
    assert "elles se voient partout où il se lit" in page and "se voient sur ce site" not in page
