"""The common text improved by three communes, one of them away for a while: group, opinions, support, one version."""

from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput, NotFound
from pop_forum.federation import activities as a
from pop_forum.models import Improvement, ImprovementAuthor, ImprovementBacker, ImprovementOpinion, Person
from pop_forum.services import (
    accounts,
    backing,
    declarations,
    drafting,
    improvement_pages,
    improvements,
    improvements_together,
    leaving,
    measures,
    my_data,
    notice_pages,
    refolding,
)
from pop_forum.services import programme_pages as pages
from pop_forum.services.drafting import Settings
from pop_forum.services.improvements import Answer, Proposal
from pop_forum.services.improvements_together import Together
from pop_forum.services.measures import MeasureDraft
from tests.network import Network
from tests.unit.services.test_in_step import digests

SLUG, HOME, WEST, EAST = "navette-a-la-demande", "valombre", "pont-hervel", "sainte-aure"
BASE = ("Une navette relie les hameaux à la gare.", "On réserve la veille avant midi.", "Elle est gratuite.")


def account(commune: Commune, name: str) -> Viewer:
    """Somebody of a commune who writes its texts, known in the network by name."""
    with commune.transaction() as site:
        mail = f"{name.split()[0].lower()}@exemple.fr"
        row = accounts.create_account(site, name, mail, "x", Role.ADMIN)
        declarations.declare(site, site.session.get_one(Person, row.person_id))
        return Viewer(row.person_id, Role.ADMIN)


def rewrite(commune: Commune, viewer: Viewer, texts: dict[int, str], *, common: bool = False) -> None:
    """Our text, or the common one, with other words in these passages."""
    with commune.transaction() as site:
        measure = measures.by_slug(site, SLUG)
        read = measures.common_revision if common else measures.current_revision
        base = read(site, measure.urn)
        blocks = [(str(block["id"]), str(block["text"])) for block in base.blocks]
        whole = [(blocks[at][0] if at < len(blocks) else None, text) for at, text in enumerate(BASE)]
        words = tuple((name, texts.get(at, text)) for at, (name, text) in enumerate(whole))
        publish = measures.revise_common if common else measures.adapt
        publish(site, viewer, measure, MeasureDraft(base.title, words, "Parce que.", base.digest))


def propose(commune: Commune, viewer: Viewer, reason: str, replaces: str | None = None) -> str:
    """The digest of what this commune proposes: all that its text changes."""
    with commune.transaction() as site:
        page = pages.measure_page(site, SLUG)
        found = improvements.ours_against_common(page)
        assert found is not None
        ticked = frozenset(found.keys)
        proposal = Proposal(found.common.digest, found.other.digest, ticked, "wished", reason, replaces)
        return improvements.propose(site, viewer, page.measure, proposal).digest


def lines(commune: Commune) -> dict[str, Any]:
    """What waits for an answer, by its reason."""
    with commune.reading() as site:
        return {line.reason: line for line in improvement_pages.lines(site).waiting}


