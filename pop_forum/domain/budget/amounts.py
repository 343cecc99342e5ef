"""Sums of money in whole euros: one figure as people write it in French, and ranges."""

import re
from dataclasses import dataclass
from fractions import Fraction

from pop_forum.errors import InvalidInput

MOST_EUROS = 999_999_999  # nine figures: three times the yearly budget of a town of 100 000 inhabitants

UNREADABLE = "Écrivez un montant en euros entiers, en chiffres, comme 12\u202f000."
SHORTENED = "Écrivez le montant en entier, sans «\u202fk\u202f» ni «\u202fM\u202f»\u00a0: 12\u202f000, par exemple."
CENTS = "Écrivez un montant en euros entiers, sans virgule ni point\u00a0: 12\u202f000, par exemple."
NEGATIVE = "Écrivez un montant sans signe\u00a0: une économie ou une recette a ses propres cases."
TOO_GREAT = "Ce montant dépasse 999\u202f999\u202f999\u202f€. Vérifiez le nombre de zéros."
SPACED = "Les espaces de ce montant ne sont pas à leur place. Écrivez 12\u202f000, ou 12000."

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_EURO = re.compile(r" ?(?:€|euros?|eur)$", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]{1,15}|[0-9]{1,3}(?: [0-9]{3}){1,5}", re.ASCII)
_SHORT = re.compile(r"[0-9][0-9 ,.]*(?:k|m|md|mds|millions?|milliers?|mille)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """A low and a high amount in whole euros, the low one first; a net amount below zero is a gain."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"a range from {self.low} to {self.high}")

    @property
    def is_single(self) -> bool:
        """Whether it names one figure."""
        return self.low == self.high

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.high + other.high)


NOTHING = Range(0, 0)


def parse_amount(text: str) -> int:
    """The whole euros that somebody typed: « 12 000 », « 12000 », « 12 000 € ». Raises InvalidInput."""
    line = _SPACES.sub(" ", text).strip()
    figure = _EURO.sub("", line)
    if _PLAIN.fullmatch(figure):
        amount = int(figure.replace(" ", ""))
        if amount > MOST_EUROS:
            raise InvalidInput(f"an amount of {amount}", TOO_GREAT)
        return amount
    raise InvalidInput(f"amount {text[:40]!r}", _why(figure))


def rounded(value: Fraction) -> int:
    """The nearest whole number, a half going up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _why(figure: str) -> str:
    """What to tell somebody whose amount cannot be read."""
    if _SHORT.fullmatch(figure):
        return SHORTENED
    if re.fullmatch(r"[-−+][0-9 ]+", figure):
        return NEGATIVE
    if re.fullmatch(r"[0-9 ]+[.,][0-9 .,]*", figure):
        return CENTS
    return SPACED if re.fullmatch(r"[0-9 ]+", figure) else UNREADABLE
