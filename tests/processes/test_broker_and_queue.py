"""The embedded broker, and wake-ups that never cost a person anything."""

import logging
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery.signals import worker_init

from pop_forum.adapters.broker import MAX_SOCKET_PATH, EmbeddedBroker
from pop_forum.adapters.queue import QUEUE, Wakeups, celery_app
from pop_forum.errors import SettingsError


@pytest.fixture
def wakeups(broker: EmbeddedBroker) -> Iterator[Wakeups]:
    """Wake-ups through the test's broker."""
    made = Wakeups(broker.url)
    yield made
    made.close()


def client_of(broker: EmbeddedBroker) -> redis.Redis:
    """A plain client of the broker."""
    return redis.Redis(unix_socket_path=broker.url.removeprefix("redis+socket://"))


def test_the_broker_listens_on_a_private_socket_and_on_no_port(broker: EmbeddedBroker) -> None:
    path = Path(broker.url.removeprefix("redis+socket://"))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with client_of(broker) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("append*")["appendonly"] == "yes"


def test_what_the_broker_holds_survives_a_restart_and_a_kill(broker: EmbeddedBroker) -> None:
    with client_of(broker) as client:
        client.set("a", 1)
    broker.stop()
    broker.start()
    broker.wait_ready()
    with client_of(broker) as client:
        client.set("b", 2)
        time.sleep(1.3)  # the file is flushed every second
    broker.kill()
    broker.start()
    broker.wait_ready()
    with client_of(broker) as client:
        assert (client.get("a"), client.get("b")) == (b"1", b"2")


def test_a_folder_too_deep_for_a_socket_gets_a_short_private_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    broker = EmbeddedBroker(deep)
    assert len(broker.url.removeprefix("redis+socket://")) <= MAX_SOCKET_PATH
    assert broker.url == EmbeddedBroker(deep).url
    broker.start()
    broker.wait_ready()
    broker.stop()
    assert (deep / "appendonlydir").is_dir()


def test_a_broker_that_cannot_start_says_where_to_look(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path / "broker")
    (tmp_path / "broker" / "appendonlydir").mkdir(parents=True)
    (tmp_path / "broker" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    broker.start()
    with pytest.raises(SettingsError, match=r"broker\.log"):
        broker.wait_ready()
    broker.stop()


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "broker").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="appartient"):
        EmbeddedBroker(tmp_path / "broker").start()


def test_a_wake_up_is_outstanding_once_per_commune_and_kind(broker: EmbeddedBroker, wakeups: Wakeups) -> None:
    for _ in range(50):
        assert wakeups.wake("valombre", "push")
    assert wakeups.wake("valombre", "pull")
    assert wakeups.wake("pont-hervel", "push")
    with client_of(broker) as client:
        assert client.llen(QUEUE) == 3
        assert 0 < client.ttl("pop_forum:wake:valombre:push") <= 10


def test_a_worker_that_starts_forgets_what_its_killed_predecessor_took_along(
    broker: EmbeddedBroker, wakeups: Wakeups
) -> None:
    wakeups.wake("valombre", "push")
    with client_of(broker) as client, celery_app(broker.url):
        client.delete(QUEUE)
        worker_init.send(sender=None)
        assert wakeups.wake("valombre", "push")
        assert client.llen(QUEUE) == 1


def test_a_worker_that_waits_is_seen(broker: EmbeddedBroker, wakeups: Wakeups) -> None:
    assert not wakeups.is_attended()
    with client_of(broker) as client:
        waiting = threading.Thread(target=lambda: client.brpop([QUEUE], 1))
        waiting.start()
        assert any(wakeups.is_attended() for _ in range(200))
        waiting.join()
    broker.kill()
    assert not wakeups.is_attended()


def test_after_it_was_taken_the_next_wake_up_goes_out(broker: EmbeddedBroker, wakeups: Wakeups) -> None:
    wakeups.wake("valombre", "push")
    wakeups.taken("valombre", "push")
    wakeups.wake("valombre", "push")
    with client_of(broker) as client:
        assert client.llen(QUEUE) == 2


def test_a_broker_that_was_killed_raises_nothing_and_costs_less_than_a_second(
    broker: EmbeddedBroker, wakeups: Wakeups, caplog: pytest.LogCaptureFixture
) -> None:
    assert wakeups.wake("valombre", "push")
    broker.kill()
    started = time.monotonic()
    with caplog.at_level(logging.WARNING):
        assert [wakeups.wake("valombre", kind) for kind in ("push", "pull", "receive")] == [False] * 3
        wakeups.taken("valombre", "push")
    assert time.monotonic() - started < 5
    assert [record.message for record in caplog.records if "broker away" in record.message] == [
        caplog.records[0].message
    ]
    broker.start()
    broker.wait_ready()
    assert wakeups.wake("sainte-aure", "push")


def test_a_broker_that_dies_between_the_mark_and_the_message_raises_nothing(
    broker: EmbeddedBroker, wakeups: Wakeups, monkeypatch: pytest.MonkeyPatch
) -> None:
    wakeups.wake("valombre", "push")
    monkeypatch.setattr(wakeups._redis, "set", lambda *args, **more: True)
    broker.kill()
    started = time.monotonic()
    assert wakeups.wake("valombre", "pull") is False
    assert time.monotonic() - started < 5


def test_a_broker_that_accepts_and_stays_silent_costs_less_than_a_second(broker: EmbeddedBroker) -> None:
    import os
    import signal

    assert broker._process is not None
    os.kill(broker._process.pid, signal.SIGSTOP)
    wakeups = Wakeups(broker.url)
    started = time.monotonic()
    try:
        assert wakeups.wake("valombre", "push") is False
        assert time.monotonic() - started < 5
    finally:
        os.kill(broker._process.pid, signal.SIGCONT)
        wakeups.close()


def test_the_application_of_sender_and_worker_acknowledges_late_and_speaks_json_only() -> None:
    with celery_app("redis://127.0.0.1:6379/0") as app:
        assert app.conf.task_acks_late
        assert app.conf.task_reject_on_worker_lost
        assert app.conf.accept_content == ["json"]
        assert app.conf.result_backend is None
        assert app.conf.broker_transport_options["visibility_timeout"] == 120
