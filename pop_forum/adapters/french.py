"""French words brought to their roots: « déchetteries » and « dechetterie » meet.

A word may have several roots, of which one must be shared: that of the word without accents and without the « s » of a
plural (« hydravions » is not a verb); that of the word without accents; and that of the word as it is written, without
its accents afterwards, by which « municipalité » meets « municipal ». Folding first loses the last kind of kinship,
folding last loses a third of what is typed without accents (docs/design/libraries.md, section 1).
"""

from functools import lru_cache

from whoosh.lang.snowball.french import FrenchStemmer

from pop_forum.domain.search_words import fold

KNOWN_WORDS = 50_000  # whose roots are kept at hand: the vocabulary of some ten thousand messages
SHORTEST_PLURAL = 3  # « bus » and « mas » are whole

_stemmer = FrenchStemmer()


@lru_cache(maxsize=KNOWN_WORDS)
def roots(word: str) -> tuple[str, ...]:
    """The roots of a word in lower case; the first is that of its singular without accents."""
    folded = fold(word)
    singular = folded[:-1] if folded.endswith("s") and len(folded) > SHORTEST_PLURAL else folded
    found = [_stemmer.stem(singular), _stemmer.stem(folded)]
    if folded != word:
        found.append(fold(_stemmer.stem(word)))
    return tuple(dict.fromkeys(found))
