"""The web process as `pop_forum serve` starts it: it ends when it is told to, whenever that is."""

import os
import signal
import socket
import subprocess
from pathlib import Path

from pop_forum.cli.processes import KILL_SECONDS, web_arguments
from tests.processes.test_processes import eventually

SLOW_TO_START = """
import pathlib, time
pathlib.Path("loading").touch()
time.sleep(300)
def application(environ, start_response): ...
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_web_process_told_to_end_while_it_starts_ends(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW_TO_START, "utf-8")
    command = [*web_arguments("127.0.0.1", free_port())[:-1], "slow:application"]
    process = subprocess.Popen(command, cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        assert eventually((tmp_path / "loading").exists, 60)
        process.terminate()
        assert eventually(lambda: process.poll() is not None, KILL_SECONDS + 30)
    finally:
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
