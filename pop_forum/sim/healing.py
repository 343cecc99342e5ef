"""After the last fault: time passes, the sites turn to each other by themselves, and must soon be in step."""

from datetime import datetime, timedelta

from pop_forum.models.base import EPOCH
from pop_forum.services import backoff, digest
from pop_forum.sim import shapes
from pop_forum.sim.schedule import Schedule
from pop_forum.sim.sites import SimSite
from pop_forum.sim.world import World

PATIENCE = backoff.LONGEST + timedelta(hours=1)  # in which each pair must have compared positions, whatever failed
TRIES = 5  # sweeps of one round, a lease apart


class Stalled(Exception):
    """A site would not turn to a peer within PATIENCE."""


def rounds(schedule: Schedule) -> int:
    """In how many rounds the sites of this network must be in step: its diameter, and two."""
    return shapes.diameter(schedule.shape, schedule.sites) + 2


def heal(world: World) -> int | None:
    """After how many rounds all sites were in step; None when they still are not. Raises Stalled.

    They are counted anew when a site has said something meanwhile: ten minutes after a withdrawal it erases the words.
    """
    told, number = _erasures(world), 0
    while number < rounds(world.schedule):
        _round(world)
        told, before = _erasures(world), told
        number = number + 1 if told == before else 1
        if in_step(world):
            return number
    return None


def _erasures(world: World) -> int:
    """How many entries the sites have erased of their own journals."""
    query = "SELECT count(*) FROM entries WHERE type = 'Erase' AND outcome = 'own'"
    return sum(site.memory.execute(query).fetchone()[0] for site in world.sites)


def in_step(world: World) -> bool:
    """Whether all sites tell the same digest of the shared state, and nobody lacks an entry."""
    if world.under_way():
        return False
    told = set()
    for site in world.sites:
        with site.reading() as unit:
            told.add(digest.shared_state(unit)["all"])
    return len(told) == 1


def _round(world: World) -> None:
    """Each site has pulled from each peer once more; idle time is jumped."""
    start = world.clock.moment
    world.tell("round")
    for _ in range(TRIES):
        due = [when for site in world.sites if (when := _next(site, start)) is not None]
        if not due:
            return
        if max(due) > start + PATIENCE:
            raise Stalled(f"the next comparison is at {max(due)}; it is {start}")
        world.clock.moment = max(world.clock.moment + backoff.LEASE, max(due))
        for site in world.sites:
            world.sweep(site)
    raise Stalled(f"a site compared positions with nobody in {TRIES} sweeps")


def _next(site: SimSite, start: datetime) -> datetime | None:
    """When the site turns to the last peer with whom it has not compared since the start; None when there is none."""
    query = (
        "SELECT max(coalesce(sync_due_at, 0)) FROM peers "
        "WHERE state = 'active' AND (synced_at IS NULL OR synced_at < ?)"
    )
    (due,) = site.memory.execute(query, (int((start - EPOCH).total_seconds() * 1000),)).fetchone()
    return None if due is None else EPOCH + timedelta(milliseconds=due)
