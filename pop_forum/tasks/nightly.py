"""The night’s work: this site’s digests, and journals applied over again where a peer shows something else."""

from pop_forum.commune import Commune
from pop_forum.services import nightly, refolding

MAX_STEPS = 20  # of refolding.AT_ONCE entries in one go: the sweep has other work, and comes back


def run(commune: Commune) -> None:
    """What is owed of it now."""
    for _ in range(MAX_STEPS):
        with commune.transaction() as site:
            if not refolding.go_on(site):
                break
    with commune.reading() as site:
        night = nightly.work_out(site) if nightly.is_due(site) else None
    if night is not None:
        with commune.transaction() as site:
            nightly.keep(site, night)
