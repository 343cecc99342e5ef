"""Putting the demonstration's content into its communes, in the order of its dates, through the services of the forms.

The journals are handed over twice a day of the story, and before a reply to a discussion of another commune, so that
everything was received at about the right time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from pop_forum import paths
from pop_forum.cli.demo_content import Adopted, Asked, Content, Discussion, Evolution, Message, OwnText, Priced, Step
from pop_forum.cli.demo_days import Days
from pop_forum.cli.demo_network import Carrier, admin_of, at, introduce_all
from pop_forum.commune import Commune
from pop_forum.domain.budget import wire
from pop_forum.domain.budget.sheet import Sheet
from pop_forum.domain.french import in_paris
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.domain.programme import load_programme
from pop_forum.federation.revisions import measure_urn
from pop_forum.models import Person, Post, Thread
from pop_forum.services import accounts, budgets, measures, polls, threads
from pop_forum.services.passwords import Passwords
from pop_forum.services.site import Site

PASSWORD = "demonstration-2026"  # printed for everybody to try; the demonstration listens on loopback
CARRY_DAYS = 0.5  # of the story, between two rounds of handing over what is not asked for earlier
FOUNDED_DAYS_AGO = 60.0  # when accounts and the network were made, before the oldest message
ROLE_MAILS = {
    Role.RESIDENT: "habitante",
    Role.CANDIDATE: "candidate",
    Role.MODERATOR: "moderation",
    Role.ADMIN: "administration",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day."""

    days_ago: float
    act: Callable[[datetime], None]


def mails(content: Content) -> dict[str, str]:
    """The address of each person, by key; the first of each role in a commune has the role's own."""
    taken: set[str] = set()
    found = {}
    for person in content.people:
        by_role = f"{ROLE_MAILS[Role(person.role)]}@{person.commune}.example"
        found[person.key] = f"{person.key}@{person.commune}.example" if by_role in taken else by_role
        taken.add(by_role)
    return found


