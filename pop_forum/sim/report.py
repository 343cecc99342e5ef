"""What a run of seeds is told as: a table fault × kind of entry, and one line of JSON."""

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pop_forum import __version__
from pop_forum.sim import faults
from pop_forum.sim.checking import DIVERGED, LOST, RESURRECTED
from pop_forum.sim.seeds import Verdict
from pop_forum.sim.world import KINDS


def table(verdicts: Sequence[Verdict]) -> str:
    """How many entries of each kind have suffered each fault: were written under it, or on their way when it struck."""
    cells: Counter[tuple[str, str]] = sum((verdict.cells for verdict in verdicts), Counter())
    kinds = list(KINDS.values())
    width = max(map(len, faults.FAULTS)) + 1
    lines = [" " * width + "".join(f"{kind:>12}" for kind in kinds)]
    for fault in faults.FAULTS:
        lines.append(f"{fault:<{width}}" + "".join(f"{cells[fault, kind]:>12}" for kind in kinds))
    return "\n".join(lines)


def summary(verdicts: Sequence[Verdict]) -> str:
    """The last line: how many seeds, what went wrong, and how much was lived through."""
    harms = Counter(finding.harm for verdict in verdicts for finding in verdict.findings)
    return json.dumps(
        {
            "seeds": len(verdicts),
            "failed": sum(verdict.failed for verdict in verdicts),
            "lost": harms[LOST],
            "resurrected": harms[RESURRECTED],
            "diverged": harms[DIVERGED],
            "entries": sum(verdict.entries for verdict in verdicts),
            "faults": sum(verdict.struck.total() for verdict in verdicts),
        }
    )


def source() -> str:
    """The commit that these sources are of, or the version when they are in no repository."""
    folder = Path(__file__).parent
    try:
        told = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return __version__
    return told.stdout.strip()
