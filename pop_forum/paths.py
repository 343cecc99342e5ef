"""The folders that ship with the package: templates, styles, data, translations.

In a wheel, templates/ and static/ are mapped to pop_forum.templates and pop_forum.static. In an editable
installation they stay at the top level of the repository, where importlib.resources does not find them: so we
look in the package, then beside it.
"""

from pathlib import Path

from pop_forum.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """The folder of the Jinja templates."""
    return _beside_or_inside("templates")


def static() -> Path:
    """The folder of styles, scripts and icons."""
    return _beside_or_inside("static")


def data_files() -> Path:
    """The folder of the data that ships with the code (programme.yaml …)."""
    return PACKAGE / "data"


def translations() -> Path:
    """The folder of the gettext catalogues."""
    return _beside_or_inside("translations")


def _beside_or_inside(name: str) -> Path:
    for folder in (PACKAGE / name, PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise SettingsError(f"Le dossier « {name} » manque : l’installation de pop_forum est incomplète.")
