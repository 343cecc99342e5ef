"""The three files of a commune's folder, read within bounds; what is wrong becomes a sentence."""

import re
import tomllib
from pathlib import Path

from pop_forum.settings.reading import Problems

LARGEST_TOML = 65_536
LARGEST_PAGE = 100_000  # bytes; a charter or a legal notice is a few pages


def toml(path: Path, problems: Problems) -> dict[str, object]:
    """The keys of a TOML file; what cannot be read is reported with its line."""
    text = _read(path, LARGEST_TOML, problems)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        at_end = " (à la fin du fichier)" if "at end of document" in str(error) else ""
        where = f" (ligne {place[1]}, colonne {place[2]})" if place else at_end
        problems.add(f"n’est pas du TOML lisible{where}.")
        return {}


def page(path: Path, problems: Problems) -> str:
    """The text of a Markdown file that must not be empty."""
    own = Problems(f"{path.parent.name}/{path.name}")
    text = _read(path, LARGEST_PAGE, own)
    if not own.lines and not text.strip():
        own.add("est vide.")
    problems.lines += own.lines
    return text


def _read(path: Path, largest: int, problems: Problems) -> str:
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for its other end for ever
            problems.add("n’est pas un fichier ordinaire.")
            return ""
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError:
        problems.add("ce fichier manque ou n’est pas lisible.")
    except UnicodeDecodeError:
        problems.add("n’est pas enregistré en UTF-8.")
    else:
        if len(raw) <= largest:
            return text.replace("\r\n", "\n")
        problems.add(f"dépasse {largest} octets.")
    return ""
