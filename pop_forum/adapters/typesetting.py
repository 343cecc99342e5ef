"""Setting documents in type: Typst makes the PDF, in a process of its own that ends with it.

Typst and its fonts take 80 MB on the disk, and as much memory: the library is an extra (`pip install pop-forum[pdf]`),
it is looked for before it is used, and neither the web process nor the worker loads it.
"""

import importlib.util
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

from pop_forum import paths
from pop_forum.errors import Unavailable

LIBRARIES = ("typst", "segno")
PATIENCE_SECONDS = 60  # for a document; 40 measures take a fifth of a second
STANDARD: Literal["ua-1"] = "ua-1"  # of accessible PDF, ISO 14289-1: Typst refuses what does not follow it
CODE_BORDER = 2  # modules of white around the QR code
MAX_TOLD = 500  # characters of what went wrong, for the log


def is_installed() -> bool:
    """Whether this installation can make PDFs."""
    return all(importlib.util.find_spec(name) is not None for name in LIBRARIES)


def typeset(job: Path, pdf: Path) -> None:
    """Nothing; the document of this job is in the file `pdf`. Raises Unavailable when it could not be made."""
    command = (sys.executable, "-m", "pop_forum.adapters.typesetting", str(job), str(pdf))
    try:
        run = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"the typesetter did not end well: {error}") from error
    if run.returncode != 0:
        raise Unavailable(f"the typesetter refused: {run.stderr.strip()[-MAX_TOLD:]}")


def pdf_of(job: bytes) -> bytes:
    """The PDF of a job of domain.paper. Raises what Typst raises."""
    import segno
    import typst

    url = json.loads(job)["url"]
    code = io.BytesIO()
    segno.make(url, error="m", micro=False).save(code, kind="svg", xmldecl=False, border=CODE_BORDER)
    inputs = {"sheet": job.decode(), "code": code.getvalue().decode()}
    template = (paths.data_files() / "paper.typ").read_bytes()
    made = typst.compile(template, sys_inputs=inputs, pdf_standards=[STANDARD], ignore_system_fonts=True, timestamp=0)
    return bytes(made)


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(pdf_of(Path(sys.argv[1]).read_bytes()))
