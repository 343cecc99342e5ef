"""How much each measurement does: enough to mean something, or just enough to see that it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts; every measurement ends after these, and none runs on a clock."""

    pairs: int  # runs of each rate, interleaved with the floor
    threads: int  # of the journal that is caught up with; about 17 entries each
    replies: int  # per writer and run
    visits: int  # of a kept page, per connection and run
    signed_visits: int  # of a page built for one person
    floor_visits: int  # of the ready-made page, per connection and run
    samples: int  # of propagation
    pushes: int  # per run
    postgresql: bool  # whether replies are also measured there: making a cluster takes a while
    further: int  # communes beside the three, for the memory of one more
    posts: int  # that are searched through
    searches: int
    late_posts: int  # that reach the index one by one, five in a second
    missed_posts: int  # that reach it all at once


def full(pairs: int) -> Sizes:
    """What docs/guides/mesures.md reports."""
    return Sizes(
        pairs=pairs,
        threads=300,
        replies=100,
        visits=1_500,
        signed_visits=60,
        floor_visits=500,
        samples=60,
        pushes=1_000,
        postgresql=True,
        further=10,
        posts=100_000,
        searches=200,
        late_posts=300,
        missed_posts=10_000,
    )


QUICK = Sizes(
    pairs=1,
    threads=6,
    replies=3,
    visits=3,
    signed_visits=3,
    floor_visits=10,
    samples=3,
    pushes=20,
    postgresql=False,
    further=1,
    posts=300,
    searches=5,
    late_posts=5,
    missed_posts=50,
)
