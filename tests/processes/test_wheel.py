"""The wheel is whole: installed where no repository lies beside it, it serves a page with its styles.

The wheel is built from a copy of the sources (no leftovers of a build/ folder). Where the environment can build wheels
itself (setuptools 70.1 or later, or the wheel package) no network is needed; elsewhere `build` fetches setuptools into
an isolated environment, as `pip install .` does. The clean environment is a new venv without pip; the wheel is
installed into it for good, and the libraries it needs are made visible by one line in a `.pth` file. Python does not
read the `.pth` files of a folder added that way, so this environment's editable installation of pop_forum stays
invisible: the copy that runs is the wheel's, which the first test asserts.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.unit.house.sources import REPOSITORY

SOURCES = ("pop_forum", "templates", "static", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
SERVE = """
import json, re, sys
from werkzeug.test import Client
import pop_forum
from pop_forum.host import application

site = Client(application)
at = {"base_url": "http://valombre.localhost:8080"}
home = site.get("/", **at)
sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', home.text)
styles = [site.get(sheet.replace("&amp;", "&"), **at) for sheet in sheets]
print(json.dumps({
    "package": pop_forum.__file__,
    "status": home.status_code,
    "says": "Valombre-sur-Lys" in home.text,
    "styles": [(style.status_code, style.mimetype, len(style.data)) for style in styles],
    "elsewhere": site.get("/", base_url="http://ailleurs.example").status_code,
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree."""
    sources = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        found = REPOSITORY / name
        if found.is_dir():
            shutil.copytree(found, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(found, sources / name)
    dist = tmp_path_factory.mktemp("dist")
    isolation = ["--no-isolation"] if builds_wheels() else []
    run(sys.executable, "-m", "build", "--wheel", *isolation, "--outdir", str(dist), str(sources), cwd=sources)
    [built] = dist.glob("pop_forum-*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a clean environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder), cwd=folder)
    clean = folder / "bin" / "python"
    install = ("-m", "pip", "--python", str(clean), "install", "--quiet", "--no-deps", "--no-index", "--no-compile")
    run(sys.executable, *install, str(wheel), cwd=folder)
    site = run(str(clean), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(site) / "libraries.pth").write_text("\n".join(sorted(libraries)) + "\n", "utf-8")
    return clean


def builds_wheels() -> bool:
    """Whether this environment can make a wheel without fetching anything."""
    if find_spec("wheel") is not None:
        return True
    try:
        return tuple(int(part) for part in version("setuptools").split(".")[:2]) >= (70, 1)
    except PackageNotFoundError:
        return False


def run(*command: str, cwd: Path, **environment: str) -> str:
    """What a command printed; the test fails with its complaint when it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("POP_FORUM_", "PYTHON"))}
    answer = subprocess.run(command, cwd=cwd, env={**kept, **environment}, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return answer.stdout


def test_the_wheel_holds_templates_styles_and_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "pop_forum/templates/base.html",
        "pop_forum/static/pop.css",
        "pop_forum/data/programme.yaml",
        "pop_forum/migrations/versions/0001_first_schema.py",
    ):
        assert name in names
    assert not [name for name in names if name.startswith(("instances/", "tests/", "docs/"))]


def test_the_wheel_serves_a_page_with_its_styles(python: Path, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "instances", tmp_path / "instances")
    settings = {
        "POP_FORUM_MODE": "demo",
        "POP_FORUM_INSTANCES": str(tmp_path / "instances"),
        "POP_FORUM_DATA": str(tmp_path / "data"),
        "POP_FORUM_BROKER": "redis://127.0.0.1:1/0",
        "POP_FORUM_LOOPBACK": "valombre.localhost:8080,pont-hervel.localhost:8080,sainte-aure.localhost:8080",
    }
    command = str(python.parent / "pop_forum")
    run(command, "migrate", "valombre", cwd=tmp_path, **settings)
    answer = json.loads(run(str(python), "-c", SERVE, cwd=tmp_path, **settings).splitlines()[-1])
    assert Path(answer["package"]).is_relative_to(python.parents[1])
    assert (answer["status"], answer["says"], answer["elsewhere"]) == (200, True, 404)
    assert [status for status, _, _ in answer["styles"]] == [200, 200]
    assert {kind for _, kind, _ in answer["styles"]} == {"text/css"}
    assert answer["styles"][0][2] > 5_000
