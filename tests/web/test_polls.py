"""Polls through the door: who asks, who votes, what is seen before and after the end, and that ballots stay secret."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum.domain import french
from pop_forum.domain import polls as rule
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Ballot, Decision, Entry, Notice, Poll, Report, Thread
from pop_forum.services import polls
from pop_forum.services.polls import PollDraft
from pop_forum.tasks import sweep
from pop_forum.web.shared_pages import EXTENSION
from tests.web.neighbour import HERE, befriend, neighbour, neighbour_data, page, signed, write
from tests.web.test_discussions import hide, open_thread, rows
from tests.web.test_long_threads import statements
from tests.web.test_shared_pages import Readers, readers

__all__ = ["neighbour", "neighbour_data", "readers"]

Enter = Callable[..., Any]
NO_SCIENCE = "Ce sondage n’a pas de valeur scientifique"
NOT_ALLOWED = "Un sondage sur des intentions de vote n’est pas permis"
QUESTION = "Quel jour pour la navette\u202f?"
ANSWERS = "Le mardi\nLe jeudi\n\nLe vendredi"


def moment(lasts: timedelta) -> str:
    """What the field holds for an end that far away, on the clocks of Paris."""
    return french.in_paris(datetime.now(french.PARIS) + lasts).strftime("%Y-%m-%dT%H:%M:%S")


def ask(browser: Any, address: str, **fields: str) -> Any:
    values = {"title": QUESTION, "text": ANSWERS, "multiple": "une", "ends": moment(timedelta(days=2))}
    return browser.send(f"{address}/sondage", **{**values, **fields})


def vote(browser: Any, address: str, *choices: int, **fields: str) -> Any:
    return browser.send(f"{address}/voter", **{"choix": [str(choice) for choice in choices], **fields})


def end(commune: Any) -> None:
    """Nothing; every poll has just ended, and is not counted yet."""
    with commune.transaction() as site:
        site.session.execute(update(Poll).values(ends_at=site.clock.now()))


@pytest.fixture
def author(signed_in: Enter) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def address(author: Any) -> str:
    """A discussion of the commune with a poll of one choice."""
    opened = open_thread(author, reach="local")
    assert ask(author, opened).status_code == 303
    return opened


# Asking


def test_who_opens_a_discussion_may_add_a_poll_at_once(author: Any, commune: Any) -> None:
    page = "/quotidien/ouvrir"
    assert "Publier, puis ajouter un sondage" in author.get(page).text
    answer = author.send(page, page, title="Le car", text="Bonjour.", reach="local", sondage="1")
    [thread] = rows(commune, Thread)
    assert answer.status_code == 303 and answer.headers["Location"] == f"/discussions/{thread.key}/sondage"
    form = author.get(answer.headers["Location"]).text
    assert 'type="datetime-local"' in form and NOT_ALLOWED in form and "Le car" in form
    ends = re.search(r'name="ends"[^>]*value="([^"]+T20:00)"', form)
    assert ends is not None
    asked = author.send(f"/discussions/{thread.key}/sondage", text="Oui\nNon", multiple="une", ends=ends[1])
    assert asked.headers["Location"] == f"/discussions/{thread.key}#sondage"
    assert rows(commune, Poll)[0].options == ["Oui", "Non"]


def test_the_poll_is_corrected_as_long_as_nobody_has_voted(author: Any, address: str, commune: Any) -> None:
    assert "Corriger le sondage" in author.get(address).text
    form = author.get(f"{address}/sondage").text
    assert "Corriger le sondage" in form and "Le vendredi</textarea>" in form
    assert ask(author, address, text="Le lundi\nLe samedi", multiple="plusieurs").status_code == 303
    [poll] = rows(commune, Poll)
    assert poll.options == ["Le lundi", "Le samedi"] and poll.multiple
    vote(author, address, 1)
    assert "Corriger le sondage" not in author.get(address).text
    assert author.get(f"{address}/sondage").status_code == 409
    refused = ask(author, address, text="Ni oui\nNi non")
    assert refused.status_code == 409 and "Ni oui" in refused.text and "Quelqu’un a déjà voté" in refused.text
    assert rows(commune, Poll)[0].options == ["Le lundi", "Le samedi"]


def test_a_poll_that_is_over_is_not_opened_again(author: Any, address: str, commune: Any) -> None:
    end(commune)
    assert ask(author, address).status_code == 409
    assert author.get(f"{address}/sondage").status_code == 409


def test_nobody_else_puts_a_poll_into_a_discussion(author: Any, signed_in: Enter, client: Any, commune: Any) -> None:
    opened = open_thread(author)
    for browser in (signed_in("moderator"), signed_in("resident", "Karim B.")):
        assert "Ajouter un sondage" not in browser.get(opened).text
        assert browser.get(f"{opened}/sondage").status_code == 403
        refused = ask(browser, opened)
        assert refused.status_code == 403 and "Le jeudi" in refused.text, "what was typed is given back"
    assert "Ajouter un sondage" in author.get(opened).text
    asked = client.send(f"{opened}/sondage", text="Le jeudi\nLe mardi")
    assert asked.status_code == 303 and client.get(f"{opened}/sondage").status_code == 401, "her text waits for her"
    assert rows(commune, Poll) == []


def test_no_poll_comes_into_a_discussion_that_is_closed_or_removed(author: Any, signed_in: Enter, commune: Any) -> None:
    moderator, closed, removed = signed_in("moderator"), open_thread(author), open_thread(author)
    moderator.send(f"{closed}/clore", f"{closed}/ranger", raison="La question a sa réponse.")
    assert hide(moderator, removed.rpartition("/")[2]).status_code == 303
    for opened in (closed, removed):
        assert "Ajouter un sondage" not in author.get(opened).text
        assert ask(author, opened).status_code == 403
    assert rows(commune, Poll) == []


def test_who_is_suspended_neither_asks_nor_votes(author: Any, address: str, signed_in: Enter, commune: Any) -> None:
    moderator, other = signed_in("moderator"), open_thread(author)
    vote(author, address, 2)
    reply = author.send(f"{other}/repondre", other, text="Une injure").headers["Location"].rpartition("#m-")[2]
    judgement = {"decision": "hide", "reason": "injure", "sentence": "Une injure.", "suspend": "y"}
    assert moderator.send(f"/moderation/messages/{reply}", **judgement).status_code == 303
    assert ask(author, other).status_code == 403
    assert vote(author, address, 0).status_code == 403
    page = author.get(address).text
    assert "vous pouvez lire, pas écrire" in page and 'name="choix"' not in page and len(rows_of_ballots(commune)) == 1
    assert "Retirer mon vote" in page and author.send(f"{address}/voter", retirer="1").status_code == 303
    assert rows_of_ballots(commune) == [] and "Retirer mon vote" not in author.get(address).text


def typed(value: str | timedelta) -> str:
    """What is typed; a span is counted from the test itself, not from when tests are collected."""
    return moment(value) if isinstance(value, timedelta) else value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "Oui"),
        ("text", "\n".join(f"Réponse {number}" for number in range(rule.OPTIONS_MOST + 1))),
        ("text", f"Oui\n{'n' * (rule.OPTION_CHARS + 1)}"),
        ("text", "Oui\noui"),
        ("title", "q" * (rule.QUESTION_CHARS + 1)),
        ("multiple", "toutes"),
        ("ends", ""),
        ("ends", "demain"),
        ("ends", "0001-01-01T00:00"),
        ("ends", rule.SHORTEST - timedelta(minutes=1)),
        ("ends", rule.LONGEST + timedelta(minutes=2)),
    ],
)
def test_row_77_a_poll_past_its_limits_is_refused_and_typed_text_comes_back(
    author: Any, commune: Any, field: str, value: str | timedelta
) -> None:
    opened, value = open_thread(author), typed(value)
    refused = ask(author, opened, **{field: value})
    assert refused.status_code == 400 and 'aria-invalid="true"' in refused.text or field == "multiple"
    assert refused.status_code == 400 and (value in refused.text or field == "multiple") and rows(commune, Poll) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "\n".join("r" * (rule.OPTION_CHARS - 2) + f"{number:02}" for number in range(rule.OPTIONS_MOST))),
        ("title", "q" * rule.QUESTION_CHARS),
        ("ends", rule.SHORTEST + timedelta(minutes=2)),
        ("ends", rule.LONGEST - timedelta(minutes=2)),
    ],
)
def test_a_poll_at_its_limits_is_opened(author: Any, commune: Any, field: str, value: str | timedelta) -> None:
    assert ask(author, open_thread(author), **{field: typed(value)}).status_code == 303
    assert len(rows(commune, Poll)) == 1


def test_row_70_what_a_poll_asks_is_shown_as_it_was_typed(author: Any, client: Any) -> None:
    opened = open_thread(author)
    ask(author, opened, title="<script>alert(1)</script>", text="<b>oui</b>\n{{ 7 * 7 }}")
    for browser in (author, client):
        page = browser.get(opened).text
        assert "&lt;script&gt;" in page and "&lt;b&gt;oui" in page and "{{ 7 * 7 }}" in page


def test_what_is_typed_in_the_form_waits_as_a_draft(author: Any, commune: Any) -> None:
    opened = open_thread(author)
    place = f"{opened}/sondage"
    assert f'action="{place}"' in author.get(place).text and "data-keep" in author.get(place).text
    kept = author.send("/brouillons", place=place, title="Une question", text="Oui\nN")
    assert kept.status_code == 204
    assert "Brouillon du" in author.get(place).text and "Oui\r\nN" not in author.get(place).text
    assert 'value="Une question"' in author.get(place).text
    ask(author, opened)
    assert "Brouillon du" not in author.get(place).text


# Voting


def rows_of_ballots(commune: Any) -> list[tuple[int, int]]:
    with commune.reading() as site:
        return [
            (row.account_id, row.choices) for row in site.session.scalars(select(Ballot).order_by(Ballot.account_id))
        ]


def test_a_resident_votes_changes_it_and_takes_it_back(address: str, signed_in: Enter, commune: Any) -> None:
    karim = signed_in("resident", "Karim B.")
    page = karim.get(address).text
    assert page.count('type="radio"') == 3 and NO_SCIENCE in page and NOT_ALLOWED in page and "checked" not in page
    answer = vote(karim, address, 1)
    assert answer.headers["Location"] == f"{address}#sondage"
    page = karim.get(answer.headers["Location"]).text
    assert "Votre vote est enregistré" in page and "1 personne a voté" in page and "Changer mon vote" in page
    assert "Vous avez voté." in page
    assert re.search(r'value="1" checked', page)
    vote(karim, address, 2)
    assert [choices for _, choices in rows_of_ballots(commune)] == [0b100]
    assert re.search(r'value="2" checked', karim.get(address).text)
    assert karim.send(f"{address}/voter", retirer="1").status_code == 303
    assert rows_of_ballots(commune) == [] and "personne n’a encore voté" in karim.get(address).text


def test_a_visitor_reads_the_poll_and_is_shown_no_form(address: str, client: Any, signed_in: Enter) -> None:
    vote(signed_in("resident", "Karim B."), address, 0)
    page = client.get(address).text
    for words in (QUESTION, "Le jeudi", "Ouvert jusqu’au", "1 personne a voté", NO_SCIENCE, NOT_ALLOWED):
        assert words in page, words
    assert "<form" not in page and f"/connexion?next={address}" in page.replace("%2F", "/")
    assert "Set-Cookie" not in client.get(address).headers
    assert vote(client, address, 0).status_code == 401


def test_a_poll_of_several_choices_takes_several(author: Any, signed_in: Enter, commune: Any) -> None:
    opened = open_thread(author)
    ask(author, opened, multiple="plusieurs")
    karim = signed_in("resident", "Karim B.")
    assert karim.get(opened).text.count('type="checkbox" id="choix') == 3
    assert vote(karim, opened, 0, 2).status_code == 303
    assert [choices for _, choices in rows_of_ballots(commune)] == [0b101]


@pytest.mark.parametrize("choices", [[], ["3"], ["0", "1"], ["-1"], ["x"], ["9" * 30], ["٣"], ["0", "0x1"], ["1e0"]])
def test_row_77_a_vote_for_something_else_is_refused(
    address: str, signed_in: Enter, commune: Any, choices: list[str]
) -> None:
    refused = signed_in("resident").send(f"{address}/voter", choix=choices)
    assert refused.status_code == 400 and "<title>Erreur\u00a0:" in refused.text
    assert '<a href="#choix-0">Sondage\u00a0: ' in refused.text and 'id="choix-e"' in refused.text
    assert rows_of_ballots(commune) == []


def test_a_vote_where_there_is_no_poll_is_refused(author: Any, commune: Any) -> None:
    assert vote(author, open_thread(author), 0).status_code == 404
    assert vote(author, "/discussions/aaaaaaaaaaaa", 0).status_code == 404


def test_a_closed_discussion_still_takes_votes_and_a_removed_one_does_not(
    address: str, author: Any, signed_in: Enter, client: Any, commune: Any
) -> None:
    moderator = signed_in("moderator")
    moderator.send(f"{address}/clore", f"{address}/ranger", raison="La question a sa réponse.")
    assert vote(author, address, 0).status_code == 303
    hide(moderator, address.rpartition("/")[2])
    assert vote(moderator, address, 0).status_code == 403 and len(rows_of_ballots(commune)) == 1
    for browser in (author, moderator, client):
        assert QUESTION not in browser.get(address).text


def test_each_reader_sees_their_own_choice_and_nobody_else_s(address: str, author: Any, signed_in: Enter) -> None:
    one, two = signed_in("resident", "Karim B."), signed_in("resident", "Jeanne M.")
    vote(one, address, 0)
    vote(two, address, 2)
    for _ in range(2):  # built, then from the page that is kept in common
        assert re.search(r'value="0" checked', one.get(address).text)
        assert re.search(r'value="2" checked', two.get(address).text)
        for reader in (author, signed_in("admin", f"Admine {_}"), signed_in("moderator", f"Modératrice {_}")):
            page = reader.get(address).text
            assert "checked" not in page and "2 personnes ont voté" in page


# The end


def test_the_results_are_seen_at_the_end_and_only_then(
    address: str, author: Any, client: Any, signed_in: Enter, commune: Any
) -> None:
    for name, choice in (("Karim B.", 1), ("Jeanne M.", 1), ("Aïcha L.", 2)):
        vote(signed_in("resident", name), address, choice)
    assert all("<table" not in browser.get(address).text for browser in (client, author))
    end(commune)
    before = client.get(address).text
    assert "Terminé le" in before and "3 personnes ont voté" in before and 'name="choix"' not in before
    shown = re.findall(r'<td class="r">([^<]*)</td>', before)
    assert shown == ["0", "0\u202f%", "2", "67\u202f%", "1", "33\u202f%"]
    assert vote(author, address, 0).status_code == 409
    assert author.send(f"{address}/voter", retirer="1").status_code == 409
    sweep.run(commune)
    [poll] = rows(commune, Poll)
    assert rows_of_ballots(commune) == [], "nobody can tell any more who chose what"
    assert (poll.voters, poll.counts) == (3, [0, 2, 1])
    table = re.compile(r"<table class=\"results\">.*?</table>", re.DOTALL)
    assert table.findall(client.get(address).text) == table.findall(before) != []
    assert table.findall(author.get(address).text) == table.findall(before)


def test_a_page_that_was_kept_shows_the_end_at_the_end(
    address: str, client: Any, author: Any, commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the page for visitors nor the one in common for residents outlives the end of its poll."""
    said: list[datetime] = []
    monkeypatch.setattr("pop_forum.web.threads.show_until", said.append)
    client.get(address)
    assert said == [rows(commune, Poll)[0].ends_at]
    with commune.transaction() as site:
        soon = site.clock.now() + timedelta(seconds=20)
        site.session.execute(update(Poll).values(ends_at=soon))
    author.get(address)  # what was just done is said once, on a page that is not kept
    author.get(address)
    shared = author.application.extensions[EXTENSION]
    [page] = [page for page in shared._shelf._pages.values() if page.page.key == address.rpartition("/")[2]]
    assert page.until - shared._monotonic() <= 20


