"""The form in which the changes of the common text are taken into ours: one choice for each passage."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import request
from flask_babel import gettext

from pop_forum.domain.lineage.passages import TITLE, Passage
from pop_forum.domain.lineage.taking import Taking
from pop_forum.domain.measure_length import Excess
from pop_forum.domain.text import is_visible, tidy_text
from pop_forum.federation.revisions import MAX_BLOCK_CHARS, MAX_TITLE_CHARS
from pop_forum.services.taking import PICKS, WRITTEN, Decisions
from pop_forum.web.forms import measure_too_long
from pop_forum.web.language import number
from pop_forum.web.measure_form import wrong_reason

PICK, OTHER = "choix-", "autre-"  # begin the names of the fields of a passage
REFUSED = "ours"  # what is chosen of a change that came in by itself, to keep our text


@dataclass(frozen=True, slots=True)
class TakingForm:
    """What was chosen and typed; `base` is the version of our text, `head` that of the common one."""

    picks: Mapping[str, str]
    texts: Mapping[str, str]
    reason: str
    base: str
    head: str

    @classmethod
    def kept(cls, fields: Mapping[str, str]) -> "TakingForm":
        """The form that these fields hold."""
        lines = {name: value.replace("\r\n", "\n") for name, value in fields.items()}
        return cls(
            {name.removeprefix(PICK): value for name, value in lines.items() if name.startswith(PICK)},
            {name.removeprefix(OTHER): value for name, value in lines.items() if name.startswith(OTHER)},
            lines.get("reason", ""),
            lines.get("base", ""),
            lines.get("head", ""),
        )

    @classmethod
    def typed(cls) -> "TakingForm":
        """The form as it was sent."""
        return cls.kept(request.form.to_dict())

    @property
    def fields(self) -> dict[str, str]:
        """What its draft holds."""
        picks = {PICK + key: value for key, value in self.picks.items()}
        texts = {OTHER + key: value for key, value in self.texts.items()}
        return {**picks, **texts, "reason": self.reason, "base": self.base, "head": self.head}

    def only(self, keys: frozenset[str], base: str, head: str) -> "TakingForm":
        """The form on other versions: the choices of these names are kept, all that was typed is."""
        picks = {key: value for key, value in self.picks.items() if key in keys}
        return replace(self, picks=picks, base=base, head=head)

    def decisions(self, taking: Taking) -> Decisions:
        """What the service makes a version of."""
        asked = {passage.key for passage in taking.asked}
        return Decisions(
            ours=self.base,
            theirs=self.head,
            picks={key: value for key, value in self.picks.items() if key in asked},
            texts=self.texts,
            refused=frozenset(key for key, value in self.picks.items() if key not in asked and value == REFUSED),
            reason=self.reason,
        )

    def errors(self, taking: Taking) -> dict[str, str]:
        """What is missing, as sentences by the id of the field."""
        found = {}
        for place, passage in enumerate(taking.asked, start=1):
            said = self._wrong(passage, place)
            if said:
                found[f"p{place}"] = said
        found |= wrong_reason(self.reason)
        return found

    def _wrong(self, passage: Passage, place: int) -> str | None:
        """What is missing in the choice of one passage."""
        pick, words = self.picks.get(passage.key, ""), self.texts.get(passage.key, "")
        if pick not in {*PICKS, WRITTEN}:
            return str(gettext("Passage %(place)s : il reste à choisir.", place=place))
        if pick == WRITTEN and not is_visible(words):
            return str(gettext("Passage %(place)s : écrivez votre autre texte, ou choisissez-en un.", place=place))
        if pick == WRITTEN and passage.key == TITLE and len(words) > MAX_TITLE_CHARS:
            return str(
                gettext(
                    "Le titre compte %(count)s caractères, %(most)s au plus.",
                    count=number(len(words)),
                    most=MAX_TITLE_CHARS,
                )
            )
        if pick == WRITTEN and passage.key != TITLE and len(tidy_text(words)) > MAX_BLOCK_CHARS:
            return measure_too_long(Excess(place, len(tidy_text(words)), MAX_BLOCK_CHARS, False))
        return None
