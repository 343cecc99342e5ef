"""What goes wrong in the simulation: one function per fault. Another one needs a function here and its name below."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Mirror, Peer
from pop_forum.services import mirror_pages, peers
from pop_forum.services.site import Site
from pop_forum.sim import shapes
from pop_forum.sim.chance import Chance
from pop_forum.sim.lying import LIES, Liar
from pop_forum.sim.sites import AFTER, BEFORE, SimSite

if TYPE_CHECKING:
    from pop_forum.sim.world import World

Fault = Callable[["World", SimSite, Chance], None]
DROP_MOST, DUPLICATE_MOST, LATE_MOST, FAIL_MOST = 50, 30, 40, 40  # per cent of requests
SKEW_MOST = timedelta(days=1)
ABSENCES = (timedelta(hours=1), timedelta(days=1), timedelta(days=30), timedelta(days=730))
ADMIN = Viewer(0, Role.ADMIN)
SHORTEST, LONGEST = 4, 14  # steps that a fault lasts
COMMITS, REQUESTS = 5, 4  # a crash comes at one of the next


def drop(world: "World", site: SimSite, chance: Chance) -> None:
    """The network loses requests and answers."""
    world.network.weather.drop = chance.between(15, DROP_MOST)
    world.last("drop", _steps(chance), lambda: setattr(world.network.weather, "drop", 0))


def duplicate(world: "World", site: SimSite, chance: Chance) -> None:
    """The network brings requests twice."""
    world.network.weather.duplicate = chance.between(10, DUPLICATE_MOST)
    world.last("duplicate", _steps(chance), lambda: setattr(world.network.weather, "duplicate", 0))


def reorder(world: "World", site: SimSite, chance: Chance) -> None:
    """Requests are under way for long, and come after those that left later."""
    world.network.weather.late = chance.between(10, LATE_MOST)
    world.last("reorder", _steps(chance), lambda: setattr(world.network.weather, "late", 0))


def error(world: "World", site: SimSite, chance: Chance) -> None:
    """Receivers do what they are asked for, and answer « 500 »."""
    world.network.weather.fail = chance.between(10, FAIL_MOST)
    world.last("error", _steps(chance), lambda: setattr(world.network.weather, "fail", 0))


def partition(world: "World", site: SimSite, chance: Chance) -> None:
    """Some sites cannot reach the others."""
    others = [one.number for one in world.sites if one is not site and chance.happens(40)]
    world.network.weather.apart = frozenset((site.number, *others[: len(world.sites) - 2]))
    world.last("partition", _steps(chance), lambda: setattr(world.network.weather, "apart", frozenset()))


def crash_before(world: "World", site: SimSite, chance: Chance) -> None:
    """A process of the site ends just before one of its next commits: nothing of that transaction is kept."""
    site.crash_at_commit = site.commits + chance.between(1, COMMITS), BEFORE


def crash_after(world: "World", site: SimSite, chance: Chance) -> None:
    """A process of the site ends just after one of its next commits: nobody is told."""
    site.crash_at_commit = site.commits + chance.between(1, COMMITS), AFTER


def failpoint(world: "World", site: SimSite, chance: Chance) -> None:
    """The worker of the site ends between two transactions: just before it asks another site, or once it has heard."""
    site.crash_at_request = site.requests + chance.between(1, REQUESTS), chance.pick((BEFORE, AFTER))


def power(world: "World", site: SimSite, chance: Chance) -> None:
    """The site's machine stops, with its broker; it starts again soon."""
    if _alone(world, site):
        return
    world.strike("power")
    site.cut_power()
    world.last("power", chance.between(1, SHORTEST), lambda: world.start(site))


def absence(world: "World", site: SimSite, chance: Chance) -> None:
    """The site is away for an hour, or for years."""
    if _alone(world, site):
        return
    world.strike("absence")
    site.cut_power()

    def back() -> None:
        world.clock.pass_by(chance.pick(ABSENCES))
        world.start(site)

    world.last("absence", _steps(chance), back)


def broker(world: "World", site: SimSite, chance: Chance) -> None:
    """Every outstanding wake-up of the site is lost."""
    if site.bell.outstanding:
        world.strike("broker")
    site.bell.outstanding.clear()


def skew(world: "World", site: SimSite, chance: Chance) -> None:
    """The site's clock is wrong by up to a day, until somebody sets it."""
    world.strike("skew")
    most = int(SKEW_MOST.total_seconds())
    site.sim_clock.skew = timedelta(seconds=chance.between(-most, most))
    world.sweep(site)  # its worker notices nothing
    world.last("skew", _steps(chance), lambda: setattr(site.sim_clock, "skew", timedelta()))


def suspension(world: "World", site: SimSite, chance: Chance) -> None:
    """The site's admin suspends a peer, and resumes some time later."""
    if site.open_units:
        return
    world.strike("suspension")
    linked = shapes.neighbours(world.schedule.shape, len(world.sites), site.number)
    other = world.sites[chance.pick(sorted(linked))].settings.host

    def become(state: str) -> None:
        world.administer(site, lambda unit: setattr(peers.by_host(unit, other), "state", state))

    become(peers.SUSPENDED)
    world.last("suspension", _steps(chance), lambda: become(peers.ACTIVE))


def hostile_mirror(world: "World", site: SimSite, chance: Chance) -> None:
    """The site alters or withholds what it passes on of others; later it is honest, and the admins forgive it."""
    world.network.liars[site.number] = Liar(chance.pick(LIES))
    host = site.settings.host

    def forgive(unit: Site) -> None:
        for mirror in unit.session.scalars(select(Mirror).join(Peer).where(Peer.host == host)):
            mirror_pages.lift_mirror(unit, ADMIN, mirror.id)

    def over() -> None:
        world.network.liars.pop(site.number, None)
        for one in world.sites:
            if one is not site:
                world.administer(one, forgive)

    world.last("hostile mirror", _steps(chance), over)


def backup(world: "World", site: SimSite, chance: Chance) -> None:
    """The site's disk dies some time after a backup: its database is that one again, its marker spared or lost."""
    copy, spared = sqlite3.connect(":memory:"), chance.happens(50)
    site.memory.backup(copy)

    def restore() -> None:
        world.strike("backup")
        site.cut_power()
        copy.backup(site.memory)
        if not spared:
            site.sim_marker.reached.clear()
            site.sim_marker.gone.clear()
        world.restored(site)
        world.administer(site, _resume_all)  # a suspension that had ended is in the backup, and ends again
        world.start(site)

    world.last("backup", _steps(chance), restore)


def _resume_all(unit: Site) -> None:
    for peer in peers.all_peers(unit):
        peer.state = peers.ACTIVE


FAULTS: dict[str, Fault] = {
    "drop": drop,
    "duplicate": duplicate,
    "reorder": reorder,
    "error": error,
    "partition": partition,
    "crash before": crash_before,
    "crash after": crash_after,
    "failpoint": failpoint,
    "power": power,
    "absence": absence,
    "broker": broker,
    "skew": skew,
    "suspension": suspension,
    "hostile mirror": hostile_mirror,
    "backup": backup,
}


def _steps(chance: Chance) -> int:
    return chance.between(SHORTEST, LONGEST)


def _alone(world: "World", site: SimSite) -> bool:
    """Whether no other site runs."""
    return not any(one.up for one in world.sites if one is not site)
