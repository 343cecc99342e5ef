"""The site can be put on a phone's home screen, under its commune's name and in its colour."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from pop_forum.commune import Commune

SIZES = {"192": 192, "512": 512, "maskable-512": 512}


def test_the_manifest_has_what_a_phone_asks_for(client: Any, commune: Commune) -> None:
    page = client.get("/").text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    answer = client.get("/manifest.webmanifest")
    assert (answer.status_code, answer.mimetype) == (200, "application/manifest+json")
    found = answer.json
    assert found["name"] == commune.settings.name == "Valombre-sur-Lys"
    assert found["short_name"] == "Valombre"
    assert (found["lang"], found["display"], found["start_url"], found["scope"]) == ("fr", "standalone", "/", "/")
    assert found["theme_color"] == commune.settings.accent.day
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in found["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"), ("any", "any")} == sizes
    for icon in found["icons"]:
        picture = client.get(icon["src"])
        assert (picture.status_code, picture.mimetype) == (200, icon["type"])
        assert "immutable" in picture.headers["Cache-Control"]
    for shortcut in found["shortcuts"]:
        assert client.get(shortcut["url"]).status_code == 200


def test_the_manifest_is_the_same_for_everybody(client: Any) -> None:
    english = client.get("/manifest.webmanifest", headers={"Accept-Language": "en"})
    assert english.data == client.get("/manifest.webmanifest").data
    known = {"If-None-Match": english.headers["ETag"]}
    assert client.get("/manifest.webmanifest", headers=known).status_code == 304


@pytest.mark.parametrize("name", SIZES)
def test_an_icon_is_a_whole_picture_in_the_commune_s_colour(client: Any, commune: Commune, name: str) -> None:
    data = client.get(f"/icones/{name}.png").data
    with Image.open(BytesIO(data)) as picture:
        picture.load()
        assert picture.format == "PNG" and picture.size == (SIZES[name], SIZES[name])
        colours = picture.convert("RGBA").getcolors(100_000) or []
    accent = bytes.fromhex(commune.settings.accent.day[1:])
    most = max((count, colour) for count, colour in colours if colour[3] == 255)[1]
    assert bytes(most[:3]) == accent
    assert (255, 255, 255, 255) in {colour for _, colour in colours}, "the letter"
    assert any(colour[3] == 0 for _, colour in colours) == (name != "maskable-512"), "a maskable icon fills its square"


def test_every_part_of_an_icon_has_its_checksum(client: Any) -> None:
    data, place = client.get("/icones/192.png").data, 8
    while place < len(data):
        [length] = struct.unpack_from(">I", data, place)
        body = data[place + 4 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length) == (zlib.crc32(body),)
        place += 12 + length
    assert place == len(data)


def test_the_drawn_icon_bears_the_commune_s_colour(client: Any, commune: Commune) -> None:
    answer = client.get("/icone.svg")
    assert answer.mimetype == "image/svg+xml" and commune.settings.accent.day in answer.text


@pytest.mark.parametrize("name", ["64", "..%2f512", "512.png", "512%00"])
def test_there_is_no_other_icon(client: Any, name: str) -> None:
    assert client.get(f"/icones/{name}.png").status_code == 404


@pytest.mark.parametrize(("theme", "colours"), [("auto", 2), ("light", 1), ("dark", 1)])
def test_the_phone_s_bars_follow_the_theme(client: Any, theme: str, colours: int) -> None:
    client.send("/affichage", theme=theme, language="fr")
    assert client.get("/").text.count('<meta name="theme-color"') == colours
