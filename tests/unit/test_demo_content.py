"""The demonstration content keeps its promises: schema, references, ages, counts and French typography."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pop_forum.domain.budget import wire
from pop_forum.settings.model import CATEGORIES

DATA = Path(__file__).parents[2] / "pop_forum" / "data"
COMMUNES = {"valombre": range(12, 17), "pont-hervel": range(8, 11), "sainte-aure": range(6, 9)}
ROLES = {"resident", "candidate", "moderator", "admin"}
REPLY_KEYS = {"author", "commune", "days_ago", "text", "supports"}
THREAD_KEYS = REPLY_KEYS | {"key", "measure", "visibility", "title", "replies"}
CATEGORY_SLUGS = {category.slug for category in CATEGORIES}
ADAPTATION_KEYS = {"commune", "measure", "author", "days_ago", "title", "reason", "blocks"}
LONGEST_THREAD = 25

Record = dict[str, Any]


def load(name: str) -> Record:
    """The parsed content of one data file."""
    content = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


@pytest.fixture(scope="module")
def demo() -> Record:
    """The demonstration content."""
    return load("demo.yaml")


@pytest.fixture(scope="module")
def measures() -> set[str]:
    """The slugs of the common programme's measures."""
    themes = load("programme.yaml")["themes"]
    return {measure["slug"] for theme in themes for measure in theme["measures"]}


def homes(demo: Record) -> dict[str, str]:
    """The commune of each person, by key."""
    return {person["key"]: person["commune"] for person in demo["people"]}


def replies(demo: Record) -> list[Record]:
    """Every reply of every thread."""
    return [reply for thread in demo["threads"] for reply in thread["replies"]]


def texts(demo: Record) -> Iterator[str]:
    """Every sentence a visitor will read."""
    yield from (person["name"] for person in demo["people"])
    for thread in demo["threads"]:
        yield thread["title"]
        yield thread["text"]
        yield from (thread["poll"]["question"], *thread["poll"]["answers"]) if "poll" in thread else ()
    for reply in replies(demo):
        yield reply["text"]
        yield reply.get("edited", "")
    for adaptation in demo["adaptations"]:
        yield from (adaptation["title"], adaptation["reason"], *adaptation["blocks"])
    for budget in demo["budgets"]:
        yield budget["reason"]
        yield from (text for text in budget["sheet"].values() if isinstance(text, str))
    for step in steps(demo):
        yield from (step["title"], step["reason"], *(text for _, text in step["passages"]))


def steps(demo: Record) -> list[Record]:
    """The versions of the measures that evolve."""
    return [step for evolution in demo["evolutions"] for step in evolution["steps"]]


def test_the_file_has_the_seven_expected_parts(demo: Record) -> None:
    assert set(demo) == {"version", "people", "threads", "adaptations", "evolutions", "adoptions", "budgets"}
    assert demo["version"] == 1


def test_people_are_distinct_and_complete(demo: Record) -> None:
    assert all(set(person) == {"key", "commune", "name", "role"} for person in demo["people"])
    assert len(homes(demo)) == len(demo["people"])
    assert len({person["name"] for person in demo["people"]}) == len(demo["people"])


@pytest.mark.parametrize("commune", COMMUNES)
def test_each_commune_has_its_people_and_roles(demo: Record, commune: str) -> None:
    roles = Counter(person["role"] for person in demo["people"] if person["commune"] == commune)
    assert roles.total() in COMMUNES[commune]
    assert set(roles) <= ROLES
    assert roles["admin"] == 1
    assert roles["moderator"] == 1


def test_only_communes_that_are_not_municipal_have_candidates(demo: Record) -> None:
    candidates = Counter(person["commune"] for person in demo["people"] if person["role"] == "candidate")
    assert set(candidates) == {"valombre", "pont-hervel"}
    assert max(candidates.values()) <= 2


def test_threads_and_replies_have_the_expected_fields(demo: Record) -> None:
    assert all(set(thread) - {"poll", "category"} == THREAD_KEYS for thread in demo["threads"])
    for reply in replies(demo):
        assert set(reply) >= REPLY_KEYS
        assert set(reply) <= REPLY_KEYS | {"edited", "deleted"}
    for post in demo["threads"] + replies(demo):
        assert isinstance(post["text"], str)
        assert post["text"].strip() == post["text"] != ""


