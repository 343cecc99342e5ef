"""The charter and the legal notice: Markdown with headings, written by who keeps the site.

It goes through the same two walls as a message (row 73 of the attack list), with headings from h2 down and tables.
"""

import re

import nh3
from cmarkgfm import cmark

_OPTIONS = cmark.Options.CMARK_OPT_DEFAULT
_EXTENSIONS = ["autolink", "strikethrough", "table"]
_TITLE = re.compile(r"\A\s*#[ \t]+[^\n]*\n")  # the page has its own h1
_TOP = re.compile(r"<(/?)h1>")
_TEXT = {"h2", "h3", "h4", "p", "br", "strong", "em", "del", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr"}
_TAGS = _TEXT | {"table", "thead", "tbody", "tr", "th", "td"}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener",
    strip_comments=True,
)


def render_document(source: str) -> str:
    """The HTML of an instance's document, without its first title."""
    rough = cmark.markdown_to_html_with_extensions(_TITLE.sub("", source), _OPTIONS, _EXTENSIONS)
    return _CLEANER.clean(_TOP.sub(r"<\1h2>", rough))
