"""Messages become inert HTML quickly, whatever is written in them (rows 60, 68 and 69 of the attack list)."""

import re
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain.markdown import MAX_SOURCE, render

ALLOWED = {"p", "br", "strong", "em", "del", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr"}

BOMBS = {
    "brackets": "[" * 5_000,
    "images": "![" * 5_000,
    "quotes": "> " * 5_000 + "a",
    "tight quotes": ">" * 5_000,
    "nested lists": "- " * 5_000 + "a",
    "indented lists": "\n".join(" " * depth + "- a" for depth in range(300)),
    "numbered lists": "1. " * 3_000,
    "emphasis": "*a _b " * 5_000,
    "strong": "**a" * 5_000 + "b**" * 5_000,
    "stars": "*" * 20_000 + "a" + "*" * 20_000,
    "open links": "[a](" * 5_000,
    "links": "[a](b)" * 5_000,
    "nested links": "[" * 5_000 + "a" + "](b)" * 5_000,
    "references": "\n".join(f"[a{n}]: /b" for n in range(1_000)) + "\n\n" + "[a1]" * 2_000,
    "wide table": "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + "|a\n" * 3_000,
    "backticks": "".join("`" * n + "e" for n in range(1, 300)),
    "autolinks": "http://a.b/" + "(" * 20_000,
    "www": "www." * 10_000,
    "mails": "a@" * 20_000,
    "tags": "<" * 40_000,
    "comment": "<!--" * 10_000,
    "strike": "~~a" * 10_000,
    "entities": "&#x" * 10_000,
    "too long": "a " * MAX_SOURCE,
    "blank lines": "\n" * MAX_SOURCE + "a",
    "many blank lines, too long": " \n" * MAX_SOURCE + "a",
}

SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<a href="javascript:alert(1)">x</a>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<style>@import 'https://mechant.example'</style>",
    "`<script>alert(1)</script>`",
    "```<script>\n<script>alert(1)</script>\n```",
    '[x](<https://a.example/" onmouseover="alert(1)>)',
    '![x" onerror="alert(1)](https://a.example/a.png)',
    '![<script>alert(1)</script>](https://a.example/a.png "<script>")',
    "# <script>alert(1)</script>",
]

BAD_LINKS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "java\tscript:alert(1)",
    "&#106;avascript:alert(1)",
    "javascript&colon;alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//mechant.example/",
    "/deconnexion",
    "?de=a",
]


class Reader(HTMLParser):
    """Every tag with its attributes, and how deep they are nested."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(html)
    return reader.seen


def assert_inert(html: str) -> None:
    for tag, attributes in tags(html):
        assert tag in ALLOWED
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else {"start"} if tag == "ol" else set())
        assert re.match(r"(https?://|mailto:)", attributes.get("href") or "https://", re.IGNORECASE)


@pytest.mark.parametrize("name", BOMBS)
def test_row_60_a_markdown_bomb_is_rendered_within_a_second(name: str) -> None:
    started = process_time()
    html = render(BOMBS[name])
    assert process_time() - started < 1
    assert_inert(html)
    assert len(html) < 12 * len(BOMBS[name]) + 10_000


@pytest.mark.parametrize("script", SCRIPTS)
def test_row_68_a_script_is_inert(script: str) -> None:
    html = render(script)
    assert html
    assert_inert(html)


@pytest.mark.parametrize("address", BAD_LINKS)
def test_row_69_a_dangerous_address_leaves_a_link_without_address(address: str) -> None:
    for source in (f"[x]({address})", f"[x](<{address}>)", f"<{address}>", f"[x][1]\n\n[1]: {address}"):
        html = render(source)
        assert_inert(html)
        assert not any("href" in attributes for _, attributes in tags(html))


@given(st.text(alphabet=st.sampled_from("<>\"'&;:/()[]!*_~`#-+=|\\ \n\tajvscript.@1"), max_size=80))
def test_no_text_gets_anything_else_through(source: str) -> None:
    assert_inert(render(source))


@given(st.text(max_size=60))
def test_every_text_can_be_rendered(source: str) -> None:
    assert_inert(render(source))


def test_a_link_is_marked_as_somebody_elses() -> None:
    html = render("Voir [le site](https://exemple.fr/?a=1&b=2).")
    assert tags(html)[1] == ("a", {"href": "https://exemple.fr/?a=1&b=2", "rel": "nofollow ugc noopener"})


def test_an_address_alone_becomes_a_link() -> None:
    assert '<a href="https://exemple.fr/navette"' in render("Voir https://exemple.fr/navette.")


def test_a_mail_address_becomes_a_link() -> None:
    assert '<a href="mailto:mairie@exemple.fr"' in render("mairie@exemple.fr")


def test_a_heading_does_not_break_the_order_of_the_page() -> None:
    assert render("# Les *jours*\n\nLe mardi.") == "<p><strong>Les <em>jours</em></strong></p>\n<p>Le mardi.</p>\n"
    assert "<h" not in render("Titre\n=====\n\nSous-titre\n---\n\n###### Six")


def test_an_image_is_shown_by_its_words() -> None:
    assert render("![Le lavoir & le pont](https://exemple.fr/a.png)") == "<p>Le lavoir &amp; le pont</p>\n"


def test_a_new_line_stays_one() -> None:
    assert render("Un\nDeux") == "<p>Un<br>\nDeux</p>\n"


def test_lists_quotes_code_and_strikes_are_kept() -> None:
    html = render("3. a\n4. b\n\n> c\n\n~~d~~ `e`\n\n    f\n\n---\n")
    assert [tag for tag, _ in tags(html)] == [
        "ol",
        "li",
        "li",
        "blockquote",
        "p",
        "p",
        "del",
        "code",
        "pre",
        "code",
        "hr",
    ]
    assert '<ol start="3">' in html


def test_raw_html_alone_is_shown_as_written_rather_than_as_nothing() -> None:
    assert "&lt;script&gt;" in render("<script>alert(1)</script>")


def test_deep_nesting_is_shown_as_plain_text() -> None:
    html = render("> " * 40 + "a")
    assert "<blockquote>" not in html
    assert html.startswith("<p>&gt; &gt;")


def test_a_long_text_is_shown_as_escaped_paragraphs() -> None:
    html = render("**a** <b>\n\n" * MAX_SOURCE)
    assert html.startswith("<p>**a** &lt;b&gt;</p>\n<p>**a**")


def test_a_lone_surrogate_does_not_stop_the_page() -> None:
    assert render("a\ud800b") == "<p>a?b</p>\n"


@pytest.mark.parametrize(
    "typed", ["<Bonjour> tout le monde", "a<b>c", "<!-- note --> fin", "<div>\nUne recette\n</div>"]
)
def test_what_looks_like_html_is_shown_as_it_was_typed(typed: str) -> None:
    reader = Reader()
    reader.feed(render(typed))
    assert "".join(reader.text).strip().replace("\n", "") == typed.replace("\n", "")
