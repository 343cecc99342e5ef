"""Images on the wire: named by their bytes, at one address of their origin, and refused in any other shape."""

from dataclasses import replace
from typing import Any

import pytest

from pop_forum.errors import InvalidInput
from pop_forum.federation import activities as a
from pop_forum.federation import images
from pop_forum.federation import vocabulary as v
from pop_forum.federation.build import build
from pop_forum.federation.canonical import jcs
from pop_forum.federation.images import MAX_ALT_CHARS, MAX_IMAGES, MAX_SIDE, Image
from pop_forum.federation.parse import parse
from pop_forum.federation.strict_json import JsonObject, load_object

from .samples import HOST, NOW, OTHER, PERSON, THREAD, activity, at

IMAGE = Image("ab" * 32, "Le banc, sous le tilleul", 1_600, 1_200)
POST = at("/o/gggghhhhiiii")
WRITTEN = a.PostWritten(POST, THREAD, None, PERSON, "a", "<p>a</p>", NOW, images=(IMAGE,))
OPENED = a.ThreadOpened(THREAD, PERSON, "T", "a", "<p>a</p>", "quotidien", None, NOW, images=(IMAGE,))
EDITED = a.PostEdited(POST, PERSON, None, "a", "<p>a</p>", NOW, images=(IMAGE,))
KINDS = [WRITTEN, OPENED, EDITED]


def read(document: JsonObject) -> a.Content:
    return parse(load_object(jcs(document)), host=HOST).content


def with_images(attachment: Any, content: a.Content = WRITTEN) -> JsonObject:
    document: Any = load_object(jcs(build(activity(content))))
    document["object"]["attachment"] = attachment
    return document


def one(**changed: Any) -> JsonObject:
    """The image as it is built, with some of its members changed, or left out by `...`."""
    document: Any = build(activity(WRITTEN))
    [image] = document["object"]["attachment"]
    return {key: value for key, value in {**image, **changed}.items() if value is not ...}


@pytest.mark.parametrize("content", KINDS, ids=lambda one: type(one).__name__)
def test_images_are_read_back_in_their_order(content: Any) -> None:
    several = (IMAGE, Image("cd" * 32, "", 1, 1), IMAGE)
    assert read(build(activity(replace(content, images=several)))) == replace(content, images=several)


@pytest.mark.parametrize("content", KINDS, ids=lambda one: type(one).__name__)
def test_without_images_nothing_is_said_of_them(content: Any) -> None:
    document: Any = build(activity(replace(content, images=())))
    assert "attachment" not in document["object"] and document["@context"] == v.CONTEXT
    assert build(activity(content))["@context"] == v.IMAGE_CONTEXT


def test_an_image_has_the_form_of_fep_1311() -> None:
    assert one() == {
        "type": "Image",
        "mediaType": "image/webp",
        "url": f"https://{HOST}/images/{'ab' * 32}.webp",
        "name": "Le banc, sous le tilleul",
        "digestMultibase": images.multibase("ab" * 32),
        "width": 1_600,
        "height": 1_200,
    }
    assert images.multibase("ab" * 32).startswith("zQm")


def test_an_image_that_only_decorates_has_no_name() -> None:
    document: Any = build(activity(replace(WRITTEN, images=(replace(IMAGE, alt=""),))))
    assert "name" not in document["object"]["attachment"][0]
    assert read(document) == replace(WRITTEN, images=(replace(IMAGE, alt=""),))


def test_the_limits_of_images() -> None:
    for count, is_read in ((MAX_IMAGES, True), (MAX_IMAGES + 1, False)):
        _check(with_images([one()] * count), is_read)
    for side, is_read in ((1, True), (MAX_SIDE, True), (0, False), (MAX_SIDE + 1, False)):
        _check(with_images([one(width=side)]), is_read)
        _check(with_images([one(height=side)]), is_read)
    for length, is_read in ((1, True), (MAX_ALT_CHARS, True), (0, False), (MAX_ALT_CHARS + 1, False)):
        _check(with_images([one(name="x" * length)]), is_read)


def _check(document: JsonObject, is_read: bool) -> None:
    if is_read:
        assert isinstance(read(document), a.PostWritten)
    else:
        with pytest.raises(InvalidInput):
            read(document)


@pytest.mark.parametrize(
    "url",
    [
        f"https://{OTHER}/images/{'ab' * 32}.webp",
        f"https://{HOST}/images/{'cd' * 32}.webp",
        f"https://{HOST}/images/{'ab' * 32}.svg",
        f"https://{HOST}/deconnexion",
        f"https://{HOST}.evil.example/images/{'ab' * 32}.webp",
        "https://127.0.0.1/x.webp",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        ["https://a.example", "https://b.example"],
        {"type": "Link", "href": f"https://{HOST}/images/{'ab' * 32}.webp"},
        ...,
    ],
)
def test_row_42_an_image_is_at_its_own_address_of_its_origin_or_refused(url: Any) -> None:
    with pytest.raises(InvalidInput):
        read(with_images([one(url=url)]))


@pytest.mark.parametrize(
    "digest",
    [..., "", "ab" * 32, "z" + "1" * 46, "zQm" + "0" * 44, "Qm" + "1" * 44, images.multibase("ab" * 32)[:-1], 1, None],
)
def test_a_digest_of_another_shape_is_refused(digest: Any) -> None:
    with pytest.raises(InvalidInput):
        read(with_images([one(digestMultibase=digest)]))


@pytest.mark.parametrize(
    "attachment",
    [None, {}, "x", [1], [[]], [{}], [one(mediaType=...)], [one(type=["Image"])], [one(name="a\nb")], [one(name=None)]],
)
def test_what_is_no_list_of_images_is_refused(attachment: Any) -> None:
    with pytest.raises(InvalidInput):
        read(with_images(attachment))


@pytest.mark.parametrize("side", [..., "100", 1.5, True, -1, None])
def test_the_size_of_an_image_is_two_integers(side: Any) -> None:
    document = with_images([one()])
    target: Any = document["object"]
    target["attachment"] = [one(width=side)]
    with pytest.raises(InvalidInput):
        parse(document, host=HOST)


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"type": "Video"}, "Create/Note with Video"), ({"mediaType": "image/avif"}, "Create/Note with image/avif")],
)
def test_what_a_later_version_attaches_is_unsupported_not_refused(changed: dict[str, str], told: str) -> None:
    assert read(with_images([one(), one(**changed)])) == a.Unsupported(told)


def test_a_list_without_images_is_a_message_without_images() -> None:
    assert read(with_images([])) == replace(WRITTEN, images=())
