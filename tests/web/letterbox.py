"""What the letters of a test commune say: their codes and links."""

import re
from typing import Any

from sqlalchemy import select

from pop_forum.models import Mail

CODE = re.compile(r"^(\d{3} \d{3})$", re.MULTILINE)
LINK = re.compile(r"^http://valombre\.localhost:8080(/\S+/lien/\S+)$", re.MULTILINE)


def letters(commune: Any, to: str | None = None) -> list[Any]:
    """The letters that are owed, oldest first; to one address, if it is named."""
    with commune.reading() as site:
        rows = list(site.session.scalars(select(Mail).order_by(Mail.id)))
    return [row for row in rows if to in (None, row.recipient)]


def code_in(letter: Any) -> str:
    """The six digits of a letter, with their space."""
    found = CODE.search(letter.text)
    assert found, letter.text
    return found[1]


def link_in(letter: Any) -> str:
    """The path that the link of a letter leads to."""
    found = LINK.search(letter.text)
    assert found, letter.text
    return found[1]


def other_code(letter: Any) -> str:
    """Six digits that are not those of the letter."""
    return f"{(int(code_in(letter).replace(' ', '')) + 1) % 1_000_000:06}"
