"""How long two texts of 200 passages take to become one."""

from pop_forum.adapters.clock import SystemClock
from pop_forum.bench import results
from pop_forum.bench.language import Dice, Language
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.domain.lineage.merging import merge
from pop_forum.domain.lineage.texts import Block, Text

BLOCKS = 200  # the most that a revision holds
WORDS = 38  # of a block: 200 of them fill the 60,000 characters of a revision
EACH = 3  # one block of three is changed by a side, so one of nine by both


def measure(sizes: Sizes) -> list[Result]:
    """The whole merge, in milliseconds on the wall clock."""
    language, clock = Language(), SystemClock()
    base = long_text(language)
    ours, theirs = edited(base, language, 1), edited(base, language, 2)
    times = []
    for _ in range(max(3, sizes.pairs)):
        start = clock.monotonic()
        merge([base], ours, theirs)
        times.append((clock.monotonic() - start) * 1_000)
    return [results.of_repeats("merge_200_blocks_ms", times, "ms", results.at_most(100))]


def long_text(language: Language) -> Text:
    """A text of as many passages, and nearly as many characters, as a revision may have."""
    return Text("Mesure", tuple(Block(f"b{at}", _words(language, at)) for at in range(BLOCKS)))


def _words(language: Language, number: int) -> str:
    return " ".join(language.spoken(Dice(number), WORDS).split(" ")[:WORDS])


def edited(text: Text, language: Language, seed: int) -> Text:
    """The text with one word of every third block replaced, one block taken out, one put in, one moved."""
    dice = Dice(seed)
    blocks = [_reworded(block, language, dice) if dice.below(EACH) == 0 else block for block in text.blocks]
    del blocks[dice.below(BLOCKS)]
    blocks.insert(dice.below(BLOCKS), Block(f"new{seed}", _words(language, BLOCKS + seed)))
    blocks.insert(dice.below(BLOCKS), blocks.pop(dice.below(BLOCKS)))
    return Text(text.title, tuple(blocks))


def _reworded(block: Block, language: Language, dice: Dice) -> Block:
    words = block.text.split(" ")
    words[dice.below(len(words))] = language.word(dice)
    return Block(block.id, " ".join(words))
