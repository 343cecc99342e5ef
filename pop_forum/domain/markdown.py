"""Markdown to the small HTML a message may hold. Done once, when the message is written.

HTML is text like any other: what looks like a tag is shown as it was typed, never dropped without a word. Two walls
behind that: cmark in its safe mode drops raw HTML, then nh3 keeps only what is listed here. No tables: they break the
320-pixel rule, and 10 KB of them become 5 MB of HTML. No images yet. No headings: they would break the page's order.
"""

import html
import re

import nh3
from cmarkgfm import cmark

# A message is limited well below this; longer sources come from elsewhere and are shown without formatting.
MAX_SOURCE = 50_000
# Deeper than anybody reads, far below what slows a browser down.
MAX_DEPTH = 16
# HTML is rarely more than twice its source; the constant covers short sources made of links.
MAX_GROWTH = 4
GROWTH_FLOOR = 4_000

LINK_SCHEMES = frozenset({"http", "https", "mailto"})
LINK_REL = "nofollow ugc noopener"

_EXTENSIONS = ("autolink", "strikethrough")
# People press Enter for a new line and expect to see it.
_OPTIONS = cmark.Options.CMARK_OPT_HARDBREAKS
_NESTING = re.compile(r"<(/?)(?:blockquote|ul|ol|em|strong|del)\b")
_IMAGE = re.compile(r'<img src="[^"]*" alt="([^"]*)"[^>]*>')
_HEADING_OPEN = re.compile(r"<h[1-6]>")
_HEADING_CLOSE = re.compile(r"</h[1-6]>")
_TAG = re.compile(r"<[^>]*>")
# A « < » that opens no autolink, kept from cmark as a character of the private use area that no Markdown rule knows.
_LESS_THAN = re.compile(r"<(?!(?:https?://|mailto:)[^\s<>]*>)")
_STAND_IN = "\ue000"
_STAND_IN_IN_LINK = "%EE%80%80"
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")

_CLEANER = nh3.Cleaner(
    tags={"p", "br", "strong", "em", "del", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr"},
    clean_content_tags={"script", "style"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes=set(LINK_SCHEMES),
    # A relative address would mean another page on every commune that shows the message.
    url_relative="deny",
    link_rel=LINK_REL,
    strip_comments=True,
)


def render(source: str) -> str:
    """The HTML of a Markdown source: listed tags only, links marked as people's own; plain paragraphs when hostile."""
    source = source.encode("utf-8", "replace").decode("utf-8")
    if len(source) > MAX_SOURCE:
        return plain_paragraphs(source)
    shielded = _LESS_THAN.sub(_STAND_IN, source.replace(_STAND_IN, ""))
    rough = cmark.markdown_to_html_with_extensions(shielded, _OPTIONS, list(_EXTENSIONS))
    rough = rough.replace(_STAND_IN, "&lt;").replace(_STAND_IN_IN_LINK, "%3C")
    if len(rough) > GROWTH_FLOOR + MAX_GROWTH * len(source) or _depth(rough) > MAX_DEPTH:
        return plain_paragraphs(source)
    clean = _CLEANER.clean(_without_headings_and_images(rough))
    # A source made of raw HTML only would otherwise become an empty message.
    return clean if _TAG.sub("", clean).strip() else plain_paragraphs(source)


def plain_paragraphs(source: str) -> str:
    """The source as escaped paragraphs, line breaks kept and no mark interpreted."""
    paragraphs = _BLANK_LINES.split(source.replace("\0", "").strip())
    return "\n".join(
        "<p>" + html.escape(part, quote=False).replace("\n", "<br>\n") + "</p>" for part in paragraphs if part.strip()
    )


def _depth(rough: str) -> int:
    """How deep quotations, lists and emphasis are nested in cmark's output."""
    deepest = depth = 0
    for tag in _NESTING.finditer(rough):
        depth += -1 if tag[1] else 1
        deepest = max(deepest, depth)
    return deepest


def _without_headings_and_images(rough: str) -> str:
    """cmark's output with headings as bold paragraphs and images as their alternative text."""
    # In safe mode every tag here is cmark's own, and quotes are escaped within attributes: patterns are enough.
    bold = _HEADING_CLOSE.sub("</strong></p>", _HEADING_OPEN.sub("<p><strong>", rough))
    return _IMAGE.sub(r"\1", bold)
