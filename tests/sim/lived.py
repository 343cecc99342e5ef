"""One seed as a test: nothing lost, nothing brought back, nothing different, and enough lived through."""

from pop_forum.sim import seeds

SITES, DAYS = (2, 4), 3  # a network of eight costs ten times one of three: make test-long has them


def lives_through(seed: int) -> None:
    """Nothing; the seed shows nothing wrong. `pop_forum sim --seed N` shortens and explains one that does."""
    verdict = seeds.run(seeds.schedule_of(seed, SITES, DAYS))
    assert [str(finding) for finding in verdict.findings] == []
    assert seeds.is_enough(verdict), (verdict.entries, verdict.kinds, verdict.struck)
