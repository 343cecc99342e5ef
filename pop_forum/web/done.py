"""What the next page says of an act that has just been done: a sentence, which form was sent, and how to undo it."""

from dataclasses import asdict, dataclass

from flask import g, session
from flask_babel import gettext

from pop_forum.web.viewer import signed_in

_KEY = "done"
_GREETING = "bonjour"


@dataclass(frozen=True, slots=True)
class Done:
    """An act: `submission` tells the script whose draft it may forget, `message` and `act` what `undo` would undo."""

    sentence: str
    submission: str = ""
    message: str = ""
    act: str = ""
    undo: str = ""  # what the button says that undoes it


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
    """What was just done, for one page: it says it where it stands."""
    if "just_done" not in g:
        g.just_done = _taken()
    done: Done | None = g.just_done
    return done


def _taken() -> Done | None:
    done = Done(**session.pop(_KEY)) if _KEY in session else None
    if done is None or done.sentence != _GREETING:
        return done
    person = signed_in()
    return None if person is None else Done(gettext("Bonjour %(name)s !", name=person.name))
