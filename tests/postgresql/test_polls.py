"""Polls on SQLite and on PostgreSQL: votes that come at once, and one that comes while its poll is being counted."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pop_forum.commune import Commune
from pop_forum.domain import polls as rule
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict
from pop_forum.models import Ballot, Poll, Thread
from pop_forum.services import accounts, polls, threads
from pop_forum.services.polls import PollDraft
from pop_forum.services.site import Site
from pop_forum.services.threads import ThreadDraft
from tests.network import Network, TestClock, acting

VOTERS = 4


@pytest.fixture
def commune(pair: Network) -> Commune:
    return pair.communes["valombre"]


@pytest.fixture
def voters(commune: Commune) -> list[int]:
    """Those who vote; the first has opened a discussion with a poll of two answers."""
    with commune.transaction() as site:
        people = [
            accounts.create_account(site, f"Personne {n}", f"p{n}@exemple.fr", "", Role.RESIDENT).person_id
            for n in range(VOTERS)
        ]
    with acting(commune, people[0]) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("Le banc", "Texte.", None, shared=False))
        draft = PollDraft("", ("Oui", "Non"), True, site.clock.now() + timedelta(days=1))
        polls.put(site, Viewer(who.id, Role.RESIDENT), thread, draft)
    return people


def vote(site: Site, voter: int, *choices: int) -> None:
    thread = site.session.scalars(select(Thread)).one()
    polls.vote(site, Viewer(voter, Role.RESIDENT), thread, choices)


def counted(commune: Commune) -> tuple[int, list[int], int]:
    """Voters and counts of the poll, and how many ballots are left."""
    with commune.reading() as site:
        poll = site.session.scalars(select(Poll)).one()
        return poll.voters, poll.counts, site.session.scalar(select(func.count()).select_from(Ballot)) or 0


def test_votes_are_changed_counted_and_forgotten(commune: Commune, voters: list[int]) -> None:
    for voter in voters:
        with commune.transaction() as site:
            vote(site, voter, 0)
    with commune.transaction() as site:
        vote(site, voters[0], 0, 1)
        polls.withdraw(site, Viewer(voters[1], Role.RESIDENT), site.session.scalars(select(Thread)).one())
    assert isinstance(commune.clock, TestClock)
    commune.clock.advance(days=2)
    with commune.transaction() as site:
        polls.sweep(site)
    assert counted(commune) == (3, [3, 1], 0)


def test_one_person_who_votes_twice_at_once_has_one_ballot(commune: Commune, voters: list[int]) -> None:
    def again() -> None:
        with commune.transaction() as site:
            vote(site, voters[0], 1)

    second = threading.Thread(target=again)
    with commune.transaction() as site:
        vote(site, voters[0], 0)
        second.start()
        second.join(0.3)
    second.join(30)
    with commune.reading() as site:
        assert site.session.scalars(select(Ballot.choices)).all() == [0b10]


def test_a_vote_that_comes_while_the_poll_is_counted_is_refused_and_leaves_no_ballot(
    commune: Commune, voters: list[int]
) -> None:
    refused: list[Conflict] = []

    def late() -> None:
        try:
            with commune.transaction() as site:
                vote(site, voters[1], 1)
        except Conflict as refusal:
            refused.append(refusal)

    with commune.transaction() as site:
        vote(site, voters[0], 0)
    voting = threading.Thread(target=late)
    with commune.transaction() as site:
        poll = site.session.scalars(select(Poll).with_for_update()).one()
        polls.settle(site, poll)
        voting.start()
        voting.join(0.3)
    voting.join(30)
    assert [refusal.public for refusal in refused] == [polls.OVER]
    assert counted(commune) == (1, [1, 0], 0)


def test_a_poll_of_as_many_answers_as_there_may_be_fits(commune: Commune, voters: list[int]) -> None:
    with commune.transaction() as site:
        options = tuple(f"{number:02}" + "é" * (rule.OPTION_CHARS - 2) for number in range(rule.OPTIONS_MOST))
        draft = PollDraft("q" * rule.QUESTION_CHARS, options, True, site.clock.now() + rule.LONGEST)
        polls.put(site, Viewer(voters[0], Role.RESIDENT), site.session.scalars(select(Thread)).one(), draft)
    with commune.transaction() as site:
        vote(site, voters[2], *range(rule.OPTIONS_MOST))
    with commune.reading() as site:
        assert site.session.scalars(select(Ballot.choices)).all() == [2**rule.OPTIONS_MOST - 1]
