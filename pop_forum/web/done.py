"""What the next page says of an act that has just been done: a sentence, which form was sent, and how to undo it."""

from dataclasses import asdict, dataclass

from flask import session
from flask_babel import gettext

from pop_forum.web.viewer import signed_in

_KEY = "done"
_GREETING = "bonjour"


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


def greet() -> None:
    """Nothing; the next page greets who is signed in then. The cookie of the session holds no name."""
    tell(Done(_GREETING))


def waits() -> bool:
    """Whether the next page has something to say."""
    return _KEY in session


def just_done() -> Done | None:
    """What was just done, once."""
    done = Done(**session.pop(_KEY)) if _KEY in session else None
    if done is None or done.sentence != _GREETING:
        return done
    person = signed_in()
    return None if person is None else Done(gettext("Bonjour %(name)s !", name=person.name))
