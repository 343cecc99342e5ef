"""How two communes meet: documents read back, impostors refused."""

from dataclasses import replace
from typing import Any

import pytest

from pop_forum.errors import BadSignature, InvalidInput
from pop_forum.federation import handshake, register
from pop_forum.federation.canonical import jcs
from pop_forum.federation.handshake import Accept, Invite, Reject, SiteActor
from pop_forum.federation.identifiers import site_actor_id
from pop_forum.federation.keys import fingerprint
from pop_forum.federation.register import MAX_KEYS
from pop_forum.federation.strict_json import JsonObject, load_object

from .samples import HOST, NOW, OTHER, PERSON, PUBLIC_KEYS, at, site_keys

ROOT = fingerprint(PUBLIC_KEYS)
JOURNALS = ("programme", "forum")
SITE = SiteActor(HOST, "Valombre-sur-Lys", "citoyenne", "00001", JOURNALS, PUBLIC_KEYS, ROOT)
US, THEM = site_actor_id(HOST), site_actor_id(OTHER)
INVITE = Invite(at("/a/1"), US, THEM, JOURNALS, ROOT, NOW)
ACCEPT = Accept(at("/a/2", OTHER), THEM, INVITE.id, US, JOURNALS, ROOT, NOW)
REJECT = Reject(at("/a/3", OTHER), THEM, INVITE.id, US, "Pas maintenant.", NOW)


def through_bytes(document: JsonObject) -> JsonObject:
    """The document as it arrives."""
    return load_object(jcs(document))


def test_a_site_actor_is_read_back() -> None:
    document = through_bytes(handshake.site_actor(SITE))
    assert handshake.parse_site_actor(document, host=HOST) == SITE
    assert document["id"] == "https://valombre.example/acteur"
    assert document["inbox"] == "https://valombre.example/boite"


def test_a_rotated_key_keeps_the_root_fingerprint() -> None:
    rotated = replace(SITE, keys=site_keys(2).public())
    assert handshake.parse_site_actor(handshake.site_actor(rotated), host=HOST) == rotated


CHANGING = replace(SITE, keys=site_keys(2).public(), older=(PUBLIC_KEYS,))


def test_while_two_pairs_may_sign_an_older_reader_finds_one_and_a_newer_one_both() -> None:
    document = through_bytes(handshake.site_actor(CHANGING))
    assert [str(each["id"])[-1] for each in document["assertionMethod"]] == ["2"]  # type: ignore[union-attr, index, call-overload]
    told = handshake.parse_site_actor(document, host=HOST)
    assert told == CHANGING
    assert (told.key(1), told.key(2)) == (PUBLIC_KEYS, site_keys(2).public())
    with pytest.raises(BadSignature, match="key 3"):
        told.key(3)
    assert "pop:keys" not in handshake.site_actor(SITE)


def methods(*numbers: int) -> list[dict[str, str]]:
    """The assertionMethod of an actor with these keys."""
    return [
        {
            "id": f"{US}#ed25519-{number}",
            "type": "Multikey",
            "controller": str(US),
            "publicKeyMultibase": site_keys(number).public().ed25519,
        }
        for number in numbers
    ]


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1), tuple(range(1, MAX_KEYS + 1))])
def test_each_key_may_have_an_assertion_method(numbers: tuple[int, ...]) -> None:
    document = with_path(handshake.site_actor(SITE), "assertionMethod", methods(*numbers))
    told = handshake.parse_site_actor(document, host=HOST)
    assert [told.keys.number, *(key.number for key in told.older)] == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("assertionMethod", methods(1, 1)),
        ("assertionMethod", methods(*range(1, MAX_KEYS + 2))),
        ("pop:keys", []),
        ("pop:keys", register.listed((PUBLIC_KEYS, site_keys(2).public(), site_keys(3).public()))),
        ("pop:keys", register.listed((PUBLIC_KEYS, replace(site_keys(3).public(), number=2)))),
        ("pop:keys", register.listed((replace(site_keys(3).public(), number=1), site_keys(2).public()))),
        ("pop:keys", [{"number": number, "ed25519": "z6Mk", "rsa": "x"} for number in (1, 2)]),
    ],
)
def test_keys_that_are_told_in_two_ways_are_refused(path: str, value: Any) -> None:
    with pytest.raises(InvalidInput):
        handshake.parse_site_actor(with_path(handshake.site_actor(CHANGING), path, value), host=HOST)


@pytest.mark.parametrize("document", [INVITE, ACCEPT, REJECT, replace(REJECT, reason=None)])
def test_handshakes_are_read_back(document: handshake.Handshake) -> None:
    assert handshake.parse(through_bytes(handshake.build(document))) == document


def with_path(document: JsonObject, path: str, value: Any) -> JsonObject:
    """The document with the member at this dotted path replaced."""
    copy = through_bytes(document)
    target: Any = copy
    *parents, last = path.split(".")
    for key in parents:
        target = target[int(key)] if key.isdigit() else target[key]
    target[last] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", str(THEM)),
        ("id", str(PERSON)),
        ("type", "Person"),
        ("type", ["Application"]),
        ("inbox", "http://127.0.0.1:6379/"),
        ("inbox", "https://evil.example/boite"),
        ("publicKey", [1]),
        ("publicKey.id", f"{THEM}#main-key"),
        ("publicKey.owner", str(THEM)),
        ("publicKey.publicKeyPem", "x"),
        ("assertionMethod", []),
        ("assertionMethod.0.id", f"{THEM}#ed25519-1"),
        ("assertionMethod.0.id", f"{US}#main-key"),
        ("assertionMethod.0.controller", str(THEM)),
        ("assertionMethod.0.publicKeyMultibase", site_keys(2).public().ed25519),
        ("pop:fingerprint", "a" * 51),
        ("pop:fingerprint", "A" * 52),
        ("pop:fingerprint", "a" * 52),
        ("pop:journals", ["forum", "forum"]),
        ("pop:journals", "forum"),
        ("pop:kind", "royale"),
        ("pop:insee", 1),
        ("name", ""),
    ],
)
def test_row_13_and_malformed_site_actors_are_refused(path: str, value: object) -> None:
    with pytest.raises(InvalidInput):
        handshake.parse_site_actor(with_path(handshake.site_actor(SITE), path, value), host=HOST)


@pytest.mark.parametrize(
    ("document", "path", "value"),
    [
        (INVITE, "actor", str(PERSON)),
        (INVITE, "actor", str(THEM)),
        (INVITE, "id", str(at("/a/1", OTHER))),
        (INVITE, "object", str(PERSON)),
        (INVITE, "object", {"id": str(THEM)}),
        (INVITE, "pop:journals", None),
        (INVITE, "pop:fingerprint", None),
        (INVITE, "published", "hier"),
        (INVITE, "type", "Follow"),
        (ACCEPT, "object", str(INVITE.id)),
        (ACCEPT, "object.object", str(US)),
        (ACCEPT, "object.type", "Follow"),
        (ACCEPT, "object.id", str(at("/a/1", OTHER))),
        (REJECT, "object.actor", str(PERSON)),
        (REJECT, "summary", "x" * 501),
    ],
)
def test_row_22_and_malformed_handshakes_are_refused(document: handshake.Handshake, path: str, value: object) -> None:
    with pytest.raises(InvalidInput):
        handshake.parse(with_path(handshake.build(document), path, value))
