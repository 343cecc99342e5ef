"""French texts and what people do to them, drawn by Hypothesis."""

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from pop_forum.domain.lineage.texts import Block, Text

VOCABULARY = """
    la navette l’école l'été aujourd’hui de des commune marché village samedi à conduit relie chaque gare. qu’elle
    habitantes et habitants, essai bilan ; vote : d’ici salle places médecin jardin repas cantine
    « oui » école ! 12 500 € 20 % cent euros 18 h 30
"""
NARROW = [
    "«\u202foui\u202f»",
    "école\u202f!",
    "12\u202f500\u202f€",
    "20\u202f%",
    "cent\u00a0euros",
    "18\u202fh\u202f30",
]
WORDS = VOCABULARY.split() + NARROW
PLAIN = [word for word in WORDS if not any(sign in word for sign in ("€", "%", "euros"))]


class Trio(NamedTuple):
    """A base and what two sides made of it."""

    base: Text
    ours: Text
    theirs: Text


def paragraphs(words: list[str] = WORDS) -> st.SearchStrategy[str]:
    """Some words as a paragraph."""
    return st.lists(st.sampled_from(words), min_size=1, max_size=9).map(" ".join)


@st.composite
def texts(draw: DrawFn, words: list[str] = WORDS) -> Text:
    """A text of a few blocks."""
    blocks = draw(st.lists(paragraphs(words), min_size=0, max_size=5))
    title = draw(st.sampled_from(["La navette", "Le marché"]))
    budget = draw(st.sampled_from([None, {"low": 1}]))
    return Text(title, tuple(Block(f"b{at}", words) for at, words in enumerate(blocks)), budget)


@st.composite
def edited(draw: DrawFn, text: Text, side: str, words: list[str] = WORDS) -> Text:
    """What somebody makes of a text: up to four changes of words, blocks, places, title or budget."""
    blocks, title, budget = list(text.blocks), text.title, text.budget
    for number in range(draw(st.integers(0, 4))):
        act = draw(st.sampled_from([*ACTS, "add", "title", "budget"]))
        if act == "title":
            title = draw(st.sampled_from(["La navette", "Notre navette", "L'eau", "L’eau"]))
        elif act == "budget":
            budget = draw(st.sampled_from([None, {"low": 1}, {"low": 2}]))
        elif act == "add":
            name = draw(st.sampled_from([f"{side}{number}", "new"]))
            if name not in [block.id for block in blocks]:
                blocks.insert(draw(st.integers(0, len(blocks))), Block(name, draw(paragraphs(words))))
        elif blocks:
            at = draw(st.integers(0, len(blocks) - 1))
            ACTS[act](draw, blocks, at, f"{side}{number}", words)
    return Text(title, tuple(blocks), budget)


def trios(words: list[str] = WORDS) -> st.SearchStrategy[Trio]:
    """A base and two sides."""
    return texts(words).flatmap(
        lambda base: st.builds(Trio, st.just(base), edited(base, "o", words), edited(base, "t", words))
    )


def _word(draw: DrawFn, blocks: list[Block], at: int, name: str, words: list[str]) -> None:
    found = blocks[at].text.split(" ")
    place = draw(st.integers(0, len(found) - 1))
    found[place : place + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(words), max_size=2))
    blocks[at] = Block(blocks[at].id, " ".join(found))


def _spell(draw: DrawFn, blocks: list[Block], at: int, name: str, words: list[str]) -> None:
    text = blocks[at].text
    blocks[at] = Block(blocks[at].id, draw(st.sampled_from([text.replace("’", "'"), text.replace("\u202f", " ")])))


def _remove(draw: DrawFn, blocks: list[Block], at: int, name: str, words: list[str]) -> None:
    del blocks[at]


def _move(draw: DrawFn, blocks: list[Block], at: int, name: str, words: list[str]) -> None:
    block = blocks.pop(at)
    blocks.insert(draw(st.integers(0, len(blocks))), block)


def _split(draw: DrawFn, blocks: list[Block], at: int, name: str, words: list[str]) -> None:
    found = blocks[at].text.split(" ")
    if len(found) > 1:
        place = draw(st.integers(1, len(found) - 1))
        blocks[at : at + 1] = [
            Block(blocks[at].id, " ".join(found[:place])),
            Block(f"{name}s", " ".join(found[place:])),
        ]


def _join(draw: DrawFn, blocks: list[Block], at: int, name: str, words: list[str]) -> None:
    if at + 1 < len(blocks):
        blocks[at : at + 2] = [Block(blocks[at].id, f"{blocks[at].text} {blocks[at + 1].text}")]


ACTS = {"word": _word, "spell": _spell, "remove": _remove, "move": _move, "split": _split, "join": _join}