def test_a_poll_without_votes_says_so(address: str, client: Any, commune: Any) -> None:
    end(commune)
    sweep.run(commune)
    page = client.get(address).text
    assert "Personne n’a voté" in page and "Le jeudi" in page and "<table" not in page


def test_the_sweep_leaves_running_polls_alone(address: str, author: Any, commune: Any) -> None:
    vote(author, address, 0)
    sweep.run(commune)
    assert len(rows_of_ballots(commune)) == 1 and rows(commune, Poll)[0].settled_at is None


def test_a_poll_costs_no_statement_of_its_own(address: str, author: Any, commune: Any) -> None:
    without = open_thread(author)
    counts = []
    for opened in (without, address):
        author.get(opened)
        with statements(commune) as said:
            author.get(f"{opened}?page=01")  # built for this reader alone
        counts.append(len(said))
    assert counts[0] == counts[1]


# Leaving, and what one may see of oneself


def test_my_data_tells_what_i_chose_and_what_i_asked(address: str, author: Any, signed_in: Enter) -> None:
    karim = signed_in("resident", "Karim B.")
    vote(karim, address, 1)
    page = karim.get("/mon-compte/donnees").text
    assert "Vos votes dans les sondages en cours" in page and "Le jeudi" in page and "Le mardi" not in page
    own = author.get("/mon-compte/donnees").text
    assert "Vos sondages" in own and QUESTION in own and "Le mardi" in own


