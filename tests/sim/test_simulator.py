"""The simulator itself: it repeats itself, it finds what is broken, it shortens what fails, it refuses nonsense."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pop_forum.cli.root import commands
from pop_forum.sim import seeds, shrinking
from pop_forum.sim.breaking import BREAKS
from pop_forum.sim.oracle import fold
from pop_forum.sim.schedule import Schedule, from_text
from pop_forum.sim.shrinking import shortened
from tests.sim.lived import DAYS, SITES

KEPT = sorted((Path(__file__).parent / "seeds").glob("*.txt"))
CAUGHT_WITHIN = 150  # seeds
EVERY_SIZE = (2, 8)


def trace_of(seed: int, hash_seed: str) -> str:
    """What `pop_forum sim --trace` writes in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-m", "pop_forum", "sim", "--seed", str(seed), "--trace"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


def test_one_seed_is_one_trace_whatever_the_hash_seed() -> None:
    first = trace_of(9, "1")
    assert len(first.splitlines()) > 100
    assert trace_of(9, "2") == first


def test_one_seed_twice_in_one_process_is_one_trace() -> None:
    schedule = seeds.schedule_of(11, SITES, DAYS)
    assert seeds.run(schedule).trace == seeds.run(schedule).trace


def test_the_log_says_as_much_after_a_seed_as_before() -> None:
    seeds.run(seeds.schedule_of(11, SITES, DAYS))
    assert logging.getLogger("pop_forum").level == logging.NOTSET


def test_the_last_line_is_json_and_the_table_comes_before_it() -> None:
    answer = CliRunner().invoke(commands, ["sim", "--seed", "2", "--jobs", "1"], prog_name="pop_forum")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout.splitlines()[-1])
    assert list(told) == ["seeds", "failed", "lost", "resurrected", "diverged", "entries", "faults"]
    assert (told["seeds"], told["failed"]) == (1, 0)
    assert told["entries"] >= 25 and told["faults"] >= 8
    assert "1/1 graines, 0 en échec" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sites", "1"],
        ["--sites", "2..9"],
        ["--sites", "5..3"],
        ["--sites", "deux"],
        ["--days", "0"],
        ["--count", "0"],
        ["--seed", "-1"],
        ["--break", "tout"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_gets_one_sentence_and_exit_2(arguments: list[str]) -> None:
    answer = CliRunner().invoke(commands, ["sim", *arguments], prog_name="pop_forum")
    assert answer.exit_code == 2
    assert len(answer.stderr.strip().splitlines()) == 1
    assert answer.stdout == ""


def test_a_broken_rule_is_found_and_its_schedule_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrinking, "MOST_RUNS", 4)
    with BREAKS["deletion-not-told"]():
        seed = next(one for one in range(1, 20) if seeds.run(seeds.schedule_of(one, SITES, DAYS)).failed)
    arguments = ["sim", "--seed", str(seed), "--jobs", "1", "--break", "deletion-not-told"]
    answer = CliRunner().invoke(commands, arguments, prog_name="pop_forum")
    assert answer.exit_code == 1
    assert f"Graine {seed}, commit " in answer.stdout
    assert json.loads(answer.stdout.splitlines()[-1])["failed"] == 1
    printed = answer.stdout[answer.stdout.index(f"\nseed {seed} sites ") :].partition("\n   ")[0]
    assert len(from_text(printed).steps) < len(seeds.schedule_of(seed, SITES, DAYS).steps)


def test_a_schedule_is_shortened_to_the_steps_that_matter() -> None:
    whole = seeds.schedule_of(3, SITES, DAYS)
    guilty = whole.steps[7], whole.steps[20]
    short = shortened(whole, lambda one: set(guilty) <= set(one.steps), 200)
    assert short.steps == guilty


def test_a_printed_schedule_reads_back_as_the_same() -> None:
    schedule = seeds.schedule_of(4, SITES, DAYS)
    assert from_text(schedule.to_text()) == schedule


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_schedule_that_failed_once_is_healed(path: Path) -> None:
    schedule: Schedule = from_text(path.read_text("utf-8"))
    assert [str(finding) for finding in seeds.run(schedule).findings] == []


def test_the_oracle_lets_a_deletion_stand_until_the_same_authority_undoes_it() -> None:
    page = {
        "id": "http://a/o/1",
        "type": "Page",
        "attributedTo": "http://a/p/1",
        "name": "Un",
        "context": "http://a/o/1",
    }
    body = {"source": {"content": "texte"}, "published": "2026-11-23T10:00:00Z", "pop:board": "quotidien"}
    made = {"type": "Create", "object": {**page, **body}}
    gone = {"type": "Delete", "actor": "http://a/p/1", "object": "http://a/o/1"}
    stranger = {"type": "Undo", "actor": "http://b/commune", "object": gone}
    state = fold(
        [("b", [json.dumps(stranger).encode()]), ("a", [json.dumps(made).encode(), json.dumps(gone).encode()])]
    )
    assert not state.messages["http://a/o/1"].visible


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(BREAKS))
def test_some_seed_catches_each_rule_left_out(name: str) -> None:
    for seed in range(1, CAUGHT_WITHIN + 1):
        with BREAKS[name]():
            if seeds.run(seeds.schedule_of(seed, EVERY_SIZE, DAYS)).failed:
                return
    pytest.fail(f"{CAUGHT_WITHIN} seeds do not see that {name}")


@pytest.mark.long
def test_a_thousand_seeds_heal_and_every_kind_of_entry_meets_every_fault() -> None:
    answer = CliRunner().invoke(commands, ["sim", "--seed", "1000", "--count", "1000"], prog_name="pop_forum")
    *_, last = answer.stdout.splitlines()
    assert answer.exit_code == 0, answer.stdout
    assert json.loads(last)["failed"] == 0
    table = answer.stdout.splitlines()[1:-1]
    assert not [line for line in table if " 0 " in f"{line} "]