class Seeding:
    """One run of the content into freshly migrated communes."""

    def __init__(self, communes: Mapping[str, Commune], content: Content, now: datetime) -> None:
        self._communes = communes
        self._content = content
        self._now, self._days = now, Days(now)
        self._carrier = Carrier(communes)
        self._people: dict[str, int] = {}  # key → row in their own commune
        self._threads: dict[str, str] = {}  # key → id
        self._posts: dict[Message, str] = {}  # → id

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Nothing; everything is there and every commune has what is shared."""
        founded = self._days.moment(FOUNDED_DAYS_AGO)
        load_programme_into(self._communes.values())
        self._open_accounts(founded)
        introduce_all(self._communes.values(), founded)
        self._carrier.carry_all(founded)
        events = sorted(self._events(), key=lambda event: -event.days_ago)
        carried = FOUNDED_DAYS_AGO
        for done, event in enumerate(events):
            progress(done, len(events))
            event.act(self._days.moment(event.days_ago))
            if carried - event.days_ago > CARRY_DAYS:
                carried = event.days_ago
                self._carrier.carry_all(self._days.moment(carried))
        self._carrier.carry_all(self._now)
        self._carrier.confirm()
        progress(len(events), len(events))

    def _open_accounts(self, moment: datetime) -> None:
        kept = Passwords().hash(PASSWORD)
        addresses = mails(self._content)
        for slug, commune in self._communes.items():
            with commune.transaction() as site:
                for person in self._content.people:
                    if person.commune == slug:
                        account = accounts.create_account(
                            at(site, moment), person.name, addresses[person.key], kept, Role(person.role)
                        )
                        self._people[person.key] = account.person_id

    def _events(self) -> Iterable[Event]:
        for adoption in self._content.adoptions:
            yield Event(adoption.days_ago, partial(self._adopt, adoption))
        for text in self._content.adaptations:
            yield Event(text.days_ago, partial(self._adapt, text))
        for budget in self._content.budgets:
            yield Event(budget.days_ago, partial(self._price, budget))
        for evolution in self._content.evolutions:
            ids: dict[str, str] = {}
            for step in evolution.steps:
                yield Event(step.days_ago, partial(self._write, evolution, step, ids))
        for discussion in self._content.discussions:
            yield from self._events_of(discussion)

    def _events_of(self, discussion: Discussion) -> Iterable[Event]:
        """A discussion's opening and replies; what happens to each message follows it within hours."""
        opening = discussion.opening
        yield Event(opening.days_ago, partial(self._open, discussion))
        for reply in discussion.replies:
            yield Event(reply.days_ago, partial(self._reply, discussion, reply))
        if discussion.poll is not None:
            yield Event(discussion.poll.days_ago, partial(self._ask, discussion, discussion.poll))
        for message in (opening, *discussion.replies):
            later = (
                (0.01, message.supports, self._support),
                (0.02, message.edited, self._edit),
                (0.03, message.deleted, self._delete),
            )
            for delay, wanted, act in later:
                if wanted:
                    when = max(message.days_ago - delay, 0.0)
                    yield Event(when, partial(act, message))

    def _adopt(self, adoption: Adopted, moment: datetime) -> None:
        with self._communes[adoption.commune].transaction() as site:
            site = at(site, moment)
            measures.adopt(site, admin_of(site), measures.by_slug(site, adoption.measure))

    def _adapt(self, text: OwnText, moment: datetime) -> None:
        with self._communes[text.commune].transaction() as site:
            site = at(site, moment)
            measure = measures.by_slug(site, text.measure)
            base = measures.current_revision(site, measure.urn)
            kept = [str(block["id"]) for block in base.blocks[:1]]
            ids = [*kept, *[None] * (len(text.blocks) - len(kept))]
            blocks = tuple(zip(ids, text.blocks, strict=True))
            draft = measures.MeasureDraft(text.title, blocks, text.reason, base.digest)
            measures.adapt(site, self._viewer(site, text.author), measure, draft)

    def _price(self, budget: Priced, moment: datetime) -> None:
        members = {**budget.sheet, "sheet": 1, "date": in_paris(moment).date().isoformat()}
        sheet = wire.read(members) or Sheet()
        with self._communes[budget.commune].transaction() as site:
            site = at(site, moment)
            measure = measures.by_slug(site, budget.measure)
            base = measures.current_revision(site, measure.urn)
            estimate = budgets.Estimate(sheet, budget.reason, base.digest)
            budgets.price_ours(site, self._viewer(site, budget.author), measure, estimate)

    def _write(self, evolution: Evolution, step: Step, ids: dict[str, str], moment: datetime) -> None:
        """Nothing; one more version is published, and `ids` has the ids of its passages by name."""
        with self._communes[evolution.commune].transaction() as site:
            site = at(site, moment)
            measure = measures.by_slug(site, evolution.measure)
            present = measures.common_revision if step.common else measures.current_revision
            publish = measures.revise_common if step.common else measures.adapt
            base = present(site, measure.urn)
            names = [name for name, _ in step.passages]
            ids.setdefault(names[0], str(base.blocks[0]["id"]))
            blocks = tuple((ids.get(name), text) for name, text in step.passages)
            draft = measures.MeasureDraft(step.title, blocks, step.reason, base.digest)
            made = publish(site, self._viewer(site, step.author), measure, draft)
            ids.update(zip(names, (str(block["id"]) for block in made.blocks), strict=True))

    def _open(self, discussion: Discussion, moment: datetime) -> None:
        opening = discussion.opening
        urn = measure_urn(discussion.measure) if discussion.measure else None
        draft = threads.ThreadDraft(
            discussion.title, opening.text, urn, discussion.shared, category=discussion.category
        )
        with self._communes[opening.commune].transaction() as site:
            thread = threads.open_thread(at(site, moment), self._person(site, opening.author), draft)
            self._threads[discussion.key] = self._posts[opening] = thread.uri

    def _ask(self, discussion: Discussion, asked: Asked, moment: datetime) -> None:
        ends_at = in_paris(moment + timedelta(days=asked.days)).replace(hour=20, minute=0, second=0, microsecond=0)
        draft = polls.PollDraft(asked.question, asked.answers, asked.multiple, ends_at)
        with self._communes[discussion.opening.commune].transaction() as site:
            site, thread = at(site, moment), self._thread(site, discussion)
            polls.put(site, self._viewer(site, discussion.opening.author), thread, draft)
            for person, choices in asked.votes.items():
                polls.vote(site, self._viewer(site, person), thread, choices)

    def _reply(self, discussion: Discussion, message: Message, moment: datetime) -> None:
        home = discussion.opening.commune
        if message.commune != home:
            self._carrier.carry(home, moment)
        with self._communes[message.commune].transaction() as site:
            thread = self._thread(site, discussion)
            author = self._person(site, message.author)
            self._posts[message] = threads.reply(at(site, moment), author, thread, message.text).uri

    def _support(self, message: Message, moment: datetime) -> None:
        with self._communes[message.commune].transaction() as site:
            post = self._post(site, message)
            neighbours = [one for one in self._content.people if one.commune == message.commune]
            others = [one for one in neighbours if one.key != message.author]
            for person in others[: message.supports]:
                threads.support(at(site, moment), self._person(site, person.key), post)

    def _edit(self, message: Message, moment: datetime) -> None:
        with self._communes[message.commune].transaction() as site:
            viewer = self._viewer(site, message.author)
            threads.edit(at(site, moment), viewer, self._post(site, message), message.edited or "")

    def _delete(self, message: Message, moment: datetime) -> None:
        with self._communes[message.commune].transaction() as site:
            threads.delete(at(site, moment), self._viewer(site, message.author), self._post(site, message))

    def _person(self, site: Site, key: str) -> Person:
        return accounts.person(site, self._people[key])

    def _viewer(self, site: Site, key: str) -> Viewer:
        return Viewer(self._people[key], Role(self._person(site, key).role))

    def _thread(self, site: Site, discussion: Discussion) -> Thread:
        return site.session.scalars(select(Thread).where(Thread.uri == self._threads[discussion.key])).one()

    def _post(self, site: Site, message: Message) -> Post:
        return site.session.scalars(select(Post).where(Post.uri == self._posts[message])).one()


def load_programme_into(communes: Iterable[Commune]) -> None:
    """Nothing; every one of them has the common programme."""
    programme = load_programme((paths.data_files() / "programme.yaml").read_bytes())
    for commune in communes:
        with commune.transaction() as site:
            measures.load_programme(site, programme)