def leave(browser: Any) -> None:
    answer = browser.send("/mon-compte/quitter", "/mon-compte/quitter", messages="laisser", sure="y")
    assert answer.status_code in (200, 303), answer.text


def test_who_leaves_takes_a_running_vote_along(address: str, signed_in: Enter, commune: Any, client: Any) -> None:
    karim = signed_in("resident", "Karim B.")
    vote(karim, address, 1)
    leave(karim)
    assert rows_of_ballots(commune) == [] and "personne n’a encore voté" in client.get(address).text


def test_who_leaves_after_the_end_has_voted(address: str, signed_in: Enter, commune: Any) -> None:
    karim = signed_in("resident", "Karim B.")
    vote(karim, address, 1)
    end(commune)
    leave(karim)
    assert rows_of_ballots(commune) == [] and rows(commune, Poll)[0].counts == [0, 1, 0]


# Moderation


def judge(moderator: Any, address: str, decision: str, **fields: str) -> Any:
    key = address.rpartition("/")[2]
    values = {"decision": decision, "reason": "intentions-de-vote", "sentence": "Il demande pour qui l’on votera."}
    sent = {f"sondage-{name}": value for name, value in {**values, **fields}.items()}
    return moderator.send(f"/moderation/messages/{key}/sondage", **sent)


