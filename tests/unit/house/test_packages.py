"""setup.cfg names exactly the packages that exist, and Python finds an `__init__.py` in each."""

from configparser import ConfigParser

from tests.unit.house.sources import PACKAGE, REPOSITORY, name

MAPPED = ("templates", "static")


def setup_cfg() -> ConfigParser:
    """The project's metadata."""
    parser = ConfigParser(interpolation=None)
    parser.read(REPOSITORY / "setup.cfg", "utf-8")
    return parser


def on_disk() -> set[str]:
    """The packages that the folders make: those that hold Python, and the two mapped ones."""
    folders = {path.parent for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts}
    dotted = {".".join(folder.relative_to(REPOSITORY).parts) for folder in folders}
    return dotted | {f"pop_forum.{folder}" for folder in MAPPED}


def test_setup_cfg_lists_the_packages_that_exist() -> None:
    listed = setup_cfg()["options"]["packages"].split()
    assert set(listed) == on_disk()
    assert listed == sorted(listed)


def test_templates_and_styles_are_mapped_into_the_package() -> None:
    mapping = dict(line.split(" = ") for line in setup_cfg()["options"]["package_dir"].strip().splitlines())
    assert mapping == {f"pop_forum.{folder}": folder for folder in MAPPED}
    assert all((REPOSITORY / folder).is_dir() for folder in MAPPED)


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts}
    assert [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_pyproject_holds_the_build_system_only() -> None:
    lines = (REPOSITORY / "pyproject.toml").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("[")] == ["[build-system]"]
