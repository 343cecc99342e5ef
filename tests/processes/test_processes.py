"""The supervisor, with tiny real children."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pop_forum.adapters import processes
from pop_forum.adapters.processes import Child, ChildFailed, Interrupted, Supervisor, interruptible

PYTHON = (sys.executable, "-I", "-S", "-c")
WAIT = "import time; time.sleep(60)"


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor whose children are gone after the test."""
    made = Supervisor(tmp_path / "logs")
    yield made
    made.stop()


def alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(check: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether the check holds within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.02)
    return False


def test_stages_start_in_order_and_stop_in_reverse(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "order"

    def child(name: str, stage: int) -> Child:
        code = f"""
import signal, sys, time
def note(what):
    with open({str(log)!r}, "a") as file: file.write(what + " {name}\\n")
def end(*_): note("stop"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
note("start")
time.sleep(60)
"""
        ready = lambda: log.exists() and f"start {name}" in log.read_text()  # noqa: E731
        return Child(name, (*PYTHON, code), stage, ready=ready)

    supervisor.start([child("web", 1), child("broker", 0), child("worker", 1)])
    supervisor.stop()
    lines = log.read_text().splitlines()
    assert lines[0] == "start broker"
    assert set(lines[1:3]) == {"start web", "start worker"}
    assert set(lines[3:5]) == {"stop web", "stop worker"}
    assert lines[5:] == ["stop broker"]


def test_a_crashed_child_comes_back_with_another_process(supervisor: Supervisor) -> None:
    supervisor.start([Child("web", (*PYTHON, WAIT), 0)])
    before = supervisor.pid("web")
    supervisor.kill("web")
    assert not alive(before)
    supervisor.wait_ready(5)
    supervisor.watch(until=lambda: supervisor.pid("web") != before)
    assert alive(supervisor.pid("web"))


def test_the_pause_before_a_restart_grows(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.1)
    supervisor.start([Child("web", (*PYTHON, "import time; time.sleep(0.05)"), 0)])
    pids: dict[int, float] = {}

    def four_lives() -> bool:
        pids.setdefault(supervisor.pid("web"), time.monotonic())
        return len(pids) == 4

    supervisor.watch(until=four_lives)
    births = list(pids.values())
    gaps = [later - earlier for earlier, later in zip(births, births[1:], strict=False)]
    assert gaps[2] > gaps[0] + 0.1


def test_a_child_that_never_starts_is_one_sentence_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    broken = Child("web", (*PYTHON, "raise SystemExit('port déjà pris')"), 0, ready=lambda: False)
    with pytest.raises(ChildFailed, match=r"« web » s’arrête(.|\n)*port déjà pris"):
        supervisor.start([broken], 20)


def test_a_child_that_never_answers_is_given_up(supervisor: Supervisor) -> None:
    with pytest.raises(ChildFailed, match="ne répond pas"):
        supervisor.start([Child("web", (*PYTHON, WAIT), 0, ready=lambda: False)], 0.3)


def test_a_child_that_ignores_the_polite_signal_is_ended_by_force(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.3)
    mark = tmp_path / "deaf"
    code = f"import signal, time; signal.signal(15, signal.SIG_IGN); open({str(mark)!r}, 'w'); time.sleep(60)"
    supervisor.start([Child("deaf", (*PYTHON, code), 0, ready=mark.exists)])
    pid = supervisor.pid("deaf")
    supervisor.stop()
    assert not alive(pid)


def test_what_a_child_started_ends_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {WAIT!r}])\n"
        f"open({str(mark)!r}, 'w').write(str(p.pid) + '.')\n"
        "time.sleep(60)"
    )
    child = Child("web", (*PYTHON, code), 0, ready=lambda: mark.exists() and "." in mark.read_text())
    supervisor.start([child])
    grandchild = int(mark.read_text().strip("."))
    supervisor.kill("web")
    assert eventually(lambda: not alive(grandchild))


def test_one_host_can_be_stopped_while_another_goes_on(supervisor: Supervisor) -> None:
    supervisor.start([Child("a-web", (*PYTHON, WAIT), 0), Child("b-web", (*PYTHON, WAIT), 0)])
    first, second = supervisor.pid("a-web"), supervisor.pid("b-web")
    supervisor.stop({"a-web"})
    assert (alive(first), alive(second)) == (False, True)


def test_long_logs_start_afresh(supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MAX_LOG_BYTES", 10)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "web.log").write_text("old " * 10)
    supervisor.start([Child("web", (*PYTHON, "print('new')"), 0, ready=lambda: True)])
    assert eventually(lambda: (tmp_path / "logs" / "web.log").read_text() == "new\n")
    assert (tmp_path / "logs" / "web.log.1").exists()


SCRIPT = """
import sys, time
from pathlib import Path
from pop_forum.adapters.processes import Child, Interrupted, Supervisor, interruptible
supervisor = Supervisor(Path(sys.argv[1]))
try:
    with interruptible():
        try:
            supervisor.start([Child("web", (sys.executable, "-c", "import time; time.sleep(60)"), 0)])
            print(supervisor.pid("web"), flush=True)
            supervisor.watch()
        finally:
            supervisor.stop()
except Interrupted:
    print("propre", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_in_order(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(number)
        parent.send_signal(number)
        assert parent.stdout.readline() == "propre\n"
        assert parent.wait(10) == 0
    assert not alive(child)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_killed_supervisor_leaves_no_child(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert eventually(lambda: b"-I" not in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"))
        parent.kill()
    assert eventually(lambda: not alive(child))


def test_the_former_signal_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted), interruptible():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    assert signal.getsignal(signal.SIGINT) is before
