"""The versions of one measure as a reader meets them: numbered, with the common version each one comes from."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, or_

from pop_forum.federation import timestamps
from pop_forum.federation.activities import IMPROVEMENT, LOCAL
from pop_forum.federation.revisions import PROGRAMME, Block, is_of_programme
from pop_forum.models import Revision

COMMON_ROLES = ("edition", "common")
NOT_OWN = (*COMMON_ROLES, IMPROVEMENT)  # the roles of what is no text that a commune holds


class Versions:
    """Every known version of one measure; all questions are answered from these rows alone."""

    def __init__(self, revisions: Iterable[Revision]) -> None:
        self._by_digest = {revision.digest: revision for revision in revisions}
        self._numbers: dict[str, int] = {}

    def get(self, digest: str) -> Revision | None:
        """The version with this digest, or None."""
        return self._by_digest.get(digest)

    def common(self) -> list[Revision]:
        """The versions of the text that the others come from, the newest first: the common one, or its commune's."""
        return self._newest_first(r for r in self._by_digest.values() if is_first(r))

    def of(self, host: str) -> list[Revision]:
        """The versions that this commune published as its own text, the newest first."""
        return self._newest_first(r for r in self._by_digest.values() if r.host == host and not is_first(r))

    def heads(self) -> list[Revision]:
        """The versions of the common text that no other common version replaces; usually one.

        In the order of services.measures.common_heads: the last in the home's journal first, ties by digest.
        """
        common = self.common()
        replaced = {parent for revision in common for parent in revision.parents}
        heads = [revision for revision in common if revision.digest not in replaced]
        return sorted(heads, key=lambda row: (-row.epoch, -row.n, row.digest))

    def base(self, revision: Revision) -> Revision | None:
        """The nearest version of the common text that this one comes from; itself when it is common."""
        level, seen = [revision], {revision.digest}
        while level:
            found = [candidate for candidate in level if is_first(candidate)]
            if found:
                return self._newest_first(found)[0]
            parents = [digest for each in level for digest in each.parents if digest not in seen]
            seen.update(parents)
            level = [self._by_digest[digest] for digest in parents if digest in self._by_digest]
        return None

    def priced_in(self, revision: Revision) -> Revision:
        """The version that its budget was written for: itself, or the earliest one before it with the same budget."""
        return self._earliest(revision, lambda one: one.budget)

    def worded_in(self, revision: Revision) -> Revision:
        """The version that its words were written for: itself, or the earliest one before it with the same words."""
        return self._earliest(revision, lambda one: (one.title, one.blocks))

    def _earliest(self, revision: Revision, part: Callable[[Revision], object]) -> Revision:
        """The earliest version of the line before this one that has this part of it unchanged."""
        found = revision
        while True:
            before = (self._by_digest.get(digest) for digest in found.parents)
            same = next((one for one in before if one is not None and part(one) == part(found)), None)
            if same is None:
                return found
            found = same

    def parents(self) -> dict[str, tuple[str, ...]]:
        """The versions that each version comes from."""
        return {digest: tuple(revision.parents) for digest, revision in self._by_digest.items()}

    def number(self, revision: Revision) -> int:
        """« version 4 »: one more than the longest line of versions of the same text before it."""
        pending = [revision]
        while pending:
            last = pending[-1]
            missing = [parent for parent in self._line(last) if parent.digest not in self._numbers]
            if missing:
                pending.extend(missing)
                continue
            pending.pop()
            before = [self._numbers[parent.digest] for parent in self._line(last)]
            self._numbers[last.digest] = 1 + max(before, default=0)
        return self._numbers[revision.digest]

    def date(self, revision: Revision) -> datetime:
        """When this version was published, as it says itself."""
        return published_at(revision)

    def _line(self, revision: Revision) -> list[Revision]:
        """The parents that are earlier versions of the same text: both common, or both this commune's."""
        parents = [self._by_digest[digest] for digest in revision.parents if digest in self._by_digest]
        return [parent for parent in parents if _same_text(parent, revision)]

    def _newest_first(self, revisions: Iterable[Revision]) -> list[Revision]:
        return sorted(revisions, key=lambda r: (self.number(r), r.created, r.digest), reverse=True)


def published_at(revision: Revision) -> datetime:
    """When a version was published, as it says itself; midnight in UTC when it only names a day."""
    created = revision.created
    return timestamps.nearest(created if "T" in created else f"{created}T00:00:00Z")


def published_by(home: str, hosts: Iterable[str]) -> ColumnElement[bool]:
    """The versions that these communes published: their own texts, and the common one for the programme's home.

    What another site calls the common text is kept, and never shown.
    """
    wanted = list(hosts)
    common = (Revision.role == "common") & (Revision.host == home)
    return Revision.host.in_(wanted) & or_(common, Revision.role.not_in(NOT_OWN))


def is_common(revision: Revision) -> bool:
    """Whether this is a version of the common text."""
    return revision.role in COMMON_ROLES


def is_first(revision: Revision) -> bool:
    """Whether this is a version of the text that all others come from: in a local measure, that of its commune."""
    return is_common(revision) or (revision.role == LOCAL and not is_of_programme(revision.measure))


def first_texts(home: str) -> ColumnElement[bool]:
    """The same as a condition: only the programme's home has a say in the common text."""
    common = (Revision.role == "edition") | ((Revision.role == "common") & (Revision.host == home))
    return or_(common, (Revision.role == LOCAL) & ~Revision.measure.startswith(f"{PROGRAMME}:"))


def blocks_of(revision: Revision) -> tuple[Block, ...]:
    """The passages of a version, in order."""
    return tuple(Block(block["id"], block["type"], block["text"]) for block in revision.blocks)


def _same_text(one: Revision, other: Revision) -> bool:
    return is_first(one) if is_first(other) else not is_first(one) and one.host == other.host
