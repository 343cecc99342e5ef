"""Somebody's words in an answer: as a Markdown quotation under their name."""

import html
import re

QUOTE_CHARS = 1_000  # beyond, nobody reads a quotation again
PASSAGE_CHARS = 600  # a selected passage travels in an address

_MARKS = re.compile(r"([\\`*_{}\[\]<>#!|~])")
_TAG = re.compile(r"<[^>]*>")


def quotation(author: str, source: str, said: str) -> str:
    """The quotation of a Markdown source; `said` is the sentence above it, with `{author}` in it.

    What the author herself had quoted is left out, unless she wrote nothing else.
    """
    own = [line for line in source.split("\n") if not line.lstrip().startswith(">")]
    words = ("\n".join(own).strip() or source.strip())[: QUOTE_CHARS + 1]
    if len(words) > QUOTE_CHARS:
        words = words[:QUOTE_CHARS].rsplit(" ", 1)[0].rstrip() + " …"
    head = said.format(author=_bold(author))
    return "\n".join(f"> {line}".rstrip() for line in (head, "", *words.split("\n"))) + "\n\n"


def passage(rendered: str, selected: str) -> str | None:
    """The selected words when they are those of this message, so that nobody is made to say something else."""
    words = " ".join(selected.split())
    shown = " ".join(html.unescape(_TAG.sub(" ", rendered)).split())
    whole = re.sub(r"\s", "", shown)
    return words if words and len(words) <= PASSAGE_CHARS and re.sub(r"\s", "", words) in whole else None


def _bold(name: str) -> str:
    return "**" + _MARKS.sub(lambda mark: "\\" + mark[1], name) + "**"
