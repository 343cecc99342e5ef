"""The load: keep-alive connections in processes of their own, so that the client's lock does not bound the server."""

import http.client
import multiprocessing
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from pop_forum.adapters.clock import SystemClock
from pop_forum.errors import Unavailable

WRITERS = 8
PROCESSES = 2
TIMEOUT = 30.0
LISTEN = "127.0.0.1"
FORM = "application/x-www-form-urlencoded"
_TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Task:
    """What one connection repeats: a GET of `path`, or with `token` a POST of a new text to each of `paths` in turn."""

    port: int
    host: str
    path: str
    count: int
    paths: tuple[str, ...] = ()
    cookie: str = ""
    token: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Lap:
    """When a connection began and ended, on the machine's steady clock, and what it did."""

    start: float
    end: float
    count: int


class Browser:
    """One keep-alive connection with its cookies."""

    def __init__(self, port: int, host: str) -> None:
        self._connection = http.client.HTTPConnection(LISTEN, port, timeout=TIMEOUT)
        self._host = host
        self._cookies: SimpleCookie = SimpleCookie()

    @property
    def cookie(self) -> str:
        """The Cookie header it sends."""
        return "; ".join(f"{name}={one.value}" for name, one in self._cookies.items())

    def get(self, path: str) -> tuple[int, bytes]:
        """The status and the body at this address."""
        return self._exchange("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> int:
        """The status of a form sent."""
        return self._exchange("POST", path, urlencode(fields).encode())[0]

    def token(self, path: str) -> str:
        """The CSRF token in the form of this page."""
        found = _TOKEN.search(self.get(path)[1])
        if found is None:
            raise Unavailable(f"no form at {path}")
        return found[1].decode()

    def sign_in(self, mail: str, password: str) -> None:
        """Nothing, with the session of this account in its cookies."""
        fields = {"csrf_token": self.token("/connexion"), "mail": mail, "password": password}
        status = self.post("/connexion", fields)
        if status != http.client.SEE_OTHER:
            raise Unavailable(f"{mail} could not sign in: {status}")

    def close(self) -> None:
        """Nothing, with the connection closed."""
        self._connection.close()

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Host": self._host, "Cookie": self.cookie} | ({"Content-Type": FORM} if body else {})
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie", ()):
            self._cookies.load(line)
        return answer.status, content


class Load:
    """Processes that run tasks at the same time."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def rate(self, tasks: Sequence[Task]) -> float:
        """Requests per second of these connections together, from the first one's start to the last one's end."""
        shares = [tasks[number::PROCESSES] for number in range(PROCESSES)]
        laps = [lap for share in self._pool.map(run_share, shares) for lap in share]
        seconds = max(lap.end for lap in laps) - min(lap.start for lap in laps)
        return sum(lap.count for lap in laps) / seconds

    def warm(self, tasks: Sequence[Task]) -> None:
        """Nothing; processes, apps and templates are ready."""
        self.rate([replace(task, count=2, label=f"{task.label}-chauffe") for task in tasks])


@contextmanager
def load() -> Iterator[Load]:
    """The client's processes, ended with the block."""
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        yield Load(pool)


def run_share(tasks: Sequence[Task]) -> list[Lap]:
    """The laps of one process, a thread for each connection."""
    with ThreadPoolExecutor(max(1, len(tasks))) as threads:
        return list(threads.map(run_task, tasks))


def run_task(task: Task) -> Lap:
    """One connection's requests, each answered as it should be, or Unavailable."""
    clock, act = SystemClock(), _posting(task) if task.token else _getting(task)
    connection = http.client.HTTPConnection(LISTEN, task.port, timeout=TIMEOUT)
    connection.connect()
    start = clock.monotonic()
    for number in range(task.count):
        act(connection, number)
    end = clock.monotonic()
    connection.close()
    return Lap(start, end, task.count)


Act = Callable[[http.client.HTTPConnection, int], None]


def _getting(task: Task) -> Act:
    headers = {"Host": task.host}

    def act(connection: http.client.HTTPConnection, number: int) -> None:
        connection.request("GET", task.path, None, headers)
        _expect(connection, http.client.OK)

    return act


def _posting(task: Task) -> Act:
    headers = {"Host": task.host, "Cookie": task.cookie, "Content-Type": FORM}

    def act(connection: http.client.HTTPConnection, number: int) -> None:
        words = f"Réponse {task.label}-{number} : je préfère le jeudi, et **sans inscription**."
        body = urlencode({"csrf_token": task.token, "text": words}).encode()
        connection.request("POST", task.paths[number % len(task.paths)], body, headers)
        _expect(connection, http.client.SEE_OTHER)

    return act


def _expect(connection: http.client.HTTPConnection, status: int) -> None:
    answer = connection.getresponse()
    answer.read()
    if answer.status != status:
        raise Unavailable(f"{answer.status} where {status} was expected")
