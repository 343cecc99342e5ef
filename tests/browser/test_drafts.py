"""No typed word is lost: when a session ends, when a page is loaded again; and nothing sent is offered twice."""

import pytest
from playwright.sync_api import Error
from sqlalchemy import delete, select

from pop_forum.domain.permissions import Role
from pop_forum.models import Account, Draft, SignIn
from tests.browser.conftest import Enter
from tests.browser.host import PASSWORD, SAINTE_AURE, VALOMBRE, RunningHost, mail, wait_until
from tests.browser.visitor import PHONE, Screen, Visitor

NOTED_MS = (
    1_500  # Chromium notes what stands in a form within a second, for the way back; nobody types and sends faster
)
WORDS = "Le car de 7 h 10 était plein ce matin encore."


@pytest.fixture
def thread(enter: Enter) -> str:
    """The path of a discussion of Valombre."""
    visitor = enter(VALOMBRE)
    visitor.go("/programme/navette-a-la-demande/discussion")
    path = visitor.page.get_by_role("link", name="La navette passera-t-elle").get_attribute("href")
    assert path
    return path


def end_sessions(host: RunningHost, slug: str, address: str) -> None:
    """Nothing; whoever signed in with this address is signed out everywhere, as after the longest stay."""
    with host.communes[slug].transaction() as site:
        person = site.session.scalars(select(Account.person_id).where(Account.mail == address)).one()
        site.session.execute(delete(SignIn).where(SignIn.account_id == person))


def draft(visitor: Visitor) -> str:
    """What stands in the field for a text."""
    return visitor.page.locator("main textarea").first.input_value()


def kept(host: RunningHost, place: str, slug: str = VALOMBRE) -> list[str | None]:
    """The texts that the server keeps for the form at this place."""
    with host.communes[slug].reading() as site:
        return list(site.session.scalars(select(Draft.text).where(Draft.place == place)))


def passages(host: RunningHost, place: str) -> list[str]:
    """What the server of Sainte-Aure keeps for the form at this place, beside its text."""
    with host.communes[SAINTE_AURE].reading() as site:
        return [
            word
            for more in site.session.scalars(select(Draft.more).where(Draft.place == place))
            for word in (more or {}).values()
        ]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_reply_sent_after_the_session_ended_is_given_back_and_can_be_sent(
    enter: Enter, host: RunningHost, thread: str, scripts: bool
) -> None:
    visitor, words = enter(VALOMBRE, screen=Screen(*PHONE, scripts=scripts)), f"{WORDS} ({scripts})"
    address = mail(VALOMBRE, Role.MODERATOR)
    visitor.sign_in(address, PASSWORD)
    visitor.go(thread)
    visitor.page.get_by_label("Votre texte").fill(words)
    end_sessions(host, VALOMBRE, address)
    visitor.press("Envoyer la réponse")
    assert draft(visitor) == words and visitor.reads("Il reste à dire qui vous êtes")
    visitor.follow(visitor.page.locator("main").get_by_role("link", name="Se connecter"))
    visitor.follow("Entrer avec un mot de passe")
    visitor.page.get_by_label("Adresse électronique").fill(address)
    visitor.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    visitor.press("Entrer")
    assert draft(visitor) == words, "the form again, filled"
    visitor.press("Envoyer la réponse")
    assert visitor.page.locator(".thread").get_by_text(words).count() == 1
    assert draft(visitor) == "", "what was sent is not offered again"
    visitor.go(thread)
    assert draft(visitor) == "", "nor on the next visit"


def test_a_draft_survives_a_reload_until_it_is_sent(enter: Enter, host: RunningHost, thread: str) -> None:
    visitor = enter(VALOMBRE, Role.RESIDENT)
    visitor.go(thread)
    visitor.page.get_by_label("Votre texte").press_sequentially("Commencé hier soir")
    visitor.page.reload()
    wait_until(lambda: kept(host, f"{thread}/repondre") == ["Commencé hier soir"], "the draft at the server")
    assert draft(visitor) == "Commencé hier soir"
    visitor.press("Envoyer la réponse")
    assert visitor.page.locator(".thread").get_by_text("Commencé hier soir").count() == 1
    visitor.go(thread)
    assert draft(visitor) == ""


