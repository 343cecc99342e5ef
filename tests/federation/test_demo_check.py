"""The main promise, with failures on purpose: three hosts, one of them away, a worker and a broker killed."""

import json
import re
import subprocess
import sys

import pytest

KILLED = re.compile(r"(\S+)\s: processus (\d+) tué, (\d+) le remplace")
KEYS = [
    "acknowledged",
    "everywhere",
    "lost",
    "duplicated",
    "digests_equal",
    "propagation_ms_p50",
    "propagation_ms_p99",
    "catch_up_per_s",
]


@pytest.mark.timeout(280)
def test_three_hosts_lose_nothing_when_one_is_away_and_a_worker_and_a_broker_are_killed() -> None:
    check = subprocess.run(
        [sys.executable, "-m", "pop_forum", "demo", "--check"], capture_output=True, text=True, timeout=270
    )
    assert check.returncode == 0, check.stdout + check.stderr
    result = json.loads(check.stdout.splitlines()[-1])
    assert list(result) == KEYS
    assert result["acknowledged"] >= 500, check.stdout
    assert result["everywhere"] == result["acknowledged"]
    assert (result["lost"], result["duplicated"], result["digests_equal"]) == (0, 0, True)
    assert 0 < result["propagation_ms_p50"] <= result["propagation_ms_p99"] and result["catch_up_per_s"] > 0
    killed = KILLED.findall(check.stdout)
    assert [name for name, _, _ in killed] == ["valombre-worker", "pont-hervel-broker"], check.stdout
    assert all(old != new for _, old, new in killed)
