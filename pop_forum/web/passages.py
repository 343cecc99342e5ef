"""« Discuter ce passage »: a discussion on one passage of a measure, with the proposal begun for who writes it."""

from dataclasses import dataclass

from flask_babel import gettext

from pop_forum.services import measures
from pop_forum.services.programme_pages import find_measure
from pop_forum.services.site import Site

TITLE_WORDS = 60  # characters of the passage in the title that is begun


@dataclass(frozen=True, slots=True)
class About:
    """A passage of the text that this commune holds, and how a discussion on it begins."""

    block: str
    words: str

    @property
    def title(self) -> str:
        """The title that is begun."""
        short = self.words if len(self.words) <= TITLE_WORDS else f"{self.words[:TITLE_WORDS].rsplit(' ', 1)[0]}…"
        return str(gettext("Sur le passage «\u202f%(words)s\u202f»", words=short.replace("\n", " ")))

    @property
    def text(self) -> str:
        """The message that is begun: the passage quoted, and the words of a proposal."""
        quoted = "\n".join(f"> {line}" for line in self.words.split("\n"))
        proposal = gettext("Je propose d’écrire plutôt\u00a0:")
        return f"{quoted}\n\n{proposal} "


def asked_for(site: Site, slug: str, block: str) -> About | None:
    """The passage by this id in our text of this measure, None when there is none. Raises NotFound for no measure."""
    held = measures.current_revision(site, find_measure(site, slug).urn) if block else None
    found = (one for one in held.blocks if one["id"] == block) if held is not None else iter(())
    return next((About(block, str(one["text"])) for one in found), None)