def test_sending_in_one_tab_loses_nothing_that_another_typed(enter: Enter, host: RunningHost, thread: str) -> None:
    visitor, form, long = (
        enter(VALOMBRE, Role.ADMIN),
        f"{thread}/repondre",
        "Tapé pendant dix minutes dans un autre onglet",
    )
    visitor.go(form)
    other = visitor.context.new_page()
    other.goto(host.url(VALOMBRE, form))
    area = other.locator("main textarea").first
    with other.expect_response("**/brouillons"):
        area.fill(long)
    with visitor.page.expect_response(
        "**/brouillons"
    ):  # the server and the device now hold the words of this tab alone
        visitor.page.get_by_label("Votre texte").fill("Écrit en une minute")
    visitor.press("Envoyer la réponse")
    assert kept(host, form) == [] and draft(visitor) == ""
    other.reload()
    assert area.input_value() == long
    area.press_sequentially(", et la suite")
    with other.expect_navigation():
        other.get_by_role("button", name="Envoyer la réponse").click()
    assert other.locator(".thread").get_by_text(f"{long}, et la suite").count() == 1
    other.reload()
    assert area.input_value() == "" and kept(host, form) == []


def test_what_is_to_stay_in_the_commune_is_not_shared_after_a_reload(enter: Enter) -> None:
    visitor = enter(VALOMBRE, screen=Screen(*PHONE))
    visitor.go("/quotidien/ouvrir")
    visitor.page.get_by_label("Titre").fill("Ma voisine est malade")
    visitor.page.locator("main textarea").first.fill("Qui peut passer ?")
    visitor.page.locator("[name=category]").select_option("entraide")
    visitor.page.locator("[name=reach][value=local]").check()
    visitor.page.reload()
    assert visitor.page.locator("[name=reach][value=local]").is_checked() and visitor.reads("restauré")
    assert visitor.page.locator("[name=category]").input_value() == "entraide"
    visitor.page.get_by_role("button", name="Effacer").click()
    assert visitor.page.locator("[name=reach][value=shared]").is_checked()
    assert visitor.page.locator("[name=category]").input_value() == ""


def test_the_end_of_a_poll_and_how_many_answers_survive_a_reload(enter: Enter, host: RunningHost) -> None:
    visitor = enter(VALOMBRE, Role.MODERATOR)
    visitor.go("/quotidien/ouvrir")
    visitor.page.get_by_label("Titre").fill("Quel soir pour la fête ?")
    visitor.page.locator("main textarea").first.fill("Dites-nous.")
    visitor.page.locator("[name=reach][value=local]").check()
    visitor.press(visitor.page.locator("button[name=sondage]"))
    visitor.page.locator("[name=ends]").fill("2026-12-24T20:15")
    visitor.page.locator("[name=multiple][value=plusieurs]").check()
    visitor.page.route("**/brouillons", lambda route: route.abort())  # the device alone
    visitor.page.reload()
    assert visitor.page.locator("[name=ends]").input_value() == "2026-12-24T20:15"
    assert visitor.page.locator("[name=multiple][value=plusieurs]").is_checked() and visitor.reads("restauré")


def test_the_reason_of_a_moderator_survives_a_reload(enter: Enter, thread: str) -> None:
    visitor = enter(VALOMBRE, Role.MODERATOR)
    visitor.go(f"{thread}/ranger")
    visitor.page.locator("#raison").press_sequentially("Longuement pesée")
    visitor.page.reload()
    assert visitor.page.locator("#raison").input_value() == "Longuement pesée"
    assert visitor.page.locator("#raison-epingler").input_value() == ""
    visitor.page.locator("#raison").fill("")


def test_a_report_reaches_the_server_and_nothing_is_chosen_in_it_but_what_its_writer_chose(
    enter: Enter, host: RunningHost, thread: str
) -> None:
    visitor = enter(VALOMBRE, Role.MODERATOR)
    visitor.go(thread)
    place = visitor.page.locator("a[href$='/signaler']").first.get_attribute("href")
    assert place
    visitor.go(place)
    visitor.page.get_by_label("Précisions").fill(WORDS)

    def more() -> list[dict[str, str] | None]:
        with host.communes[VALOMBRE].reading() as site:
            return list(site.session.scalars(select(Draft.more).where(Draft.place == place)))

    wait_until(lambda: bool(more()), "the draft of the report")
    assert more() == [{"details": WORDS}]
    visitor.page.evaluate("localStorage.clear(); sessionStorage.clear()")
    visitor.go(place)
    assert draft(visitor) == WORDS and not visitor.page.locator("main input[type=radio]:checked").count()
    visitor.page.get_by_label("Injure").check()
    visitor.page.reload()
    assert visitor.page.get_by_label("Injure").is_checked()


def test_the_description_of_a_picture_survives_a_reload(enter: Enter, host: RunningHost, thread: str) -> None:
    visitor, alt = enter(VALOMBRE, Role.CANDIDATE), "La chèvre devant la mairie"
    visitor.go(f"{thread}/repondre")
    visitor.page.get_by_text("Ajouter des images").click()
    visitor.page.get_by_label("Décrivez l’image").first.fill(alt)
    visitor.page.reload()
    assert visitor.page.get_by_label("Décrivez l’image").first.input_value() == alt
    visitor.page.get_by_label("Décrivez l’image").first.fill("")


