"""How full a disk is."""

import shutil
from pathlib import Path


def used_share(folder: Path) -> float:
    """The share of this folder's disk that is taken, 0 to 1, as its owner can write to it."""
    usage = shutil.disk_usage(folder)
    available = usage.used + usage.free
    return usage.used / available if available else 1.0
