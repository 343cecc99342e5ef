"""« @Nom »: whom a text names."""

import pytest

from pop_forum.domain import mentions
from pop_forum.domain.mentions import MENTIONS, Named, find, keys_of, link

PEOPLE = {
    key: number for number, name in enumerate(("Huguette P.", "Huguette", "Éloïse d’Arc")) for key in keys_of(name)
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Merci @Huguette P. !", [("Huguette P.", 0)]),
        ("Merci @huguette p, merci", [("huguette p", 0)]),
        ("Merci @Huguette Petit", [("Huguette", 1)]),
        ("@ELOISE D'ARC et @Huguette", [("ELOISE D'ARC", 2), ("Huguette", 1)]),
        ("@Huguette @Huguette", [("Huguette", 1)]),
        ("écrire à accueil@Huguette ou .@Huguette", []),
        ("@Huguettes", []),
        ("@Personne d’autre", []),
        ("@\nHuguette", []),
        ("@", []),
    ],
)
def test_the_longest_name_after_a_sign_is_found(text: str, expected: list[tuple[str, int]]) -> None:
    assert list(find(text, PEOPLE)) == expected


def test_row_58_a_message_names_ten_people_and_the_eleventh_stays_words() -> None:
    people = {f"personne {number}": number for number in range(MENTIONS + 1)}
    text = " ".join(f"@Personne {number}," for number in people.values())
    assert [number for _, number in find(text, people)] == list(range(MENTIONS))
    assert len(list(find("@Personne 0, " + "@x " * (mentions.SIGNS - 2) + "@Personne 1", people))) == 2
    assert len(list(find("@Personne 0, " + "@x " * (mentions.SIGNS - 1) + "@Personne 1", people))) == 1


def test_a_name_becomes_a_link_under_the_present_name_but_not_in_a_link_or_in_code() -> None:
    named = (Named("Zoé <b>", "Zoé & <i>", "abc"), Named("Zoé", "Compte supprimé", ""))
    assert link("<p>@Zoé &lt;b&gt; et @Zoé, @Zoéa</p>", named) == (
        '<p><a class="mention" href="/personnes/abc">@Zoé &amp; &lt;i&gt;</a> et @Compte supprimé, @Zoéa</p>'
    )
    kept = '<p><a href="https://x/@Zoé">@Zoé</a> <code>@Zoé</code></p><pre><code>@Zoé</code></pre>'
    assert link(kept, named) == kept