def test_a_poll_on_voting_intentions_is_reported_and_removed_in_public(
    address: str, author: Any, client: Any, signed_in: Enter, commune: Any
) -> None:
    vote(author, address, 0)
    report = f"/messages/{address.rpartition('/')[2]}/signaler"
    assert f'href="{report}"' in client.get(address).text and "Signaler ce sondage" not in author.get(address).text
    form = client.get(report).text
    assert "Sondage sur des intentions de vote" in form
    client.send(report, report, reason="intentions-de-vote", details="")
    client.send(report, report, reason="injure", details="Autre chose.")
    moderator = signed_in("moderator", "Nadège R.")
    case = moderator.get(f"/moderation/messages/{address.rpartition('/')[2]}").text
    assert QUESTION in case and "Décider sur le sondage" in case
    answer = judge(moderator, address, "remove")
    assert answer.status_code == 303
    assert rows_of_ballots(commune) == [] and rows(commune, Poll)[0].counts == []
    for browser in (client, author, moderator):
        page = browser.get(address).text
        assert "La modération a retiré ce sondage" in page and "Il demande pour qui l’on votera." in page
        assert QUESTION not in page and "Le jeudi" not in page and 'name="choix"' not in page
    log = client.get("/moderation/journal").text
    assert "Sondage retiré" in log and "Sondage sur des intentions de vote" in log and "décidé par Nadège R." in log
    assert "Il demande pour qui l’on votera." in log
    assert "Il demande pour qui l’on votera." in author.get("/mon-compte/moderation").text
    assert [notice.kind for notice in rows(commune, Notice)] == ["moderation"]
    first, second = rows(commune, Report)
    assert "Le sondage a été retiré." in client.get(f"/signalements/{first.receipt}").text
    assert second.decision_id is None, "a report about something else still waits"
    assert judge(moderator, address, "remove").status_code == 409
    assert vote(author, address, 0).status_code == 409
    assert ask(author, address).status_code == 409


