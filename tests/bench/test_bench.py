"""`pop_forum bench --quick`: every measurement runs once, and the last line is the object that the issue describes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pop_forum.bench import machine, results, sink
from pop_forum.bench.command import MEASURES

REPOSITORY = Path(__file__).parents[2]
TARGETS: dict[str, float] = {
    "catch_up_entries_per_s": 1_500,
    "replies_per_s": 250,
    "thread_page_anonymous_ratio": 1.5,
    "front_page_ratio": 1.5,
    "measure_page_ratio": 1.5,
    "not_modified_ratio": 1.5,
    "thread_page_signed_in_ratio": 0.1,
    "thread_page_while_replied_ratio": 1.0,
    "thread_cold_render_cpu_ms": 30,
    "thread_page_statements": 10,
    "thread_first_view_kb": 60,
    "thread_first_view_requests": 8,
    "heaviest_page_kb": 100,
    "thread_usable_slow_s": 6,
    "propagation_ms_p50": 300,
    "propagation_ms_p99": 2_000,
    "signed_pushes_per_s_per_core": 800,
    "search_ms_p99": 100,
    "search_worst_ms": 1_000,
    "index_lag_ms_p99": 3_000,
    "index_catch_up_s": 120,
    "indexing_memory_mb": 300,
    "memory_three_communes_mb": 220,
    "memory_per_further_commune_mb": 6,
    "merge_200_blocks_ms": 100,
    "measure_page_signed_in_ratio": 0.1,
    "our_programme_page_ratio": 1.5,
    "measure_page_cold_cpu_ms": 30,
    "measure_elsewhere_cold_cpu_ms": 30,
    "our_programme_cold_cpu_ms": 30,
    "comparison_cold_cpu_ms": 30,
    "programme_pdf_s": 10,
}


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it."""
    command = [sys.executable, "-m", "pop_forum", "bench", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=240, env=dict(os.environ))


def check_last_line(output: str, targets: dict[str, float]) -> None:
    """The last line is the object, its machine is told, and these lines with a target are in it."""
    told = json.loads(output.splitlines()[-1])
    assert set(told) == {"machine", "floor_rps", "results"}
    assert {"cpu", "cores", "memory_mb", "python", "sqlite"} <= set(told["machine"])
    assert told["floor_rps"] > 0
    for result in told["results"]:
        assert set(result) == {"name", "value", "unit", "target", "met"}
        assert (result["met"] is None) == (result["target"] is None or result["value"] is None)
    assert {one["name"]: one["target"] for one in told["results"] if one["target"] is not None} == targets


def test_a_quick_bench_ends_with_one_object() -> None:
    answer = bench("--quick", "catch_up", "pushes", "replies", "weight")
    assert answer.returncode == 0, answer.stderr
    here = ("catch_up", "signed_pushes", "replies", "thread_first", "thread_cold", "thread_page_statements", "heaviest")
    wanted = [name for name in TARGETS if name.startswith(here)]
    check_last_line(answer.stdout, {name: TARGETS[name] for name in wanted})


@pytest.mark.long
def test_the_whole_bench_knows_every_target() -> None:
    answer = bench("--quick")
    assert answer.returncode == 0, answer.stderr
    check_last_line(answer.stdout, TARGETS)


def test_an_unknown_measurement_is_refused_with_the_known_ones() -> None:
    answer = bench("vitesse")
    assert answer.returncode == 2
    assert all(name in answer.stderr for name in MEASURES)


def test_a_target_is_met_from_its_own_side() -> None:
    assert results.at_least(250).is_met(250)
    assert not results.at_least(250).is_met(249.9)
    assert results.at_most(6).is_met(6)
    assert not results.at_most(6).is_met(6.1)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 3), (0.99, 5), (0.0, 1)])
def test_a_quantile_is_one_of_the_samples(share: float, expected: float) -> None:
    assert results.quantile([5, 3, 1, 4, 2], share) == expected


def test_the_median_stands_for_several_runs() -> None:
    found = results.of_repeats("x", [3.0, 1.0, 2.0], "x/s", results.at_least(2))
    assert (found.value, found.met, found.spread) == (2.0, True, "1 – 3")


def test_a_process_without_a_session_has_no_memory() -> None:
    assert machine.session_memory_mb(2**22 + 1) == 0


def test_the_sink_says_that_it_has_the_whole_page() -> None:
    page = {"head": {"epoch": {"number": 1, "id": "ab"}, "n": 7, "hash": "cd"}}
    head, _, body = sink.answer(json.dumps(page).encode()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert json.loads(body) == {"position": {"epoch": 1, "epoch_id": "ab", "n": 7, "hash": "cd"}}
