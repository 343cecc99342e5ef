"""A text as it will be published, while it is being written; nothing is kept."""

from dataclasses import dataclass

from flask import Blueprint, request

from pop_forum.domain import markdown
from pop_forum.domain.text import clean_text, is_visible
from pop_forum.errors import TooLarge
from pop_forum.web.rates import limit
from pop_forum.web.viewer import commune

PREVIEWS = "60 per minute"  # somebody who types without a pause asks for thirty


@dataclass(frozen=True, slots=True)
class Preview:
    """A text rendered and cleaned like a message."""

    html: str


blueprint = Blueprint("previews", __name__)


@blueprint.post("/apercu")
@limit(PREVIEWS)
def preview() -> str:
    """The HTML of a text, as a message would show it."""
    return rendered(request.form.get("text", "")).html


def rendered(text: str) -> Preview:
    """A text that somebody is writing, as a message; empty when there is nothing to see yet. Raises TooLarge."""
    most = commune().settings.limits.message_chars
    if len(text) > most:
        raise TooLarge("preview")
    return Preview(markdown.render(clean_text(text, most)) if is_visible(text) else "")