def test_a_poll_closed_by_the_moderation_counts_what_was_chosen_so_far(
    address: str, author: Any, client: Any, signed_in: Enter, commune: Any
) -> None:
    vote(author, address, 2)
    moderator = signed_in("moderator")
    assert judge(moderator, address, "close", reason="autre", sentence="La réponse est connue.").status_code == 303
    page = client.get(address).text
    assert "a clos ce sondage avant sa fin" in page and "La réponse est connue." in page and "100\u202f%" in page
    assert rows_of_ballots(commune) == [] and rows(commune, Poll)[0].counts == [0, 0, 1]
    assert "Sondage clos avant sa fin" in client.get("/moderation/journal").text
    assert judge(moderator, address, "close").status_code == 409
    assert judge(moderator, address, "remove").status_code == 303, "closed first, then removed"
    assert "La modération a retiré ce sondage" in client.get(address).text


def test_only_the_moderation_judges_a_poll_and_never_its_own(
    address: str, author: Any, client: Any, signed_in: Enter, commune: Any
) -> None:
    moderator = signed_in("moderator")
    own = open_thread(moderator)
    ask(moderator, own)
    assert judge(author, address, "remove").status_code == 403
    assert judge(signed_in("resident", "Karim B."), address, "remove").status_code == 403
    assert judge(client, address, "remove").status_code == 303  # kept, and sent to sign in
    assert judge(moderator, own, "remove").status_code == 403
    assert "Clore ou retirer" not in moderator.get(own).text and "Clore ou retirer" in moderator.get(address).text
    assert rows(commune, Decision) == []