def test_every_discussion_of_daily_life_stands_in_a_category(demo: Record) -> None:
    daily = [thread.get("category") for thread in demo["threads"] if thread["measure"] is None]
    assert daily and set(daily) <= CATEGORY_SLUGS and len(set(daily)) >= 4
    assert not any("category" in thread for thread in demo["threads"] if thread["measure"] is not None)


def test_a_thread_opens_with_one_to_three_paragraphs(demo: Record) -> None:
    assert all(1 <= len(thread["text"].split("\n\n")) <= 3 for thread in demo["threads"])


def test_thread_keys_and_titles_are_distinct(demo: Record) -> None:
    for field in ("key", "title"):
        assert len({thread[field] for thread in demo["threads"]}) == len(demo["threads"])


def test_every_author_writes_from_home(demo: Record) -> None:
    written = demo["threads"] + replies(demo) + demo["adaptations"]
    assert all(homes(demo)[item["author"]] == item["commune"] for item in written)


def test_everybody_writes_something(demo: Record) -> None:
    assert {item["author"] for item in demo["threads"] + replies(demo)} == set(homes(demo))


def test_every_measure_exists_in_the_programme(demo: Record, measures: set[str]) -> None:
    used = {item["measure"] for item in demo["threads"] + demo["adaptations"] + demo["adoptions"] + demo["budgets"]}
    assert used - {None} <= measures


def test_replies_get_younger_and_follow_their_thread(demo: Record) -> None:
    for thread in demo["threads"]:
        ages = [thread["days_ago"], *(reply["days_ago"] for reply in thread["replies"])]
        assert all(older > younger > 0 for older, younger in zip(ages, ages[1:], strict=False)), thread["key"]
        assert ages[0] > 0


def test_supports_can_be_given_by_neighbours_other_than_the_author(demo: Record) -> None:
    neighbours = Counter(homes(demo).values())
    for post in demo["threads"] + replies(demo):
        assert 0 <= post["supports"] <= min(9, neighbours[post["commune"]] - 1), post["text"]


def test_other_communes_answer_only_shared_threads(demo: Record) -> None:
    visitors = [
        thread["visibility"]
        for thread in demo["threads"]
        for reply in thread["replies"]
        if reply["commune"] != thread["commune"]
    ]
    assert set(visitors) == {"shared"}


def test_one_discussion_of_daily_life_has_a_poll_that_runs_and_whose_voters_live_there(demo: Record) -> None:
    [thread] = [thread for thread in demo["threads"] if "poll" in thread]
    poll = thread["poll"]
    assert thread["measure"] is None and thread["days_ago"] > poll["days_ago"] > 0
    assert poll["days"] - poll["days_ago"] > 7
    assert {homes(demo)[voter] for voter in poll["votes"]} == {thread["commune"]}
    assert {place for chosen in poll["votes"].values() for place in chosen} == set(range(len(poll["answers"])))


def test_there_are_threads_on_measures_and_on_daily_life(demo: Record) -> None:
    on_measures = [thread for thread in demo["threads"] if thread["measure"]]
    assert (len(on_measures), len(demo["threads"]) - len(on_measures)) == (18, 14)
    assert len({thread["measure"] for thread in on_measures}) >= 9
    assert Counter(thread["visibility"] for thread in demo["threads"]) == {"shared": 24, "local": 8}


def test_several_measures_are_discussed_in_several_communes(demo: Record) -> None:
    places = {(thread["measure"], thread["commune"]) for thread in demo["threads"] if thread["measure"]}
    assert sum(count > 1 for count in Counter(measure for measure, _ in places).values()) >= 4


def test_threads_have_three_to_twelve_replies_except_the_longest_and_the_newest(demo: Record) -> None:
    lengths = Counter(len(thread["replies"]) for thread in demo["threads"])
    assert lengths.pop(0) == 1
    assert lengths.pop(LONGEST_THREAD) == 1
    assert set(lengths) <= set(range(3, 13))