class Three:
    """Three communes with a common text of three passages, and somebody in each."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.home, self.west, self.east = (network.communes[slug] for slug in (HOME, WEST, EAST))
        self.ada, self.bob, self.cleo = (
            account(commune, name)
            for commune, name in ((self.home, "Ada V."), (self.west, "Bob P."), (self.east, "Cleo S."))
        )
        rewrite(self.home, self.ada, {}, common=True)
        network.settle()

    def profile(self, commune: Commune, viewer: Viewer) -> str:
        with commune.reading() as site:
            return site.session.get_one(Person, viewer.person_id).uri.replace("/p/", "/personnes/")

    def settle_group(self, days: int = 14) -> None:
        """The group of all three, two of whom must agree."""
        profiles = [
            self.profile(commune, viewer)
            for commune, viewer in ((self.home, self.ada), (self.west, self.bob), (self.east, self.cleo))
        ]
        with self.home.transaction() as site:
            found = drafting.settle(site, self.ada, Settings(profiles, 2, days))
            assert found is not None and [one.name for one in found.editors] == ["Ada V.", "Bob P.", "Cleo S."]
        self.network.settle()

    def opine(self, commune: Commune, viewer: Viewer, digest: str, outcome: str = a.WHOLE) -> None:
        with commune.transaction() as site:
            drafting.give_opinion(site, viewer, digest, outcome, "C’est mieux dit.")

    def refuse(self, digest: str) -> None:
        with self.home.transaction() as site:
            measure = measures.by_slug(site, SLUG)
            improvements.answer(site, self.ada, measure, digest, Answer(a.REFUSED, "", frozenset(), "Trop local."))

    def together(self, keys: dict[str, frozenset[str]]) -> None:
        with self.home.transaction() as site:
            measure = measures.by_slug(site, SLUG)
            common = measures.common_revision(site, measure.urn).digest
            improvements_together.integrate(site, self.ada, measure, Together(common, keys, "Merci à deux communes."))

    def keys(self, digest: str) -> frozenset[str]:
        with self.home.reading() as site:
            found = improvement_pages.page(site, pages.measure_page(site, SLUG), digest)
            return frozenset(found.today.keys)


@pytest.fixture
def three(trio: Network) -> Three:
    return Three(trio)


def test_two_communes_improve_one_text_while_one_of_them_is_away(three: Three) -> None:
    network = three.network
    rewrite(three.west, three.bob, {0: "Une navette relie tous les hameaux à la gare."})
    rewrite(three.east, three.cleo, {1: "On réserve deux heures avant."})
    first, second = (
        propose(three.west, three.bob, "Tous les hameaux"),
        propose(three.east, three.cleo, "Moins d’attente"),
    )
    network.settle()
    network.wire.down.add(three.east.settings.host)
    three.settle_group()
    assert set(lines(three.west)) == {"Tous les hameaux", "Moins d’attente"}
    with pytest.raises(Conflict):
        three.together({first: three.keys(first), second: three.keys(second)})
    for digest in (first, second):
        three.opine(three.home, three.ada, digest)
        three.opine(three.west, three.bob, digest, a.PART)
    network.settle()
    three.together({first: three.keys(first), second: three.keys(second)})
    network.settle()
    network.clock.advance(hours=3)
    network.wire.down.clear()
    network.settle(8)
    assert len(digests(network)) == 1
    for commune in network.communes.values():
        with commune.reading() as site:
            measure = measures.by_slug(site, SLUG)
            common = measures.common_revision(site, measure.urn)
            texts = [block["text"] for block in common.blocks]
            assert texts[:2] == ["Une navette relie tous les hameaux à la gare.", "On réserve deux heures avant."]
            assert improvement_pages.credits(site, measure.urn)[common.digest] == (
                "Pont-Hervel",
                "Sainte-Aure",
            )
            assert len(drafting.opinions(site, second)) == 2
    with three.east.reading() as site:
        author = site.session.scalars(select(ImprovementAuthor)).one()
        assert author.told_at is not None
        [told] = notice_pages.notice_list(site, three.cleo.person_id or 0, 1).answers
        assert told.line.sentence == "Merci à deux communes." and told.line.outcome == a.WHOLE


def test_what_is_applied_over_again_is_the_same_and_tells_nobody_twice(three: Three) -> None:
    rewrite(three.west, three.bob, {0: "Pour tous."})
    digest = propose(three.west, three.bob, "Pour tous")
    three.network.settle()
    three.settle_group()
    three.opine(three.home, three.ada, digest, a.REFUSED)
    three.opine(three.west, three.bob, digest, a.REFUSED)
    three.network.settle()
    three.refuse(digest)
    three.network.settle()
    with three.west.transaction() as site:
        improvements.see(site, three.bob.person_id or 0, digest)
        for host in (three.home.settings.host, three.west.settings.host):
            refolding.ask(site, host, "programme", since=site.clock.now())
        while refolding.go_on(site):
            pass
        assert not refolding.has_mended_since(site, three.network.clock.moment.replace(year=2000))
        assert improvements.unseen(site, three.bob.person_id or 0) == 0
    with three.east.transaction() as site:
        site.session.scalars(select(ImprovementOpinion)).first().sentence = "Autre chose."  # type: ignore[union-attr]
        site.session.get_one(Improvement, digest).need = "essential"
        site.session.flush()
        for host in (three.home.settings.host, three.west.settings.host):
            refolding.ask(site, host, "programme", since=site.clock.now())
        while refolding.go_on(site):
            pass
    assert len(digests(three.network)) == 1


def test_the_term_of_the_group_says_when_an_answer_is_overdue(three: Three) -> None:
    rewrite(three.west, three.bob, {0: "Pour tous."})
    propose(three.west, three.bob, "Pour tous")
    three.settle_group(days=a.DAYS_LEAST)
    three.network.settle()
    line = lines(three.east)["Pour tous"]
    assert not line.overdue and (line.due - line.at).days == a.DAYS_LEAST
    three.network.clock.advance(days=a.DAYS_LEAST)
    assert lines(three.east)["Pour tous"].overdue


def test_two_that_change_one_passage_meet_and_only_one_is_taken_there(three: Three) -> None:
    rewrite(three.west, three.bob, {0: "Une navette pour tous les hameaux.", 2: "Elle est presque gratuite."})
    rewrite(three.east, three.cleo, {0: "La navette dessert les hameaux."})
    first, second = propose(three.west, three.bob, "Tous"), propose(three.east, three.cleo, "Dessert")
    three.network.settle()
    with three.home.reading() as site:
        page = pages.measure_page(site, SLUG)
        waiting = improvements_together.waiting(site, page, improvement_pages.lines(site, page.measure.urn).waiting)
        [meeting] = improvements_together.meetings(page, waiting)
        assert meeting.words == BASE[0] and {line.reason for line in meeting.lines} == {"Tous", "Dessert"}
    both = {first: three.keys(first), second: three.keys(second)}
    with pytest.raises(InvalidInput, match="one passage"):
        three.together(both)
    shared = three.keys(first) & three.keys(second)
    for wrong in ({first: both[first]}, {first: both[first], second: frozenset()}, {**both, second: frozenset({"x"})}):
        with pytest.raises(InvalidInput):
            three.together(wrong)
    three.together({first: both[first] - shared, second: both[second]})
    with three.home.reading() as site:
        common = measures.common_revision(site, measures.by_slug(site, SLUG).urn)
        assert [block["text"] for block in common.blocks] == [
            "La navette dessert les hameaux.",
            BASE[1],
            "Elle est presque gratuite.",
        ]
        found = {line.reason: line.outcome for line in improvement_pages.lines(site).answered}
        assert found == {"Tous": a.PART, "Dessert": a.WHOLE}


def test_a_support_is_void_once_the_improvement_is_changed_and_who_gave_it_is_told(three: Three) -> None:
    rewrite(three.west, three.bob, {0: "Pour tous."})
    digest = propose(three.west, three.bob, "Pour tous")
    three.network.settle()
    with three.east.transaction() as site:
        cleo = site.session.get_one(Person, three.cleo.person_id)
        backing.change(site, cleo, digest, active=True)
        backing.change(site, cleo, digest, active=True)
    three.network.settle()
    assert [line.supports for line in lines(three.home).values()] == [1]
    rewrite(three.west, three.bob, {0: "Pour toutes et tous."})
    changed = propose(three.west, three.bob, "Pour toutes et tous", digest)
    three.network.settle()
    assert {line.digest: line.supports for line in lines(three.home).values()} == {changed: 0}
    with three.east.transaction() as site:
        page = improvement_pages.page(site, pages.measure_page(site, SLUG), digest)
        assert page.line.replaced_by == changed and not page.line.overdue
        [told] = notice_pages.notice_list(site, three.cleo.person_id or 0, 1).void
        assert told.line.digest == digest and not told.seen
        backing.see(site, three.cleo.person_id or 0, digest)
        assert backing.unseen(site, three.cleo.person_id or 0) == 0
        with pytest.raises(Conflict):
            backing.change(site, site.session.get_one(Person, three.cleo.person_id), digest, active=True)
    with three.home.transaction() as site, pytest.raises(Conflict):
        drafting.require_open(site, digest)
    with three.west.transaction() as site:
        measure = measures.by_slug(site, SLUG)
        with pytest.raises(Conflict):
            improvements._replaced(site, measure, digest)
    with three.east.transaction() as site, pytest.raises(NotFound):
        improvements._replaced(site, measures.by_slug(site, SLUG), changed)
    assert len(digests(three.network)) == 1


def test_who_leaves_takes_their_support_back_and_their_data_tells_of_it(three: Three) -> None:
    rewrite(three.west, three.bob, {0: "Pour tous."})
    digest = propose(three.west, three.bob, "Pour tous")
    three.settle_group()
    three.network.settle()
    dan = account(three.east, "Dan S.")
    with three.east.transaction() as site:
        backing.change(site, site.session.get_one(Person, dan.person_id), digest, active=True)
        counts = {one.code: one.count for one in my_data.overview(site, dan.person_id or 0)}
        assert counts["improvement_backers"] == counts["supports"] == 1
    three.opine(three.east, three.cleo, digest)
    three.network.settle()
    with three.east.transaction() as site:
        leaving.leave(site, dan.person_id or 0, withdraw_supports=True)
        assert site.session.scalars(select(ImprovementBacker)).all() == []
        held = {one.code: one.records for one in my_data.overview(site, three.cleo.person_id or 0)}
        [opinion] = held["opinions"]
        assert opinion["text"] == "C’est mieux dit."
    three.network.settle()
    assert [line.supports for line in lines(three.home).values()] == [0]


def test_only_editors_opine_and_only_while_it_waits(three: Three) -> None:
    rewrite(three.west, three.bob, {0: "Pour tous."})
    digest = propose(three.west, three.bob, "Pour tous")
    three.network.settle()
    with three.west.transaction() as site, pytest.raises(Forbidden):
        drafting.give_opinion(site, three.bob, digest, a.WHOLE, "Oui.")
    three.settle_group()
    with three.west.transaction() as site:
        with pytest.raises(InvalidInput):
            drafting.give_opinion(site, three.bob, digest, "peut-être", "Oui.")
        with pytest.raises(NotFound):
            drafting.give_opinion(site, three.bob, "Qm", a.WHOLE, "Oui.")
    three.opine(three.home, three.ada, digest, a.REFUSED)
    with pytest.raises(Conflict):
        three.refuse(digest)
    three.opine(three.west, three.bob, digest, a.REFUSED)
    three.network.settle()
    three.refuse(digest)
    three.network.settle()
    with three.west.transaction() as site, pytest.raises(Conflict):
        drafting.give_opinion(site, three.bob, digest, a.WHOLE, "Tout compte fait.")


@pytest.mark.parametrize(("quorum", "days"), [(1, 30), (4, 30), (2, a.DAYS_LEAST - 1), (2, a.MAX_DAYS + 1)])
def test_a_group_out_of_bounds_is_refused(three: Three, quorum: int, days: int) -> None:
    profiles = [three.profile(three.home, three.ada), three.profile(three.west, three.bob)]
    with three.home.transaction() as site, pytest.raises(InvalidInput):
        drafting.settle(site, three.ada, Settings(profiles, quorum, days))


def test_a_group_is_of_two_communes_and_of_people_who_are_known(three: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = three.profile(three.home, three.ada), three.profile(three.west, three.bob)
    eve = three.profile(three.home, account(three.home, "Eve V."))
    with three.home.transaction() as site:
        for wrong in ([ada, eve], [ada], [ada, bob, "https://ailleurs.example/p/abc"], ["x"]):
            with pytest.raises(InvalidInput):
                drafting.settle(site, three.ada, Settings(wrong, 2, 30))
        with pytest.raises(Forbidden):
            drafting.settle(site, Viewer(three.ada.person_id, Role.MODERATOR), Settings([ada, bob], 2, 30))
        monkeypatch.setattr(a, "MAX_EDITORS", 2)
        with pytest.raises(InvalidInput):
            drafting.settle(site, three.ada, Settings([ada, bob, eve], 2, 30))
        assert drafting.settle(site, three.ada, Settings([ada, bob, ada], 2, a.MAX_DAYS)) is not None
        assert drafting.settle(site, three.ada, Settings([], 9, a.DAYS_LEAST)) is None
        assert drafting.term(site).days == a.DAYS_LEAST
    with three.west.transaction() as site, pytest.raises(Forbidden):
        drafting.settle(site, three.bob, Settings([ada, bob], 2, 30))
