"""The form in which a measure is rewritten: one field per passage, and buttons that work without a script."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request
from flask_babel import gettext

from pop_forum.domain.measure_length import Excess, excesses
from pop_forum.domain.text import is_visible
from pop_forum.errors import InvalidInput
from pop_forum.federation.revisions import MAX_BLOCK_CHARS, MAX_BLOCKS, MAX_TITLE_CHARS, Block
from pop_forum.models import Revision
from pop_forum.services.measures import TOO_MANY_PASSAGES, MeasureDraft
from pop_forum.services.versions import blocks_of
from pop_forum.web.forms import measure_too_long
from pop_forum.web.language import number
from pop_forum.web.viewer import commune

MAX_REASON_CHARS = 500
_PASSAGE = re.compile(r"(?:text|block)-[0-9]+")
NEW = "nouveau"  # begins the temporary id of a passage that has none yet
AWAY = "retire:"  # begins the name of a passage that was taken out, and can be put back as long as it waits here
PASSAGES_MOST = 2 * MAX_BLOCKS + 1  # sent at once: one too many is told in the form, and as many were taken out


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage as typed; a new one has no id yet. `name` is its id, and says that it was taken out."""

    name: str
    text: str

    @property
    def id(self) -> str:
        """The id of its block, empty when it has none yet."""
        return self.name.removeprefix(AWAY)

    @property
    def away(self) -> bool:
        """Whether it was taken out."""
        return self.name.startswith(AWAY)


@dataclass(frozen=True, slots=True)
class MeasureForm:
    """What was typed; `base` is the version that the person began to write from."""

    title: str
    passages: tuple[Passage, ...]
    reason: str
    base: str

    @classmethod
    def of(cls, revision: Revision) -> "MeasureForm":
        """The form as it is first shown: the present text, no reason yet."""
        passages = tuple(Passage(block.id, block.text) for block in blocks_of(revision))
        return cls(revision.title, passages, "", revision.digest)

    @classmethod
    def kept(cls, fields: Mapping[str, str]) -> "MeasureForm":
        """The form as its draft left it."""
        numbers = [int(name[6:]) if name[:6] == "block-" else int(name[5:]) for name in fields if _PASSAGE.match(name)]
        places = range(1, 1 + max(numbers, default=0))
        passages = tuple(Passage(fields.get(f"block-{n}", ""), fields.get(f"text-{n}", "")) for n in places)
        return cls(fields.get("title", ""), passages, fields.get("reason", ""), fields.get("base", ""))

    @property
    def staying(self) -> tuple[tuple[int, Passage], ...]:
        """The passages of the text, each with its place in the form."""
        return tuple((place, one) for place, one in enumerate(self.passages, start=1) if not one.away)

    @property
    def fields(self) -> dict[str, str]:
        """What its draft holds."""
        blocks = {f"block-{n}": passage.name for n, passage in enumerate(self.passages, start=1)}
        texts = {f"text-{n}": passage.text for n, passage in enumerate(self.passages, start=1)}
        return {"title": self.title, "reason": self.reason, "base": self.base, **blocks, **texts}

    def changes(self, present: Revision) -> bool:
        """Whether somebody wrote something in it."""
        return replace(self, base=present.digest) != self.of(present)

    @classmethod
    def typed(cls) -> "MeasureForm":
        """The form as it was sent. Raises InvalidInput when its fields do not fit together."""
        ids, texts = request.form.getlist("block"), request.form.getlist("text")
        if len(ids) != len(texts) or len(ids) > PASSAGES_MOST:
            raise InvalidInput(f"{len(ids)} passage ids for {len(texts)} texts")
        lines = (text.replace("\r\n", "\n") for text in texts)
        return cls(
            request.form.get("title", ""),
            tuple(Passage(id_, text) for id_, text in zip(ids, lines, strict=True)),
            request.form.get("reason", ""),
            request.form.get("base", ""),
        )

    def draft(self) -> MeasureDraft:
        """What the service publishes."""
        return MeasureDraft(
            title=self.title,
            blocks=tuple((passage.id or None, passage.text) for _, passage in self.staying),
            reason=self.reason,
            base=self.base,
        )

    def blocks(self) -> tuple[Block, ...]:
        """The passages for a comparison; each new one gets an id of its own."""
        return tuple(
            Block(passage.id or f"{NEW}-{place}", "paragraph", passage.text) for place, passage in self.staying
        )

    def errors(self) -> dict[str, str]:
        """What is missing, as sentences by the id of the field."""
        found = {}
        if not is_visible(self.title):
            found["title"] = gettext("Donnez un titre à la mesure.")
        elif len(self.title) > MAX_TITLE_CHARS:
            found["title"] = gettext(
                "Le titre compte %(count)s caractères, %(most)s au plus.",
                count=number(len(self.title)),
                most=MAX_TITLE_CHARS,
            )
        for place, passage in self.staying:
            if not is_visible(passage.text):
                empty = gettext("Le passage %(place)s est vide : complétez-le ou retirez-le.", place=place)
                found[f"bloc-{place}"] = empty
        places = [place for place, _ in self.staying]
        for excess in too_much([passage.text for _, passage in self.staying]):
            place = places[excess.place - 1]
            found.setdefault(f"bloc-{place}", measure_too_long(replace(excess, place=place)))
        if not self.staying:
            found["ajouter"] = gettext("Un texte a au moins un passage.")
        if len(self.staying) > MAX_BLOCKS:
            found["ajouter"] = gettext(TOO_MANY_PASSAGES)
        found |= wrong_reason(self.reason)
        return found