def test_two_messages_are_edited_and_two_deleted(demo: Record) -> None:
    edited = [reply for reply in replies(demo) if "edited" in reply]
    assert len(edited) == 2
    assert all(reply["edited"] != reply["text"] for reply in edited)
    assert [reply["deleted"] for reply in replies(demo) if "deleted" in reply] == [True, True]


def test_each_commune_adapts_one_different_measure(demo: Record) -> None:
    adaptations = demo["adaptations"]
    assert all(set(adaptation) == ADAPTATION_KEYS for adaptation in adaptations)
    assert sorted(adaptation["commune"] for adaptation in adaptations) == sorted(COMMUNES)
    assert len({adaptation["measure"] for adaptation in adaptations}) == 3
    for adaptation in adaptations:
        assert 8 <= len(adaptation["blocks"]) <= 20
        assert all(isinstance(block, str) and "\n" not in block for block in adaptation["blocks"])


def test_no_adaptation_states_an_amount(demo: Record) -> None:
    assert not any("€" in block for adaptation in demo["adaptations"] for block in adaptation["blocks"])


def test_an_adaptation_is_followed_by_a_common_version_that_changed_the_same_passage(demo: Record) -> None:
    for evolution in demo["evolutions"]:
        taken = {item["measure"] for item in demo["adaptations"] + demo["adoptions"]}
        assert evolution["measure"] not in taken
        base, ours, theirs = (dict(step["passages"]) for step in evolution["steps"])
        assert [step["common"] for step in evolution["steps"]] == [True, False, True]
        assert any(len({text[name] for text in (base, ours, theirs)}) == 3 for name in base)
        assert set(ours) - set(base) and set(theirs) - set(base) - set(ours)
        assert not any("€" in text for step in evolution["steps"] for _, text in step["passages"])


def test_each_commune_adopts_four_to_eight_measures_it_does_not_adapt(demo: Record) -> None:
    adopted = [(adoption["commune"], adoption["measure"]) for adoption in demo["adoptions"]]
    adapted = {(adaptation["commune"], adaptation["measure"]) for adaptation in demo["adaptations"]}
    assert all(set(adoption) == {"commune", "measure", "days_ago"} for adoption in demo["adoptions"])
    assert len(set(adopted)) == len(adopted)
    assert not adapted & set(adopted)
    counts = Counter(commune for commune, _ in adopted)
    assert set(counts) == set(COMMUNES)
    assert all(4 <= count <= 8 for count in counts.values())


@pytest.mark.parametrize(
    ("mistake", "pattern"),
    [
        ("an ordinary space before ; ! ? : or »", r" [;!?:»]"),
        ("an ordinary space after «", r"« "),
        ("no space at all before ; ! ? or »", r"[^\u202f?!.…][;!?»]"),
        ("no no-break space before :", r"[^\u00a0]:"),
        ("a guillemet without its narrow space", r"«[^\u202f]"),
        ("a straight apostrophe or quotation mark", r"['\"]"),
        ("a point médian", r"[·•‧]"),
        ("an ordinary space inside a number, an hour or an amount", r"\d (\d{3}\b|h\b|[€%])"),
        ("two spaces in a row", r"[ \u00a0\u202f]{2}"),
        ("three full stops", r"\.\.\."),
    ],
)
def test_french_typography_has_no_such_mistake(demo: Record, mistake: str, pattern: str) -> None:
    found = [text for text in texts(demo) if re.search(pattern, text)]
    assert not found, f"{mistake}: {found}"


def test_each_budget_says_that_it_is_invented_and_can_be_read_whole(demo: Record) -> None:
    assert len({budget["measure"] for budget in demo["budgets"]}) == 4
    assert {budget["commune"] for budget in demo["budgets"]} == set(COMMUNES)
    for budget in demo["budgets"]:
        assert homes(demo)[budget["author"]] == budget["commune"]
        sheet = wire.read(budget["sheet"] | {"sheet": 1})
        assert sheet is not None and sheet.others == () and sheet.is_priced and sheet.method and sheet.confidence
        assert sheet.hypotheses.startswith("Montants inventés pour la démonstration.")