@pytest.mark.parametrize("fields", [{"sentence": " "}, {"reason": "parce-que"}, {"sentence": "s" * 1_001}])
def test_a_decision_on_a_poll_has_its_reason(
    address: str, signed_in: Enter, commune: Any, fields: dict[str, str]
) -> None:
    refused = judge(signed_in("moderator"), address, "remove", **fields)
    assert refused.status_code == 400 and fields.get("sentence", "Il demande") in refused.text
    assert rows(commune, Decision) == []


def test_a_decision_where_there_is_no_poll_is_refused(author: Any, signed_in: Enter, commune: Any) -> None:
    moderator, opened = signed_in("moderator"), open_thread(author)
    assert judge(moderator, opened, "remove").status_code == 404
    reply = author.send(f"{opened}/repondre", opened, text="Un mot").headers["Location"].rpartition("#m-")[2]
    ask(author, opened)
    assert judge(moderator, f"/discussions/{reply}", "remove").status_code == 404
    assert rows(commune, Decision) == []


# The network


def test_row_91_a_poll_in_a_discussion_that_stays_here_is_told_to_nobody(address: str, commune: Any) -> None:
    assert [entry for entry in rows(commune, Entry) if entry.type == "PollOpened"] == []


def test_the_network_learns_once_that_there_is_a_poll_and_nothing_of_it(author: Any, commune: Any) -> None:
    opened = open_thread(author, reach="shared")
    ask(author, opened)
    ask(author, opened, text="Autre chose\nRien")
    vote(author, opened, 0)
    end(commune)
    sweep.run(commune)
    [entry] = [entry for entry in rows(commune, Entry) if entry.type == "PollOpened"]
    for entry_ in rows(commune, Entry):
        assert entry_.activity is None or not any(
            word in entry_.activity.decode() for word in ("mardi", "navette pour", "Rien")
        )
    assert b'"type":"pop:OpenPoll"' in entry.activity


