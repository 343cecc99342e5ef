"""What the next page says of an act that has just been done: a sentence, which form was sent, and how to undo it."""

from dataclasses import asdict, dataclass

from flask import session

_KEY = "done"


@dataclass(frozen=True, slots=True)
class Done:
    """An act: `submission` tells the script whose draft it may forget, `message` and `act` what may be undone."""

    sentence: str
    submission: str = ""
    message: str = ""
    act: str = ""


def tell(done: Done) -> None:
    """Nothing; the next page of this browser says it."""
    session[_KEY] = asdict(done)


def waits() -> bool:
    """Whether the next page has something to say."""
    return _KEY in session


def just_done() -> Done | None:
    """What was just done, once."""
    return Done(**session.pop(_KEY)) if _KEY in session else None
