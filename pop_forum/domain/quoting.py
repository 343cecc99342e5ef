"""Somebody's words in an answer: as a Markdown quotation under their name, which leads to the message it is from.

The address is what a quotation is known by: when that message is erased its words go from the quotation too, and when
its author leaves so does the name (services/quotations.py).
"""

import html
import re
from collections.abc import Iterator, Mapping

QUOTE_CHARS = 1_000  # beyond, nobody reads a quotation again
PASSAGE_CHARS = 600  # a selected passage travels in an address

REMOVED = "*Message retiré*"  # what stands where erased words were quoted

_HEAD = re.compile(
    r"(?P<marks>(?:>[ ]?)+)\[\*\*(?:[^\n]+?)\*\*(?P<said>[^\[\]\n]*)\]\((?P<address>https?://[^()\s]+)\)\s*"
)
_MARKS = re.compile(r"([\\`*_{}\[\]<>#!|~])")
_TAG = re.compile(r"<[^>]*>")


def quotation(author: str, source: str, said: str, address: str) -> str:
    """The quotation of a Markdown source; `said` is the sentence above it, with `{author}` in it, and a link.

    What the author herself had quoted is left out, unless she wrote nothing else.
    """
    own = [line for line in source.split("\n") if not line.lstrip().startswith(">")]
    words = ("\n".join(own).strip() or source.strip())[: QUOTE_CHARS + 1]
    if len(words) > QUOTE_CHARS:
        words = words[:QUOTE_CHARS].rsplit(" ", 1)[0].rstrip() + " …"
    head = f"[{said.format(author=_bold(author))}]({address})"
    return "\n".join(f"> {line}".rstrip() for line in (head, "", *words.split("\n"))) + "\n\n"


def passage(rendered: str, selected: str) -> str | None:
    """The selected words when they are those of this message, so that nobody is made to say something else."""
    words = " ".join(selected.split())
    shown = " ".join(html.unescape(_TAG.sub(" ", rendered)).split())
    whole = re.sub(r"\s", "", shown)
    return words if words and len(words) <= PASSAGE_CHARS and re.sub(r"\s", "", words) in whole else None


def quoted(source: str) -> Iterator[str]:
    """The addresses of the messages that a source quotes."""
    for line in source.split("\n"):
        head = _HEAD.fullmatch(line)
        if head:
            yield head["address"]


def settled(source: str, fates: Mapping[str, str | None]) -> str:
    """The source with its quotations as they may stand: `fates` has the new name for an address, None for no words."""
    lines: list[str] = []
    removing = 0  # how deep the quotation is whose words go; 0 outside of one
    for line in source.split("\n"):
        head, depth = _HEAD.fullmatch(line), _depth(line)
        if removing and (depth > removing or (depth == removing and not head)):
            continue
        removing = 0
        if head is None or head["address"] not in fates:
            lines.append(line)
            continue
        name = fates[head["address"]]
        if name is None:
            lines.append(head["marks"] + REMOVED)
            removing = depth
        else:
            lines.append(f"{head['marks']}[{_bold(name)}{head['said']}]({head['address']})")
    return "\n".join(lines)


def _depth(line: str) -> int:
    """How many quotations a line lies in."""
    found = re.match(r"(?:>[ ]?)*", line)
    return found[0].count(">") if found else 0


def _bold(name: str) -> str:
    return "**" + _MARKS.sub(lambda mark: "\\" + mark[1], name) + "**"