def test_the_text_of_a_measure_survives_a_reload_a_visit_elsewhere_and_a_new_passage(
    enter: Enter, host: RunningHost
) -> None:
    visitor, words = enter(SAINTE_AURE, Role.ADMIN), "Une demi-heure de travail sur ce passage"
    form = "/programme/navette-a-la-demande/adapter"
    visitor.go(form)
    visitor.page.locator("textarea").first.fill(words)
    visitor.page.get_by_label("Pourquoi ce changement ?").fill("Pour le marché.")
    visitor.page.reload()
    assert draft(visitor) == words
    wait_until(lambda: bool(kept(host, form, SAINTE_AURE)), "what was sent on leaving is kept")
    visitor.press("Ajouter un passage")
    visitor.page.locator("textarea").last.fill("Un passage de plus")
    visitor.go("/")
    wait_until(lambda: "Un passage de plus" in passages(host, form), "the new passage is kept")
    visitor.go(form)
    assert draft(visitor) == words and visitor.reads("restauré")
    assert visitor.page.locator("textarea").last.input_value() == "Un passage de plus"
    assert visitor.page.get_by_label("Pourquoi ce changement ?").input_value() == "Pour le marché."
    visitor.press("L’effacer")
    visitor.go(form)
    assert draft(visitor) != words and visitor.lacks("restauré")


def test_row_92_the_next_visitor_of_a_device_is_not_offered_the_words_of_the_last(enter: Enter, thread: str) -> None:
    visitor, form = enter(VALOMBRE), f"{thread}/repondre"
    visitor.go(form)
    visitor.page.locator("main textarea").first.press_sequentially("Mon avis")
    visitor.page.evaluate(
        """Object.keys(localStorage).filter(name => name.endsWith(":date"))
        .forEach(name => localStorage.setItem(name, String(Date.now() - 3700000)))"""
    )
    visitor.page.reload()
    assert draft(visitor) == "Mon avis", "the same tab"
    visitor.page.evaluate("sessionStorage.clear()")
    visitor.page.reload()
    assert draft(visitor) == "", "another tab, later"


def test_a_passage_added_to_a_measure_is_empty_whatever_was_typed_in_another(enter: Enter) -> None:
    visitor = enter(SAINTE_AURE, Role.ADMIN)
    visitor.go("/programme/budget-participatif/adapter")
    visitor.press("Ajouter un passage")
    visitor.page.locator("textarea").first.press_sequentially("D’abord, ")
    visitor.page.get_by_label("Pourquoi ce changement ?").fill("Pour essayer.")
    visitor.press(visitor.page.get_by_role("button", name="Relire avant de publier").last)
    assert visitor.reads("est vide")
    assert visitor.page.locator("textarea").last.input_value() == ""


def test_a_draft_is_not_offered_to_the_next_person_on_the_same_device(enter: Enter, thread: str) -> None:
    visitor = enter(VALOMBRE)
    visitor.sign_in(mail(VALOMBRE, Role.RESIDENT), PASSWORD)  # a session of its own: signing out ends it
    visitor.go(thread)
    visitor.page.get_by_label("Votre texte").press_sequentially("Brouillon secret")
    visitor.go("/mon-compte")
    visitor.press("Se déconnecter")
    kept = visitor.page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('brouillon:')).length")
    assert kept == 0


def test_what_was_typed_while_the_site_was_away_is_restored(enter: Enter, thread: str) -> None:
    visitor = enter(VALOMBRE, Role.ADMIN)
    visitor.go(thread)
    visitor.page.get_by_label("Votre texte").press_sequentially("Envoyé dans le vide")
    visitor.press_in_vain("Envoyer la réponse")
    visitor.go(thread)
    assert draft(visitor) == "Envoyé dans le vide" and visitor.reads("restauré")
    visitor.press("Envoyer la réponse")
    assert visitor.page.locator(".thread").get_by_text("Envoyé dans le vide").count() == 1
    visitor.go(thread)
    assert draft(visitor) == ""


