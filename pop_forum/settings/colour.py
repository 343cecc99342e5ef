"""The accent of a commune: WCAG contrast, and lightening in OKLCH until a colour is legible by night. Pure.

Contrast: WCAG 2.2, "relative luminance" and "contrast ratio". OKLCH: Björn Ottosson, "A perceptual color
space for image processing" (2020), with the matrices he publishes.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LEGIBLE = 4.5  # WCAG 2.2, success criterion 1.4.3
DAY_GROUNDS = ("#ffffff", "#fcfaf5", "#f1ede1")  # field, paper and wash of the stylesheet, by day
NIGHT_GROUNDS = ("#181b19", "#232722", "#101311", "#10201f")  # paper, wash, field, and text on the accent
STEP = 0.005  # lightness of one step: smaller than the eye tells apart
HEX = re.compile(r"#?([0-9a-fA-F]{6})")
ACCENTS_KEPT = 256  # worked out in one process: a host of many communes, and a folder that is read again
STATE_BLUE = "#000091"  # the mark of the French State, which communes and parties may not use

Triple = tuple[float, float, float]


class Lightness(NamedTuple):
    """A colour in OKLCH: lightness 0 to 1, chroma, hue in radians."""

    lightness: float
    chroma: float
    hue: float


def parse(text: str) -> str | None:
    """The « #rrggbb » form in lower case of « #0D5561 » or « 0d5561 », or None when it is no colour."""
    match = HEX.fullmatch(text)
    return f"#{match[1].lower()}" if match else None


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(ACCENTS_KEPT)
def night_from_day(day: str) -> str:
    """The darkest colour of the same hue, no darker than `day`, that is legible on every night ground."""
    lightness, chroma, hue = to_oklch(day)
    steps = math.ceil((1 - lightness) / STEP)
    for step in range(steps + 1):
        night = from_oklch(Lightness(min(1.0, lightness + step * STEP), chroma, hue))
        if not list(_too_weak(night, NIGHT_GROUNDS)):
            return night
    return "#ffffff"


def check_accent(day: str, night: str) -> list[str]:
    """A French sentence for each ground on which the accent is not legible, with the measured ratio."""
    faults = [("day", day, ground, ratio) for ground, ratio in _too_weak(day, DAY_GROUNDS)]
    faults += [("night", night, ground, ratio) for ground, ratio in _too_weak(night, NIGHT_GROUNDS)]
    return [
        f"« accent.{which} » {colour} : contraste de {_truncated(ratio)} sur {ground}, il faut au moins 4,5."
        for which, colour, ground, ratio in faults
    ]


def discouraged(day: str) -> bool:
    """Whether a colour is pure red, pure blue, both together or the State's own blue."""
    red, green, blue = _channels(day)
    return day == STATE_BLUE or (green == 0 and (red == 0 or blue == 0 or red == blue))


def to_oklch(colour: str) -> Lightness:
    """A colour of the screen in OKLCH."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Lightness(lightness, math.hypot(a, b), math.atan2(b, a))


def from_oklch(colour: Lightness) -> str:
    """The screen's colour, with the chroma lowered until the screen can show it."""
    low, high = 0.0, colour.chroma
    if _shown(_linear_rgb(colour)):
        return _hex(_linear_rgb(colour))
    for _ in range(20):
        middle = (low + high) / 2
        if _shown(_linear_rgb(colour._replace(chroma=middle))):
            low = middle
        else:
            high = middle
    return _hex(_linear_rgb(colour._replace(chroma=low)))


def _too_weak(colour: str, grounds: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    for ground in grounds:
        ratio = contrast(colour, ground)
        if ratio < LEGIBLE:
            yield ground, ratio


def _truncated(ratio: float) -> str:
    # 4.496 must not be shown as 4.50 beside « il faut au moins 4,5 ».
    return f"{math.floor(ratio * 100) / 100:.2f}".replace(".", ",")


def _channels(colour: str) -> Triple:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _linear(channel: float) -> float:
    low = channel <= 0.04045
    return channel / 12.92 if low else math.pow((channel + 0.055) / 1.055, 2.4)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear_rgb(colour: Lightness) -> Triple:
    a, b = colour.chroma * math.cos(colour.hue), colour.chroma * math.sin(colour.hue)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _shown(linear: Triple) -> bool:
    return all(-0.0001 <= channel <= 1.0001 for channel in linear)


def _hex(linear: Triple) -> str:
    return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in linear)


def _encoded(channel: float) -> float:
    clipped = min(1.0, max(0.0, channel))
    return 12.92 * clipped if clipped <= 0.0031308 else 1.055 * math.pow(clipped, 1 / 2.4) - 0.055
