"""Wake-ups for the worker: « look at this commune's work of this kind », at most one outstanding per pair.

A wake-up carries no data and may be lost: work owed is a row, and the worker's sweep finds what a lost one left. So
nothing here ever fails a person's request, and nothing waits long for a broker that is away.
"""

import logging
import threading
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from pop_forum.adapters.clock import SystemClock

if TYPE_CHECKING:
    from celery import Celery

BROKER_AWAY = (
    "La file d’attente (Redis) ne répond pas : nouvel essai dans quelques secondes. "
    "Rien n’est perdu : le travail dû est gardé dans la base."
)
TASK_NAME = "pop_forum.work"
QUEUE = "pop_forum"
MARKS = "pop_forum:wake"
OUTSTANDING_SECONDS = 10  # after this a lost wake-up stops holding back the next one
VISIBILITY_SECONDS = 120  # longer than the longest task: an unacknowledged one comes back after it
SENDER_SECONDS = 0.3  # a person waits for it
WORKER_SECONDS = 5.0  # nobody waits for it
COMPLAINT_SECONDS = 60.0
_log = logging.getLogger(__name__)


class Wakeups:
    """Tells the worker to look; safe between threads, and it never raises because of the broker."""

    def __init__(self, broker_url: str, clock: SystemClock | None = None) -> None:
        self._url = broker_url
        self._clock = clock or SystemClock()
        self._redis = redis.Redis.from_url(
            _client_url(broker_url), retry=Retry(NoBackoff(), 0), **_patience(SENDER_SECONDS)
        )
        self._lock = threading.Lock()
        self._app: Celery | None = None
        self._complained: float | None = None

    def wake(self, slug: str, kind: str) -> bool:
        """Whether a worker will look at this commune's work of this kind; False when the broker is away."""
        try:
            if self._redis.set(_key(slug, kind), 1, nx=True, ex=OUTSTANDING_SECONDS):
                self._send(slug, kind)
        except redis.RedisError as error:
            self._complain(error)
            return False
        return True

    def taken(self, slug: str, kind: str) -> None:
        """Nothing; called by the task *before* it looks, so that what is owed from now on wakes it again."""
        try:
            self._redis.delete(_key(slug, kind))
        except redis.RedisError as error:
            self._complain(error)

    def is_attended(self) -> bool:
        """Whether a worker waits for wake-ups at this moment (Celery waits with BRPOP)."""
        try:
            return any(client["cmd"] == "brpop" for client in self._redis.client_list())
        except redis.RedisError:
            return False

    def answers(self) -> bool:
        """Whether the broker answers at this moment."""
        try:
            self._redis.ping()
        except redis.RedisError:
            return False
        return True

    def close(self) -> None:
        """Nothing, with the connections closed."""
        self._redis.close()
        if self._app is not None:
            self._app.close()

    def _send(self, slug: str, kind: str) -> None:
        from kombu.exceptions import KombuError

        try:
            self._celery().send_task(TASK_NAME, args=[slug, kind], queue=QUEUE, retry=False, ignore_result=True)
        except (KombuError, OSError) as error:
            raise redis.ConnectionError(str(error)) from error

    def _celery(self) -> "Celery":
        with self._lock:
            if self._app is None:
                self._app = celery_app(self._url)
                self._app.conf.broker_transport_options.update(_patience(SENDER_SECONDS), max_retries=0)
            return self._app

    def _complain(self, error: Exception) -> None:
        """Nothing; one line in the log per minute, not one per request."""
        now = self._clock.monotonic()
        with self._lock:
            if self._complained is not None and now - self._complained < COMPLAINT_SECONDS:
                return
            self._complained = now
        _log.warning("broker away, the sweep will find the work: %s", error)


def celery_app(broker_url: str) -> "Celery":
    """The Celery application of a host, for those who send and for the worker; Celery is imported here only."""
    from celery import Celery, signals

    def forget_outstanding(**_: object) -> None:
        _forget_outstanding(broker_url)

    signals.worker_init.connect(forget_outstanding, weak=False)
    app = Celery("pop_forum", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_serializer="json",
        accept_content=["json"],
        task_publish_retry=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            **_patience(WORKER_SECONDS),
        },
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        enable_utc=True,
    )
    return app


def _forget_outstanding(broker_url: str) -> None:
    """Nothing; a worker that starts cannot know which wake-ups its killed predecessor took along: all may be sent."""
    with redis.Redis.from_url(_client_url(broker_url), **_patience(WORKER_SECONDS)) as client:
        try:
            marks = list(client.scan_iter(f"{MARKS}:*", count=1000))
            if marks:
                client.delete(*marks)
        except redis.RedisError as error:
            _log.warning("broker away at the start of the worker: %s", error)


def _patience(seconds: float) -> dict[str, float]:
    return {"socket_timeout": seconds, "socket_connect_timeout": seconds}


def _key(slug: str, kind: str) -> str:
    return f"{MARKS}:{slug}:{kind}"


def _client_url(broker_url: str) -> str:
    """The same address in the spelling of the redis client, whose unix sockets are `unix://`."""
    if broker_url.startswith("redis+socket://"):
        return broker_url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=", 1)
    return broker_url


class InFrench(logging.Filter):
    """What Celery tells of a broker that is away, in our words."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True: the record is kept, with its sentence replaced."""
        told = record.getMessage()
        if told.startswith(("consumer: Cannot connect", "consumer: Connection to broker lost")):
            record.msg, record.args = BROKER_AWAY, ()
            record.exc_info = record.exc_text = None
        return True
