"""Every string of the interface exists in English, and every French one keeps to French typography and our words."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from pop_forum import paths
from pop_forum.web import language

REPOSITORY = Path(__file__).parents[2]
ENGLISH = paths.translations() / "en" / "LC_MESSAGES"
KEYWORDS = ["-k", "lazy_gettext", "-k", "gettext", "-k", "ngettext:1,2"]
NEVER = (  # product.md, « Words », the column « never »
    "plateforme|axe|commit|révision|release|import|fork|branche|ancêtre|conflit|synchroniser|pull request|merge"
    "|fusionner|fusion|diff|mainteneurs?|tickets?|instance|nœud|fédération|fédérée?s?|défédérée?s?"
)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the code and the templates say now."""
    pot = tmp_path_factory.mktemp("pot") / "messages.pot"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(REPOSITORY)
        command = ["pybabel", "-q", "extract", "-F", "babel.cfg", "--ignore-dirs=.* build dist", *KEYWORDS]
        CommandLineInterface().run([*command, "-o", str(pot), "."])
    with pot.open("rb") as handle:
        return read_po(handle)


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (ENGLISH / "messages.po").open("rb") as handle:
        return read_po(handle, locale="en")


def texts(catalog: Catalog) -> list[str]:
    found: list[str] = []
    for message in catalog:
        found += [message.id] if isinstance(message.id, str) else list(message.id)
    return [text for text in found if text]


def pairs(catalog: Catalog) -> set[tuple[str, str]]:
    return {(str(tuple(message.id)), str(tuple(message.string))) for message in catalog if message.id}


def test_english_has_every_message_and_no_other(source: Catalog, english: Catalog) -> None:
    assert {message.id for message in source} == {message.id for message in english}


def test_no_english_message_is_empty_or_doubtful(english: Catalog) -> None:
    for message in english:
        written = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(text.strip() for text in written), message.id
        assert not message.fuzzy, message.id


def test_english_keeps_every_placeholder(english: Catalog) -> None:
    for message in english:
        french = message.id if isinstance(message.id, str) else message.id[-1]
        written = message.string if isinstance(message.string, str) else message.string[-1]
        assert set(PLACEHOLDER.findall(french)) == set(PLACEHOLDER.findall(written)), french


def test_the_compiled_catalogue_is_the_written_one(english: Catalog) -> None:
    with (ENGLISH / "messages.mo").open("rb") as handle:
        compiled = read_mo(handle)
    assert pairs(compiled) == pairs(english)


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("a no-break space before ; ! ? » %", r"[ \u00a0][;!?»]|\d[ \u00a0]%"),
        ("a no-break space before :", r"[ \u202f]:"),
        ("a narrow no-break space after «", r"«(?!\u202f)"),
        ("a typographic apostrophe", r"(?<=\w)'(?=\w)"),
        ("no « point médian »", r"\w·\w"),
        ("three dots in one character", r"\.\.\."),
        ("our words", rf"(?i)\b(?:{NEVER})\b"),
    ],
)
def test_french_typography_and_words(source: Catalog, rule: str, pattern: str) -> None:
    wrong = [text for text in texts(source) if re.search(pattern, PLACEHOLDER.sub("x", text))]
    assert wrong == [], rule


def test_french_zero_is_singular_and_english_zero_is_plural(client: Any, signed_in: Any) -> None:
    browser = signed_in("resident")
    answer = browser.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Titre", text="Texte", reach="local")
    page = answer.headers["Location"]
    assert "0\u00a0réponse&nbsp;·" in client.get(page, headers={"Accept-Language": "fr"}).text
    assert "0\u00a0replies&nbsp;·" in client.get(page, headers={"Accept-Language": "en"}).text


def test_every_count_is_singular_from_zero_to_one_in_french_and_at_one_only_in_english(
    app: Any, source: Catalog, english: Catalog
) -> None:
    plurals = [tuple(message.id) for message in source if isinstance(message.id, tuple)]
    assert len(plurals) > 40
    for tongue, singular in (("fr", {0, 1}), ("en", {1})):
        headers = {"Accept-Language": tongue}
        with app.test_request_context(base_url="http://valombre.localhost:8080", headers=headers):
            for one, many in plurals:
                forms = (one, many) if tongue == "fr" else tuple(english.get(one).string)
                for count in (0, 1, 2):
                    written = forms[0] if count in singular else forms[1]
                    assert language._plural(one, many, count) == written, one


def test_a_browser_is_answered_in_its_language(client: Any) -> None:
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert '<html lang="fr">' in client.get("/", headers={"Accept-Language": "de"}).text
    answer = client.get("/inconnue", headers={"Accept-Language": "en"})
    assert "This page does not exist" in answer.text and answer.headers["Content-Language"] == "en"
