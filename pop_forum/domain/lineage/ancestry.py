"""Common ancestors in the graph of versions."""

from collections.abc import Mapping, Sequence

Parents = Mapping[str, Sequence[str]]


def common_bases(parents: Parents, one: str, other: str) -> tuple[str, ...]:
    """The lowest common ancestors of two versions, in the order of their digests; a version is one of its own.

    Usually one. Several when two lines crossed (each took in the other), none when nothing known is common to both.
    """
    common = line_of(parents, one) & line_of(parents, other)
    above = {parent for digest in common for parent in parents.get(digest, ())}
    return tuple(sorted(common - above))


def line_of(parents: Parents, digest: str) -> set[str]:
    """The version and all it comes from. An unknown parent ends its line."""
    found, pending = {digest}, [digest]
    while pending:
        for parent in parents.get(pending.pop(), ()):
            if parent not in found:
                found.add(parent)
                pending.append(parent)
    return found
