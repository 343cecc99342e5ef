"""The simulated network: it loses, repeats, delays and cuts off, as the seed says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NoReturn
from urllib.parse import urlsplit

from pop_forum.adapters.remote import Answer
from pop_forum.errors import RemoteFailure
from pop_forum.sim import doors
from pop_forum.sim.chance import Chance
from pop_forum.sim.clocks import WorldClock
from pop_forum.sim.lying import Liar
from pop_forum.sim.sites import Crashed, SimSite

LATENCY = timedelta(milliseconds=20)
TIMEOUT = timedelta(seconds=10)
LATE_MOST = 12  # steps that a request may be under way


@dataclass(frozen=True, slots=True)
class Request:
    """One request under way, signed by its sender."""

    sender: SimSite
    receiver: SimSite
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Weather:
    """What the network does to requests: percentages, and who is cut off from whom."""

    drop: int = 0
    duplicate: int = 0
    late: int = 0
    fail: int = 0  # answers turned into « 500 » after the receiver has done its work
    apart: frozenset[int] = frozenset()  # these sites reach each other only, and the others each other


@dataclass
class Network:
    """The wires between the sites."""

    world: WorldClock
    seed: Chance
    sites: Sequence[SimSite]
    weather: Weather = field(default_factory=Weather)
    trace: Callable[[str], None] = lambda line: None
    meanwhile: Callable[[], None] = lambda: None  # what happens elsewhere while a request is under way
    struck: Callable[[str], None] = lambda fault: None
    late: list[tuple[int, Request]] = field(default_factory=list)
    step: int = 0
    liars: dict[int, Liar] = field(default_factory=dict)  # sites that alter what they pass on, by number

    def carry(self, sender: SimSite, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer that reaches the sender. Raises RemoteFailure when none does."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        receiver = next(site for site in self.sites if site.settings.host == parts.netloc)
        request = Request(sender, receiver, method, target, dict(headers), body)
        self.world.pass_by(LATENCY)
        told = f"{sender.number}→{receiver.number} {method} {target} {len(body)}"
        status, answer = self._fate(sender, request, told)
        answer = self._passed_on(request, status, answer)
        self.trace(f"{told} = {status}")
        return Answer(status, {}, answer, url)

    def deliver_late(self, everything: bool = False) -> None:
        """Nothing; requests whose time has come reach their receiver, though their sender has given them up."""
        due = [request for step, request in self.late if everything or step <= self.step]
        self.late = [] if everything else [one for one in self.late if one[0] > self.step]
        for request in due:
            try:
                status, _ = self._reach(request, "late")
                self.trace(f"late {request.receiver.number} {request.method} {request.target} = {status}")
            except RemoteFailure as failure:
                self.trace(f"late {failure}")

    def _passed_on(self, request: Request, status: int, answer: bytes) -> bytes:
        """What reaches the sender of an answer of 200: another page, when the receiver lies about other sites."""
        liar = self.liars.get(request.receiver.number)
        if liar is None or status != 200 or request.method != "GET" or urlsplit(request.target).path.count("/") != 3:
            return answer
        told = liar.told(request.target, answer)
        if told != answer:
            self.struck("hostile mirror")
        return told

    def forget(self, sender: SimSite) -> None:
        """Nothing; what this site had sent and is still under way never arrives."""
        self.late = [(step, request) for step, request in self.late if request.sender is not sender]

    def _fate(self, sender: SimSite, request: Request, told: str) -> tuple[int, bytes]:
        weather = self.weather
        if (sender.number in weather.apart) != (request.receiver.number in weather.apart):
            self.struck("partition")
            self._fail(f"{told}: cut off")
        if self.seed.happens(weather.drop // 2):
            self.struck("drop")
            self._fail(f"{told}: lost")
        if self.seed.happens(weather.late):
            self.struck("reorder")
            self.late.append((self.step + 1 + self.seed.below(LATE_MOST), request))
            self._fail(f"{told}: under way for long")
        before = self.seed.happens(50)
        if before:
            self.meanwhile()
        status, answer = self._reach(request, told)
        if self.seed.happens(weather.duplicate):
            self.struck("duplicate")
            status, answer = self._reach(request, f"{told} again")
        if not before:
            self.meanwhile()
        if self.seed.happens(weather.drop - weather.drop // 2):
            self.struck("drop")
            self._fail(f"{told}: its answer {status} lost")
        if self.seed.happens(weather.fail):
            self.struck("error")
            return 500, b"{}"
        return status, answer

    def _reach(self, request: Request, told: str) -> tuple[int, bytes]:
        """What the receiver answers. Raises RemoteFailure when it is away, or ends while it answers."""
        site = request.receiver
        if not site.up:
            self._fail(f"{told}: away")
        try:
            return doors.answer(site, request.method, request.target, request.headers, request.body)
        except Crashed as crash:
            self._fail(f"{told}: {crash}")

    def _fail(self, why: str) -> NoReturn:
        self.world.pass_by(TIMEOUT)
        self.trace(why)
        raise RemoteFailure(why)