def test_a_discussion_of_another_commune_says_that_its_poll_is_answered_there(
    client: Any, commune: Any, neighbour: Any, signed_in: Enter
) -> None:
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    uri = write(neighbour, "La fête du port")
    with neighbour.transaction() as site:
        thread = site.session.scalars(select(Thread)).one()
        draft = PollDraft("Une question secrète", ("Oui", "Non"), False, site.clock.now() + rule.PROPOSED)
        polls.put(site, Viewer(thread.author_id, Role.RESIDENT), thread, draft)
    body = page(neighbour)
    assert b"pop:OpenPoll" in body and b"secr" not in body
    headers = signed(neighbour, "POST", f"{HERE}/journal/forum", body)
    assert client.post("/journal/forum", data=body, headers=headers).status_code == 200
    [thread] = rows(commune, Thread)
    karim = signed_in("resident", "Karim B.")
    for browser in (client, karim):
        shown = browser.get(f"/discussions/{thread.key}").text
        assert "comporte un sondage" in shown and f'href="{uri}"' in shown and "Pont-Hervel" in shown
        assert 'name="choix"' not in shown and "Ajouter un sondage" not in shown
    assert vote(karim, f"/discussions/{thread.key}", 0).status_code == 404
    assert ask(karim, f"/discussions/{thread.key}").status_code == 403


# The page that readers share


def test_row_93_each_reader_gets_the_page_with_the_poll_that_they_would_get_alone(
    readers: Readers, commune: Any
) -> None:
    author, other, candidate, moderator, _ = readers.people.values()
    opened = open_thread(author, reach="local")
    ask(author, opened, multiple="plusieurs")
    for browser in (author, moderator):
        browser.get(opened)
    readers.check(opened, "the poll was opened, without any reply")
    vote(other, opened, 0, 2)
    vote(moderator, opened, 1)
    for browser in (other, moderator):
        browser.get(opened)
    key = opened.rpartition("/")[2]
    other.send(f"/messages/{key}/soutenir", opened)
    location = author.send(f"{opened}/repondre", opened, text="Une réponse").headers["Location"]
    candidate.send(f"/messages/{location.rpartition('#m-')[2]}/soutenir", opened)
    author.get(opened)
    readers.check(opened, "votes, supports of the opening message and of a reply")
    assert len(readers.shelf) >= 4
    end(commune)
    sweep.run(commune)
    readers.check(opened, "the end")
