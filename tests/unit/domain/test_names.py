"""Two people cannot pass for one another, and a name cannot pass for nothing (rows 67 and 77 of the attack list)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain.names import (
    LOCAL_PART_LIMIT,
    MAIL_LIMIT,
    chosen_name,
    clean_mail,
    clean_name,
    confused_with,
    likeness,
    mail_key,
    name_key,
)
from pop_forum.errors import InvalidInput


@pytest.mark.parametrize(
    "other",
    [
        "Élodie L’Hôte",
        "E\u0301lodie L’Ho\u0302te",
        "élodie l'hote",
        " ELODIE   L’HOTE ",
        "Élo\u200bdie L’Hôte",
        "Ｅlodie L’Hôte",
    ],
)
def test_row_67_forms_of_one_name_share_a_key(other: str) -> None:
    assert name_key(other) == name_key("Élodie L’Hôte")


def test_different_names_have_different_keys() -> None:
    assert len({name_key(name) for name in ("Luc", "Lucie", "Luc 2", "Lou")}) == 4


@pytest.mark.parametrize(("a", "b"), [("Cœur", "Coeur"), ("Straße", "STRASSE"), ("Jean‑Luc", "Jean-Luc")])
def test_ligatures_and_dashes_do_not_make_another_name(a: str, b: str) -> None:
    assert name_key(a) == name_key(b)


@given(st.text(max_size=30))
def test_the_key_is_the_same_for_every_form_of_unicode(name: str) -> None:
    assert len({name_key(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")}) == 1


def test_row_77_a_line_end_in_a_name_becomes_a_space() -> None:
    assert clean_name("Luc\r\nBcc: tous") == "Luc Bcc: tous"


def test_a_name_is_cleaned() -> None:
    assert clean_name("  Maxime\u202e  \u200bDu\x00pré ") == "Maxime Dupré"


@pytest.mark.parametrize(
    "name", ["", " ", "a", "a" * 61, "1234", "!?…", "\u3164\u3164", "\u200b\u200d", "🙂🙂", "mаire de Cormelay"]
)
def test_a_name_without_substance_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        clean_name(name)


@pytest.mark.parametrize("name", ["Lô", "Jean-Noël d’Aubigné", "Иван", "Marie 2", "a" * 60, "王芳"])
def test_ordinary_names_are_accepted(name: str) -> None:
    assert clean_name(name) == name


def test_the_domain_of_a_mail_address_is_lowered_and_the_rest_kept() -> None:
    assert clean_mail(" Jeanne.Dupont+pop@Exemple.FR ") == "Jeanne.Dupont+pop@exemple.fr"
    assert clean_mail("a@mairie-école.fr") == "a@xn--mairie-cole-hbb.fr"


def test_two_addresses_that_differ_by_case_are_one_account() -> None:
    assert mail_key("Jeanne@Exemple.fr") == mail_key("jeanne@exemple.FR")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@exemple.fr",
        "a@",
        "a@exemple",
        "a@@exemple.fr",
        "a b@exemple.fr",
        "a@exemple..fr",
        "a@-exemple.fr",
        ".a@exemple.fr",
        "a..b@exemple.fr",
        "a@exemple.fr\r\nBcc: b@exemple.fr",
        "a\r\n@exemple.fr",
        "a@exem\nple.fr",
        "Luc <a@exemple.fr>",
        '"a"@exemple.fr',
        "a" * 65 + "@exemple.fr",
        "a@" + "b." * 130 + "fr",
        "a@" + "é" * 70 + ".fr",
        "a@exemple.fr\x00",
        "é@exemple.fr",
    ],
)
def test_row_77_what_is_not_an_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean_mail(address)
    assert "nom@exemple.fr" in refusal.value.public


def test_an_address_may_be_as_long_as_mail_servers_take_and_no_longer() -> None:
    local, label = "a" * LOCAL_PART_LIMIT, "b" * 63
    longest = f"{local}@{label}.{label}.{'c' * (MAIL_LIMIT - LOCAL_PART_LIMIT - 1 - 2 * 64 - 3)}.fr"
    assert len(longest) == MAIL_LIMIT and clean_mail(longest) == longest
    assert clean_mail(f"{local}@exemple.fr") == f"{local}@exemple.fr"
    for address in (longest.replace(".fr", ".fra"), f"a{local}@exemple.fr"):
        with pytest.raises(InvalidInput):
            clean_mail(address)


@given(st.text(max_size=30))
def test_an_accepted_address_holds_no_space_or_control(text: str) -> None:
    try:
        address = clean_mail(text + "@exemple.fr")
    except InvalidInput:
        return
    assert address.isprintable()
    assert " " not in address
    assert clean_mail(address) == address


@pytest.mark.parametrize(
    "name",
    ["Modération", "MODERATION", "Administration", "La mairie", "M a i r i e", "Huguette (élue)", "Huguette élue",
     "Candidate ou candidat", "✓ Marie", "<b>x</b>", "@Huguette", "=1+1 Marie", "Marie 🙂", "Le Maire", "l’Élu"],
)  # fmt: skip
def test_row_67_nobody_calls_themselves_an_office_or_puts_a_sign_on_their_name(name: str) -> None:
    with pytest.raises(InvalidInput):
        chosen_name(name)


@pytest.mark.parametrize(
    "name", ["Huguette P.", "Jean-Noël d’Aubigné", "Paul Lemaire", "Иван", "Marie 2", "王芳", "José Policet"]
)
def test_row_67_people_call_themselves_as_they_are_called(name: str) -> None:
    assert chosen_name(name) == name


@pytest.mark.parametrize("other", ["ARMELLE Q", "Armelle Q", "Armelle  Q.", "armelle-q", "Ａrmelle Q.", "Armellé Q."])
def test_row_67_names_that_a_reader_confuses_are_alike(other: str) -> None:
    assert likeness(other) == likeness("Armelle Q.")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Solène D.", "S0lène D."), ("Solène D.", "So1ène D"), ("Émile 5", "Ém1l3 5"), ("Marie", "MAR1E"), ("Isa", "l5a")],
)
def test_row_67_digits_that_look_like_letters_are_taken_for_them(one: str, other: str) -> None:
    assert confused_with(one)(other) and confused_with(other)(one)


@pytest.mark.parametrize(
    ("one", "other"), [("Marie 1", "Mariel"), ("Paul 13", "Paul 31"), ("Ali", "All"), ("A 2", "A z")]
)
def test_row_67_numbers_and_other_letters_are_what_they_are(one: str, other: str) -> None:
    assert not confused_with(one)(other) and not confused_with(other)(one)


@pytest.mark.parametrize("name", ["M0dération", "Ma1re", "Le Ma1re de Valombre", "É1ue"])
def test_row_67_an_office_is_not_written_with_digits(name: str) -> None:
    with pytest.raises(InvalidInput):
        chosen_name(name)
