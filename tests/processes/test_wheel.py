"""The wheel is whole: installed where no repository lies beside it, it serves a page with its styles.

The wheel is built from a copy of the sources (no leftovers of a build/ folder). Where the environment can build wheels
itself (setuptools 70.1 or later, or the wheel package) no network is needed; elsewhere `build` fetches setuptools into
an isolated environment, as `pip install .` does. The clean environment is a new venv without pip; the wheel is
installed into it for good, and the distributions that it declares, with what these declare, are linked into it: a
library that setup.cfg forgets is missing there. The copy of pop_forum that runs is the wheel's, which the first test
asserts.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from email.parser import Parser
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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
    for name in declared(wheel):
        link(name, Path(site))
    return clean


def declared(wheel: Path) -> set[str]:
    """The distributions that the wheel declares, with all that these declare, as they are installed here."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        waiting = asked_for(Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist"), {""})
    found: set[str] = set()
    while waiting:
        one = waiting.pop()
        if str(one) not in found:
            found.add(str(one))
            waiting += asked_for(distribution(one.name).requires, {"", *one.extras})
    return {Requirement(text).name for text in found}


def asked_for(lines: list[str] | None, extras: set[str]) -> list[Requirement]:
    """The requirements among these that hold here, for any of these extras, without their conditions."""
    found = [Requirement(line) for line in lines or []]
    holding = [one for one in found if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in extras)]
    for one in holding:
        one.marker = None
    return holding


def imported() -> set[str]:
    """The first words of all modules that the package imports, at once or when it needs them."""
    names: set[str] = set()
    for path in (REPOSITORY / "pop_forum").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module)
    return (
        {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"playwright"}
    )  # bench: the extra `test`


def link(name: str, site: Path) -> None:
    """The installed files of this distribution, linked into this folder under their own names."""
    here = distribution(name)
    for top in {path.parts[0] for path in here.files or [] if path.parts[0] not in ("..", "__pycache__")}:
        if not (site / top).exists():
            (site / top).symlink_to(Path(str(here.locate_file(top))))


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


def test_every_library_that_is_imported_is_declared(python: Path, tmp_path: Path) -> None:
    script = "import sys; from importlib.util import find_spec; print([n for n in sys.argv[1:] if not find_spec(n)])"
    names = sorted(imported())
    assert {"flask", "whoosh", "PIL", "webauthn"} <= set(names)
    missing = run(str(python), "-c", script, *names, cwd=tmp_path).strip()
    assert missing == str(sorted(line.partition(" ")[0] for line in extra("pdf")))


def extra(name: str) -> list[str]:
    """What setup.cfg asks for with this extra, which a site may do without."""
    settings = ConfigParser()
    settings.read(REPOSITORY / "setup.cfg", "utf-8")
    return settings["options.extras_require"][name].split("\n")[1:]
