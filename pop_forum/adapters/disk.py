"""How full a disk is."""

from pathlib import Path
from shutil import disk_usage


def used_share(folder: Path) -> float:
    """The share of this folder's disk that is taken, 0 to 1, as its owner can write to it."""
    usage = disk_usage(folder)
    available = usage.used + usage.free
    return usage.used / available if available else 1.0
