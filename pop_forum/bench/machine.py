"""The machine of a measurement, and how much memory its processes share and own."""

import os
import platform
import sqlite3
from pathlib import Path

KIB = 1024
MB = 1_000_000
SESSION_FIELD = 3  # in /proc/<pid>/stat, counted after the closing parenthesis: state, parent, group, session


def describe() -> dict[str, object]:
    """Processor, cores, memory, Python, SQLite."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MB,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def session_memory_mb(leader: int) -> float:
    """The proportional memory (PSS) of every process in this session, in megabytes."""
    return sum(_pss_bytes(pid) for pid in _session(leader)) / MB


def process_memory_mb(pid: int) -> float:
    """The proportional memory (PSS) of one process, in megabytes; 0 once it has ended."""
    return _pss_bytes(pid) / MB


def process_of_session(leader: int, words: tuple[str, ...]) -> int | None:
    """The process in this session whose command line ends with these words, if one does."""
    ending = "\0".join((*words, ""))
    found = (pid for pid in _session(leader) if "".join(_lines(Path(f"/proc/{pid}/cmdline"))).endswith(ending))
    return next(found, None)


def _processor() -> str:
    for line in _lines(Path("/proc/cpuinfo")):
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _session(leader: int) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _session_of(pid) == leader]


def _session_of(pid: int) -> int | None:
    text = " ".join(_lines(Path(f"/proc/{pid}/stat")))
    fields = text.rpartition(")")[2].split()
    return int(fields[SESSION_FIELD]) if len(fields) > SESSION_FIELD else None


def _pss_bytes(pid: int) -> int:
    for line in _lines(Path(f"/proc/{pid}/smaps_rollup")):
        name, _, value = line.partition(":")
        if name == "Pss":
            return int(value.split()[0]) * KIB
    return 0


def _lines(path: Path) -> list[str]:
    """The lines of a file of the kernel's; none when its process has ended meanwhile."""
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
