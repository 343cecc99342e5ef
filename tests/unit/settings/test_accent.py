"""The accent's contrast rules, with the pairs that the look names."""

import re
import tomllib

import pytest

from pop_forum import paths
from pop_forum.settings import colour
from tests.network import INSTANCES

PAIRS = {
    "pétrole": ("#0d5561", "#86cbd5"),
    "lie-de-vin": ("#6f2340", "#eaa4bb"),
    "ardoise": ("#33485c", "#a9c1d8"),
    "tuile": ("#8a3a1c", "#f0b093"),
    "mousse": ("#3c5320", "#b4cf8c"),
    "ocre": ("#6b4a06", "#e3bf6a"),
}


SHEET = (paths.static() / "pop.css").read_text("utf-8")
GROUNDS = ("paper", "wash", "field")


def tokens(theme: str) -> dict[str, str]:
    """The colours that the stylesheet gives to its tokens in this theme."""
    block = {
        "day": r"^:root \{(.*?)\n\}",
        "night": r":root:not\(\[data-theme=light\]\) \{(.*?)\}",
        "chosen night": r":root\[data-theme=dark\] \{(.*?)\}",
    }[theme]
    found = re.search(block, SHEET, re.DOTALL | re.MULTILINE)
    assert found
    return {name: full(value) for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]+)", found[1])}


def full(value: str) -> str:
    """`#fff` as `#ffffff`."""
    return value if len(value) == 7 else "#" + "".join(2 * letter for letter in value[1:])


def test_an_accent_is_checked_on_every_ground_on_which_the_stylesheet_puts_it() -> None:
    day, night = tokens("day"), tokens("night")
    assert set(colour.DAY_GROUNDS) == {day[name] for name in (*GROUNDS, "on-accent")}
    assert set(colour.NIGHT_GROUNDS) == {night[name] for name in (*GROUNDS, "on-accent")}
    assert tokens("chosen night") == night


@pytest.mark.parametrize("theme", ["day", "night"])
def test_words_are_legible_on_every_ground_of_the_stylesheet(theme: str) -> None:
    held = tokens(theme)
    words, grounds = ("ink", "muted", "good", "warn", "bad"), (*GROUNDS, "add", "cut", "mark")
    weak = {
        (word, ground)
        for word in words
        for ground in (grounds if word == "ink" else GROUNDS)
        if colour.contrast(held[word], held[ground]) < colour.LEGIBLE
    }
    assert not weak


@pytest.mark.parametrize("slug", ["valombre", "pont-hervel", "sainte-aure"])
def test_the_accents_of_the_demonstration_are_legible_in_both_themes(slug: str) -> None:
    held = tomllib.loads((INSTANCES / slug / "instance.toml").read_text("utf-8"))["accent"]
    assert colour.check_accent(held["day"], held["night"]) == []


@pytest.mark.parametrize(("day", "night"), PAIRS.values(), ids=PAIRS)
def test_a_named_pair_passes(day: str, night: str) -> None:
    assert colour.check_accent(day, night) == []


@pytest.mark.parametrize(("day", "night"), PAIRS.values(), ids=PAIRS)
def test_a_pair_the_wrong_way_round_fails_on_every_ground(day: str, night: str) -> None:
    assert len(colour.check_accent(night, day)) == 7


@pytest.mark.parametrize("day", [*(day for day, _ in PAIRS.values()), "#000000", "#0000ff", "#8b0000", "#800080"])
def test_a_night_colour_is_the_day_s_just_light_enough(day: str) -> None:
    night = colour.night_from_day(day)
    assert colour.check_accent(PAIRS["pétrole"][0], night) == []
    assert min(colour.contrast(night, ground) for ground in colour.NIGHT_GROUNDS) < 4.8


@pytest.mark.parametrize(("day", "night"), PAIRS.values(), ids=PAIRS)
def test_a_night_colour_keeps_its_hue(day: str, night: str) -> None:
    assert colour.to_oklch(colour.night_from_day(day)).hue == pytest.approx(colour.to_oklch(day).hue, abs=0.05)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0d5561", "#fcfaf5", 8.1),
        ("#0d5561", "#f1ede1", 7.2),
        ("#86cbd5", "#181b19", 9.5),
        ("#86cbd5", "#232722", 8.3),
        ("#86cbd5", "#10201f", 9.2),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert colour.contrast(one, other) == pytest.approx(ratio, abs=0.05)
    assert colour.contrast(one, other) == colour.contrast(other, one)


def test_a_ratio_is_never_rounded_up_to_the_rule() -> None:
    ratios = re.findall(r"contraste de (\S+)", colour.check_accent("#777777", "#86cbd5")[0])
    assert ratios == ["4,47"]


@pytest.mark.parametrize("text", ["#0D5561", "0d5561"])
def test_a_colour_is_read_in_either_case(text: str) -> None:
    assert colour.parse(text) == "#0d5561"


@pytest.mark.parametrize("text", ["", "#fff", "#0d55611", "##0d556", "rouge", "#0d556g", "#0d5561;}", "#٠d5561"])
def test_what_is_no_colour_is_not_read(text: str) -> None:
    assert colour.parse(text) is None


@pytest.mark.parametrize("text", ["#000000", "#ffffff", "#0d5561", "#ff0000", "#00ff00", "#0000ff"])
def test_oklch_and_back_is_the_same_colour(text: str) -> None:
    assert colour.from_oklch(colour.to_oklch(text)) == text
