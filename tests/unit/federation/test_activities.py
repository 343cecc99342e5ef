"""Activities: what is built is read back, and what one site says in the name of another is refused."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.errors import InvalidInput
from pop_forum.federation import activities as a
from pop_forum.federation import revisions
from pop_forum.federation.build import build
from pop_forum.federation.canonical import jcs
from pop_forum.federation.editions import Edition
from pop_forum.federation.identifiers import ObjectId, Seq, commune_id, site_actor_id
from pop_forum.federation.keys import fingerprint
from pop_forum.federation.parse import parse
from pop_forum.federation.strict_json import Json, JsonObject, load_object

from .samples import EPOCH, GROUP, HOST, NOW, OPENED, OTHER, PERSON, PUBLIC_KEYS, THREAD, activity, at, opened

COMMUNE = commune_id(HOST)
SITE = site_actor_id(HOST)
POST = at("/o/gggghhhhiiii")
FAR_THREAD = at("/o/farawaythread", OTHER)
FAR_POST = at("/o/farawaypost", OTHER)
TOKEN = "0a" * 32
URN = "urn:pop:programme-commun:navette-a-la-demande"
REVISION = revisions.Revision(
    URN, (), "Navette", (revisions.Block("b-1", "paragraph", "Un texte."),), None, COMMUNE, "2026-11-23T10:00:00Z"
)
DIGEST = revisions.digest(REVISION)
ROOT = fingerprint(PUBLIC_KEYS)
IMPROVED = replace(REVISION, parents=(DIGEST,))

SAMPLES: list[a.Activity] = [
    activity(a.PersonDeclared(PERSON, "Une habitante", "habitante")),
    activity(a.PersonDeclared(PERSON, "Compte supprimé", "habitante", update=True)),
    OPENED,
    activity(a.ThreadOpened(THREAD, PERSON, "Titre", "*a*", "<p>a</p>", "mesure", URN, NOW, at("/discussions/1"))),
    activity(a.PostWritten(POST, THREAD, None, PERSON, "a", "<p>a</p>", NOW), audience=GROUP),
    activity(a.PostWritten(POST, FAR_THREAD, FAR_POST, PERSON, "a\n\tb", "<p>a</p>", NOW, at("/discussions/1"))),
    activity(a.PostEdited(POST, PERSON, None, "b", "<p>b</p>", NOW)),
    activity(a.PostEdited(THREAD, PERSON, "Nouveau titre", "b", "<p>b</p>", NOW), audience=GROUP),
    activity(a.PostDeleted(POST, PERSON, NOW)),
    activity(a.PostDeleted(POST, COMMUNE, NOW), COMMUNE),
    activity(a.PostRestored(POST, COMMUNE, NOW), COMMUNE),
    activity(a.SupportGiven(FAR_POST, TOKEN), COMMUNE),
    activity(a.SupportWithdrawn(POST, TOKEN), COMMUNE),
    activity(a.RevisionPublished(REVISION, "adaptation", "Horaires d’été"), COMMUNE),
    activity(a.MeasureAdopted(URN, DIGEST), COMMUNE),
    activity(a.Erase("forum", EPOCH.id, Seq(7)), SITE),
    activity(a.KeyRegister(EPOCH, (PUBLIC_KEYS,)), SITE),
    activity(a.PollOpened(THREAD), audience=GROUP),
    activity(a.MemberListed(OTHER, "Pont-Hervel", "partisane", ROOT), SITE),
    activity(a.MemberRemoved(OTHER), SITE),
    activity(a.Erase("forum", EPOCH.id, Seq(7), a.Tombstone(THREAD, PERSON, NOW, "mesure", URN)), SITE),
    activity(a.Erase("forum", EPOCH.id, Seq(7), a.Tombstone(POST, PERSON, NOW, thread=FAR_THREAD)), SITE),
    activity(a.Erase("forum", EPOCH.id, Seq(7), a.Tombstone(POST, PERSON, NOW, None, None, THREAD, FAR_POST)), SITE),
    activity(a.MeasureSetAside(URN, DIGEST, "Le bourg a déjà un car."), COMMUNE),
    activity(a.MeasureSetAside(URN, None, "Trop cher."), COMMUNE),
    activity(a.MeasureReopened(URN), COMMUNE),
    activity(
        a.ThreadOpened(THREAD, PERSON, "Titre", "a", "<p>a</p>", "mesure", URN, NOW, at("/discussions/1"), (), "b-1")
    ),
    activity(a.OpinionGiven(OTHER, DIGEST, PERSON, "rework", "Un mot."), COMMUNE),
    activity(a.GroupSettled((PERSON, at("/p/x", OTHER)), 2, 30), SITE),
    activity(a.ImprovementProposed(IMPROVED, "wished", "Un mot.", DIGEST), COMMUNE),
    activity(a.EditionPublished(Edition("2027-1", NOW.date(), "Titre", ((URN, DIGEST),)), "Un mot."), COMMUNE),
]
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), min_size=1, max_size=90
)


def read(document: JsonObject) -> a.Activity:
    """The activity as its reader sees it, from bytes."""
    return parse(load_object(jcs(document)), host=HOST)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample.content).__name__)
def test_what_is_built_is_read_back(sample: a.Activity) -> None:
    assert read(build(sample)) == sample


@given(TEXT, TEXT, TEXT)
def test_any_text_survives(title: str, source: str, html: str) -> None:
    content = a.ThreadOpened(THREAD, PERSON, title, source, html, "quotidien", None, NOW)
    assert read(build(activity(content))).content == content


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample.content).__name__)
def test_every_activity_has_one_type_and_its_addressing(sample: a.Activity) -> None:
    document = build(sample)
    assert isinstance(document["type"], str)
    assert document["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert document["cc"] == ([GROUP] if sample.audience else [])


def changed(sample: a.Activity, path: str, value: Any) -> JsonObject:
    """The built activity with one member, at this dotted path, replaced (or removed when `value` is ...)."""
    document = load_object(jcs(build(sample)))
    target: dict[str, Json] = document
    *parents, last = path.split(".")
    for key in parents:
        inner = target[key]
        assert isinstance(inner, dict)
        target = inner
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return document


THREAD_SAMPLE, MEASURE_SAMPLE, POST_SAMPLE = SAMPLES[2], SAMPLES[3], SAMPLES[4]
FOREIGN = str(at("/o/x", OTHER))


@pytest.mark.parametrize("path", ["id", "actor", "object.id", "object.attributedTo", "object.url"])
@pytest.mark.parametrize(
    "value", [FOREIGN, "https://valombre.example.evil.example/o/x", "https://evil.example/@valombre.example"]
)
def test_rows_17_and_19_an_id_of_another_site_is_refused(path: str, value: str) -> None:
    with pytest.raises(InvalidInput):
        read(changed(SAMPLES[3], path, value))


@pytest.mark.parametrize("path", ["id", "actor", "object.id", "object.attributedTo", "object.context"])
@pytest.mark.parametrize(
    "value", [1, "1", [], {}, [str(PERSON)], [str(PERSON), FOREIGN], None, ..., {"id": str(PERSON)}, ""]
)
def test_row_18_an_id_is_one_url(path: str, value: object) -> None:
    with pytest.raises(InvalidInput):
        read(changed(POST_SAMPLE, path, value))


def test_row_20_an_edit_in_the_name_of_another_is_refused() -> None:
    with pytest.raises(InvalidInput, match="attributedTo"):
        read(changed(SAMPLES[6], "object.attributedTo", str(at("/p/somebodyelse"))))
    with pytest.raises(InvalidInput, match="herself"):
        read(changed(SAMPLES[1], "actor", str(at("/p/somebodyelse"))))


def test_row_21_a_deletion_or_undo_of_what_is_not_the_site_s_own_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read(changed(SAMPLES[8], "object", FOREIGN))
    by_commune = read(changed(SAMPLES[10], "object.object", FOREIGN))
    assert by_commune.content == a.PostRestored(ObjectId(FOREIGN), COMMUNE, NOW), "a reply in one of its threads"
    for sample in (SAMPLES[10], SAMPLES[12]):
        with pytest.raises(InvalidInput, match="same actor|only the actor"):
            read(changed(sample, "object.actor", str(PERSON)))


def test_row_20_a_poll_in_a_discussion_of_another_site_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read(changed(SAMPLES[17], "object", FOREIGN))


@pytest.mark.parametrize("index", [11, 12, 13, 14, 15, 16])
def test_row_32_only_the_commune_or_its_site_may_say_this(index: int) -> None:
    document = changed(SAMPLES[index], "actor", str(PERSON))
    inner = document.get("object")
    if isinstance(inner, dict) and "actor" in inner:
        inner["actor"] = str(PERSON)
    with pytest.raises(InvalidInput, match="must be"):
        read(document)


@pytest.mark.parametrize(
    "document",
    [
        {"@graph": [build(OPENED)]},
        {**build(OPENED), "actor": ..., "as:actor": PERSON},
        {**build(OPENED), "object": {"@reverse": {"object": build(OPENED)}}},
        {**build(OPENED), "type": ["Create"]},
        {**build(OPENED), "type": "as:Create", "object": 1},
    ],
)
def test_row_30_only_plain_keys_count(document: dict[str, Any]) -> None:
    plain = {key: value for key, value in document.items() if value is not ...}
    try:
        found = read(plain)
    except InvalidInput:
        return
    assert isinstance(found.content, a.Unsupported)


def test_row_34_a_revision_that_does_not_match_its_digest_is_refused() -> None:
    for path, value in (
        ("object.pop:revision.title", "Autre"),
        ("object.pop:digest", "Qm" + "1" * 44),
        ("object.id", str(at("/v/Qm" + "1" * 44))),
    ):
        with pytest.raises(InvalidInput, match="digest"):
            read(changed(SAMPLES[13], path, value))


def test_a_revision_by_another_author_is_refused() -> None:
    other = revisions.Revision(**{**vars(REVISION), "author": commune_id(OTHER)})
    with pytest.raises(InvalidInput, match="author"):
        read(build(activity(a.RevisionPublished(other, "local", "x"), COMMUNE)))


@pytest.mark.parametrize(
    ("sample", "path", "value"),
    [
        (THREAD_SAMPLE, "published", "2026-11-23"),
        (THREAD_SAMPLE, "published", 1),
        (THREAD_SAMPLE, "to", [FOREIGN]),
        (THREAD_SAMPLE, "to", "https://www.w3.org/ns/activitystreams#Public"),
        (THREAD_SAMPLE, "cc", [1]),
        (THREAD_SAMPLE, "cc", [str(GROUP), FOREIGN]),
        (THREAD_SAMPLE, "object", str(THREAD)),
        (THREAD_SAMPLE, "object.name", ...),
        (THREAD_SAMPLE, "object.name", "a\nb"),
        (THREAD_SAMPLE, "object.name", "a" * 301),
        (THREAD_SAMPLE, "object.content", "\x00"),
        (THREAD_SAMPLE, "object.content", ""),
        (THREAD_SAMPLE, "object.source", "text"),
        (THREAD_SAMPLE, "object.source.mediaType", "text/html"),
        (THREAD_SAMPLE, "object.source.content", "a" * 50_001),
        (THREAD_SAMPLE, "object.mediaType", "text/plain"),
        (THREAD_SAMPLE, "object.context", FOREIGN),
        (THREAD_SAMPLE, "object.pop:measure", URN),
        (MEASURE_SAMPLE, "object.pop:measure", ...),
        (MEASURE_SAMPLE, "object.pop:measure", "urn:isbn:1"),
        (POST_SAMPLE, "object.inReplyTo", str(POST)),
        (POST_SAMPLE, "object.inReplyTo", ...),
        (SAMPLES[0], "object.name", "a\u2028b"),
        (SAMPLES[0], "object.pop:role", ...),
        (SAMPLES[11], "pop:token", "AA" * 32),
        (SAMPLES[11], "pop:token", "aa"),
        (SAMPLES[12], "object", str(POST)),
        (SAMPLES[13], "object.pop:revision.parents", ["x"]),
        (SAMPLES[14], "pop:digest", "z" + DIGEST),
        (SAMPLES[14], "pop:measure", FOREIGN),
        (SAMPLES[15], "pop:n", 0),
        (SAMPLES[15], "pop:epochId", "x"),
        (SAMPLES[16], "pop:keys", []),
        (SAMPLES[16], "pop:epoch", 1),
        (SAMPLES[23], "pop:digest", "z" + DIGEST),
        (SAMPLES[23], "pop:measure", FOREIGN),
        (SAMPLES[23], "summary", ...),
        (SAMPLES[24], "actor", str(PERSON)),
        (SAMPLES[25], "object.pop:measure", ...),
        (SAMPLES[25], "object.actor", str(PERSON)),
    ],
)
def test_malformed_activities_are_refused(sample: a.Activity, path: str, value: object) -> None:
    with pytest.raises(InvalidInput):
        read(changed(sample, path, value))


@pytest.mark.parametrize(
    ("sample", "path", "value", "told"),
    [
        (THREAD_SAMPLE, "type", "Announce", "Announce"),
        (THREAD_SAMPLE, "object.type", "Video", "Create/Video"),
        (THREAD_SAMPLE, "object.pop:board", "jardin", "Create/Page on the board jardin"),
        (SAMPLES[12], "object.type", "Follow", "Undo/Follow"),
        (SAMPLES[13], "object.pop:revision.schema", 2, "Create/Article of another schema"),
        (SAMPLES[13], "object.pop:role", "fusion", "Create/Article in the role fusion"),
    ],
)
def test_what_a_later_version_may_say_is_unsupported_not_refused(
    sample: a.Activity, path: str, value: object, told: str
) -> None:
    assert read(changed(sample, path, value)).content == a.Unsupported(told)


@given(
    st.dictionaries(
        st.sampled_from(["id", "type", "actor", "object", "published", "to", "cc"]),
        st.none()
        | st.integers()
        | st.text()
        | st.just({"type": "Page"})
        | st.sampled_from(["Create", "Undo", str(PERSON)]),
    )
)
def test_any_object_is_read_or_refused(document: JsonObject) -> None:
    try:
        parse(document, host=HOST)
    except InvalidInput as error:
        assert str(error)


def test_what_is_only_read_is_not_built() -> None:
    with pytest.raises(TypeError):
        build(activity(a.Unsupported("Announce")))


def test_ids_come_out_in_their_one_spelling() -> None:
    found = read(changed(OPENED, "actor", "https://VALOMBRE.example:443/p/aaaabbbbcccc"))
    assert found.actor == PERSON
    assert isinstance(found.content, a.ThreadOpened)
    assert found.content.author == ObjectId(opened().author)


MEMBER = next(sample for sample in SAMPLES if isinstance(sample.content, a.MemberListed))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("actor", str(COMMUNE)),
        ("actor", str(PERSON)),
        ("pop:host", "PONT-HERVEL.example"),
        ("pop:host", "pont-hervel.example:443"),
        ("pop:host", "https://pont-hervel.example"),
        ("pop:host", 1),
        ("pop:host", ...),
        ("pop:fingerprint", "a" * 51),
        ("pop:fingerprint", "A" * 52),
        ("pop:fingerprint", ...),
        ("name", ""),
        ("name", "x" * 101),
        ("name", "a\nb"),
    ],
)
def test_a_member_is_told_by_the_site_in_one_spelling(path: str, value: Any) -> None:
    with pytest.raises(InvalidInput):
        read(changed(MEMBER, path, value))


def test_a_member_of_a_kind_of_a_later_version_is_kept() -> None:
    assert isinstance(read(changed(MEMBER, "pop:kind", "coopérative")).content, a.Unsupported)


def test_only_who_listed_a_member_removes_it() -> None:
    removed = next(sample for sample in SAMPLES if isinstance(sample.content, a.MemberRemoved))
    with pytest.raises(InvalidInput):
        read(changed(removed, "object.actor", str(COMMUNE)))


def test_members_stand_in_the_journal_of_the_programme_only() -> None:
    for content in (MEMBER.content, a.MemberRemoved(OTHER)):
        assert a.belongs(content, "programme")
        assert not a.belongs(content, "forum")
