"""A letter on its way to the mail server, and what became of it."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LONGEST_ANSWER = 300


class Trouble(StrEnum):
    """Why a letter did not leave; who keeps the site reads a sentence for each."""

    REFUSED = "refused"  # the server will never take this letter: nothing to try again
    LATER = "later"  # the server asks to come back (RFC 5321 §4.2.1: replies that begin with 4)
    SENDER = "sender"  # it does not let this site send under its address
    LOGIN = "login"  # it does not accept our name and password
    PLAIN = "plain"  # it offers no encryption
    UNREACHABLE = "unreachable"
    TOO_LATE = "too_late"  # it waited until it was of no use any more


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, as the mail server needs it; every value is one line but the text."""

    mail_id: int
    sender_name: str
    sender: str
    recipient: str
    subject: str
    text: str
    message_id: str
    language: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """What the mail server said to one letter; no trouble when it took it."""

    mail_id: int
    trouble: Trouble | None = None
    answer: str = ""

    @property
    def final(self) -> bool:
        """Whether trying again would change nothing."""
        return self.trouble is Trouble.REFUSED


def one_line(text: str, longest: int = LONGEST_ANSWER) -> str:
    """The text on one line without controls: no value of ours begins another header (row 77)."""
    bare = "".join(
        " " if unicodedata.category(char)[0] in "CZ" and char not in "\u00a0\u202f" else char for char in text
    )
    return " ".join(bare.split(" ")).strip()[:longest]