def too_much(texts: Sequence[str]) -> list[Excess]:
    """What is too long of the passages of a measure of ours."""
    return excesses(texts, MAX_BLOCK_CHARS, commune().settings.limits.measure_chars)


def wrong_reason(reason: str) -> dict[str, str]:
    """What is wrong with the reason of a new version, as a sentence by the id of its field."""
    if not is_visible(reason):
        return {"reason": gettext("Dites en une phrase pourquoi : elle sera lue dans l’historique.")}
    if len(reason) <= MAX_REASON_CHARS:
        return {}
    count = number(len(reason))
    sentence = gettext("La raison compte %(count)s caractères, %(most)s au plus.", count=count, most=MAX_REASON_CHARS)
    return {"reason": sentence}


Change = Callable[[list[Passage], int], int]


def apply(form: MeasureForm, action: str, common: Sequence[Block]) -> tuple[MeasureForm, int]:
    """The form after a button that only rearranges it, and the place to go on from. Raises InvalidInput."""
    passages = list(form.passages)
    name, _, rest = action.partition("-")
    if action == "ajouter":
        passages.append(Passage("", ""))
        place = len(passages)
    elif name == "prendre":
        place = _take(passages, rest, common)
    elif name == "commun":
        place = _back(passages, rest, common)
    elif name in _CHANGES and rest.isascii() and rest.isdigit() and 0 < int(rest[:4]) <= len(passages):
        place = _CHANGES[name](passages, int(rest[:4]) - 1) + 1
    else:
        raise InvalidInput(f"unknown button {action[:40]!r}")
    return replace(form, passages=tuple(passages)), place


def _take(passages: list[Passage], block_id: str, common: Sequence[Block]) -> int:
    """The common passage put after the one it follows in the common text."""
    ids = [block.id for block in common]
    present = [passage.id for passage in passages]
    if block_id not in ids or block_id in present:
        raise InvalidInput(f"no passage {block_id[:80]!r} to take")
    before = [present.index(id_) for id_ in ids[: ids.index(block_id)] if id_ in present]
    place = before[-1] + 1 if before else 0
    passages.insert(place, Passage(block_id, common[ids.index(block_id)].text))
    return place + 1


def _back(passages: list[Passage], rest: str, common: Sequence[Block]) -> int:
    """The passage at this place, in the words of the common text."""
    texts = {block.id: block.text for block in common}
    place = int(rest[:4]) if rest.isascii() and rest.isdigit() else 0
    if not 0 < place <= len(passages) or passages[place - 1].id not in texts:
        raise InvalidInput(f"no passage {rest[:40]!r} of the common text")
    passages[place - 1] = replace(passages[place - 1], text=texts[passages[place - 1].id])
    return place


def _up(passages: list[Passage], place: int) -> int:
    other = max(0, place - 1)
    passages[place], passages[other] = passages[other], passages[place]
    return other


def _down(passages: list[Passage], place: int) -> int:
    other = min(len(passages) - 1, place + 1)
    passages[place], passages[other] = passages[other], passages[place]
    return other


def _remove(passages: list[Passage], place: int) -> int:
    """The passage stays in the form, out of the text; an empty one goes, and so does one more than the form holds."""
    one = passages[place]
    if not is_visible(one.text) or sum(each.away for each in passages) >= MAX_BLOCKS:
        del passages[place]
        return max(0, place - 1)
    passages[place] = replace(one, name=AWAY + one.id)
    return place


def _put_back(passages: list[Passage], place: int) -> int:
    passages[place] = replace(passages[place], name=passages[place].id)
    return place


_CHANGES: Mapping[str, Change] = {"monter": _up, "descendre": _down, "retirer": _remove, "remettre": _put_back}
