"""The gate before the writers of a SQLite file: one at a time, and nobody waits longer than they wish."""

import fcntl
import threading
from pathlib import Path

import pytest

from pop_forum.errors import Unavailable
from pop_forum.write_gate import WriteGate

PATIENT = 60.0


def test_writers_of_two_processes_pass_one_at_a_time(tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("0")

    def write(gate: WriteGate, patience: float | None) -> None:
        for _ in range(50):
            with gate(patience):
                count.write_text(str(int(count.read_text()) + 1))

    web, worker = WriteGate(tmp_path / "lock"), WriteGate(tmp_path / "lock")
    writers = [
        threading.Thread(target=write, args=who) for who in ((web, PATIENT), (worker, None)) for _ in range(4)
    ]  # fmt: skip
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert count.read_text() == "400"


def test_a_thread_of_the_same_process_is_waited_for_no_longer(tmp_path: Path) -> None:
    gate = WriteGate(tmp_path / "lock")
    with gate(None), pytest.raises(Unavailable), gate(0.01):
        pass
    with gate(0.01):
        pass


def test_a_lock_that_comes_too_late_is_given_back(tmp_path: Path) -> None:
    gate, path = WriteGate(tmp_path / "lock"), tmp_path / "lock"
    with path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        for _ in range(3):
            with pytest.raises(Unavailable), gate(0.01):
                pass
    with path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)  # waits for ever if the gate kept what nobody wanted any more
    with gate(PATIENT), path.open("a") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