def test_what_is_typed_reaches_the_server_within_five_seconds(enter: Enter, thread: str) -> None:
    visitor, elsewhere = enter(VALOMBRE, Role.CANDIDATE), enter(VALOMBRE, Role.CANDIDATE)
    visitor.page.clock.install()  # the page's own, which moves as told however slow the machine is
    visitor.go(thread)
    visitor.page.clock.pause_at(visitor.page.evaluate("Date.now()"))
    visitor.page.get_by_label("Votre texte").press_sequentially("Commencé sur le téléphone")
    with visitor.page.expect_response("**/brouillons") as saved:
        visitor.page.clock.run_for(5_000)
    assert saved.value.status == 204
    elsewhere.go(f"{thread}/repondre")
    assert draft(elsewhere) == "Commencé sur le téléphone" and elsewhere.reads("restauré")
    elsewhere.press("L’effacer")
    assert draft(elsewhere) == ""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_back_button_loses_nothing(enter: Enter, thread: str, scripts: bool) -> None:
    visitor = enter(VALOMBRE, Role.MODERATOR, Screen(*PHONE, scripts=scripts))
    visitor.go(thread)
    visitor.page.get_by_label("Votre texte").fill(words := f"Écrit avant de partir ({scripts})")
    visitor.follow("Programme")
    visitor.page.go_back()
    assert draft(visitor) == words
    visitor.press("Envoyer la réponse")
    assert visitor.page.locator(".thread").get_by_text(words).count() == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_going_back_after_sending_and_sending_again_publishes_once(enter: Enter, thread: str, scripts: bool) -> None:
    visitor = enter(VALOMBRE, Role.MODERATOR, Screen(*PHONE, scripts=scripts))
    visitor.go(thread)
    visitor.page.get_by_label("Votre texte").fill(words := f"Une fois suffit ({scripts})")
    visitor.press("Envoyer la réponse")
    visitor.page.go_back()
    assert draft(visitor) == words, "the browser puts the words back"
    visitor.press("Envoyer la réponse")
    assert visitor.reads("déjà publié")
    assert visitor.page.locator(".thread").get_by_text(words).count() == 1
    visitor.go(thread)
    assert draft(visitor) == ""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_double_click_posts_once_and_can_be_undone(enter: Enter, thread: str, scripts: bool) -> None:
    visitor = enter(VALOMBRE, Role.CANDIDATE, Screen(scripts=scripts))
    visitor.go(thread)
    visitor.page.get_by_label("Votre texte").fill(words := f"Deux fois plutôt qu’une ({scripts})")
    visitor.page.get_by_role("button", name="Envoyer la réponse").dblclick()
    sent = visitor.page.locator(".thread").get_by_text(words)
    sent.first.wait_for()  # without a script the second click ends the first navigation
    visitor.page.wait_for_load_state()
    assert sent.count() == 1
    visitor.press("Retirer cette réponse")
    assert sent.filter(visible=True).count() == 0 and draft(visitor) == words, "the words are back in the form"
    visitor.page.get_by_label("Votre texte").fill("")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_request_that_fails_gives_the_words_back(enter: Enter, host: RunningHost, thread: str, scripts: bool) -> None:
    visitor = enter(VALOMBRE, Role.ADMIN, Screen(*PHONE, scripts=scripts))
    visitor.go(thread)
    visitor.page.get_by_label("Votre texte").fill(words := f"Pendant une panne ({scripts})")
    visitor.page.wait_for_timeout(NOTED_MS)
    visitor.page.route("**/repondre", lambda route: route.abort("connectionreset"), times=1)
    with pytest.raises(Error):
        visitor.press("Envoyer la réponse")
    visitor.page.wait_for_url("chrome-error://**")
    visitor.page.go_back()
    wait_until(lambda: draft(visitor) == words, "the words are back in the field")
    visitor.press("Envoyer la réponse")
    assert visitor.page.locator(".thread").get_by_text(words).count() == 1


def test_a_quotation_comes_below_what_was_typed_and_only_once(enter: Enter, thread: str) -> None:
    visitor = enter(VALOMBRE, Role.RESIDENT)
    visitor.go(f"{thread}/repondre")
    visitor.page.route("**/brouillons", lambda route: route.abort())  # only this device keeps it
    visitor.page.locator("main textarea").first.fill(WORDS)
    for _ in range(2):
        visitor.go(thread)
        visitor.page.locator("a[data-quote]").first.click()
        visitor.page.wait_for_url("**/repondre?*citer=1*")
        wait_until(lambda: WORDS in draft(visitor), "the words are back in the field")
        assert draft(visitor).startswith(WORDS) and draft(visitor).count("a écrit") == 1
        visitor.page.locator("main textarea").first.press("Control+End")
        visitor.page.keyboard.type("Oui. ")


def test_the_preview_follows_what_is_typed(enter: Enter, thread: str) -> None:
    visitor = enter(VALOMBRE, Role.CANDIDATE, Screen(*PHONE))
    visitor.go(thread)
    area = visitor.page.get_by_label("Votre texte")
    area.fill("Une **navette**")
    visitor.page.get_by_role("button", name="Prévisualiser").click()
    shown = visitor.page.locator(".preview")
    shown.get_by_text("navette").wait_for()
    assert shown.locator("strong").inner_text() == "navette"
    area.press_sequentially(" le *soir*")
    shown.locator("em", has_text="soir").wait_for()
    assert area.input_value() == "Une **navette** le *soir*"
    area.fill("")
